package features

import (
	"slices"
	"time"
)

// bulkWork is a bulk action being worked out for some of the accounts.
type bulkWork struct {
	plan     *BulkPlan
	reach    []*node // of the features that may be written
	compared *comparison
	places   []int         // of reach in what is compared
	byID     map[int64]int // the place of a feature in reach, by its number
	rule     overrideRule  // for enable and disable
	list     []Override    // buffer for what is written for an account
	buffer   Account       // for an account as it would be

	changed, already, locked []*Account
	writes                   [][]Write // of each feature in reach
	values                   []*Value  // of each feature in reach: that of its last write, for the next to share
	effects                  []Effect
}

// workOut decides for every chosen account what is written, and what that changes, for its people too.
func (l *Live) workOut(p *BulkPlan, c *Catalogue, chosen []*Account, at time.Time) *bulkWork {
	w := &bulkWork{plan: p, reach: p.reach(c), byID: make(map[int64]int)}
	if p.Action == EnableFeature || p.Action == DisableFeature {
		w.rule = c.overrideRule(p.Feature, OverrideWish{Value: p.Value(), WithDependencies: p.WithDependencies}, at)
	}
	keys := p.touches(c, w.reach, chosen)
	w.compared = compareKeys(c, c, keys, at)
	for i, n := range w.reach {
		w.byID[n.feature.ID] = i
		w.places = append(w.places, slices.Index(keys, n.feature.Key))
	}
	w.begin()
	for _, part := range shareOut(chosen, func(share []*Account) *bulkWork { return w.clone().work(share) }) {
		w.join(part)
	}
	w.members(l)
	w.compared.noteUncounted(w.effects)
	return w
}

// reach is the features a bulk action may write, in display order.
func (p *BulkPlan) reach(c *Catalogue) []*node {
	switch {
	case p.Action == SetTier:
		return nil
	case p.Feature == nil:
		return c.nodes
	}
	reach := []*node{c.node(p.Feature)}
	if p.WithDependencies {
		reach = withDependencies(reach)
		slices.SortFunc(reach, byPlace)
	}
	return reach
}

// touches gives the keys of the features that may change for the chosen accounts.
func (p *BulkPlan) touches(c *Catalogue, reach []*node, chosen []*Account) []string {
	var keys []string
	for _, n := range reach {
		keys = append(keys, n.feature.Key)
	}
	if p.Action == SetTier {
		seen := make(map[int64]bool)
		for _, a := range chosen {
			if !seen[a.TierID] {
				seen[a.TierID] = true
				keys = append(keys, c.Differing(a.TierID, p.Tier.ID)...)
			}
		}
	}
	return c.touched(keys)
}

func (w *bulkWork) begin() {
	if w.plan.Action != SetTier {
		w.compared.written = make([]bool, len(w.compared.keys))
	}
	w.writes, w.values = make([][]Write, max(1, len(w.reach))), make([]*Value, len(w.reach))
	w.effects = w.compared.effects()
}

// clone gives the same work, not yet begun, for another goroutine.
func (w *bulkWork) clone() *bulkWork {
	other := &bulkWork{plan: w.plan, reach: w.reach, compared: w.compared.clone(), places: w.places, byID: w.byID, rule: w.rule}
	other.begin()
	return other
}

func (w *bulkWork) join(part *bulkWork) {
	w.changed = append(w.changed, part.changed...)
	w.already = append(w.already, part.already...)
	w.locked = append(w.locked, part.locked...)
	for i := range w.writes {
		w.writes[i] = append(w.writes[i], part.writes[i]...)
	}
	for i := range w.effects {
		w.effects[i].join(part.effects[i])
	}
}

func (w *bulkWork) work(share []*Account) *bulkWork {
	for _, a := range share {
		after, locked := w.decide(a)
		switch {
		case after != nil:
			w.changed = append(w.changed, a)
			w.compared.account(w.effects, a, after)
		case locked:
			w.locked = append(w.locked, a)
		default:
			w.already = append(w.already, a)
		}
	}
	return w
}

