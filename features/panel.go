package features

import (
	"time"
)

// panel asks some features of a catalogue about one account or person after another, all of them at once, and allocates
// nothing for each. Only one goroutine may use it.
type panel struct {
	catalogue *Catalogue
	circle    *circle
	asked     []int // for each feature its place in the circle, -1 for one that the catalogue has not
	at        int64 // Unix milliseconds
	context   Context
	values    []AccountValue // of the circle's features
	outcomes  []outcome
}

// panel makes a panel of features, by their keys.
func (c *Catalogue) panel(keys []string, at time.Time) *panel {
	p := &panel{catalogue: c, at: at.UnixMilli(), asked: make([]int, len(keys))}
	var nodes []*node
	for i, key := range keys {
		p.asked[i] = -1
		if n := c.nodeByKey[key]; n != nil {
			p.asked[i] = len(nodes)
			nodes = append(nodes, n)
		}
	}
	p.circle = newCircle(nodes)
	for i, place := range p.asked {
		if place >= 0 {
			p.asked[i] = p.circle.asked[place]
		}
	}
	p.makeRoom()
	return p
}

// twin gives a panel of the same features for another goroutine.
func (p *panel) twin() *panel {
	other := *p
	other.makeRoom()
	return &other
}

func (p *panel) makeRoom() {
	p.values = make([]AccountValue, len(p.circle.nodes))
	p.outcomes = make([]outcome, len(p.circle.nodes))
}

// account asks about an account as a whole; without one everything is off.
func (p *panel) account(a *Account) {
	if a == nil {
		clear(p.values)
		return
	}
	p.context = Context{Account: a}
	p.ask(&p.context, wholeAccount)
}

// person asks about one person; without a context everything is off.
func (p *panel) person(context *Context) {
	if context == nil {
		clear(p.values)
		return
	}
	p.ask(context, onePerson)
}

func (p *panel) ask(context *Context, about about) {
	q := question{catalogue: p.catalogue, context: context, about: about, at: p.at}
	for i, n := range p.circle.nodes {
		q.node = n
		p.values[i] = q.alone()
	}
	if len(p.circle.held)+len(p.circle.rivalry) == 0 {
		return
	}
	for i := range p.values {
		p.outcomes[i] = p.values[i].outcome()
	}
	p.circle.settle(p.outcomes)
	for i := range p.values {
		p.values[i] = p.values[i].settled(p.outcomes[i])
	}
}

// value is what was found for the feature in a place of the list that the panel was made of.
func (p *panel) value(i int) *AccountValue {
	if p.asked[i] < 0 {
		return &AccountValue{}
	}
	return &p.values[p.asked[i]]
}

// personal tells of the feature in a place of the list whether two people of one account may see different answers.
func (p *panel) personal(i int) bool {
	return p.asked[i] >= 0 && p.circle.nodes[p.asked[i]].personal()
}

// node is the feature in a place of the list as the catalogue evaluates it, nil where the catalogue has none.
func (p *panel) node(i int) *node {
	if p.asked[i] < 0 {
		return nil
	}
	return p.circle.nodes[p.asked[i]]
}

// feature is the feature in a place of the list, nil where the catalogue has none.
func (p *panel) feature(i int) *Feature {
	if n := p.node(i); n != nil {
		return n.feature
	}
	return nil
}

// keysOf gives the keys of features.
func keysOf(list []*Feature) []string {
	keys := make([]string, len(list))
	for i, f := range list {
		keys[i] = f.Key
	}
	return keys
}

// touched gives the keys, in display order, of the features whose answers may change when some features change:
// themselves, and those linked to them.
func (c *Catalogue) touched(keys []string) (reached []string) {
	changed := make(map[string]bool, len(keys))
	for _, key := range keys {
		changed[key] = true
	}
	for _, n := range c.nodes {
		if changed[n.feature.Key] || n.circle != nil && n.circle.reaches(changed) {
			reached = append(reached, n.feature.Key)
		}
	}
	return reached
}

func byFeature(o Override, id int64) int { return int(min(max(o.FeatureID-id, -1), 1)) }
