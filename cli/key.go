package cli

import (
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"flagstone/features"
)

type keyCommand struct {
	Add    keyAddCommand    `cmd:"" help:"Create an API key and print it, this once."`
	List   keyListCommand   `cmd:"" help:"List the API keys."`
	Revoke keyRevokeCommand `cmd:"" help:"Revoke an API key, at once and permanently."`
}

type keyAddCommand struct {
	Name    string `arg:"" help:"The program that calls with it."`
	Scope   string `required:"" placeholder:"SCOPE" help:"evaluate, read or admin."`
	Expires string `placeholder:"WHEN" help:"In days, such as 90d, or the last day, such as 2027-01-31 (UTC). Without it, the key never expires."`
}

// Help says what the scopes allow.
func (keyAddCommand) Help() string {
	return "Programs send it as Authorization: Bearer or X-API-Key. evaluate asks what an account has, read also reads what staff see, " +
		"admin also changes it. Only a hash of the key is kept: it cannot be shown again."
}

// Run creates a key. The key alone goes to standard output, so that a script can take it from there.
func (c *keyAddCommand) Run(t *terminal) (err error) {
	expires, err := features.ParseExpiry(c.Expires, time.Now())
	if err != nil {
		return err
	}
	d, err := t.openExisting()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	draft := features.KeyDraft{Name: c.Name, Scope: features.Scope(c.Scope), ExpiresAt: expires}
	secret, _, err := d.AddAPIKey(t.ctx, t.actor(), draft)
	if err != nil {
		return err
	}
	t.printf("%s\n", secret)
	_, _ = fmt.Fprintf(t.stderr, "Keep it now: it cannot be shown again. The API key %s has the scope %s and %s.\n", draft.Normalize().Name, draft.Scope, untilWords(expires))
	return nil
}

func untilWords(expires time.Time) string {
	if expires.IsZero() {
		return "never expires"
	}
	return "expires " + expires.UTC().Format(keyTimeLayout)
}

const keyTimeLayout = "2006-01-02 15:04 UTC"

type keyListCommand struct{}

// Run lists the keys.
func (keyListCommand) Run(t *terminal) (err error) {
	d, err := t.openExisting()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.CatchUp(t.ctx); err != nil {
		return err
	}
	keys, err := d.ListAPIKeys(t.ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(t.stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tNAME\tSCOPE\tENDS IN\tSTATE\tLAST USED\tEXPIRES\tCREATED BY")
	for _, k := range keys {
		_, _ = fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
			k.ID, k.Name, k.Scope, k.Hint, d.Live().People().KeyState(k, time.Now()), momentOrDash(k.UsedAt), momentOrDash(k.ExpiresAt), k.CreatedBy)
	}
	return table.Flush()
}

func momentOrDash(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return at.Format(keyTimeLayout)
}

type keyRevokeCommand struct {
	Key string `arg:"" placeholder:"NAME-or-ID" help:"The key's name or its number."`
}

// Run ends a key.
func (c *keyRevokeCommand) Run(t *terminal) (err error) {
	d, err := t.openExisting()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	key, err := d.FindAPIKey(t.ctx, c.Key)
	if err != nil {
		return err
	}
	revision, err := d.RevokeAPIKey(t.ctx, t.actor(), key.ID)
	switch {
	case err != nil:
		return err
	case revision == 0:
		t.printf("Nothing to do: the API key %s has been revoked already.\n", key.Name)
	default:
		t.printf("Revoked API key %s; a running server refuses it within a second.\n", key.Name)
	}
	return nil
}
