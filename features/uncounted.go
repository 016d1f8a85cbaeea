package features

import (
	"reflect"
	"slices"
)

// noteUncounted marks the features of which people may see a change that no count shows (docs/evaluation.md §10): people
// of an account that is not known, and those of an account that has the feature for some of its people before and after.
func (c *comparison) noteUncounted(effects []Effect) {
	c.was.ask(&Context{}, wholeAccount)
	c.is.ask(&Context{}, wholeAccount)
	for i := range effects {
		effects[i].Uncounted = effects[i].Personal && c.shiftsUnseen(i, effects[i].Some > 0)
	}
	changed := make(map[string]bool)
	for _, e := range effects {
		changed[e.Feature.Key] = !e.IsEmpty()
	}
	for i := range effects {
		if e := &effects[i]; e.IsEmpty() && e.Personal && e.Some > 0 {
			group := c.is.node(i).group
			e.Uncounted = group != nil && group.reaches(changed)
		}
	}
}

// shiftsUnseen reports whether the feature in a place changes for people of an account that is not known, which has just been
// asked for, or is released to other people of an account that has it for some of its people.
func (c *comparison) shiftsUnseen(i int, some bool) bool {
	was, is := c.was.value(i), c.is.value(i)
	if was.State != is.State || is.State != Off && c.differs(i, was, is) {
		return true
	}
	return (some || is.State == Some) && !sameRelease(c.was.node(i), c.is.node(i))
}

// sameRelease reports whether two versions of a feature are released to the same people, and linked to the same features.
func sameRelease(a, b *node) bool {
	return reflect.DeepEqual(a.feature.Rollout.effective(), b.feature.Rollout.effective()) && slices.Equal(a.links(), b.links())
}

// effective is a rollout without what its strategy does not look at.
func (r Rollout) effective() Rollout {
	switch r.Strategy {
	case ToPercentage:
		r.Target.Roles = nil
	case ToWhitelist:
		r.Percentage, r.By, r.Target.Roles = 0, "", nil
	case ToRole:
		r.Percentage, r.By, r.Target = 0, "", Target{Roles: r.Target.Roles}
	case ToAll:
		r = Rollout{Strategy: ToAll}
	}
	return r
}

// links names what a node depends on and conflicts with, and which of the latter win where nothing else decides.
func (n *node) links() (links []string) {
	for _, other := range n.dependencies {
		links = append(links, "needs "+other.feature.Key)
	}
	for _, other := range n.conflicts {
		if other.place < n.place {
			links = append(links, "yields to "+other.feature.Key)
		} else {
			links = append(links, "wins over "+other.feature.Key)
		}
	}
	slices.Sort(links)
	return links
}
