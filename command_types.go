package main

import (
	"errors"

	"flagstone/typescript"
)

type typesCommand struct{}

// Help says what for.
func (typesCommand) Help() string {
	return "Prints declarations of every feature in use: its key, the type of its value, its flag name. Save them beside your portal, and its compiler " +
		"refuses a key that does not exist: flagstone types > src/flagstone-types.d.ts"
}

// Run prints the declarations.
func (c *typesCommand) Run(t *terminal) (err error) {
	d, err := t.openExisting()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.CatchUp(t.ctx); err != nil {
		return err
	}
	t.printf("%s", typescript.Declarations(d.Live().Catalogue()))
	return nil
}
