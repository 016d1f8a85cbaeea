package features

import (
	"reflect"
	"slices"
	"sync"
	"time"
)

// Count is how many accounts are in each state of a feature.
type Count struct{ On, Some, Off int }

// Total returns how many accounts there are.
func (c Count) Total() int { return c.On + c.Some + c.Off }

// Counted is a Count, or Pending while the feature is being counted in the background; then the numbers are 0.
type Counted struct {
	Count
	Pending bool
}

// Totals are sums over all accounts.
type Totals struct{ Active, Suspended, Overrides int }

// OnForEveryone reports whether there are accounts in use and all of them have the feature: a suspended one has none
// (docs/evaluation.md §2, rule 1).
func (c Counted) OnForEveryone(t Totals) bool { return !c.Pending && c.On > 0 && c.On == t.Active }

const (
	// countAtOnce is how many answers of features for accounts whoever asks waits for; more are found in the background.
	countAtOnce = 300_000
	// countStep is how many answers are found in the background before changes have their turn.
	countStep = 5_000
	// countEach is how many accounts of one batch are counted one by one, as they were and as they are.
	countEach = 500
)

// countedAt is the moment that counts are made for: every override that is stored is live then. So a count depends on
// nothing but the catalogue and the accounts, and an expired override counts until it is swept, which is within a second.
var countedAt = time.UnixMilli(0)

// counters keeps how many accounts are in each state of each feature. A change to one account moves the counts by that
// account; a change to the catalogue has those features counted again that it reaches.
type counters struct {
	mu        sync.Mutex // held while accounts change, and while some of them are counted
	totals    Totals
	wanted    bool              // somebody has asked: until then nothing but the totals is kept
	of        map[string]*Count // by the key of the feature; of those that are counted
	evaluator *batchEvaluator   // of every feature of the catalogue; nil until it is needed
	keys      []string          // of the evaluator's features
	moves     []accountMove     // of the batch that is being applied
	running   *counting         // what is counted in the background; nil for nothing
	last      uint32            // the number of the latest counting
}

// accountMove is what has become of an account: nil is one that is not there.
type accountMove struct {
	slot    *slot
	was, is *Account
}

// counting is one pass over the accounts in the background.
type counting struct {
	number    uint32
	keys      []string          // of the evaluator's features
	of        map[string]*Count // those that are still of use
	evaluator *batchEvaluator
	slots     []*slot // those still to be counted
}

// Count returns, for each feature given, how many accounts have it. A feature that is not in the catalogue has no
// accounts. Where counting would take long it is done in the background, and the answer is Pending until then.
func (l *Live) Count(list []*Feature) []Counted {
	c := &l.counters
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.wanted {
		c.wanted, c.of = true, make(map[string]*Count)
		c.countOff(l.Catalogue(), keysOf(l.Catalogue().Features()))
	}
	if missing := c.missing(l.Catalogue(), keysOf(list)); len(missing)*l.accounts.Len() <= countAtOnce {
		c.countNow(l, missing)
	} else {
		c.start(l)
	}
	counts := make([]Counted, len(list))
	for i, f := range list {
		if known := c.of[f.Key]; known != nil {
			counts[i].Count = *known
		} else {
			counts[i].Pending = l.Catalogue().feature(f.Key) != nil
		}
	}
	return counts
}

// Totals returns the sums over all accounts.
func (l *Live) Totals() Totals {
	l.counters.mu.Lock()
	defer l.counters.mu.Unlock()
	return l.counters.totals
}

// missing returns which features of a catalogue are not counted.
func (c *counters) missing(catalogue *Catalogue, keys []string) (missing []string) {
	for _, key := range keys {
		if c.of[key] == nil && catalogue.feature(key) != nil {
			missing = append(missing, key)
		}
	}
	return missing
}

// countNow counts some features over all accounts.
func (c *counters) countNow(l *Live, keys []string) {
	if len(keys) == 0 {
		return
	}
	pass := newCounting(l, keys, 0)
	pass.all()
	c.finish(pass)
}

