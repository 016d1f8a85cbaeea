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
	return "Checks the backup and puts a copy of it in the database's place; what was there is kept beside it, under a name that ends in .replaced. " +
		"Refuses while a server has the database open."
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
		t.printf("What was there is kept as %s.\n", kept)
	}
	return nil
}
