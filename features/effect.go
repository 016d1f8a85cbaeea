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
	Features  []string   // keys of those whose values may change; nil for every feature
}

// Effect is what a change not yet saved does to one feature: exactly which accounts would gain, lose or change it, judged
// from the same state that serves (spec §3, Effect), and which of their people where those differ.
type Effect struct {
	Feature *Feature
	Shift[*Account]
	Members  Shift[Member]
	Personal bool        // people of one account may differ: those known only by what they send along are not counted
	Tiers    []TierTally // of the accounts asked about, in no order
}

// Shift is who sees what change. An account gains a feature also when only some of its people do.
type Shift[T any] struct {
	Gain          []T // more than before
	Lose          []T // less than before
	Change        []T // on as before, with another value or variant
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
	case is < was:
		s.Lose = append(s.Lose, one)
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

// Effects says what a proposal does, for every feature it may reach, in display order. Features that it leaves as they
// are for everybody are among them.
func (l *Live) Effects(p Proposal, at time.Time) []Effect {
	now := l.Catalogue()
	after := cmp.Or(p.Catalogue, now)
	scan := l.scanOf(p)
	var effects []Effect
	for _, pair := range reached(now, after, p.Features) {
		c := comparison{was: trialOf(now, pair.before, at), is: trialOf(after, pair.after, at)}
		effects = append(effects, l.compare(c, scan))
	}
	return effects
}

// EffectOf says what replacing one feature of the catalogue by another version of itself does.
func (l *Live) EffectOf(changed *Feature, at time.Time) Effect {
	return l.Effects(Proposal{Catalogue: l.Catalogue().With(changed), Features: []string{changed.Key}}, at)[0]
}

// featurePair is one feature as it is and as it would be; nil where there is none.
type featurePair struct{ before, after *Feature }

func reached(now, after *Catalogue, keys []string) (pairs []featurePair) {
	for _, f := range now.Features() {
		if keys == nil || slices.Contains(keys, f.Key) {
			pairs = append(pairs, featurePair{f, after.byKey[f.Key]})
		}
	}
	for _, f := range after.Features() {
		if now.byKey[f.Key] == nil && (keys == nil || slices.Contains(keys, f.Key)) {
			pairs = append(pairs, featurePair{nil, f})
		}
	}
	return pairs
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

// compare asks a feature, as it is and as it would be, for everyone whom the scan concerns. The accounts are shared out
// to all processors: looking at each is mostly waiting for memory.
func (l *Live) compare(c comparison, s scan) Effect {
	processors := runtime.GOMAXPROCS(0)
	shares := slices.Collect(slices.Chunk(s.slots, max(1, (len(s.slots)+processors-1)/processors)))
	parts := make([]Effect, len(shares))
	var asking sync.WaitGroup
	for i, share := range shares {
		asking.Go(func() { parts[i] = c.share(share, s.changed) })
	}
	asking.Wait()
	e := Effect{Feature: cmp.Or(c.was.feature, c.is.feature), Personal: c.personal()}
	for _, part := range parts {
		e.join(part)
	}
	for _, b := range s.made {
		c.account(&e, nil, b)
	}
	if e.Personal {
		l.compareMembers(&c, &e, s.changed, s.everyone)
	}
	return e
}

// share asks for some of the accounts.
func (c comparison) share(slots []*slot, changed map[int64]*Account) (e Effect) {
	for _, s := range slots {
		if a := s.state.Load(); a != nil { // else it has just gone
			c.account(&e, a, become(a, changed))
		}
	}
	return e
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

func (l *Live) compareMembers(c *comparison, e *Effect, changed map[int64]*Account, everyone bool) {
	for m := range l.Members() {
		is, touched := changed[m.Account.ID]
		if !touched {
			if !everyone {
				continue
			}
			is = m.Account
		}
		c.member(e, m, is)
	}
	for _, list := range [][]Member{e.Members.Gain, e.Members.Lose, e.Members.Change} {
		slices.SortFunc(list, func(a, b Member) int {
			return cmp.Or(byNameThenID(a.Account, b.Account), cmp.Compare(a.User.Name, b.User.Name), cmp.Compare(a.User.ID, b.User.ID))
		})
	}
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

// comparison asks one feature as it is and as it would be.
type comparison struct{ was, is trial }

// personal tells whether people of one account may differ, now or then.
func (c *comparison) personal() bool {
	return c.was.feature != nil && c.was.feature.gate.personal || c.is.feature != nil && c.is.feature.gate.personal
}

func (c *comparison) account(e *Effect, a, b *Account) {
	was, is := c.was.state(a), c.is.state(b)
	differs := was == is && was != Off && c.was.evaluate(a).differs(c.is.evaluate(b))
	e.count(cmp.Or(a, b), was, is, differs)
	e.tally(a, b, was, is)
}

func (c *comparison) member(e *Effect, m Member, as *Account) {
	before, after := c.was.ask(m.Context()), Evaluation{}
	if as != nil {
		after = c.is.ask(Member{m.User, as, m.Role}.Context())
	}
	e.Members.count(m, stateIf(before.Value.Enabled), stateIf(after.Value.Enabled), before.differs(after))
}

// differs tells whether a portal would see the difference: its answers do not say why.
func (e Evaluation) differs(o Evaluation) bool { return e.Value != o.Value || e.Variant != o.Variant }

func stateIf(on bool) State {
	if on {
		return On
	}
	return Off
}

// trial asks one feature for many accounts, as they are and as they would be, and allocates nothing for each. Without a
// feature it is off for all.
type trial struct {
	feature *Feature
	mode    Mode
	at      int64 // Unix milliseconds
	context Context
	scratch Account
}

func trialOf(c *Catalogue, f *Feature, at time.Time) trial {
	return trial{feature: f, mode: c.Settings.Mode, at: at.UnixMilli()}
}

func (t *trial) question(a *Account) question {
	t.context = Context{Account: a}
	return question{feature: t.feature, context: &t.context, mode: t.mode, at: t.at}
}

// state asks for an account as a whole; without one it is off.
func (t *trial) state(a *Account) State {
	if t.feature == nil || a == nil {
		return Off
	}
	return stateOf(t.question(a))
}

// evaluate asks for an account without a person.
func (t *trial) evaluate(a *Account) Evaluation { return evaluate(t.question(a)) }

// ask asks for a person.
func (t *trial) ask(context *Context) Evaluation {
	if t.feature == nil {
		return Evaluation{}
	}
	return evaluate(question{feature: t.feature, context: context, mode: t.mode, at: t.at})
}

// with gives an account as it would be with an override of the feature without expiry. It is good until the next call.
func (t *trial) with(a *Account, value Value) *Account {
	t.without(a)
	place := slices.IndexFunc(t.scratch.Overrides, func(o Override) bool { return o.FeatureID > t.feature.ID })
	if place < 0 {
		place = len(t.scratch.Overrides)
	}
	t.scratch.Overrides = slices.Insert(t.scratch.Overrides, place, Override{FeatureID: t.feature.ID, Value: value})
	return &t.scratch
}

// without gives an account as it would be without an override of the feature. It is good until the next call.
func (t *trial) without(a *Account) *Account {
	others := t.scratch.Overrides[:0]
	for _, o := range a.Overrides {
		if o.FeatureID != t.feature.ID {
			others = append(others, o)
		}
	}
	t.scratch = *a
	t.scratch.Overrides = others
	return &t.scratch
}
