package features

import (
	"slices"
	"strings"
)

// CheckLinks refuses, field by field, what a feature of a catalogue not yet saved may not depend on or conflict with
// (docs/evaluation.md §11): itself, what is not there, what depends on it, and a conflict between anything and what
// that depends on.
func (c *Catalogue) CheckLinks(key string) error {
	var problems Problems
	n := c.nodeByKey[key]
	c.checkKeys("depends_on", key, n.feature.DependsOn, &problems)
	c.checkKeys("conflicts_with", key, n.feature.ConflictsWith, &problems)
	if cycle := n.path(n); cycle != nil && !slices.Contains(n.feature.DependsOn, key) {
		problems.add("depends_on", "This would be a circular dependency: "+strings.Join(cycle, ", which needs ")+".")
	}
	if problems == nil {
		c.checkConflicts(n, &problems)
	}
	return problems.Err()
}

func (c *Catalogue) checkKeys(field, own string, keys []string, problems *Problems) {
	verb := "depend on"
	if field == "conflicts_with" {
		verb = "conflict with"
	}
	for _, key := range keys {
		switch {
		case key == own:
			problems.add(field, "A feature cannot "+verb+" itself. Remove "+key+".")
		case c.nodeByKey[key] == nil:
			problems.add(field, "There is no feature with the key "+quote(key)+".")
		}
	}
}

// path gives the keys on a shortest way by dependencies from a feature to another, both included; nil when there is none.
func (n *node) path(to *node) []string {
	from := make(map[*node]*node) // by which each was reached
	queue := []*node{n}
	for next := 0; next < len(queue); next++ {
		for _, other := range queue[next].dependencies {
			if _, seen := from[other]; seen {
				continue
			}
			from[other] = queue[next]
			if other == to {
				return tracePath(from, n, to)
			}
			queue = append(queue, other)
		}
	}
	return nil
}

// tracePath follows a way back from its end to its beginning.
func tracePath(from map[*node]*node, begin, end *node) []string {
	keys := []string{end.feature.Key}
	for at := from[end]; at != begin; at = from[at] {
		keys = append(keys, at.feature.Key)
	}
	keys = append(keys, begin.feature.Key)
	slices.Reverse(keys)
	return keys
}

// checkConflicts refuses conflicts with something depended on, of the feature and of all that depend on it.
func (c *Catalogue) checkConflicts(changed *node, problems *Problems) {
	for _, n := range c.nodes {
		for _, other := range n.conflicts {
			path := n.path(other)
			if path == nil || n != changed && other != changed && n.path(changed) == nil {
				continue
			}
			problems.add(conflictField(changed, n, other), n.feature.Key+" cannot conflict with "+other.feature.Key+", which it needs: "+
				strings.Join(path, " needs ")+".")
		}
	}
}

// conflictField is the field of the changed feature that brings a conflict with a dependency about.
func conflictField(changed, n, other *node) string {
	names := changed.feature.ConflictsWith
	if changed == n && slices.Contains(names, other.feature.Key) || changed == other && slices.Contains(names, n.feature.Key) {
		return "conflicts_with"
	}
	return "depends_on"
}

// LinksTo tells whether a feature says that it depends on another or conflicts with it.
func (f *Feature) LinksTo(key string) bool {
	return slices.Contains(f.DependsOn, key) || slices.Contains(f.ConflictsWith, key)
}

// LinkedFeatures are what a feature is linked to, as its page shows it: features in display order.
type LinkedFeatures struct {
	Dependencies []*Feature
	Dependents   []*Feature // directly
	Conflicts    []*Feature // whichever side says so
}

// LinksOf gives what a feature is linked to.
func (c *Catalogue) LinksOf(f *Feature) (linked LinkedFeatures) {
	n := c.node(f)
	if n == nil {
		return linked
	}
	for _, other := range n.dependencies {
		linked.Dependencies = append(linked.Dependencies, other.feature)
	}
	for _, other := range n.conflicts {
		linked.Conflicts = append(linked.Conflicts, other.feature)
	}
	for _, other := range c.nodes {
		if slices.Contains(other.dependencies, n) {
			linked.Dependents = append(linked.Dependents, other.feature)
		}
	}
	return linked
}

// Dependents gives, in display order, the features that depend on any of some, directly or not, and are none of them.
func (c *Catalogue) Dependents(of ...*Feature) (dependents []*Feature) {
	asked := make(map[string]bool, len(of))
	for _, f := range of {
		asked[f.Key] = true
	}
	for _, n := range c.nodes {
		needed := func(other *node) bool { return asked[other.feature.Key] }
		if !asked[n.feature.Key] && slices.ContainsFunc(withDependencies(n.dependencies), needed) {
			dependents = append(dependents, n.feature)
		}
	}
	return dependents
}
