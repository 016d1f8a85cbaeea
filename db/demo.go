package db

import (
	"context"
	"database/sql"
	"errors"

	"flagstone/features"
)

// DemoState tells whether a database may be filled with the demo's data.
type DemoState int

// The states of a database as the demo sees it.
const (
	DemoEmpty       DemoState = iota // nothing in it
	DemoFilled                       // by the demo
	DemoInterrupted                  // the demo began to fill it and did not end
	DemoForeign                      // somebody's own data
)

// DemoState looks whether the demo may fill or serve the database.
func (d *DB) DemoState(ctx context.Context) (DemoState, error) {
	var mark string
	err := d.reader.QueryRowContext(ctx, `SELECT value FROM settings WHERE key = 'demo'`).Scan(&mark)
	switch {
	case err == nil && mark == "filled":
		return DemoFilled, nil
	case err == nil:
		return DemoInterrupted, nil
	case !errors.Is(err, sql.ErrNoRows):
		return 0, err
	}
	var foreign bool
	err = d.reader.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM accounts) OR EXISTS (SELECT 1 FROM users) OR EXISTS (SELECT 1 FROM features)
		    OR EXISTS (SELECT 1 FROM tiers)`).Scan(&foreign)
	if foreign {
		return DemoForeign, err
	}
	return DemoEmpty, err
}

// MarkDemo notes that the demo is filling the database, or has filled it.
func (d *DB) MarkDemo(ctx context.Context, filled bool) error {
	mark := "filling"
	if filled {
		mark = "filled"
	}
	_, err := d.write(ctx, features.System(), func(t *tx) error {
		_, err := t.exec(`INSERT INTO settings (key, value) VALUES ('demo', ?1) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, mark)
		return err
	})
	return err
}
