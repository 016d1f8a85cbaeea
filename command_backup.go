package main

import (
	"errors"
	"fmt"
	"os"

	"flagstone/db"
)

type backupCommand struct {
	File string `arg:"" help:"Where the copy goes; no file may be there yet."`
}

// Help says what a copy is good for.
func (backupCommand) Help() string {
	return "The copy is the whole database at one moment, with password hashes and the audit log: keep it as safe as the database. " +
		"To go back to it, stop the server and put it in the database's place; a -wal file left beside that goes."
}

// Run writes the copy of the database as it is: it is not brought to the newest schema before.
func (c *backupCommand) Run(t *terminal) (err error) {
	if err := t.exists(); err != nil {
		return err
	}
	d, err := db.Open(t.ctx, t.db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.Backup(t.ctx, c.File); err != nil {
		return err
	}
	info, err := os.Stat(c.File)
	if err != nil {
		return fmt.Errorf("look at the copy: %w", err)
	}
	t.printf("Wrote %s, %d KB.\n", c.File, (info.Size()+1023)/1024)
	return nil
}
