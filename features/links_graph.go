package features

import (
	"cmp"
	"slices"
)

// node is a feature as its catalogue evaluates it: with what its tiers give, and what it is linked to.
type node struct {
	feature      *Feature
	place        int           // in display order, which decides between equals (docs/evaluation.md §8)
	rank         int           // before it stand all that it depends on
	tiers        []TierFeature // what the tiers give that list it
	dependencies []*node       // what it depends on, those not there left out
	conflicts    []*node       // what it conflicts with, whichever side says so
	broken       bool          // it depends on something that is not there, or in the end on itself
	group        *linkGroup    // what has to be asked to know what it is; nil where its own rules do
}

// personal tells whether two people of one account may see different answers.
func (n *node) personal() bool {
	if n.group == nil {
		return n.feature.releaseRule.personal
	}
	return slices.ContainsFunc(n.group.nodes, func(o *node) bool { return o.feature.releaseRule.personal })
}

// link connects the nodes of a catalogue.
func (c *Catalogue) link() {
	for _, n := range c.nodes {
		for _, key := range n.feature.DependsOn {
			if other := c.nodeByKey[key]; other != nil {
				n.dependencies = append(n.dependencies, other)
			} else {
				n.broken = true
			}
		}
		for _, key := range n.feature.ConflictsWith {
			if other := c.nodeByKey[key]; other != nil && other != n {
				n.conflicts = append(n.conflicts, other)
				other.conflicts = append(other.conflicts, n)
			}
		}
	}
	c.rank()
	var linked []*node
	for _, n := range c.nodes {
		slices.SortFunc(n.dependencies, byPlace)
		slices.SortFunc(n.conflicts, byPlace)
		n.conflicts = slices.Compact(n.conflicts)
		if n.linked() {
			n.group = newLinkGroup([]*node{n})
			linked = append(linked, n)
		}
	}
	if linked != nil {
		c.linked = newLinkGroup(linked)
	}
}

func (n *node) linked() bool { return len(n.dependencies)+len(n.conflicts) > 0 || n.broken }

// rank has everything stand behind what it depends on. What depends on itself in the end, which only a row written by
// hand can do, is broken.
func (c *Catalogue) rank() {
	waiting := make(map[*node]int, len(c.nodes))
	dependents := make(map[*node][]*node)
	var ready []*node
	for _, n := range c.nodes {
		if waiting[n] = len(n.dependencies); len(n.dependencies) == 0 {
			ready = append(ready, n)
		}
		for _, other := range n.dependencies {
			dependents[other] = append(dependents[other], n)
		}
	}
	for next := 0; next < len(ready); next++ {
		ready[next].rank = next
		for _, n := range dependents[ready[next]] {
			if waiting[n]--; waiting[n] == 0 {
				ready = append(ready, n)
			}
		}
	}
	for _, n := range c.nodes {
		if waiting[n] > 0 {
			n.rank, n.broken = len(c.nodes)+n.place, true
		}
	}
}

func byPlace(a, b *node) int { return cmp.Compare(a.place, b.place) }
func byRank(a, b *node) int  { return cmp.Compare(a.rank, b.rank) }

// linkGroup is some features with everything that decides what they are: what they depend on, what conflicts with any of
// these, and what those depend on. It never changes.
type linkGroup struct {
	nodes        []*node // what a node depends on stands before it
	asked        []int   // places of those that it is about, in the order in which they were given
	dependencies []link  // those that depend on others
	conflicts    []link  // those that others conflict with
}

// link is a node with others that it is linked to, as places in a group.
type link struct {
	node   int
	others []int
	broken bool
}

func newLinkGroup(asked []*node) *linkGroup {
	decided := withDependencies(asked)
	members := slices.Clone(decided)
	for _, n := range decided {
		members = append(members, n.conflicts...)
	}
	members = withDependencies(members)
	slices.SortFunc(members, byRank)
	x := &linkGroup{nodes: members}
	places := make(map[*node]int, len(members))
	for i, n := range members {
		places[n] = i
	}
	placesOf := func(nodes []*node) []int {
		list := make([]int, len(nodes))
		for i, n := range nodes {
			list[i] = places[n]
		}
		return list
	}
	x.asked = placesOf(asked)
	for i, n := range members {
		if len(n.dependencies) > 0 || n.broken {
			x.dependencies = append(x.dependencies, link{i, placesOf(n.dependencies), n.broken})
		}
	}
	slices.SortFunc(decided, byRank)
	for _, n := range decided {
		if len(n.conflicts) > 0 {
			x.conflicts = append(x.conflicts, link{node: places[n], others: placesOf(n.conflicts)})
		}
	}
	return x
}

// withDependencies gives nodes with all that they depend on, each once.
func withDependencies(nodes []*node) (all []*node) {
	seen := make(map[*node]bool, len(nodes))
	var add func(n *node)
	add = func(n *node) {
		if seen[n] {
			return
		}
		seen[n] = true
		all = append(all, n)
		for _, other := range n.dependencies {
			add(other)
		}
	}
	for _, n := range nodes {
		add(n)
	}
	return all
}

// reaches tells whether any of some features takes part in what the group is about.
func (x *linkGroup) reaches(keys map[string]bool) bool {
	return slices.ContainsFunc(x.nodes, func(n *node) bool { return keys[n.feature.Key] })
}

// outcome is what stages 2 and 3 know of one feature of a group.
type outcome struct {
	state    State
	limit    State // what stage 3 leaves of it
	strength int8
	source   Source // of what limits it
	by       int    // the place of what limits it; -1 where that is not there
}

// strengths say who wins a conflict (docs/evaluation.md §8); every other source is weaker.
func (s Source) strength() int8 {
	switch s {
	case SourceOverride:
		return 2
	case SourceTier:
		return 1
	}
	return 0
}

// resolve does stages 2 and 3 over what stage 1 gave.
func (x *linkGroup) resolve(o []outcome) {
	x.resolveDependencies(o)
	if len(x.conflicts) > 0 {
		x.resolveConflicts(o)
		x.resolveDependencies(o)
	}
}

// resolveDependencies is stage 2: nothing is more on than what it depends on.
func (x *linkGroup) resolveDependencies(o []outcome) {
	for _, b := range x.dependencies {
		one := &o[b.node]
		if b.broken && one.state != Off {
			one.state, one.source, one.by = Off, SourceDependency, -1
		}
		for _, other := range b.others {
			if o[other].state < one.state {
				one.state, one.source, one.by = o[other].state, SourceDependency, other
			}
		}
	}
}

// resolveConflicts is stage 3, decided at once on what stage 2 left: whatever conflicts with something stronger that is on goes
// off, whether or not that one goes off too.
func (x *linkGroup) resolveConflicts(o []outcome) {
	for _, b := range x.conflicts {
		one := &o[b.node]
		one.limit = On
		strongest := -1
		for _, other := range b.others {
			if o[other].state == Off || !x.stronger(o, other, b.node) {
				continue
			}
			if limit := On - o[other].state; limit < one.limit || limit == one.limit && x.stronger(o, other, strongest) {
				one.limit, strongest = limit, other
			}
		}
		if one.limit < one.state {
			one.source, one.by = SourceConflict, strongest
		}
	}
	for _, b := range x.conflicts {
		o[b.node].state = min(o[b.node].state, o[b.node].limit)
	}
}

// stronger tells which of two features wins where both are on: by the rule that gave the value, then by display order.
func (x *linkGroup) stronger(o []outcome, a, b int) bool {
	if o[a].strength != o[b].strength {
		return o[a].strength > o[b].strength
	}
	return x.nodes[a].place < x.nodes[b].place
}
