package cli

import (
	"fmt"

	"flagstone/db"
)

type restoreCommand struct {
	File string `arg:"" help:"The backup."`
}

// Help says what becomes of the database.
func (restoreCommand) Help() string {
	return "Checks the backup and puts a copy of it in the database's place; the previous database is kept beside it, with a name that ends in .replaced. " +
		"Refuses to run while a server has the database open."
}

// Run restores a backup.
func (c *restoreCommand) Run(t *terminal) error {
	release, err := db.Own(t.db)
	if err != nil {
		return err
	}
	defer release()
	kept, err := db.Restore(t.ctx, c.File, t.db)
	if err != nil {
		return fmt.Errorf("restore %s: %w", c.File, err)
	}
	t.printf("Restored %s to %s.\n", c.File, t.db)
	if kept != "" {
		t.printf("The previous database is kept as %s.\n", kept)
	}
	return nil
}
