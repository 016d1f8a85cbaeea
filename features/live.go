package features

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Live is the state that every evaluation reads: the catalogue behind an atomic pointer, the account index, and who
// may sign in. It follows the database's feed through Apply and is read without locks.
type Live struct {
	catalogue atomic.Pointer[Catalogue]
	accounts  Accounts
	people    People
	position  atomic.Int64
	revision  atomic.Int64
	counters  counters
	watchers  watchers
}

// NewLive gives a state with nothing in it, at the beginning of the feed.
func NewLive() *Live {
	l := &Live{}
	l.catalogue.Store(NewCatalogue(Registry{Settings: Settings{ModeLive, DefaultStaleDays}}))
	return l
}

// Catalogue gives the catalogue as it is now. It never changes; ask again for a later one.
func (l *Live) Catalogue() *Catalogue { return l.catalogue.Load() }

// Accounts gives the account index.
func (l *Live) Accounts() *Accounts { return &l.accounts }

// People gives users and sessions.
func (l *Live) People() *People { return &l.people }

// Revision is the latest change that evaluation has seen, of the catalogue or of any account.
func (l *Live) Revision() int64 { return l.revision.Load() }

// Position is how far in the feed the state is.
func (l *Live) Position() int64 { return l.position.Load() }

// Page is one page of a list of accounts.
type Page struct {
	Accounts []*Account
	Matching int // accounts that match the filter
	Total    int // accounts there are
	Number   int // from 1
	Pages    int // at least 1
}

// First is the place of the page's first account in the list, from 1; 0 when the page is empty.
func (p Page) First(size int) int {
	if len(p.Accounts) == 0 {
		return 0
	}
	return (p.Number-1)*size + 1
}

// List gives one page of the accounts that match a filter. It refuses filter values and pages that do not exist.
func (l *Live) List(f AccountFilter, number, size int, at time.Time) (Page, error) {
	matching, err := l.filtered(f, at)
	if err != nil {
		return Page{}, err
	}
	page := Page{Matching: len(matching), Total: l.accounts.Len(), Number: number, Pages: max(1, (len(matching)+size-1)/size)}
	if number < 1 || number > page.Pages {
		return page, notFound(pageRange(page.Pages))
	}
	from := (number - 1) * size
	page.Accounts = slices.Clone(matching[from:min(from+size, len(matching))]) // so that a page does not keep the rest
	return page, nil
}

// Spot is where an account stands in the list by name, also once it is gone.
type Spot struct {
	Name string
	ID   int64
}

// Spot gives where the account stands in the list by name.
func (a *Account) Spot() Spot { return Spot{a.sortName(), a.ID} }

// ListAfter gives at most some of the accounts that match a filter and stand behind a spot, by name, and how many match
// altogether. It refuses filter values that do not exist.
func (l *Live) ListAfter(f AccountFilter, after Spot, most int, at time.Time) (list []*Account, matching int, err error) {
	f.Order, f.Reverse = OrderName, false
	all, err := l.filtered(f, at)
	if err != nil {
		return nil, 0, err
	}
	from, found := slices.BinarySearchFunc(all, after, func(a *Account, s Spot) int {
		return cmp.Or(cmp.Compare(a.sortName(), s.Name), cmp.Compare(a.ID, s.ID))
	})
	if found {
		from++
	}
	return slices.Clone(all[from:min(from+most, len(all))]), len(all), nil
}

func (l *Live) filtered(f AccountFilter, at time.Time) ([]*Account, error) {
	catalogue := l.Catalogue()
	compiled, err := f.compile(catalogue, at)
	if err != nil {
		return nil, err
	}
	slots := l.accounts.slots()
	parts := shareOut(slots, func(share []*slot) []*Account { return compiled.clone().among(share) })
	return f.sort(slices.Concat(parts...), catalogue), nil
}

// among gives those of some accounts that match.
func (f *compiledFilter) among(slots []*slot) []*Account {
	matching := make([]*Account, 0, len(slots))
	for _, s := range slots {
		if a := s.state.Load(); a != nil && f.matches(a) {
			matching = append(matching, a)
		}
	}
	return matching
}

// AccountRevision is the larger of the catalogue's revision and the account's own last change. account may be nil.
func (c *Catalogue) AccountRevision(account *Account) int64 {
	if account == nil {
		return c.Revision
	}
	return max(c.Revision, account.Revision)
}

// watchers are told what each Apply changed.
type watchers struct {
	mu   sync.Mutex
	next int
	tell map[int]func(Notice)
}
