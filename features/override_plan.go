package features

import (
	"fmt"
	"slices"
	"time"
)

// OverrideWish is what somebody wants to set for an account.
type OverrideWish struct {
	Value            Value
	Variant          string    // to force; "" for none
	ExpiresAt        time.Time // zero for never
	WithDependencies bool      // switch on, too, what the feature depends on, where that is off
}

// OverridePlan is an override worked out but not set: what is written for the account, and what that does to it.
type OverridePlan struct {
	Feature             *Feature
	Account             *Account     // as it would be
	Writes              []Override   // what is to be switched on with it, in that order, then the override itself
	Dependencies        []*Feature   // that are switched on with it
	AccountValue        AccountValue // what the account would have of the feature
	Effective           bool         // whether that is what is asked for
	TurnedOff           []*Feature   // others that go off by it: they need the feature, or conflict with it
	MissingDependencies []*Feature   // to be switched on with it for it to take effect; nil where that would not help
	Changes             bool         // the account has something else of the feature by it
	Reaches             bool         // other features change for the account
}

// NeedsConfirmation reports whether a person is asked first: the override takes no effect, or takes others with it.
func (p *OverridePlan) NeedsConfirmation() bool { return !p.Effective || len(p.TurnedOff) > 0 }

// CheckApproval refuses, at the field value, to give an account what it has already.
func (p *OverridePlan) CheckApproval() error {
	if p.Changes || p.Reaches || !p.Effective {
		return nil
	}
	return &Error{Kind: Invalid, Field: "value", Message: "Approving this changes nothing: the account has it already. Enter another value, or reject the request."}
}

// PlanOverride works out an override of a feature for an account. It refuses, field by field, what CheckOverride does, an
// expiry that is not in the future, what the account's tier locks, and what has no usual value where it is to be switched on
// along.
func (c *Catalogue) PlanOverride(a *Account, f *Feature, want OverrideWish, at time.Time) (*OverridePlan, error) {
	if err := f.CheckOverride(want.Value, want.Variant); err != nil {
		return nil, err
	}
	if !want.ExpiresAt.IsZero() && !want.ExpiresAt.After(at) {
		return nil, &Error{Kind: Invalid, Field: "expires_at", Message: "Choose a time in the future, or leave it empty for no expiry."}
	}
	p := &OverridePlan{Feature: f}
	if err := p.write(c, a, want, at); err != nil {
		return nil, err
	}
	p.addEffects(c, a, at)
	wanted := want.Value
	if forced := f.variant(want.Variant); forced != nil {
		wanted = forced.Value
	}
	if p.Effective = p.AccountValue.Shows(wanted); !p.Effective && want.Value.Enabled {
		p.offer(c, a, want, at)
	}
	return p, nil
}

// PlanReset works out what taking the override of a feature away does to an account.
func (c *Catalogue) PlanReset(a *Account, f *Feature, at time.Time) *OverridePlan {
	p := &OverridePlan{Feature: f, Account: a.Without(f.ID), Effective: true}
	p.addEffects(c, a, at)
	return p
}

// write works out what is written.
func (p *OverridePlan) write(c *Catalogue, a *Account, want OverrideWish, at time.Time) error {
	rule := c.overrideRule(p.Feature, want, at)
	writes, locked := rule.writes(a, func(n *node) bool { return c.State(n.feature, a, at) == Off }, nil)
	if locked != nil {
		return c.lockedError(a, locked.feature)
	}
	for _, o := range writes[:len(writes)-1] {
		f := c.FeatureByID(o.FeatureID)
		if err := f.checkDependencyValue(o.Value); err != nil {
			return err
		}
		p.Dependencies = append(p.Dependencies, f)
	}
	p.Writes, p.Account = writes, a.With(writes...)
	return nil
}

// addEffects works out what the account would have, and which other features change for it.
func (p *OverridePlan) addEffects(c *Catalogue, a *Account, at time.Time) {
	p.AccountValue = c.AccountValue(p.Feature, p.Account, at)
	keys := c.touched(append(keysOf(p.Dependencies), p.Feature.Key))
	compared := compareKeys(c, c, keys, at)
	effects := compared.effects()
	compared.account(effects, a, p.Account)
	for _, e := range effects {
		switch {
		case e.Changes() == 0:
			continue
		case e.Feature.Key == p.Feature.Key:
			p.Changes = true
			continue
		}
		p.Reaches = true
		if len(e.Lose) > 0 {
			p.TurnedOff = append(p.TurnedOff, e.Feature)
		}
	}
}

