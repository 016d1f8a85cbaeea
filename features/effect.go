package features

import (
	"cmp"
	"iter"
	"runtime"
	"slices"
	"sync"
	"time"
)

// Proposal is a change not yet saved: what it would leave behind.
type Proposal struct {
	Catalogue *Catalogue // as it would be; nil where it stays
	Accounts  []*Account // those that change, as they would be; new ones too
	Gone      []int64    // accounts that would be no more
	Features  []string   // keys of those that change, or that accounts change; nil for every feature
}

// Effect is what a change not yet saved does to one feature: exactly which accounts would gain, lose or change it,
// judged from the same state that serves (docs/evaluation.md §10), and which of their people where those differ.
type Effect struct {
	Feature *Feature
	Shift[*Account]
	Members  Shift[Member]
	Personal bool        // people of one account may differ: those known only by what they send along are not counted
	Tiers    []TierTally // of the accounts asked about, in no order

	Uncounted bool // people who are not counted may see a change that no count shows
}

// IsEmpty reports whether nobody sees a change, people who are not counted included.
func (e Effect) IsEmpty() bool { return e.Changes()+e.Members.Changes() == 0 && !e.Uncounted }

// Shift is who sees what change. An account gains a feature also when only some of its people do.
type Shift[T any] struct {
	Gain          []T // more than before
	Lose          []T // less than before
	Change        []T // on before and after, with another value or variant
	GainPart      int // of those that gain, who have it for some of their users only
	LosePart      int // of those that lose, who keep it for some of their users
	On, Some, Off int // those that see no change, by what they have
}

// Changes is how many see another value after the change.
func (s Shift[T]) Changes() int { return len(s.Gain) + len(s.Lose) + len(s.Change) }

// Stay is how many see no change.
func (s Shift[T]) Stay() int { return s.On + s.Some + s.Off }

func (s *Shift[T]) count(one T, was, is State, differs bool) {
	switch {
	case is > was:
		s.Gain = append(s.Gain, one)
		s.GainPart += partly(is)
	case is < was:
		s.Lose = append(s.Lose, one)
		s.LosePart += partly(is)
	case differs:
		s.Change = append(s.Change, one)
	case is == On:
		s.On++
	case is == Some:
		s.Some++
	default:
		s.Off++
	}
}

// partly is 1 for an account that has a feature for some of its people.
func partly(is State) int {
	if is == Some {
		return 1
	}
	return 0
}

// Effects says what a proposal does, for every feature it may reach, through dependencies and conflicts too, in display
// order; those that are not there yet come last. Features that it leaves as they are for everybody are among them.
func (l *Live) Effects(p Proposal, at time.Time) []Effect {
	now := l.Catalogue()
	after := cmp.Or(p.Catalogue, now)
	return l.compare(compareKeys(now, after, reached(now, after, p.Features), at), l.scanOf(p))
}

// reached gives the keys of all features that a change of some may reach, by the links that there are or would be; nil is
// a change of every feature.
func reached(now, after *Catalogue, changed []string) (keys []string) {
	if changed == nil {
		changed = append(keysOf(now.features), keysOf(after.features)...)
	}
	touched := make(map[string]bool)
	for _, key := range append(now.touched(changed), after.touched(changed)...) {
		touched[key] = true
	}
	for _, f := range now.features {
		if touched[f.Key] {
			keys = append(keys, f.Key)
		}
	}
	for _, f := range after.features {
		if touched[f.Key] && now.nodeByKey[f.Key] == nil {
			keys = append(keys, f.Key)
		}
	}
	return keys
}

// scan is whom a proposal may concern.
type scan struct {
	slots    []*slot            // of the accounts there are, by name
	changed  map[int64]*Account // those that the proposal touches, as they would be; nil for those that go
	made     []*Account         // those that are not there yet
	everyone bool               // the catalogue changes, so that it may concern all
}

