package features

import (
	"slices"
	"time"
)

// BulkAction is what is done to many accounts at once.
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
	Action           BulkAction
	Feature          string // for enable and disable; for clear, "" means of every feature
	Data             JSON   // for enable: the value, where the feature is of another type than boolean
	WithDependencies bool   // for enable: switch on, too, what the feature depends on, where that is off
	Tier             string // for set-tier; "" takes the tier away
	Selection        Selection
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
	Value   *Value   // that an override is set to, shared by many writes; nil where none is
}

// BulkPlan is a bulk action worked out but not applied: what is written, for whom, and what that changes.
type BulkPlan struct {
	Bulk
	Feature *Feature   // nil unless the action is about one
	Tier    Tier       // for set-tier; zero takes the tier away
	Chosen  int        // accounts selected
	Changed []*Account // accounts for which something is written, by name
	Already []*Account // accounts that are already so: nothing is written
	Locked  []*Account // accounts for which nothing is written as their tier locks the feature
	Writes  []Write    // by feature, then by account name
	Effects []Effect   // per feature written, what the portals will see
	Digest  string     // stands for exactly these writes; another state gives another digest
}

// PlanBulk works out a bulk action against a state. It refuses an unknown feature, tier or filter value, and values that
// break a feature's type or constraints.
func (l *Live) PlanBulk(b Bulk, at time.Time) (*BulkPlan, error) {
	catalogue := l.Catalogue()
	plan := &BulkPlan{Bulk: b}
	if err := plan.resolve(catalogue); err != nil {
		return nil, err
	}
	chosen, err := l.Select(b.Selection, at)
	if err != nil {
		return nil, err
	}
	plan.Chosen = len(chosen)
	w := l.workOut(plan, catalogue, chosen, at)
	plan.Changed, plan.Already, plan.Locked = w.changed, w.already, w.locked
	for _, writes := range w.writes {
		if err := plan.checkDependencyValues(writes); err != nil {
			return nil, err
		}
		plan.Writes = append(plan.Writes, writes...)
	}
	written := make(map[*Feature]bool)
	for _, write := range plan.Writes {
		written[write.Feature] = true
	}
	for _, e := range w.effects {
		if written[e.Feature] || !e.IsEmpty() {
			plan.Effects = append(plan.Effects, e)
		}
	}
	plan.Digest = plan.digest()
	return plan, nil
}

func (p *BulkPlan) resolve(c *Catalogue) (err error) {
	switch p.Action {
	case EnableFeature, DisableFeature:
		if p.Feature, err = c.Feature(p.Bulk.Feature); err == nil && p.Action == EnableFeature {
			err = p.Feature.CheckValue(p.Value())
		}
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

// Value returns what the action sets the feature that it is about to.
func (p *BulkPlan) Value() Value {
	if p.Action != EnableFeature {
		return Value{}
	}
	return Value{Enabled: true, Data: p.Data}
}

// checkDependencyValues refuses to switch a feature on along with another with a value that is none of its own.
func (p *BulkPlan) checkDependencyValues(writes []Write) error {
	if p.Action != EnableFeature || len(writes) == 0 || writes[0].Feature == p.Feature {
		return nil
	}
	checked := make(map[Value]bool)
	for _, w := range writes {
		if !checked[*w.Value] {
			checked[*w.Value] = true
			if err := w.Feature.checkDependencyValue(*w.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// digest stands for what is written, the state it is written over, and whom that concerns.
func (p *BulkPlan) digest() string {
	d := NewDigest()
	d.Text(p.Action, p.WithDependencies, p.Data)
	d.number(p.Tier.ID)
	for _, w := range p.Writes {
		d.number(w.Account.ID)
		d.number(w.Account.Revision)
		if w.Feature != nil {
			d.number(w.Feature.ID)
			d.value(*w.Value)
		}
	}
	d.Effects(p.Effects)
	return d.String()
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
	slices.SortFunc(chosen, ByName)
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
