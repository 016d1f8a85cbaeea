package features

import (
	"slices"
	"time"
)

// bulkWork is a bulk action being worked out for some of the accounts.
type bulkWork struct {
	plan     *Plan
	reach    []*node // of the features that may be written
	compared *comparison
	places   []int   // of reach in what is compared
	room     Account // for an account as it would be

	changed, already, locked []*Account
	writes                   [][]Write // of each feature in reach
	effects                  []Effect
}

// workOut decides for every chosen account what is written, and what that changes, for its people too.
func (l *Live) workOut(p *Plan, c *Catalogue, chosen []*Account, at time.Time) *bulkWork {
	w := &bulkWork{plan: p, reach: p.reach(c)}
	keys := p.touches(c, w.reach, chosen)
	w.compared = compareKeys(c, c, keys, at)
	for _, n := range w.reach {
		w.places = append(w.places, slices.Index(keys, n.feature.Key))
	}
	w.begin()
	for _, part := range shareOut(chosen, func(share []*Account) *bulkWork { return w.twin().work(share) }) {
		w.join(part)
	}
	w.members(l)
	return w
}

// reach is the features a bulk action may write, in display order.
func (p *Plan) reach(c *Catalogue) []*node {
	switch {
	case p.Action == SetTier:
		return nil
	case p.Feature == nil:
		return c.nodes
	}
	reach := []*node{c.node(p.Feature)}
	if p.Needs {
		reach = withNeeds(reach)
		slices.SortFunc(reach, byPlace)
	}
	return reach
}

// touches gives the keys of the features that may change for the chosen accounts.
func (p *Plan) touches(c *Catalogue, reach []*node, chosen []*Account) []string {
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
	w.writes = make([][]Write, max(1, len(w.reach)))
	w.effects = w.compared.effects()
}

// twin gives the same work, not yet begun, for another goroutine.
func (w *bulkWork) twin() *bulkWork {
	other := &bulkWork{plan: w.plan, reach: w.reach, compared: w.compared.twin(), places: w.places}
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
	if w.plan.Action == DisableAll || w.plan.Needs {
		w.compared.was.account(a)
	}
	for i, n := range w.reach {
		if !w.writesTo(a, i) {
			continue
		}
		if w.plan.Action != ClearOverrides && n.locks(a) {
			locked = true
			continue
		}
		w.writes[i] = append(w.writes[i], Write{a, n.feature})
		w.compared.written[w.places[i]] = true
		if after == nil {
			after = a
		}
		after = w.overridden(after, n.feature)
	}
	return after, locked
}

func (n *node) locks(a *Account) bool {
	listed := n.tier(a.TierID)
	return listed != nil && !listed.AllowOverride
}

// writesTo tells whether anything is stored for an account and a feature, locks aside. "Already so" means that very live
// override exists: the same value with no expiry; "disable all" writes only where the feature is on or some (spec §4.3),
// and what a feature depends on is switched on only where it is not on.
func (w *bulkWork) writesTo(a *Account, i int) bool {
	f, at := w.reach[i].feature, w.compared.was.at
	current, live := a.Override(f.ID, at)
	switch {
	case w.plan.Action == ClearOverrides:
		return current.FeatureID != 0
	case w.plan.Action == DisableAll:
		return w.compared.was.standing(w.places[i]).State != Off
	case f != w.plan.Feature && w.compared.was.standing(w.places[i]).State == On:
		return false
	}
	return !live || current.ExpiresAt != 0 || current.Variant != "" || current.Value != w.plan.ValueOf(f)
}

// overridden gives an account, which may be the one in the room already, as it would be with what is written of a feature.
func (w *bulkWork) overridden(a *Account, f *Feature) *Account {
	if a != &w.room {
		w.room.Overrides = append(w.room.Overrides[:0], a.Overrides...)
		overrides := w.room.Overrides
		w.room = *a
		w.room.Overrides = overrides
	}
	place, there := slices.BinarySearchFunc(w.room.Overrides, f.ID, byFeature)
	if there {
		w.room.Overrides = slices.Delete(w.room.Overrides, place, place+1)
	}
	if w.plan.Action != ClearOverrides {
		w.room.Overrides = slices.Insert(w.room.Overrides, place, Override{FeatureID: f.ID, Value: w.plan.ValueOf(f)})
	}
	return &w.room
}

func (w *bulkWork) moved(a *Account) *Account {
	w.room = *a
	w.room.TierID = w.plan.Tier.ID
	return &w.room
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
	again := w.twin()
	for m := range l.Members() {
		if written[m.Account.ID] {
			if after, _ := again.decide(m.Account); after != nil {
				w.compared.member(w.effects, m, after)
			}
		}
	}
	sortMembers(w.effects)
}
