package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"flagstone/features"
	"flagstone/views"
)

type accountsCommand struct {
	Import accountsImportCommand `cmd:"" help:"Add accounts from a CSV file: all of them, or none."`
}

type accountsImportCommand struct {
	File string `arg:"" placeholder:"FILE.csv" help:"The file, or - for standard input. Its first line names the columns: name, slug, external_id, contact_email, postal_code, tier."`
}

// Run imports the file when every line is right; else it prints each error with its line and column.
func (c *accountsImportCommand) Run(t *terminal) (err error) {
	data, err := c.read(t)
	if err != nil {
		return err
	}
	d, err := t.openExisting()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	accounts := features.ReadAccounts(data)
	_, err = d.ImportAccounts(t.ctx, t.actor(), accounts)
	var problems features.Problems
	if errors.As(err, &problems) {
		for _, problem := range problems {
			_, _ = fmt.Fprintln(t.stderr, problem.Error())
		}
		return fmt.Errorf("nothing was imported: mend %s in the file first", views.Count(len(problems), "error", "errors"))
	}
	if err != nil {
		return err
	}
	t.printf("Imported %s.\n", views.Count(len(accounts.Lines), "account", "accounts"))
	return nil
}

func (c *accountsImportCommand) read(t *terminal) ([]byte, error) {
	if c.File == "-" {
		return io.ReadAll(t.stdin)
	}
	data, err := os.ReadFile(c.File)
	if err != nil {
		return nil, fmt.Errorf("cannot read the file: %w", err)
	}
	return data, nil
}