// decide notes what is written for an account and gives it as it would be, good until the next call; nil where nothing
// is written, locked where a lock is why.
func (w *bulkWork) decide(a *Account) (after *Account, locked bool) {
	if w.plan.Action == SetTier {
		if a.TierID == w.plan.Tier.ID {
			return nil, false
		}
		w.writes[0] = append(w.writes[0], Write{Account: a})
		return w.moved(a), false
	}
	clear(w.compared.written)
	if w.plan.Action == DisableAll || w.rule.dependencies != nil {
		w.compared.was.account(a)
	}
	if w.rule.node != nil {
		return w.set(a)
	}
	for i, n := range w.reach {
		if !w.writesTo(a, i) {
			continue
		}
		if w.plan.Action != ClearOverrides && n.locks(a) {
			locked = true
			continue
		}
		after = w.write(a, after, i, Override{FeatureID: n.feature.ID})
	}
	return after, locked
}

// set is decide for enable and disable. "Already so" means that very live override exists.
func (w *bulkWork) set(a *Account) (after *Account, locked bool) {
	off := func(n *node) bool { return w.compared.was.value(w.places[w.byID[n.feature.ID]]).State == Off }
	list, lockedBy := w.rule.writes(a, off, w.list[:0])
	w.list = list
	if lockedBy != nil {
		return nil, len(list) > 0 || lockedBy != w.rule.node || !a.has(w.rule.override, w.rule.at)
	}
	for _, o := range list {
		if !a.has(o, w.rule.at) {
			after = w.write(a, after, w.byID[o.FeatureID], o)
		}
	}
	return after, false
}

// write notes that an override is written, and gives the account as it would be with it and what was written before it.
func (w *bulkWork) write(a, after *Account, i int, o Override) *Account {
	value := w.values[i]
	if value == nil || *value != o.Value {
		distinct := o.Value
		value = &distinct
		w.values[i] = value
	}
	w.writes[i] = append(w.writes[i], Write{a, w.reach[i].feature, value})
	w.compared.written[w.places[i]] = true
	if after == nil {
		after = a
	}
	return w.overridden(after, o)
}

// writesTo reports whether anything is stored for an account and a feature by an action on every feature, or by one
// that clears, locks aside: "disable all" writes only where the feature is on or some.
func (w *bulkWork) writesTo(a *Account, i int) bool {
	if w.plan.Action == ClearOverrides {
		current, _ := a.Override(w.reach[i].feature.ID, w.compared.was.at)
		return current.FeatureID != 0
	}
	return w.compared.was.value(w.places[i]).State != Off
}

// overridden gives an account, which may be the one in the buffer already, as it would be with what is written of a feature.
func (w *bulkWork) overridden(a *Account, o Override) *Account {
	if a != &w.buffer {
		w.buffer.Overrides = append(w.buffer.Overrides[:0], a.Overrides...)
		overrides := w.buffer.Overrides
		w.buffer = *a
		w.buffer.Overrides = overrides
	}
	place, there := slices.BinarySearchFunc(w.buffer.Overrides, o.FeatureID, byFeature)
	if there {
		w.buffer.Overrides = slices.Delete(w.buffer.Overrides, place, place+1)
	}
	if w.plan.Action != ClearOverrides {
		w.buffer.Overrides = slices.Insert(w.buffer.Overrides, place, o)
	}
	return &w.buffer
}

func (w *bulkWork) moved(a *Account) *Account {
	w.buffer = *a
	w.buffer.TierID = w.plan.Tier.ID
	return &w.buffer
}

// members adds what the people of the accounts written see, of the features whose people differ.
func (w *bulkWork) members(l *Live) {
	if !slices.ContainsFunc(w.effects, func(e Effect) bool { return e.Personal }) {
		return
	}
	written := make(map[int64]bool, len(w.changed))
	for _, a := range w.changed {
		written[a.ID] = true
	}
	again := w.clone()
	for m := range l.Members() {
		if written[m.Account.ID] {
			if after, _ := again.decide(m.Account); after != nil {
				w.compared.member(w.effects, m, after)
			}
		}
	}
	sortMembers(w.effects)
}
