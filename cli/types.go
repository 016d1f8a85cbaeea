package cli

import (
	"flagstone/db"
	"flagstone/typescript"
)

type typesCommand struct{}

// Help says what for.
func (typesCommand) Help() string {
	return "Prints declarations of every feature in use: its key, the type of its value, its flag name. Save them beside your portal, and its compiler " +
		"refuses a key that does not exist: flagstone types > src/flagstone-types.d.ts"
}

// Run prints the declarations.
func (c *typesCommand) Run(t *terminal) error {
	return t.withDB(func(d *db.DB) error {
		t.printf("%s", typescript.Declarations(d.Live().Catalogue()))
		return nil
	})
}
