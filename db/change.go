package db

import (
	"context"
	"encoding/json"
	"fmt"

	"flagstone/features"
)

// Change is one write as a value: what is to be done and on which terms, apart from who does it. Apply makes it, Preview
// says what it would do, and EncodeChange and DecodeChange keep it as JSON. What sets a password, starts a session or creates
// a key is no change: their secrets are not kept.
type Change interface {
	// Kind returns what the change is called where it is kept, such as "override_set".
	Kind() string
	// Options returns the terms of the change, for reading and setting.
	Options() *ChangeOptions
	// apply writes the change inside a transaction.
	apply(t *tx, r *Result) error
}

// ChangeOptions are the terms that every change can have.
type ChangeOptions struct {
	Reason  string   `json:",omitempty"` // for the audit log
	IfMatch *IfMatch `json:",omitempty"` // the change is refused, with Conflict, when this is no longer so
}

// Options returns the options themselves.
func (o *ChangeOptions) Options() *ChangeOptions { return o }

// IfMatch is the version of one thing that somebody has seen: the revision of its latest change, 0 where there was none.
type IfMatch struct {
	Entity  string
	ID      int64
	Feature int64 // of an override or a tier's feature: which; of a feature, itself
	Version int64
}

// Result is what a change did, or would do.
type Result struct {
	Revision int64 // of the change set; 0 where nothing changed, and of a preview
	ID       int64 // of what was created; 0 where nothing was
	Details  any   // what the change worked out, where it says so: a plan, or the request that was filed
	Preview        // of a preview alone
}

// A change may also make itself ready and refuse what needs no lock, go ahead of every other that waits, or say what it would
// do without writing.
type (
	preparer    interface{ prepare(d *DB) error }
	urgent      interface{ urgent() bool }
	readPreview interface {
		preview(ctx context.Context, d *DB, by features.Actor) (Result, error)
	}
)

// Apply makes a change, in one transaction with its rows of the audit log. Every refusal leaves all as it was. A change that
// is prepared is normalized in place.
func (d *DB) Apply(ctx context.Context, by features.Actor, c Change) (r Result, err error) {
	if err := d.prepare(c); err != nil {
		return r, err
	}
	r.Revision, err = d.writeOn(ctx, by, writeTerms{options: *c.Options(), urgent: isUrgent(c)}, func(t *tx) error { return c.apply(t, &r) })
	return r, err
}

// Preview returns what a change would do, and keeps nothing of it: every refusal is the refusal of the change itself.
func (d *DB) Preview(ctx context.Context, by features.Actor, c Change) (r Result, err error) {
	if err := d.prepare(c); err != nil {
		return r, err
	}
	if reads, ok := c.(readPreview); ok && c.Options().IfMatch == nil {
		return reads.preview(ctx, d, by)
	}
	terms := writeTerms{options: *c.Options(), preview: &r.Preview}
	_, err = d.writeOn(ctx, by, terms, func(t *tx) error { return c.apply(t, &r) })
	return r, err
}

func (d *DB) prepare(c Change) error {
	if p, ok := c.(preparer); ok {
		return p.prepare(d)
	}
	return nil
}

func isUrgent(c Change) bool {
	u, ok := c.(urgent)
	return ok && u.urgent()
}

// keptChange is a change as JSON keeps it.
type keptChange struct {
	Kind   string          `json:"kind"`
	Change json.RawMessage `json:"change"`
}

// EncodeChange returns a change as JSON, for DecodeChange.
func EncodeChange(c Change) ([]byte, error) {
	body, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("encode the change %s: %w", c.Kind(), err)
	}
	return json.Marshal(keptChange{c.Kind(), body})
}

// DecodeChange returns the change that EncodeChange was given. It refuses a kind that is not known.
func DecodeChange(text []byte) (Change, error) {
	var kept keptChange
	if err := json.Unmarshal(text, &kept); err != nil {
		return nil, fmt.Errorf("decode a change: %w", err)
	}
	for _, c := range newChanges() {
		if c.Kind() == kept.Kind {
			if err := json.Unmarshal(kept.Change, c); err != nil {
				return nil, fmt.Errorf("decode the change %s: %w", kept.Kind, err)
			}
			return c, nil
		}
	}
	return nil, fmt.Errorf("there is no change of the kind %q", kept.Kind)
}

// newChanges returns an empty change of each kind.
func newChanges() []Change {
	return []Change{
		&OverrideChange{}, &ClearOverride{}, &BulkChange{},
		&CreateAccount{}, &AccountChange{}, &SetAccountStatus{}, &TierMove{}, &DeleteAccount{}, &ImportAccounts{},
		&CreateFeature{}, &FeatureChange{}, &Release{}, &SetFeatureActive{}, &KillSwitch{}, &FeatureBulkChange{}, &DeleteFeature{},
		&CreateTier{}, &TierChange{}, &TierSave{}, &SetTierFeature{}, &TierDeletion{},
		&CreateModel{}, &ModelChange{}, &SetModelActive{}, &DeleteModel{},
		&CreateComponent{}, &ComponentChange{}, &SetComponentActive{}, &DeleteComponent{},
		&UpgradeAsk{}, &UpgradeApproval{}, &RejectUpgrade{}, &UpgradeWithdrawal{},
		&UpdateUser{}, &SetUserDisabled{}, &RoleChange{}, &RemoveMembership{}, &RevokeAPIKey{},
		&SetMode{}, &SetStaleDays{}, &RegistryChange{}, &Undo{},
	}
}
