package cli

import (
	"errors"
	"strings"

	"flagstone/db"
	"flagstone/words"
)

type killCommand struct {
	Keys     []string `arg:"" optional:"" name:"key" help:"Keys of the features to switch off."`
	Category string   `placeholder:"CATEGORY" help:"Switch off every feature of a category."`
	Revive   bool     `help:"Switch them on again instead."`
	Reason   string   `placeholder:"TEXT" help:"Kept in the audit log."`
}

// Help says how fast it is.
func (killCommand) Help() string {
	return "Switches features off everywhere, in every mode, while the server runs or without it. A running server follows within a second."
}

// Run flips the kill switches.
func (c *killCommand) Run(t *terminal) (err error) {
	if (len(c.Keys) == 0) == (c.Category == "") {
		return errors.New("name the features by their keys, or a category with --category")
	}
	d, err := t.openExisting()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	keys := c.Keys
	if c.Category != "" {
		if keys, err = d.FeatureKeys(t.ctx, c.Category); err != nil {
			return err
		}
	}
	revision, err := d.SetKillSwitch(t.ctx, t.actor(), db.KillSwitch{Keys: keys, Enabled: c.Revive, ChangeOptions: db.ChangeOptions{Reason: c.Reason}})
	if err != nil {
		return err
	}
	state := "off everywhere"
	if c.Revive {
		state = "on again"
	}
	if revision == 0 {
		t.printf("Nothing to do: already %s: %s.\n", state, strings.Join(keys, ", "))
		return nil
	}
	t.printf("%s: %s (revision %d).\n", words.Capital(state), strings.Join(keys, ", "), revision)
	return nil
}
