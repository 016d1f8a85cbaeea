package features

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"
)

// BulkAction is what is done to many accounts at once (spec §4.3).
type BulkAction string

// The bulk actions.
const (
	EnableFeature  BulkAction = "enable"
	DisableFeature BulkAction = "disable"
	DisableAll     BulkAction = "disable-all"
	ClearOverrides BulkAction = "clear"
	SetTier        BulkAction = "set-tier"
)

// Bulk is one action on a selection of accounts.
type Bulk struct {
	Action    BulkAction
	Feature   string // for enable and disable; for clear, "" means of every feature
	Tier      string // for set-tier; "" takes the tier away
	Selection Selection
}

// Selection is the accounts an action is for: those ticked, or all that match a filter.
type Selection struct {
	IDs    []int64
	All    bool
	Filter AccountFilter
}

// Write is what a bulk action stores for one account: an override of one feature set or removed, or a tier.
type Write struct {
	Account *Account
	Feature *Feature // nil when the tier changes
}

// Plan is a bulk action worked out but not applied: what is written, for whom, and what that changes.
type Plan struct {
	Bulk
	Feature *Feature   // nil unless the action is about one
	Tier    Tier       // for set-tier; zero takes the tier away
	Chosen  int        // accounts selected
	Changed []*Account // accounts for which something is written, by name
	Already []*Account // accounts that are already so: nothing is written
	Writes  []Write    // by feature, then by account name
	Effects []Effect   // per feature written, what the portals will see
	Digest  string     // stands for exactly these writes; another state gives another digest
}

// PlanBulk works out a bulk action against a state. It refuses an unknown feature, tier or filter value.
func (l *Live) PlanBulk(b Bulk, at time.Time) (*Plan, error) {
	catalogue := l.Catalogue()
	plan := &Plan{Bulk: b}
	if err := plan.resolve(catalogue); err != nil {
		return nil, err
	}
	chosen, err := l.Select(b.Selection, at)
	if err != nil {
		return nil, err
	}
	plan.Chosen = len(chosen)
	plan.work(catalogue, chosen, at)
	l.planMembers(plan, at)
	plan.Digest = plan.digest()
	return plan, nil
}

func (p *Plan) resolve(c *Catalogue) (err error) {
	switch p.Action {
	case EnableFeature, DisableFeature:
		p.Feature, err = c.Feature(p.Bulk.Feature)
	case ClearOverrides:
		if p.Bulk.Feature != "" {
			p.Feature, err = c.Feature(p.Bulk.Feature)
		}
	case SetTier:
		if p.Bulk.Tier != "" {
			p.Tier, err = c.TierByKey(p.Bulk.Tier)
		}
	case DisableAll:
	default:
		err = &Error{Kind: Invalid, Field: "action", Message: "There is no bulk action " + quote(string(p.Action)) + "."}
	}
	return err
}

func (p *Plan) work(c *Catalogue, chosen []*Account, at time.Time) {
	if p.Action == SetTier {
		p.planTiers(chosen)
		return
	}
	written := make([]bool, len(chosen))
	for _, feature := range p.reach(c) {
		compared := comparison{was: trialOf(c, feature, at), is: trialOf(c, feature, at)}
		effect := Effect{Feature: feature, Personal: feature.gate.personal}
		for i, a := range chosen {
			written[i] = p.planOverride(&effect, a, &compared) || written[i]
		}
		if effect.Changes()+effect.Stay() > 0 {
			p.Effects = append(p.Effects, effect)
		}
	}
	for i, a := range chosen {
		if written[i] {
			p.Changed = append(p.Changed, a)
		} else {
			p.Already = append(p.Already, a)
		}
	}
}

