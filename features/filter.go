package features

import (
	"slices"
	"strings"
	"time"

	"flagstone/words"
)

// FeatureState is what a list of accounts can be narrowed to for one feature.
type FeatureState string

// The states a filter knows: three of the effective value (docs/evaluation.md §9), two of where it came from.
const (
	StateOn         FeatureState = "on"
	StateOff        FeatureState = "off"
	StateSome       FeatureState = "some"
	StateOverridden FeatureState = "overridden"
	StateInherited  FeatureState = "inherited"
)

// FeatureStates gives the states in the order a menu lists them.
func FeatureStates() []FeatureState {
	return []FeatureState{StateOn, StateOff, StateSome, StateOverridden, StateInherited}
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
	words     []string
	states    []FeatureState // wanted of the evaluator's features
	evaluator *batchEvaluator
	tiers     []int64
	status    Status
}

// compile looks the filter's names up, and refuses those that do not exist.
func (f AccountFilter) compile(c *Catalogue, at time.Time) (compiledFilter, error) {
	compiled := compiledFilter{words: strings.Fields(Fold(f.Search)), status: f.Status}
	keys := make([]string, len(f.Features))
	for i, wanted := range f.Features {
		if _, err := c.Feature(wanted.Key); err != nil {
			return compiled, err
		}
		if !slices.Contains(FeatureStates(), wanted.State) {
			return compiled, &Error{Kind: Invalid, Field: wanted.Key, Message: "Choose on, off, some, overridden or inherited."}
		}
		keys[i], compiled.states = wanted.Key, append(compiled.states, wanted.State)
	}
	compiled.evaluator = c.batchEvaluator(keys, at)
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
	return len(f.states) == 0 || f.holds(a)
}

// clone gives the same filter for another goroutine.
func (f compiledFilter) clone() *compiledFilter {
	f.evaluator = f.evaluator.clone()
	return &f
}

// holds tells whether an account has every feature in the state that is wanted of it.
func (f *compiledFilter) holds(a *Account) bool {
	asked := false
	for i, wanted := range f.states {
		switch wanted {
		case StateOn, StateOff, StateSome:
			if !asked {
				f.evaluator.account(a)
				asked = true
			}
			if f.evaluator.value(i).State.String() != string(wanted) {
				return false
			}
		default:
			_, live := a.Override(f.evaluator.feature(i).ID, f.evaluator.at)
			if live != (wanted == StateOverridden) {
				return false
			}
		}
	}
	return true
}

// sort orders a list that is already sorted by name; ties stay by name, whichever way the list goes.
func (f AccountFilter) sort(list []*Account, c *Catalogue) []*Account {
	switch f.Order {
	case OrderTier:
		ranks := c.tierRanks()
		return f.sortBy(list, func(a *Account) int64 { return ranks[a.TierID] })
	case OrderChange:
		return f.sortBy(list, func(a *Account) int64 { return -a.Revision })
	}
	if f.Reverse {
		slices.Reverse(list)
	}
	return list
}

// sortBy sorts by counting, so that accounts of one rank stay in order: only the ranks themselves are compared.
func (f AccountFilter) sortBy(list []*Account, rank func(*Account) int64) []*Account {
	ranks := make([]int64, len(list))
	for i, a := range list {
		ranks[i] = rank(a)
		if f.Reverse {
			ranks[i] = -ranks[i]
		}
	}
	distinct := slices.Clone(ranks)
	slices.Sort(distinct)
	distinct = slices.Compact(distinct)
	starts := make([]int, len(distinct)+1) // of each rank in the sorted list, once those before are summed up
	places := ranks                        // each rank gives way to its place among the distinct ones
	for i, r := range ranks {
		place, _ := slices.BinarySearch(distinct, r)
		places[i] = int64(place)
		starts[place+1]++
	}
	for i := range distinct {
		starts[i+1] += starts[i]
	}
	sorted := make([]*Account, len(list))
	for i, a := range list {
		sorted[starts[places[i]]] = a
		starts[places[i]]++
	}
	return sorted
}

// tierRanks gives, by their numbers, the places of the tiers in the order of the plans; none comes first.
func (c *Catalogue) tierRanks() map[int64]int64 {
	ranks := make(map[int64]int64, len(c.tiers))
	for i, t := range c.tiers {
		ranks[t.ID] = int64(i) + 1
	}
	return ranks
}

func pageRange(pages int) string {
	if pages == 1 {
		return "There is no such page: the list has one page."
	}
	return "There is no such page: the list has pages 1 to " + words.Number(pages) + "."
}
