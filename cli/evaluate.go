package cli

import (
	"encoding/json"
	"errors"
	"time"

	"flagstone/db"
	"flagstone/features"
)

type evaluateCommand struct {
	Key        string `arg:"" help:"The feature's key."`
	Account    string `placeholder:"SLUG" help:"The account, by slug, external id or targeting key."`
	User       string `placeholder:"ID" help:"The user's targeting key."`
	Role       string `placeholder:"ROLE" help:"The user's role in the account."`
	PostalCode string `placeholder:"CODE" help:"The postal code, if it differs from the account's."`
	Explain    bool   `help:"Print every rule, what it saw and which decided."`
}

// Help says what is printed.
func (evaluateCommand) Help() string {
	return "Prints one line of JSON: what the feature is for this context, the variant where one was chosen, and its source. " +
		"The same engine serves the portals."
}

// Run evaluates one feature and prints it.
func (c *evaluateCommand) Run(t *terminal) error {
	return t.withDB(func(d *db.DB) error {
		feature, err := d.Live().Catalogue().Feature(c.Key)
		if err != nil {
			return errors.New("FLAG_NOT_FOUND: " + err.Error())
		}
		who := &features.Context{User: c.User, Role: c.Role, PostalCode: c.PostalCode}
		if c.Account != "" {
			if who.Account = d.Live().Accounts().Find(c.Account); who.Account == nil {
				return errors.New("there is no account named " + c.Account)
			}
		}
		t.explain(d.Live().Catalogue().Explain(feature, who, time.Now()), c.Explain)
		return nil
	})
}

func (t *terminal) explain(e features.Explanation, rules bool) {
	line, _ := json.Marshal(struct { // plain values always encode
		Key     string          `json:"key"`
		Enabled bool            `json:"enabled"`
		Value   features.JSON   `json:"value,omitempty"`
		Variant string          `json:"variant,omitempty"`
		Source  features.Source `json:"source"`
	}{e.Feature.Key, e.Evaluation.Value.Enabled, e.Evaluation.Value.Data, e.Evaluation.Variant, e.Evaluation.Source})
	t.printf("%s\n", line)
	if !rules {
		return
	}
	for i, step := range e.Steps {
		mark, saw := " ", step.Saw
		if step.Decided {
			mark = ">"
		}
		if !step.Reached {
			saw = "not reached (" + saw + ")"
		}
		t.printf("%s %2d  %-19s %s\n", mark, i+1, step.Rule, saw)
	}
}