func (l *Live) scanOf(p Proposal) scan {
	s := scan{slots: l.accounts.slots(), changed: p.changed(), everyone: p.Catalogue != nil}
	if !s.everyone {
		s.slots = l.accounts.copies(s.changed)
	}
	for _, a := range p.Accounts {
		if l.accounts.ByID(a.ID) == nil {
			s.made = append(s.made, a)
		}
	}
	return s
}

// compare asks features, as they are and as they would be, for everyone whom the scan concerns. The accounts are shared
// out to all processors: looking at each is mostly waiting for memory.
func (l *Live) compare(c *comparison, s scan) []Effect {
	parts := shareOut(s.slots, func(slots []*slot) []Effect { return c.clone().share(slots, s.changed) })
	effects := c.effects()
	for _, part := range parts {
		for i := range effects {
			effects[i].join(part[i])
		}
	}
	for _, b := range s.made {
		c.account(effects, nil, b)
	}
	l.compareMembers(c, effects, s)
	c.noteUncounted(effects)
	return effects
}

// shareOut has a list looked at by all processors, each its share, and gives what each found, in the order of the list.
func shareOut[T, R any](list []T, look func(share []T) R) []R {
	processors := runtime.GOMAXPROCS(0)
	shares := slices.Collect(slices.Chunk(list, max(1, (len(list)+processors-1)/processors)))
	found := make([]R, len(shares))
	var looking sync.WaitGroup
	for i, share := range shares {
		looking.Go(func() { found[i] = look(share) })
	}
	looking.Wait()
	return found
}

// share asks for some of the accounts.
func (c *comparison) share(slots []*slot, changed map[int64]*Account) []Effect {
	effects := c.effects()
	for _, s := range slots {
		if a := s.state.Load(); a != nil { // else it has just gone
			c.account(effects, a, become(a, changed))
		}
	}
	return effects
}

// become gives an account as it would be.
func become(a *Account, changed map[int64]*Account) *Account {
	if other, touched := changed[a.ID]; touched {
		return other
	}
	return a
}

// join adds what was found for further accounts.
func (e *Effect) join(o Effect) {
	e.Gain, e.Lose, e.Change = append(e.Gain, o.Gain...), append(e.Lose, o.Lose...), append(e.Change, o.Change...)
	e.GainPart, e.LosePart = e.GainPart+o.GainPart, e.LosePart+o.LosePart
	e.On, e.Some, e.Off = e.On+o.On, e.Some+o.Some, e.Off+o.Off
	for _, t := range o.Tiers {
		sum := e.tierTally(t.TierID)
		sum.Was, sum.Is = sum.Was.plus(t.Was), sum.Is.plus(t.Is)
	}
}

// changed gives the accounts that a proposal touches as they would be, nil for those that go.
func (p Proposal) changed() map[int64]*Account {
	changed := make(map[int64]*Account, len(p.Accounts)+len(p.Gone))
	for _, a := range p.Accounts {
		changed[a.ID] = a
	}
	for _, id := range p.Gone {
		changed[id] = nil
	}
	return changed
}

// compareMembers asks for the people of the accounts, of those features whose people may differ.
func (l *Live) compareMembers(c *comparison, effects []Effect, s scan) {
	if !slices.ContainsFunc(effects, func(e Effect) bool { return e.Personal }) {
		return
	}
	for m := range l.Members() {
		is, touched := s.changed[m.Account.ID]
		if !touched {
			is = m.Account
		}
		if touched || s.everyone {
			c.member(effects, m, is)
		}
	}
	sortMembers(effects)
}

func sortMembers(effects []Effect) {
	for i := range effects {
		for _, list := range [][]Member{effects[i].Members.Gain, effects[i].Members.Lose, effects[i].Members.Change} {
			slices.SortFunc(list, byMember)
		}
	}
}

func byMember(a, b Member) int {
	return cmp.Or(ByName(a.Account, b.Account), cmp.Compare(a.User.Name, b.User.Name), cmp.Compare(a.User.ID, b.User.ID))
}