// offer names what would have to be switched on too for an override to take effect, where that helps.
func (p *OverridePlan) offer(c *Catalogue, a *Account, want OverrideWish, at time.Time) {
	want.WithDependencies = true
	helped := &OverridePlan{Feature: p.Feature}
	if helped.write(c, a, want, at) == nil && c.State(p.Feature, helped.Account, at) != Off {
		p.MissingDependencies = helped.Dependencies
	}
}

// Shows reports whether an account has what an override asks for.
func (s AccountValue) Shows(v Value) bool {
	if !v.Enabled || s.State == Off {
		return v.Enabled == (s.State != Off)
	}
	return v.Data == "" || v.Data == s.Value.Data
}

// overrideRule is what setting an override writes, for one account after another.
type overrideRule struct {
	node         *node
	dependencies []*node // what is switched on along where it is off: what others need first
	override     Override
	at           int64 // Unix milliseconds
}

func (c *Catalogue) overrideRule(f *Feature, want OverrideWish, at time.Time) overrideRule {
	r := overrideRule{node: c.node(f), at: at.UnixMilli(), override: Override{FeatureID: f.ID, Value: want.Value, Variant: want.Variant}}
	if !want.ExpiresAt.IsZero() {
		r.override.ExpiresAt = want.ExpiresAt.UnixMilli()
	}
	if want.WithDependencies && want.Value.Enabled {
		r.dependencies = r.node.allDependencies()
	}
	return r
}

// writes appends what is written for an account, but for what is switched on so already: for what is switched on along, the value that the account's tier gives
// where that is on, else the usual one. Where the tier locks any of it, nothing is written, and locked names it.
func (r *overrideRule) writes(a *Account, off func(*node) bool, into []Override) (list []Override, locked *node) {
	for _, n := range r.dependencies {
		if !off(n) {
			continue
		}
		if n.locks(a) {
			return into, n
		}
		if o := (Override{FeatureID: n.feature.ID, Value: n.dependencyValue(a)}); !a.has(o, r.at) {
			into = append(into, o)
		}
	}
	if r.node.locks(a) {
		return into, r.node
	}
	return append(into, r.override), nil
}

func (n *node) allDependencies() []*node {
	dependencies := withDependencies(n.dependencies)
	slices.SortFunc(dependencies, byRank)
	return dependencies
}

func (n *node) locks(a *Account) bool {
	tierFeature := n.tier(a.TierID)
	return tierFeature != nil && !tierFeature.AllowOverride
}

// dependencyValue is what an account gets of a feature that is switched on along with another that needs it.
func (n *node) dependencyValue(a *Account) Value {
	if tierFeature := n.tier(a.TierID); tierFeature != nil && tierFeature.Value.Enabled {
		return tierFeature.Value
	}
	return n.feature.UsualValue()
}

// checkDependencyValue refuses, at the field value, to switch a feature on along with another with a value that is none of its own:
// then somebody has to say which.
func (f *Feature) checkDependencyValue(v Value) error {
	if f.ValueCheck().Fault(v) == "" {
		return nil
	}
	return &Error{Kind: Invalid, Field: "value", Message: f.Name + " cannot be switched on together with this, because it has no default value. Set a value for it first."}
}

// lockedError is the refusal of an override of a feature that the account's tier locks (docs/evaluation.md §2, rule 5).
func (c *Catalogue) lockedError(a *Account, f *Feature) error {
	return &Error{Kind: Invalid, Field: "value", Message: fmt.Sprintf(
		"The tier %s locks %s: its accounts have the tier's value. Allow overrides in the tier, or move the account to another tier.", c.tiersByID[a.TierID].Name, f.Name)}
}

// MissingDependencies returns what an account would have to have switched on for a feature to be on, of those that it depends on,
// directly or not: those that are off now, what others need before them.
func (c *Catalogue) MissingDependencies(feature *Feature, account *Account, at time.Time) (missing []*Feature) {
	n := c.node(feature)
	if n == nil {
		return nil
	}
	for _, other := range n.allDependencies() {
		if c.State(other.feature, account, at) == Off {
			missing = append(missing, other.feature)
		}
	}
	return missing
}
