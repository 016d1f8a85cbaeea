package cli

import (
	"errors"
	"strings"

	"flagstone/features"
)

type modeCommand struct {
	Mode   string `arg:"" optional:"" placeholder:"MODE" help:"live, defaults or open; without it, the mode in force is printed."`
	Reason string `placeholder:"TEXT" help:"Kept in the audit log."`
}

// Help says what the modes mean.
func (modeCommand) Help() string {
	return "The master switch for every evaluation, while the server runs or without it. A running server follows within a second.\n\n" +
		"live: normal operation. defaults: tiers, rollouts and defaults apply, overrides do not. open: on for everyone, regardless of rollouts, " +
		"tiers, overrides and defaults; kill switches, retired features, suspended accounts and roles still hold."
}

// Run sets the mode, or prints it.
func (c *modeCommand) Run(t *terminal) (err error) {
	var mode features.Mode
	if c.Mode != "" {
		if mode, err = features.ParseMode(c.Mode); err != nil {
			return err
		}
	}
	d, err := t.openExisting()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if mode == "" {
		if err := d.CatchUp(t.ctx); err != nil {
			return err
		}
		t.printf("%s\n", d.Live().Catalogue().Settings.Mode)
		return nil
	}
	revision, err := d.SetMode(t.ctx, t.actor(), mode, strings.TrimSpace(c.Reason))
	switch {
	case err != nil:
		return err
	case revision == 0:
		t.printf("Nothing to do: the mode is %s already.\n", mode)
	default:
		t.printf("The mode is %s (revision %d).\n", mode, revision)
	}
	return nil
}
