package db

import (
	"context"
	"errors"
	"fmt"

	"flagstone/features"
)

// Upkeep does what keeps the file small and commits short: it trims the feed and moves the write-ahead log into the
// database. A server calls it every few seconds; it does nothing where there is nothing to do, and refuses when the file
// was removed or replaced.
func (d *DB) Upkeep(ctx context.Context) error {
	return errors.Join(d.files.check(), d.trimFeed(ctx), d.checkpoint(ctx))
}

// feedMargin is how many entries the feed keeps behind the live state, so that another process that follows the same
// file finds what it has not read yet.
const feedMargin = 10_000

// trimFeed removes the entries of the feed that the live state has passed, but for the latest. A process that had not
// read them notices, and reads everything anew.
func (d *DB) trimFeed(ctx context.Context) error {
	until := d.live.Position() - feedMargin
	var due bool
	err := d.reader.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM feed WHERE seq <= ?1)`, until).Scan(&due)
	if err != nil || !due {
		return err
	}
	_, err = d.write(ctx, features.System(), func(t *tx) error {
		_, err := t.exec(`DELETE FROM feed WHERE seq <= ?1`, until)
		return err
	})
	return err
}

// checkpointPages is how long the write-ahead log may grow, in pages of 4 KiB, before a commit has to wait while it is
// moved into the database. Upkeep does so long before, on a connection that nobody waits for.
const checkpointPages = 50_000

// logSize is what a longer write-ahead log is cut down to, in bytes, once all of it has been moved.
const logSize = 16 << 20

func (d *DB) checkpoint(ctx context.Context) error {
	if _, err := d.reader.ExecContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}