// start counts in the background what is missing, unless that is being done.
func (c *counters) start(l *Live) {
	if c.running != nil {
		return
	}
	if keys := c.missing(l.Catalogue(), keysOf(l.Catalogue().Features())); len(keys) > 0 {
		c.last++
		c.running = newCounting(l, keys, c.last)
		go func() {
			for c.advance(l) {
			}
		}()
	}
}

func newCounting(l *Live, keys []string, number uint32) *counting {
	pass := &counting{
		number: number, keys: keys, of: make(map[string]*Count, len(keys)), evaluator: l.Catalogue().batchEvaluator(keys, countedAt), slots: l.accounts.slots(),
	}
	for _, key := range keys {
		pass.of[key] = &Count{}
	}
	return pass
}

// advance does a step of what is counted in the background, and reports whether another is to follow.
func (c *counters) advance(l *Live) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	pass := c.running
	if len(pass.of) > 0 && len(pass.slots) > 0 {
		pass.step(max(1, countStep/len(pass.keys)))
		return true
	}
	c.finish(pass)
	c.running = nil
	c.start(l) // what has been changed meanwhile, in a goroutine of its own
	return false
}

// finish keeps what a pass has found.
func (c *counters) finish(pass *counting) {
	for key, count := range pass.of {
		c.of[key] = count
	}
}

// step counts the next accounts, on one processor: others are for whoever waits for an answer.
func (p *counting) step(most int) {
	next := p.slots[:min(most, len(p.slots))]
	p.slots = p.slots[len(next):]
	p.add(p.evaluator.count(next, p.number))
}

// all counts every account at once, on all processors.
func (p *counting) all() {
	for _, found := range shareOut(p.slots, func(share []*slot) []Count { return p.evaluator.clone().count(share, p.number) }) {
		p.add(found)
	}
}

func (p *counting) add(found []Count) {
	for i, key := range p.keys {
		if count := p.of[key]; count != nil {
			*count = count.plus(found[i])
		}
	}
}

// count counts the evaluator's features among some accounts, and marks these with the number of the pass.
func (p *batchEvaluator) count(slots []*slot, pass uint32) []Count {
	counts := make([]Count, len(p.asked))
	for _, s := range slots {
		s.counted = pass
		if a := s.state.Load(); a != nil {
			p.account(a)
			for i := range counts {
				counts[i].add(p.value(i).State, 1)
			}
		}
	}
	return counts
}

// note takes down what becomes of an account.
func (c *counters) note(s *slot, was, is *Account) {
	c.totals.add(was, -1)
	c.totals.add(is, 1)
	if c.wanted {
		c.moves = append(c.moves, accountMove{s, was, is})
	}
}

func (t *Totals) add(a *Account, n int) {
	switch {
	case a == nil:
		return
	case a.Status == Suspended:
		t.Suspended += n
	default:
		t.Active += n
	}
	t.Overrides += n * len(a.Overrides)
}

// follow moves the counts by the accounts that have changed. Where they are many, what may differ is counted again.
func (c *counters) follow(catalogue *Catalogue) {
	moves := c.moves
	c.moves = nil
	switch {
	case len(moves) == 0:
	case len(moves) > countEach:
		c.forget(catalogue, catalogue, differingAmong(catalogue, moves))
	default:
		c.moves = moves[:0]
		if c.evaluator == nil {
			c.keys = keysOf(catalogue.Features())
			c.evaluator = catalogue.batchEvaluator(c.keys, countedAt)
		}
		for _, m := range moves {
			c.move(m)
		}
	}
}

// move takes one account from where it was counted to where it is.
func (c *counters) move(m accountMove) {
	c.shift(c.of, m.was, -1)
	c.shift(c.of, m.is, 1)
	if c.running == nil {
		return
	}
	if m.was != nil && m.slot.counted != c.running.number {
		return // the pass will find it as it is
	}
	m.slot.counted = c.running.number // which a new account is not among those that the pass looks at
	c.shift(c.running.of, m.was, -1)
	c.shift(c.running.of, m.is, 1)
}

