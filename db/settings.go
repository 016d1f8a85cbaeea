package db

import (
	"context"
	"fmt"
	"strconv"

	"flagstone/features"
)

// settings reads what an admin sets for all features. What is missing, or was written by hand and is no setting, is as
// at first.
func settings(ctx context.Context, q querier) (features.Settings, error) {
	found := features.Settings{Mode: features.ModeLive, StaleDays: features.DefaultStaleDays}
	rows, err := q.QueryContext(ctx, `SELECT key, value FROM settings WHERE key IN ('mode', 'stale_after_days')`)
	if err != nil {
		return found, err
	}
	defer closeRows(rows)
	for rows.Next() {
		var key, value string
		if err := rows.Scan(&key, &value); err != nil {
			return found, err
		}
		wanted := found
		if key == "mode" {
			wanted.Mode = features.Mode(value)
		} else {
			wanted.StaleDays, _ = strconv.Atoi(value)
		}
		if wanted.Validate() == nil {
			found = wanted
		}
	}
	return found, rows.Err()
}

// SetMode turns the master switch (docs/evaluation.md §3) and gives the revision of the change, 0 when it stood so
// already.
func (d *DB) SetMode(ctx context.Context, by features.Actor, mode features.Mode, reason string) (int64, error) {
	return d.writeSettings(ctx, by, reason, "mode.set", "Set the mode to "+string(mode), func(s *features.Settings) { s.Mode = mode })
}

// SetStaleDays says after how many days a feature counts as stale, and gives the revision of the change, 0 when it was so
// already.
func (d *DB) SetStaleDays(ctx context.Context, by features.Actor, days int) (int64, error) {
	summary := fmt.Sprintf("Features count as stale after %s", count(days, "day"))
	return d.writeSettings(ctx, by, "", "settings.update", summary, func(s *features.Settings) { s.StaleDays = days })
}

func (d *DB) writeSettings(ctx context.Context, by features.Actor, reason, action, summary string, change func(*features.Settings)) (int64, error) {
	return d.write(ctx, by, func(t *tx) error {
		now, err := settings(ctx, t)
		if err != nil {
			return err
		}
		wanted := now
		change(&wanted)
		if wanted == now {
			return nil
		}
		if err := wanted.Validate(); err != nil {
			return err
		}
		if err := t.begin(changeSet{action: action, summary: summary, reason: reason}); err != nil {
			return err
		}
		if err := t.setSetting("mode", string(now.Mode), string(wanted.Mode)); err != nil {
			return err
		}
		if err := t.setSetting("stale_after_days", strconv.Itoa(now.StaleDays), strconv.Itoa(wanted.StaleDays)); err != nil {
			return err
		}
		return t.touchCatalogue()
	})
}

// setSetting writes one setting and its row of the log, unless it stays as it is.
func (t *tx) setSetting(key, old, now string) error {
	if old == now {
		return nil
	}
	_, err := t.exec(`INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, now)
	if err != nil {
		return err
	}
	return t.record(entry{
		entity: "setting", name: key, action: "update", old: map[string]any{"value": old}, new: map[string]any{"value": now},
	})
}
