package main

import (
	"errors"

	"flagstone/db"
)

type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Bring the schema to the newest step."`
	Down   migrateDown   `cmd:"" help:"Take the newest step back; what only it holds is lost."`
	Status migrateStatus `cmd:"" help:"Print which step the schema is at."`
}

type (
	migrateUp     struct{}
	migrateDown   struct{}
	migrateStatus struct{}
)

// Run brings the schema up.
func (migrateUp) Run(t *terminal) error { return t.migrate((*db.DB).Migrate) }

// Run takes one step back.
func (migrateDown) Run(t *terminal) error { return t.migrate((*db.DB).MigrateDown) }

// Run prints the schema's step.
func (migrateStatus) Run(t *terminal) error { return t.migrate(func(*db.DB) error { return nil }) }

// migrate runs one change of the schema and prints where it is then.
func (t *terminal) migrate(change func(*db.DB) error) (err error) {
	d, err := db.Open(t.ctx, t.db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	d.Copied = t.tellCopied
	if err := change(d); err != nil {
		return err
	}
	at, newest, err := d.SchemaVersion()
	if err != nil {
		return err
	}
	t.printf("The schema of %s is at step %d of %d.\n", t.db, at, newest)
	return nil
}
