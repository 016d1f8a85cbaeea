package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"flagstone/features"
)

// FeatureUse gives how features are used, by their numbers, as far as it has been kept.
func (d *DB) FeatureUse(ctx context.Context) (map[int64]features.Use, error) {
	type row struct {
		id  int64
		use features.Use
	}
	rows, err := collect(ctx, d.reader, func(rows *sql.Rows) (r row, err error) {
		var asked, everyone sql.NullInt64
		err = rows.Scan(&r.id, &asked, &everyone)
		r.use = features.Use{AskedAt: fromNull(asked), EveryoneSince: fromNull(everyone)}
		return r, err
	}, `SELECT feature_id, asked_at, everyone_since FROM feature_use`)
	uses := make(map[int64]features.Use, len(rows))
	for _, r := range rows {
		uses[r.id] = r.use
	}
	return uses, err
}

func fromNull(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return fromMillis(ms.Int64)
}

// KeepFeatureUse writes how features are used, by their numbers, in one statement. A feature was last asked for at the
// later of what is kept and what is given; a feature that is gone is passed over.
func (d *DB) KeepFeatureUse(ctx context.Context, uses map[int64]features.Use) error {
	if len(uses) == 0 {
		return nil
	}
	type row struct {
		ID       int64  `json:"id"`
		Asked    *int64 `json:"asked"`
		Everyone *int64 `json:"everyone"`
	}
	batch := make([]row, 0, len(uses))
	for id, use := range uses {
		batch = append(batch, row{id, orNull(use.AskedAt), orNull(use.EveryoneSince)})
	}
	text, _ := json.Marshal(batch) // numbers always encode
	_, err := d.write(ctx, features.System(), func(t *tx) error {
		_, err := t.exec(`
			INSERT INTO feature_use (feature_id, asked_at, everyone_since)
			SELECT f.id, u.value->>'asked', u.value->>'everyone' FROM json_each(?1) u JOIN features f ON f.id = u.value->>'id'
			WHERE true
			ON CONFLICT (feature_id) DO UPDATE SET
				asked_at = max(coalesce(asked_at, excluded.asked_at), coalesce(excluded.asked_at, asked_at)),
				everyone_since = excluded.everyone_since`, string(text))
		return err
	})
	return err
}

func orNull(at time.Time) *int64 {
	if at.IsZero() {
		return nil
	}
	ms := at.UnixMilli()
	return &ms
}
