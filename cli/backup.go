package cli

import (
	"errors"
	"fmt"
	"os"
)

type backupCommand struct {
	File string `arg:"" help:"The file to write; it must not exist yet."`
}

// Help says what a copy is good for.
func (backupCommand) Help() string {
	return "The copy is the whole database at one moment, with password hashes and the audit log: keep it as safe as the database. " +
		"To go back to it, stop the server and run flagstone restore FILE."
}

// Run writes the copy of the database as it is: it is not brought to the newest schema before.
func (c *backupCommand) Run(t *terminal) (err error) {
	if c.File == "-" {
		return errors.New("a backup is not written to standard output: name a file")
	}
	d, err := t.openAsItIs()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.Backup(t.ctx, c.File); err != nil {
		return err
	}
	info, err := os.Stat(c.File)
	if err != nil {
		return fmt.Errorf("inspect the copy: %w", err)
	}
	t.printf("Wrote %s, %d KB.\n", c.File, (info.Size()+1023)/1024)
	return nil
}
