package cli

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"flagstone/db"
)

type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Bring the schema to the newest step."`
	Down   migrateDown   `cmd:"" help:"Roll back the newest step; data that only it holds is lost."`
	Status migrateStatus `cmd:"" help:"Print which step the schema is at."`
}

type (
	migrateUp   struct{}
	migrateDown struct {
		Yes bool `help:"Do not ask before data is lost."`
	}
	migrateStatus struct{}
)

// Run brings the schema up.
func (migrateUp) Run(t *terminal) error { return t.migrate((*db.DB).Migrate) }

// Help says what is kept.
func (migrateDown) Help() string {
	return "Refuses to run while a server has the database open. Prints what will be lost and asks for confirmation, unless --yes is given. A copy of the database is made first."
}

// Run takes one step back.
func (c *migrateDown) Run(t *terminal) error {
	if err := t.exists(); err != nil {
		return err
	}
	release, err := db.Own(t.db)
	if err != nil {
		return err
	}
	defer release()
	return t.migrate(func(d *db.DB) error {
		if err := c.confirm(t, d); err != nil {
			return err
		}
		return d.MigrateDown()
	})
}

// confirm says what would be lost and asks for consent.
func (c *migrateDown) confirm(t *terminal, d *db.DB) error {
	losses, err := d.MigrateDownLosses(t.ctx)
	if err != nil || len(losses) == 0 {
		return err
	}
	_, _ = fmt.Fprintln(t.stderr, "This will be lost:")
	for _, loss := range losses {
		_, _ = fmt.Fprintf(t.stderr, "  %s\n", loss)
	}
	if c.Yes {
		return nil
	}
	file, ok := t.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return errors.New("data would be lost: run the command again with --yes")
	}
	_, _ = fmt.Fprint(t.stderr, "Type yes to continue: ")
	if line, _ := bufio.NewReader(file).ReadString('\n'); strings.TrimSpace(line) != "yes" {
		return errors.New("nothing was changed")
	}
	return nil
}

// Run prints the schema's step.
func (migrateStatus) Run(t *terminal) error {
	if err := t.exists(); err != nil {
		return err
	}
	return t.migrate(func(*db.DB) error { return nil })
}

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
