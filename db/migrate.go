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

// Migrate brings the schema to the newest step. It refuses a database that a newer Flagstone made.
func (d *DB) Migrate() error {
	return d.migration(func(m *migrate.Migrate) error {
		if at, _, err := m.Version(); err == nil && at > newestStep() {
			return fmt.Errorf("the database is from a newer Flagstone (step %d of the schema; this one knows %d)", at, newestStep())
		}
		return m.Up()
	})
}

// newestStep is the number of the newest step: each has two files.
func newestStep() uint {
	files, _ := migrations.Files.ReadDir(".") // it is in the binary
	return uint(len(files) / 2)
}

// MigrateDown takes the newest step of the schema back.
func (d *DB) MigrateDown() error {
	return d.migration(func(m *migrate.Migrate) error { return m.Steps(-1) })
}

// SchemaVersion gives the newest step that the database has taken, 0 for none, and the newest there is.
func (d *DB) SchemaVersion() (at, newest uint, err error) {
	err = d.migration(func(m *migrate.Migrate) error {
		version, dirty, err := m.Version()
		if errors.Is(err, migrate.ErrNilVersion) {
			return nil
		}
		if err == nil && dirty {
			return fmt.Errorf("step %d of the schema was interrupted: restore a backup", version)
		}
		at = version
		return err
	})
	return at, newestStep(), err
}

// migration runs on a handle of its own, because golang-migrate closes the one it is given.
func (d *DB) migration(run func(*migrate.Migrate) error) (err error) {
	d.writing.Lock()
	defer d.writing.Unlock()
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
