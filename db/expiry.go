package db

import (
	"context"
	"database/sql"
	"time"

	"flagstone/features"
)

// SweepExpired removes the overrides that have expired by a moment, as one change set of the system (spec §3, Time), so
// that revision and streams move. It gives how many it removed.
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
		if err := t.begin(changeSet{action: "override.expire", summary: "Removed " + count(len(expired), "expired override")}); err != nil {
			return err
		}
		byFeature := make(map[string][]int64)
		for _, e := range expired {
			byFeature[e.feature] = append(byFeature[e.feature], e.account)
		}
		for key, accounts := range byFeature {
			feature, err := t.feature(key)
			if err != nil {
				return err
			}
			if err := t.clearOverrides(feature, idList(accounts)); err != nil {
				return err
			}
		}
		removed = len(expired)
		return nil
	})
	return removed, err
}

type expiredOverride struct {
	account int64
	feature string
}

func (t *tx) expired(at time.Time) ([]expiredOverride, error) {
	return collect(t.ctx, t, func(rows *sql.Rows) (e expiredOverride, err error) {
		err = rows.Scan(&e.account, &e.feature)
		return e, err
	}, `SELECT o.account_id, f.key FROM overrides o JOIN features f ON f.id = o.feature_id WHERE o.expires_at <= ?1`,
		at.UnixMilli())
}
