package features

import (
	"cmp"
	"iter"
	"slices"
	"sync/atomic"
)

// Accounts is the account index: immutable account states, each replaced whole, found by any identifier without a
// lock that readers wait on, and listed by name. One writer at a time may call put.
type Accounts struct {
	byID   atomic.Pointer[indexTable]
	byName atomic.Pointer[indexTable] // by targeting key, slug and external id
	sorted atomic.Pointer[[]*slot]
}

// slot is the one place of an account; its state is replaced, the slot stays. The state is nil once the account is gone.
type slot struct {
	state   atomic.Pointer[Account]
	counted uint32 // the pass that has counted the account (see counters)
}

// ByID finds an account by its number; nil when there is none.
func (x *Accounts) ByID(id int64) *Account {
	_, found := x.slotOf(id)
	return found
}

// Find returns the account with a targeting key, else with a slug or external id; nil when there is none.
func (x *Accounts) Find(identifier string) *Account {
	hash, names := hashName(identifier), x.byName.Load()
	if _, found := names.find(hash, func(a *Account) bool { return a.TargetingKey == identifier }); found != nil {
		return found
	}
	_, found := names.find(hash, func(a *Account) bool { return a.knownAs(identifier) })
	return found
}

// BySlug finds an account by its slug, or refuses with NotFound.
func (x *Accounts) BySlug(slug string) (*Account, error) {
	if a := x.Find(slug); a != nil && a.Slug == slug {
		return a, nil
	}
	return nil, notFound("There is no account with the slug " + quote(slug) + ".")
}

// Len is how many accounts there are.
func (x *Accounts) Len() int { return len(x.slots()) }

// All gives every account by name.
func (x *Accounts) All() iter.Seq[*Account] {
	return func(yield func(*Account) bool) {
		for _, s := range x.slots() {
			if a := s.state.Load(); a != nil && !yield(a) {
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

// put replaces the states of some accounts and drops others; note is told of each what it was and what it is. Readers see
// each account either as it was or as it is, never in between.
func (x *Accounts) put(accounts []*Account, gone []int64, note func(s *slot, was, is *Account)) {
	m := move{from: make(map[*slot]*Account)}
	for _, a := range accounts {
		s, was := x.putOne(a, &m)
		note(s, was, a)
	}
	for _, id := range gone {
		if s, a := x.slotOf(id); s != nil {
			m.from[s] = a
			s.state.Store(nil)
			note(s, a, nil)
		}
	}
	if len(m.from)+len(m.to) > 0 {
		sorted := m.apply(x.slots())
		x.sorted.Store(&sorted)
	}
}

func (x *Accounts) putOne(a *Account, m *move) (s *slot, before *Account) {
	x.grow()
	if s, before = x.slotOf(a.ID); s == nil {
		s = &slot{}
		s.state.Store(a)
		x.byID.Load().put(hashID(a.ID), s)
		x.byName.Load().putNames(a, s)
		m.to = append(m.to, s)
		return s, nil
	}
	if !sameIdentifiers(before, a) {
		x.byName.Load().putNames(a, s)
	}
	if before.sortName() != a.sortName() {
		m.from[s] = before
		m.to = append(m.to, s)
	}
	s.state.Store(a)
	return s, before
}

func (x *Accounts) slotOf(id int64) (*slot, *Account) {
	return x.byID.Load().find(hashID(id), func(a *Account) bool { return a.ID == id })
}

// copies gives those of some accounts that are there, by name, each as it is now in a slot of its own.
func (x *Accounts) copies(accounts map[int64]*Account) []*slot {
	list := make([]*Account, 0, len(accounts))
	for id := range accounts {
		if a := x.ByID(id); a != nil {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, ByName)
	slots := make([]*slot, len(list))
	for i, a := range list {
		slots[i] = &slot{}
		slots[i].state.Store(a)
	}
	return slots
}

// grow makes the tables anew when they have no room for one more account: larger, and without the cells that
// accounts have left.
func (x *Accounts) grow() {
	old := x.byID.Load()
	if old.fits(1) && x.byName.Load().fits(maxIdentifiers) {
		return
	}
	accounts := 1
	old.each(func(*slot, *Account) { accounts++ })
	byID, byName := newIndexTable(accounts), newIndexTable(accounts*maxIdentifiers)
	old.each(func(s *slot, a *Account) {
		byID.put(hashID(a.ID), s)
		byName.putNames(a, s)
	})
	x.byID.Store(byID)
	x.byName.Store(byName)
}

// maxIdentifiers is how many names an account can be found by.
const maxIdentifiers = 3

func (a *Account) knownAs(name string) bool {
	return a.Slug == name || a.TargetingKey == name || a.ExternalID == name && name != ""
}

func sameIdentifiers(a, b *Account) bool {
	return a.Slug == b.Slug && a.TargetingKey == b.TargetingKey && a.ExternalID == b.ExternalID
}

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

// move is what changes in the sorted list.
type move struct {
	from map[*slot]*Account // slots that leave their place, by the state they had there
	to   []*slot            // slots that are placed by their present state
}

// apply gives a sorted list with the move made: one copy of the list and a binary search for each slot that is placed.
func (m move) apply(old []*slot) []*slot {
	slices.SortFunc(m.to, func(a, b *slot) int { return ByName(a.state.Load(), b.state.Load()) })
	sorted := make([]*slot, 0, len(old)+len(m.to))
	next := 0
	keep := func(until int) {
		for ; next < until; next++ {
			if s := old[next]; m.from[s] == nil {
				sorted = append(sorted, s)
			}
		}
	}
	for _, s := range m.to {
		at, _ := slices.BinarySearchFunc(old, s.state.Load(), m.compare)
		keep(at)
		sorted = append(sorted, s)
	}
	keep(len(old))
	return sorted
}

// compare holds a slot, as the old list has it, against an account.
func (m move) compare(s *slot, a *Account) int {
	there := m.from[s]
	if there == nil {
		there = s.state.Load()
	}
	return ByName(there, a)
}

// ByName compares two accounts by name, then by number: the order of lists.
func ByName(a, b *Account) int {
	return cmp.Or(cmp.Compare(a.sortName(), b.sortName()), cmp.Compare(a.ID, b.ID))
}
