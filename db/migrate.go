package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/golang-migrate/migrate/v4"
	"github.com/golang-migrate/migrate/v4/database/sqlite3"
	"github.com/golang-migrate/migrate/v4/source/iofs"

	"flagstone/migrations"
)

// Migrate brings the schema to the newest step. It refuses a database that a newer Flagstone made, and one in which a
// step was interrupted.
func (d *DB) Migrate() error {
	return d.migration(func(m *migrate.Migrate) error {
		at, err := step(m)
		if err != nil {
			return err
		}
		if at > newestStep() {
			return fmt.Errorf("the database is from a newer Flagstone (step %d of the schema; this one knows %d)", at, newestStep())
		}
		return m.Up()
	})
}

// step is the newest step that the database has taken, 0 for none.
func step(m *migrate.Migrate) (uint, error) {
	at, interrupted, err := m.Version()
	switch {
	case errors.Is(err, migrate.ErrNilVersion):
		return 0, nil
	case err == nil && interrupted:
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

// MigrateDown takes the newest step of the schema back. It refuses where there is none.
func (d *DB) MigrateDown() error {
	return d.migration(func(m *migrate.Migrate) error {
		at, err := step(m)
		if err == nil && at == 0 {
			return errors.New("there is no step to take back")
		}
		if err != nil {
			return err
		}
		return m.Steps(-1)
	})
}

// SchemaVersion gives the newest step that the database has taken, 0 for none, and the newest there is.
func (d *DB) SchemaVersion() (at, newest uint, err error) {
	err = d.migration(func(m *migrate.Migrate) (err error) {
		at, err = step(m)
		return err
	})
	return at, newestStep(), err
}

// migration holds everybody else off.
func (d *DB) migration(run func(*migrate.Migrate) error) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	return alone(d.path, func() error { return d.migrate(run) })
}

// migrate runs on a handle of its own, because golang-migrate closes the one it is given.
func (d *DB) migrate(run func(*migrate.Migrate) error) (err error) {
	handle, err := openHandle(d.path, "_txlock=immediate&_journal_mode=WAL&_synchronous=FULL", 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, handle.Close()) }()
	if err := handle.PingContext(context.Background()); err != nil {
		return openError(d.path, err)
	}
	driver, err := sqlite3.WithInstance(handle, &sqlite3.Config{})
	if err != nil {
		return openError(d.path, err)
	}
	source, err := iofs.New(migrations.Files, ".")
	if err != nil {
		return err
	}
	m, err := migrate.NewWithInstance("iofs", source, "sqlite3", driver)
	if err != nil {
		return err
	}
	if err := run(m); err != nil && !errors.Is(err, migrate.ErrNoChange) {
		return fmt.Errorf("migrate %s: %w", d.path, err)
	}
	return nil
}
