package db

import (
	"context"
	"fmt"
	"strconv"

	"flagstone/features"
	"flagstone/words"
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

// SetMode turns the master switch (docs/evaluation.md §3) and returns the revision of the change, 0 when it stood so
// already.
func (d *DB) SetMode(ctx context.Context, by features.Actor, mode features.Mode, reason string) (int64, error) {
	r, err := d.Apply(ctx, by, &SetMode{ChangeOptions: ChangeOptions{Reason: reason}, Mode: mode})
	return r.Revision, err
}

// SetMode asks for the master switch to be turned.
type SetMode struct {
	ChangeOptions
	Mode features.Mode
}

// Kind is "mode_set".
func (*SetMode) Kind() string { return "mode_set" }

func (c *SetMode) apply(t *tx, _ *Result) error {
	return t.writeSettings("mode.set", "Set the mode to "+string(c.Mode), func(s *features.Settings) { s.Mode = c.Mode })
}

// SetStaleDays sets after how many days a feature counts as stale, and returns the revision of the change, 0 when it was so
// already.
func (d *DB) SetStaleDays(ctx context.Context, by features.Actor, days int) (int64, error) {
	r, err := d.Apply(ctx, by, &SetStaleDays{Days: days})
	return r.Revision, err
}

// SetStaleDays asks for another number of days after which a feature counts as stale.
type SetStaleDays struct {
	ChangeOptions
	Days int
}

// Kind is "settings_update".
func (*SetStaleDays) Kind() string { return "settings_update" }

func (c *SetStaleDays) apply(t *tx, _ *Result) error {
	summary := fmt.Sprintf("Features count as stale after %s", words.Count(c.Days, "day"))
	return t.writeSettings("settings.update", summary, func(s *features.Settings) { s.StaleDays = c.Days })
}

func (t *tx) writeSettings(action, summary string, change func(*features.Settings)) error {
	now, err := settings(t.ctx, t)
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
	if err := t.begin(changeSet{action: action, summary: summary}); err != nil {
		return err
	}
	if err := t.setSetting("mode", string(now.Mode), string(wanted.Mode)); err != nil {
		return err
	}
	if err := t.setSetting("stale_after_days", strconv.Itoa(now.StaleDays), strconv.Itoa(wanted.StaleDays)); err != nil {
		return err
	}
	return t.touchCatalogue()
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
