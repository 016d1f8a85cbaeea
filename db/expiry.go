package db

import (
	"context"
	"database/sql"
	"time"

	"flagstone/features"
	"flagstone/words"
)

// SweepExpired removes the overrides that have expired by a moment, as one change set of the system (docs/evaluation.md
// §6), so that revision and streams move. It gives how many it removed.
func (d *DB) SweepExpired(ctx context.Context, at time.Time) (removed int, err error) {
	var due bool
	err = d.reader.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM overrides WHERE expires_at <= ?1)`, at.UnixMilli()).Scan(&due)
	if err != nil || !due {
		return 0, err
	}
	_, err = d.write(ctx, features.System(), func(t *tx) error {
		expired, err := t.expired(at)
		if err != nil || len(expired) == 0 {
			return err
		}
		for _, e := range expired {
			removed += e.count
		}
		if err := t.begin(changeSet{action: "override.expire", summary: "Removed " + words.Count(removed, "expired override")}); err != nil {
			return err
		}
		for _, e := range expired {
			feature, err := t.feature(e.feature)
			if err != nil {
				return err
			}
			if err := t.clearOverrides(feature, e.accounts); err != nil {
				return err
			}
		}
		return nil
	})
	return removed, err
}

// expiredOverrides are the overrides of one feature that have expired.
type expiredOverrides struct {
	feature  string
	accounts string // as clearOverrides takes them
	count    int
}

func (t *tx) expired(at time.Time) ([]expiredOverrides, error) {
	return collect(t.ctx, t, func(rows *sql.Rows) (e expiredOverrides, err error) {
		err = rows.Scan(&e.feature, &e.accounts, &e.count)
		return e, err
	}, `
		SELECT f.key, json_group_array(o.account_id), count(*) FROM overrides o JOIN features f ON f.id = o.feature_id
		WHERE o.expires_at <= ?1 GROUP BY f.id ORDER BY f.id`, at.UnixMilli())
}
