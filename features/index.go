package features

import (
	"cmp"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
)

// Accounts is the account index: immutable account states, each replaced whole, found by any identifier without a
// lock that readers wait on, and listed by name. One writer at a time may call put.
type Accounts struct {
	byID   sync.Map // int64 -> *slot
	byName sync.Map // targeting key, slug or external id -> *slot
	sorted atomic.Pointer[[]*slot]
}

// slot is the one place of an account; its state is replaced, the slot stays.
type slot struct{ state atomic.Pointer[Account] }

// ByID finds an account by its number; nil when there is none.
func (x *Accounts) ByID(id int64) *Account { return stateOf(x.byID.Load(id)) }

// Find finds an account by its targeting key, slug or external id; nil when there is none.
func (x *Accounts) Find(identifier string) *Account { return stateOf(x.byName.Load(identifier)) }

// BySlug finds an account by its slug, or refuses with NotFound.
func (x *Accounts) BySlug(slug string) (*Account, error) {
	if a := x.Find(slug); a != nil && a.Slug == slug {
		return a, nil
	}
	return nil, notFound("There is no account with the slug " + quote(slug) + ".")
}

func stateOf(found any, ok bool) *Account {
	if !ok {
		return nil
	}
	return found.(*slot).state.Load()
}

// Len is how many accounts there are.
func (x *Accounts) Len() int { return len(x.slots()) }

// All gives every account by name.
func (x *Accounts) All() iter.Seq[*Account] {
	return func(yield func(*Account) bool) {
		for _, s := range x.slots() {
			if !yield(s.state.Load()) {
				return
			}
		}
	}
}

func (x *Accounts) slots() []*slot {
	if sorted := x.sorted.Load(); sorted != nil {
		return *sorted
	}
	return nil
}

// put replaces the states of some accounts. Readers see each account either as it was or as it is, never in between.
func (x *Accounts) put(accounts []*Account) {
	moved := make(map[*slot]*Account) // new or renamed, to be placed in the sorted list anew
	gone := make(map[*slot]bool)
	for _, a := range accounts {
		found, known := x.byID.Load(a.ID)
		if !known {
			s := &slot{}
			s.state.Store(a)
			x.byID.Store(a.ID, s)
			moved[s] = a
			found = s
		}
		s := found.(*slot)
		before := s.state.Load()
		if before.sortName() != a.sortName() {
			moved[s], gone[s] = a, true
		}
		x.rename(s, before, a)
		if !gone[s] {
			s.state.Store(a)
		}
	}
	if len(moved) == 0 {
		return
	}
	sorted := merge(x.slots(), moved, gone)
	for s := range gone {
		s.state.Store(moved[s])
	}
	x.sorted.Store(&sorted)
}

// rename keeps the identifiers of an account pointing at its slot.
func (x *Accounts) rename(s *slot, before, after *Account) {
	current := [...]string{after.TargetingKey, after.Slug, after.ExternalID}
	for _, name := range [...]string{before.Slug, before.ExternalID} {
		if !slices.Contains(current[:], name) {
			x.byName.CompareAndDelete(name, s)
		}
	}
	for _, name := range current {
		if name == "" {
			continue
		}
		if held, _ := x.byName.Load(name); held != s {
			x.byName.Store(name, s)
		}
	}
}

// merge gives the sorted list without the slots that are gone and with the moved ones in their places: one copy of
// the list and a binary search for each moved slot.
func merge(old []*slot, moved map[*slot]*Account, gone map[*slot]bool) []*slot {
	added := make([]*slot, 0, len(moved))
	for s := range moved {
		added = append(added, s)
	}
	slices.SortFunc(added, func(a, b *slot) int { return byNameThenID(moved[a], moved[b]) })
	merged := make([]*slot, 0, len(old)+len(added))
	from := 0
	keep := func(to int) {
		for _, s := range old[from:to] {
			if !gone[s] {
				merged = append(merged, s)
			}
		}
		from = to
	}
	for _, s := range added {
		to, _ := slices.BinarySearchFunc(old, moved[s], func(o *slot, a *Account) int { return byNameThenID(o.state.Load(), a) })
		keep(to)
		merged = append(merged, s)
	}
	keep(len(old))
	return merged
}

func byNameThenID(a, b *Account) int {
	return cmp.Or(cmp.Compare(a.sortName(), b.sortName()), cmp.Compare(a.ID, b.ID))
}
