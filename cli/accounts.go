package cli

import (
	"errors"

	"flagstone/registry"
	"flagstone/words"
)

type accountsCommand struct {
	Import accountsImportCommand `cmd:"" help:"Add accounts from a CSV file: all of them, or none."`
}

type accountsImportCommand struct {
	File string `arg:"" placeholder:"FILE.csv" help:"The file, or - for standard input. Its first line names the columns: name, slug, external_id, contact_email, postal_code, tier, status."`
}

// Run imports the file when every line is right; else it prints each error with its line and column.
func (c *accountsImportCommand) Run(t *terminal) (err error) {
	data, err := t.readFile(c.File)
	if err != nil {
		return err
	}
	d, err := t.openExisting()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	accounts := registry.ReadAccounts(data)
	_, err = d.ImportAccounts(t.ctx, t.actor(), accounts)
	if err != nil {
		return t.complain(err)
	}
	t.printf("Imported %s.\n", words.Count(len(accounts.Lines), "account"))
	return nil
}