// Member is a person in an account's portal.
type Member struct {
	User    *User
	Account *Account
	Role    string
}

// Context is how the portal asks for the member.
func (m Member) Context() *Context {
	return &Context{Account: m.Account, User: m.User.TargetingKey(), Role: m.Role}
}

// Members gives everyone who may sign in to some account's portal, once for each account, in no order.
func (l *Live) Members() iter.Seq[Member] {
	return func(yield func(Member) bool) {
		for _, u := range l.people.users.Range {
			user := u.(*User)
			for _, m := range user.Memberships {
				a := l.accounts.ByID(m.AccountID)
				if a != nil && !user.Disabled && !yield(Member{user, a, m.Role}) {
					return
				}
			}
		}
	}
}

// comparison asks some features as they are and as they would be.
type comparison struct {
	keys    []string
	was, is *batchEvaluator
	alike   map[dealtPair]bool // whether users have the same, of those asked for so far
	written []bool             // the features that something is written of: accounts that see no other feature change do not count
}

func compareKeys(now, after *Catalogue, keys []string, at time.Time) *comparison {
	return &comparison{keys: keys, was: now.batchEvaluator(keys, at), is: after.batchEvaluator(keys, at), alike: make(map[dealtPair]bool)}
}

// clone gives the same comparison for another goroutine.
func (c *comparison) clone() *comparison {
	return &comparison{keys: c.keys, was: c.was.clone(), is: c.is.clone(), alike: make(map[dealtPair]bool)}
}

// effects are those of the features on nobody yet.
func (c *comparison) effects() []Effect {
	effects := make([]Effect, len(c.keys))
	for i := range effects {
		effects[i].Feature = cmp.Or(c.was.feature(i), c.is.feature(i))
		effects[i].Personal = c.was.personal(i) || c.is.personal(i)
	}
	return effects
}

// account asks for an account as it is and as it would be; nil is one that is not there.
func (c *comparison) account(effects []Effect, a, b *Account) {
	c.was.account(a)
	c.is.account(b)
	for i := range effects {
		was, is := c.was.value(i), c.is.value(i)
		differs := was.State == is.State && is.State != Off && c.differs(i, was, is)
		if c.written != nil && !c.written[i] && was.State == is.State && !differs {
			continue
		}
		effects[i].count(cmp.Or(a, b), was.State, is.State, differs)
		effects[i].tally(a, b, was.State, is.State)
	}
}

// dealtPair is what the users of an account have of the feature in a place, before and after.
type dealtPair struct {
	place   int
	was, is userValues
}

// differs reports whether an account that has a feature before and after has another value or variant of it, or users whom
// it may have that are dealt another.
func (c *comparison) differs(i int, was, is *AccountValue) bool {
	if was.how == dealtNot && is.how == dealtNot {
		return was.differs(is.Evaluation)
	}
	pair := dealtPair{i, was.userValues(), is.userValues()}
	same, known := c.alike[pair]
	if !known {
		same = alike(c.was.feature(i), c.is.feature(i), pair.was, pair.is)
		c.alike[pair] = same
	}
	return !same
}

// member asks for one person of an account, and of the account as it would be.
func (c *comparison) member(effects []Effect, m Member, as *Account) {
	c.was.person(m.Context())
	if as == nil {
		c.is.person(nil)
	} else {
		c.is.person(Member{m.User, as, m.Role}.Context())
	}
	for i := range effects {
		if effects[i].Personal {
			was, is := c.was.value(i), c.is.value(i)
			effects[i].Members.count(m, was.State, is.State, is.State != Off && was.differs(is.Evaluation))
		}
	}
}

// differs tells whether a portal would see the difference: its answers do not say why.
func (e Evaluation) differs(o Evaluation) bool { return e.Value != o.Value || e.Variant != o.Variant }
