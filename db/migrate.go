package db

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/golang-migrate/migrate/v4"
	"github.com/golang-migrate/migrate/v4/source/iofs"

	"flagstone/migrations"
)

// Migrate brings the schema to the newest step. Of a database that has a schema already it makes a copy first. It refuses
// a database that a newer Flagstone made. Where it is killed, the next call goes on from the last whole step.
func (d *DB) Migrate() error {
	return d.migration(func(m *migrate.Migrate) error {
		at, err := step(m)
		if err != nil {
			return err
		}
		if at > newestStep() {
			return d.tooNew(at)
		}
		if at > 0 && at < newestStep() {
			if err := d.copyBeforeMigration(at); err != nil {
				return err
			}
		}
		return m.Up()
	})
}

// tooNew refuses a schema that this program does not know, and names the copy from before it where there is one.
func (d *DB) tooNew(at uint) error {
	err := fmt.Errorf("the database is from a newer Flagstone (step %d of the schema; this version knows %d): use that version", at, newestStep())
	if _, missing := os.Stat(copyName(d.path, newestStep())); missing == nil {
		err = fmt.Errorf("%w, or go back to the copy %s", err, copyName(d.path, newestStep()))
	}
	return err
}

// copyName is where the copy of a database goes before it leaves a step of the schema.
func copyName(path string, at uint) string { return fmt.Sprintf("%s.schema-%d", path, at) }

// copyBeforeMigration keeps the database as it is now beside it. A copy of an earlier time at the same step is replaced.
func (d *DB) copyBeforeMigration(at uint) error {
	path := copyName(d.path, at)
	if err := d.copyTo(context.Background(), path, true); err != nil {
		return fmt.Errorf("copy the database before its schema changes: %w", err)
	}
	if d.Copied != nil {
		d.Copied(path)
	}
	return nil
}

// step is the newest step that the database has taken, 0 for none.
func step(m *migrate.Migrate) (uint, error) {
	at, interrupted, err := m.Version()
	switch {
	case errors.Is(err, migrate.ErrNilVersion):
		return 0, nil
	case err == nil && interrupted: // by a Flagstone that did not yet take a step and its mark together
		return at, fmt.Errorf("step %d of the schema was interrupted: restore a backup", at)
	}
	return at, err
}

// newestStep is the number of the newest step, which its files begin with.
func newestStep() (newest uint) {
	files, _ := migrations.Files.ReadDir(".") // it is in the binary, in the order of the names
	_, _ = fmt.Sscanf(files[len(files)-1].Name(), "%d_", &newest)
	return newest
}

// SchemaVersion gives the newest step that the database has taken, 0 for none, and the newest there is.
func (d *DB) SchemaVersion() (at, newest uint, err error) {
	err = d.migration(func(m *migrate.Migrate) (err error) {
		at, err = step(m)
		return err
	})
	return at, newestStep(), err
}

// CheckSchema refuses a schema that is not at the newest step, for those that must not change it.
func (d *DB) CheckSchema() error {
	at, newest, err := d.SchemaVersion()
	switch {
	case err != nil:
		return err
	case at > newest:
		return d.tooNew(at)
	case at < newest:
		return fmt.Errorf("the schema of %s is at step %d of %d: run flagstone migrate up first", d.path, at, newest)
	}
	return nil
}

// migration holds everybody else off.
func (d *DB) migration(run func(*migrate.Migrate) error) error {
	if err := d.writing.enter(context.Background(), true); err != nil {
		return err
	}
	defer d.writing.leave()
	return alone(d.path, func() error { return d.migrate(run) })
}

// migrate runs on a handle of its own, which waits for other programs that write.
func (d *DB) migrate(run func(*migrate.Migrate) error) (err error) {
	handle, err := openHandle(d.path, "_txlock=immediate&_journal_mode=WAL&_synchronous=FULL", 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, handle.Close()) }()
	if err := handle.PingContext(context.Background()); err != nil {
		return openError(d.path, err)
	}
	source, err := iofs.New(migrations.Files, ".")
	if err != nil {
		return err
	}
	m, err := migrate.NewWithInstance("iofs", source, "sqlite", &stepDriver{handle: handle})
	if err != nil {
		return err
	}
	if err := run(m); err != nil && !errors.Is(err, migrate.ErrNoChange) {
		return fmt.Errorf("migrate %s: %w", d.path, err)
	}
	return nil
}
