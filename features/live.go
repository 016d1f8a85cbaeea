package features

import (
	"cmp"
	"maps"
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
	counted   atomic.Pointer[counted]
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
	parts := shareOut(slots, func(share []*slot) []*Account { return compiled.twin().among(share) })
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

// Count is how many accounts are in each state of a feature.
type Count struct{ On, Some, Off int }

// Total is how many accounts there are.
func (c Count) Total() int { return c.On + c.Some + c.Off }

// Count gives, for each feature given, how many accounts have it. It counts anew after every change: an override that
// has expired is counted until it is swept, which is within a second.
func (l *Live) Count(list []*Feature, at time.Time) []Count {
	position, catalogue := l.Position(), l.Catalogue()
	known := l.counted.Load()
	if known == nil || known.position != position {
		known = &counted{position: position, of: make(map[*Feature]Count)}
	}
	var missing []*Feature
	for _, f := range list {
		if _, ok := known.of[f]; !ok {
			missing = append(missing, f)
		}
	}
	if len(missing) > 0 {
		known = known.with(missing, catalogue.panel(keysOf(missing), at), l.accounts.slots())
		l.counted.Store(known)
	}
	counts := make([]Count, len(list))
	for i, f := range list {
		counts[i] = known.of[f]
	}
	return counts
}

// counted is how many accounts have some features, at one position of the feed. It never changes.
type counted struct {
	position int64
	of       map[*Feature]Count
}

// with counts further features, those of a panel, all in one pass over the accounts.
func (c *counted) with(further []*Feature, p *panel, slots []*slot) *counted {
	of := maps.Clone(c.of)
	for _, part := range shareOut(slots, func(share []*slot) []Count { return p.twin().count(share) }) {
		for i, f := range further {
			of[f] = of[f].plus(part[i])
		}
	}
	return &counted{c.position, of}
}

// count counts the panel's features among some accounts.
func (p *panel) count(slots []*slot) []Count {
	counts := make([]Count, len(p.asked))
	for _, s := range slots {
		if a := s.state.Load(); a != nil {
			p.account(a)
			for i := range counts {
				counts[i].add(p.standing(i).State)
			}
		}
	}
	return counts
}

// OnForEveryone tells of each feature given whether there are accounts in use and all of them have it.
func (l *Live) OnForEveryone(list []*Feature, at time.Time) []bool {
	catalogue := l.Catalogue()
	everyone := make([]bool, len(list))
	for i, f := range list {
		p := catalogue.panel([]string{f.Key}, at)
		for a := range l.accounts.All() {
			if a.Status == Suspended {
				continue
			}
			p.account(a)
			if everyone[i] = p.standing(0).State == On; !everyone[i] {
				break
			}
		}
	}
	return everyone
}

// AccountRevision is the larger of the catalogue's revision and the account's own last change (spec §2). account may
// be nil.
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
