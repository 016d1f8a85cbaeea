package features

import (
	"cmp"
	"iter"
	"maps"
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

// put replaces the states of some accounts and drops others. Readers see each account either as it was or as it is,
// never in between.
func (x *Accounts) put(accounts []*Account, gone []int64) {
	m := move{to: make(map[*slot]*Account), from: make(map[*slot]bool)}
	for _, a := range accounts {
		x.putOne(a, &m)
	}
	for _, id := range gone {
		x.drop(id, &m)
	}
	if len(m.to)+len(m.from) == 0 {
		return
	}
	sorted := m.apply(x.slots())
	for s, a := range m.to {
		s.state.Store(a)
	}
	x.sorted.Store(&sorted)
}

// putOne replaces one state at once where its place in the list stays; else the move takes it along.
func (x *Accounts) putOne(a *Account, m *move) {
	found, known := x.byID.Load(a.ID)
	if !known {
		s := &slot{}
		s.state.Store(a)
		m.to[s] = a
		x.byID.Store(a.ID, s)
		x.rename(s, &Account{}, a)
		return
	}
	s := found.(*slot)
	before := s.state.Load()
	x.rename(s, before, a)
	if before.sortName() == a.sortName() {
		s.state.Store(a)
		return
	}
	m.to[s], m.from[s] = a, true
}

// drop forgets an account that there may never have been.
func (x *Accounts) drop(id int64, m *move) {
	if found, known := x.byID.LoadAndDelete(id); known {
		s := found.(*slot)
		x.rename(s, s.state.Load(), &Account{})
		m.from[s] = true
	}
}

// rename keeps the identifiers of an account pointing at its slot.
func (x *Accounts) rename(s *slot, before, after *Account) {
	current := after.identifiers()
	for _, name := range before.identifiers() {
		if !slices.Contains(current[:], name) {
			x.byName.CompareAndDelete(name, s)
		}
	}
	for _, name := range current {
		if held, _ := x.byName.Load(name); name != "" && held != s {
			x.byName.Store(name, s)
		}
	}
}

func (a *Account) identifiers() [3]string { return [...]string{a.TargetingKey, a.Slug, a.ExternalID} }

// besides gives the numbers of the accounts that are not among those given.
func (x *Accounts) besides(accounts []*Account) (others []int64) {
	among := make(map[int64]bool, len(accounts))
	for _, a := range accounts {
		among[a.ID] = true
	}
	for a := range x.All() {
		if !among[a.ID] {
			others = append(others, a.ID)
		}
	}
	return others
}

// move is what changes in the sorted list: the slots that leave their place, and those that are placed by a new state.
type move struct {
	from map[*slot]bool
	to   map[*slot]*Account
}

// apply gives a sorted list with the move made: one copy of the list and a binary search for each slot that is placed.
func (m move) apply(old []*slot) []*slot {
	placed := slices.Collect(maps.Keys(m.to))
	slices.SortFunc(placed, func(a, b *slot) int { return byNameThenID(m.to[a], m.to[b]) })
	sorted := make([]*slot, 0, len(old)+len(placed))
	next := 0
	keep := func(until int) {
		for ; next < until; next++ {
			if s := old[next]; !m.from[s] {
				sorted = append(sorted, s)
			}
		}
	}
	for _, s := range placed {
		at, _ := slices.BinarySearchFunc(old, m.to[s], func(o *slot, a *Account) int { return byNameThenID(o.state.Load(), a) })
		keep(at)
		sorted = append(sorted, s)
	}
	keep(len(old))
	return sorted
}

func byNameThenID(a, b *Account) int {
	return cmp.Or(cmp.Compare(a.sortName(), b.sortName()), cmp.Compare(a.ID, b.ID))
}