// planMembers adds what the people of the accounts written see, of the features whose people differ.
func (l *Live) planMembers(p *Plan, at time.Time) {
	for i := range p.Effects {
		effect := &p.Effects[i]
		if !effect.Personal {
			continue
		}
		c := comparison{was: trialOf(l.Catalogue(), effect.Feature, at), is: trialOf(l.Catalogue(), effect.Feature, at)}
		after := make(map[int64]*Account)
		for _, w := range p.Writes {
			if w.Feature == effect.Feature {
				changed := *p.after(w.Account, &c.is)
				changed.Overrides = slices.Clone(changed.Overrides)
				after[w.Account.ID] = &changed
			}
		}
		l.compareMembers(&c, effect, after, false)
	}
}

// reach is the features a bulk action may write.
func (p *Plan) reach(c *Catalogue) []*Feature {
	if p.Feature != nil {
		return []*Feature{p.Feature}
	}
	return c.Features()
}

func (p *Plan) planTiers(chosen []*Account) {
	for _, a := range chosen {
		if a.TierID == p.Tier.ID {
			p.Already = append(p.Already, a)
			continue
		}
		p.Changed = append(p.Changed, a)
		p.Writes = append(p.Writes, Write{Account: a})
	}
}

// planOverride decides whether one account's override of one feature is written, and counts what that changes.
func (p *Plan) planOverride(effect *Effect, a *Account, c *comparison) bool {
	if !p.writes(a, &c.was) {
		return false
	}
	p.Writes = append(p.Writes, Write{a, c.is.feature})
	c.account(effect, a, p.after(a, &c.is))
	return true
}

// after gives an account as it would be after the action. It is good until the next call.
func (p *Plan) after(a *Account, t *trial) *Account {
	if p.Action == ClearOverrides {
		return t.without(a)
	}
	return t.with(a, Value{Enabled: p.Action == EnableFeature})
}

// writes tells whether anything is stored for an account. "Already so" means that very live override exists: the same
// value with no expiry; "disable all" writes only where the feature is on or some (spec §4.3).
func (p *Plan) writes(a *Account, t *trial) bool {
	current, live := a.Override(t.feature.ID, t.at)
	switch p.Action {
	case ClearOverrides:
		return current.FeatureID != 0
	case DisableAll:
		return t.state(a) != Off
	}
	return !live || current.ExpiresAt != 0 || current.Variant != "" || current.Value.Enabled != (p.Action == EnableFeature)
}

// digest hashes what is written and the state it is written over, so that a plan shown to a person can be told from
// one worked out after something changed.
func (p *Plan) digest() string {
	hash := xxhash.New()
	var word [8]byte
	number := func(n int64) {
		binary.LittleEndian.PutUint64(word[:], uint64(n))
		_, _ = hash.Write(word[:]) // it never fails
	}
	_, _ = hash.WriteString(string(p.Action) + "\n")
	number(p.Tier.ID)
	for _, w := range p.Writes {
		number(w.Account.ID)
		number(w.Account.Revision)
		if w.Feature != nil {
			number(w.Feature.ID)
		}
	}
	for _, e := range p.Effects {
		number(e.Feature.ID)
		number(int64(len(e.Gain)))
		number(int64(len(e.Lose)))
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// Select gives the accounts of a selection, by name. Ticked accounts that do not exist are refused.
func (l *Live) Select(s Selection, at time.Time) ([]*Account, error) {
	if s.All {
		s.Filter.Order, s.Filter.Reverse = OrderName, false
		return l.filtered(s.Filter, at)
	}
	ids := slices.Clone(s.IDs)
	slices.Sort(ids)
	chosen := make([]*Account, 0, len(ids))
	for _, id := range slices.Compact(ids) {
		a := l.accounts.ByID(id)
		if a == nil {
			return nil, notFound("One of the chosen accounts does not exist.")
		}
		chosen = append(chosen, a)
	}
	slices.SortFunc(chosen, byNameThenID)
	return chosen, nil
}

// Verb names a bulk action for a button and the audit log: "Enable", "Clear overrides".
func (a BulkAction) Verb() string {
	switch a {
	case EnableFeature:
		return "Enable"
	case DisableFeature:
		return "Disable"
	case DisableAll:
		return "Disable all"
	case ClearOverrides:
		return "Clear overrides"
	case SetTier:
		return "Set tier"
	}
	return string(a)
}
