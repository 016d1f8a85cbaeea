package features

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// FeatureState is what a list of accounts can be narrowed to for one feature (spec §4.3).
type FeatureState string

// The states a filter knows: two of the effective value, two of where it came from.
const (
	StateOn         FeatureState = "on"
	StateOff        FeatureState = "off"
	StateOverridden FeatureState = "overridden"
	StateInherited  FeatureState = "inherited"
)

// FeatureStates gives the states in the order a menu lists them.
func FeatureStates() []FeatureState {
	return []FeatureState{StateOn, StateOff, StateOverridden, StateInherited}
}

// AccountFilter narrows and orders the list of accounts. Its zero value is every account by name.
type AccountFilter struct {
	Search   string // in name, slug, external id and contact e-mail; every word must occur
	Features []FeatureFilter
	Tiers    []string // tier keys; NoTier for accounts without one
	Status   Status   // "" for any
	Order    AccountOrder
	Reverse  bool
}

// FeatureFilter keeps the accounts with one feature in one state.
type FeatureFilter struct {
	Key   string
	State FeatureState
}

// NoTier stands in AccountFilter.Tiers for accounts without a tier.
const NoTier = "none"

// AccountOrder is what a list of accounts is sorted by; ties go by name.
type AccountOrder string

// The orders of the list.
const (
	OrderName   AccountOrder = "name"
	OrderTier   AccountOrder = "tier"
	OrderChange AccountOrder = "change"
)

// AccountOrders gives every order.
func AccountOrders() []AccountOrder { return []AccountOrder{OrderName, OrderTier, OrderChange} }

// compiledFilter is a filter with its names looked up once, ready to be asked for every account.
type compiledFilter struct {
	words    []string
	features []compiledState
	tiers    []int64
	status   Status
	at       int64
	context  *Context // one for the whole scan, so that asking allocates nothing
}

type compiledState struct {
	feature *Feature
	state   FeatureState
}

// compile looks the filter's names up, and refuses those that do not exist.
func (f AccountFilter) compile(c *Catalogue, at time.Time) (compiledFilter, error) {
	compiled := compiledFilter{words: strings.Fields(strings.ToLower(f.Search)), status: f.Status, at: at.UnixMilli(), context: &Context{}}
	for _, wanted := range f.Features {
		feature, err := c.Feature(wanted.Key)
		if err != nil {
			return compiled, err
		}
		if !slices.Contains(FeatureStates(), wanted.State) {
			return compiled, &Error{Kind: Invalid, Field: wanted.Key, Message: "Choose on, off, overridden or inherited."}
		}
		compiled.features = append(compiled.features, compiledState{feature, wanted.State})
	}
	for _, key := range f.Tiers {
		if key == NoTier {
			compiled.tiers = append(compiled.tiers, 0)
			continue
		}
		tier, err := c.TierByKey(key)
		if err != nil {
			return compiled, err
		}
		compiled.tiers = append(compiled.tiers, tier.ID)
	}
	if f.Status != "" && f.Status != Active && f.Status != Suspended {
		return compiled, &Error{Kind: Invalid, Field: "status", Message: "Choose active or suspended."}
	}
	if f.Order != "" && !slices.Contains(AccountOrders(), f.Order) {
		return compiled, &Error{Kind: Invalid, Field: "sort", Message: "Sort by name, tier or change."}
	}
	return compiled, nil
}

func (f *compiledFilter) matches(a *Account) bool {
	if f.status != "" && a.Status != f.status || f.tiers != nil && !slices.Contains(f.tiers, a.TierID) {
		return false
	}
	for _, word := range f.words {
		if !strings.Contains(a.folded, word) {
			return false
		}
	}
	for _, s := range f.features {
		if !f.holds(s, a) {
			return false
		}
	}
	return true
}

func (f *compiledFilter) holds(s compiledState, a *Account) bool {
	switch s.state {
	case StateOn, StateOff:
		f.context.Account = a
		on := evaluate(question{s.feature, f.context, f.at}).Value.Enabled
		return on == (s.state == StateOn)
	default:
		_, live := a.Override(s.feature.ID, f.at)
		return live == (s.state == StateOverridden)
	}
}

// sortAccounts orders a list that is already sorted by name.
func (f AccountFilter) sortAccounts(list []*Account, c *Catalogue) {
	switch f.Order {
	case OrderTier:
		slices.SortStableFunc(list, func(a, b *Account) int { return cmp.Compare(c.tierRank(a), c.tierRank(b)) })
	case OrderChange:
		slices.SortStableFunc(list, func(a, b *Account) int { return cmp.Compare(b.Revision, a.Revision) })
	}
	if f.Reverse {
		slices.Reverse(list)
	}
}

// tierRank is the place of an account's tier in the order of the plans; none comes first.
func (c *Catalogue) tierRank(a *Account) int {
	return 1 + slices.IndexFunc(c.tiers, func(t Tier) bool { return t.ID == a.TierID })
}

func pageRange(pages int) string {
	if pages == 1 {
		return "There is no such page: the list has one."
	}
	return "There is no such page: the list has pages 1 to " + grouped(pages) + "."
}