func (c *counters) shift(of map[string]*Count, a *Account, n int) {
	if a == nil {
		return
	}
	c.evaluator.account(a)
	for i, key := range c.keys {
		if count := of[key]; count != nil {
			count.add(c.evaluator.value(i).State, n)
		}
	}
}

// replace has those features counted again that are not the same in another catalogue.
func (c *counters) replace(was, is *Catalogue) {
	c.evaluator = nil
	if c.wanted {
		c.forget(was, is, differing(was, is))
	}
}

// forget drops the counts of what a change of some features reaches.
func (c *counters) forget(was, is *Catalogue, changed []string) {
	if len(changed) == 0 {
		return
	}
	keys := reached(was, is, changed)
	for _, key := range keys {
		delete(c.of, key)
		if c.running != nil {
			delete(c.running.of, key)
		}
	}
	c.countOff(is, keys)
}

// countOff counts what nobody has: what is retired or killed (docs/evaluation.md §2, rules 1 and 2).
func (c *counters) countOff(catalogue *Catalogue, keys []string) {
	for _, key := range keys {
		if f := catalogue.feature(key); f != nil && (!f.Active || !f.Enabled) {
			c.of[key] = &Count{Off: c.totals.Active + c.totals.Suspended}
		}
	}
}

// differingAmong returns the features that accounts may have another answer of than before, those linked to them left out.
func differingAmong(catalogue *Catalogue, moves []accountMove) (keys []string) {
	seen := make(map[int64]bool)
	for _, m := range moves {
		if m.was == nil || m.is == nil || m.was.TierID != m.is.TierID || m.was.Status != m.is.Status || m.was.PostalCode != m.is.PostalCode {
			return keysOf(catalogue.Features())
		}
		for _, pair := range [2][2]*Account{{m.was, m.is}, {m.is, m.was}} {
			for _, o := range pair[0].Overrides {
				if other, _ := pair[1].Override(o.FeatureID, 0); !seen[o.FeatureID] && (other.Value != o.Value || other.Variant != o.Variant || other.FeatureID == 0) {
					seen[o.FeatureID] = true
				}
			}
		}
	}
	for _, f := range catalogue.Features() {
		if seen[f.ID] {
			keys = append(keys, f.Key)
		}
	}
	return keys
}

// differing returns the keys of the features whose own rules are not the same in two catalogues.
func differing(a, b *Catalogue) (keys []string) {
	if a.Settings.Mode != b.Settings.Mode {
		return append(keysOf(a.Features()), keysOf(b.Features())...)
	}
	for _, n := range b.nodes {
		if before := a.nodeByKey[n.feature.Key]; before == nil || !sameRules(before, n) {
			keys = append(keys, n.feature.Key)
		}
	}
	for _, n := range a.nodes {
		if b.nodeByKey[n.feature.Key] == nil {
			keys = append(keys, n.feature.Key)
		}
	}
	return keys
}

// sameRules reports whether two versions of a feature are evaluated alike, what they are linked to left out.
func sameRules(a, b *node) bool {
	f, g := a.feature, b.feature
	return f.ID == g.ID && f.Active == g.Active && f.Enabled == g.Enabled && f.Default == g.Default && f.DisplayOrder == g.DisplayOrder &&
		slices.Equal(f.DependsOn, g.DependsOn) && slices.Equal(f.ConflictsWith, g.ConflictsWith) && slices.Equal(f.Variants, g.Variants) &&
		reflect.DeepEqual(f.Rollout, g.Rollout) && slices.EqualFunc(a.tiers, b.tiers, sameTierRule)
}

func sameTierRule(a, b TierFeature) bool {
	return a.TierID == b.TierID && a.Value == b.Value && a.AllowOverride == b.AllowOverride
}
