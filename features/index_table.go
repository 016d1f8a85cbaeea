package features

import (
	"math/bits"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
)

// indexTable finds slots by the hash of a key, for one writer and any number of readers without locks. It is an open hash
// table whose cells are filled and never emptied: the account in a slot says itself whether it is the one looked for,
// so a cell that an account has left does no harm. A nil indexTable is empty.
type indexTable struct {
	cells []atomic.Pointer[slot] // a power of two of them, at most half of them full
	full  int
}

// newIndexTable gives a table with room for a number of keys.
func newIndexTable(keys int) *indexTable {
	return &indexTable{cells: make([]atomic.Pointer[slot], 1<<bits.Len(uint(2*keys)))}
}

// fits tells whether a number of keys more can be put.
func (t *indexTable) fits(keys int) bool { return t != nil && 2*(t.full+keys) <= len(t.cells) }

func (t *indexTable) put(hash uint64, s *slot) {
	for at := hash; ; at++ {
		switch cell := t.cell(at); cell.Load() {
		case s:
			return
		case nil:
			cell.Store(s)
			t.full++
			return
		}
	}
}

// putNames puts a slot under the names of its account.
func (t *indexTable) putNames(a *Account, s *slot) {
	t.put(hashName(a.TargetingKey), s)
	t.put(hashName(a.Slug), s)
	if a.ExternalID != "" {
		t.put(hashName(a.ExternalID), s)
	}
}

// find gives the slot of the account with a key, and the account; nil when there is none.
func (t *indexTable) find(hash uint64, is func(*Account) bool) (*slot, *Account) {
	if t == nil {
		return nil, nil
	}
	for at := hash; ; at++ {
		s := t.cell(at).Load()
		if s == nil {
			return nil, nil
		}
		if a := s.state.Load(); a != nil && is(a) {
			return s, a
		}
	}
}

// each does something with every account in the table.
func (t *indexTable) each(do func(*slot, *Account)) {
	if t == nil {
		return
	}
	for i := range t.cells {
		s := t.cells[i].Load()
		if s == nil {
			continue
		}
		if a := s.state.Load(); a != nil {
			do(s, a)
		}
	}
}

func (t *indexTable) cell(at uint64) *atomic.Pointer[slot] {
	return &t.cells[at&uint64(len(t.cells)-1)]
}

func hashName(name string) uint64 { return xxhash.Sum64String(name) }

// hashID spreads numbers that follow one another.
func hashID(id int64) uint64 { return bits.ReverseBytes64(uint64(id) * 0x9e3779b97f4a7c15) }
