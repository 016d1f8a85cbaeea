package features

import (
	"time"
)

// batchEvaluator asks some features of a catalogue about one account or person after another, all of them at once, and allocates
// nothing for each. Only one goroutine may use it.
type batchEvaluator struct {
	catalogue *Catalogue
	group     *linkGroup
	asked     []int // for each feature its place in the group, -1 for one that the catalogue has not
	at        int64 // Unix milliseconds
	context   Context
	values    []AccountValue // of the group's features
	outcomes  []outcome
}

// batchEvaluator returns an evaluator of features, by their keys.
func (c *Catalogue) batchEvaluator(keys []string, at time.Time) *batchEvaluator {
	p := &batchEvaluator{catalogue: c, at: at.UnixMilli(), asked: make([]int, len(keys))}
	var nodes []*node
	for i, key := range keys {
		p.asked[i] = -1
		if n := c.nodeByKey[key]; n != nil {
			p.asked[i] = len(nodes)
			nodes = append(nodes, n)
		}
	}
	p.group = newLinkGroup(nodes)
	for i, place := range p.asked {
		if place >= 0 {
			p.asked[i] = p.group.asked[place]
		}
	}
	p.makeBuffers()
	return p
}

// clone returns an evaluator of the same features for another goroutine.
func (p *batchEvaluator) clone() *batchEvaluator {
	other := *p
	other.makeBuffers()
	return &other
}

func (p *batchEvaluator) makeBuffers() {
	p.values = make([]AccountValue, len(p.group.nodes))
	p.outcomes = make([]outcome, len(p.group.nodes))
}

// account asks about an account as a whole; without one everything is off.
func (p *batchEvaluator) account(a *Account) {
	if a == nil {
		clear(p.values)
		return
	}
	p.context = Context{Account: a}
	p.ask(&p.context, wholeAccount)
}

// person asks about one person; without a context everything is off.
func (p *batchEvaluator) person(context *Context) {
	if context == nil {
		clear(p.values)
		return
	}
	p.ask(context, onePerson)
}

func (p *batchEvaluator) ask(context *Context, about about) {
	q := question{catalogue: p.catalogue, context: context, about: about, at: p.at}
	for i, n := range p.group.nodes {
		q.node = n
		p.values[i] = q.byItself()
	}
	if len(p.group.dependencies)+len(p.group.conflicts) == 0 {
		return
	}
	for i := range p.values {
		p.outcomes[i] = p.values[i].outcome()
	}
	p.group.resolve(p.outcomes)
	for i := range p.values {
		p.values[i] = p.values[i].resolved(p.outcomes[i])
	}
}

// value is what was found for the feature in a place of the list that the evaluator was made of.
func (p *batchEvaluator) value(i int) *AccountValue {
	if p.asked[i] < 0 {
		return &AccountValue{}
	}
	return &p.values[p.asked[i]]
}

// personal tells of the feature in a place of the list whether two people of one account may see different answers.
func (p *batchEvaluator) personal(i int) bool {
	return p.asked[i] >= 0 && p.group.nodes[p.asked[i]].personal()
}

// node is the feature in a place of the list as the catalogue evaluates it, nil where the catalogue has none.
func (p *batchEvaluator) node(i int) *node {
	if p.asked[i] < 0 {
		return nil
	}
	return p.group.nodes[p.asked[i]]
}

// feature is the feature in a place of the list, nil where the catalogue has none.
func (p *batchEvaluator) feature(i int) *Feature {
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
		if changed[n.feature.Key] || n.group != nil && n.group.reaches(changed) {
			reached = append(reached, n.feature.Key)
		}
	}
	return reached
}

func byFeature(o Override, id int64) int { return int(min(max(o.FeatureID-id, -1), 1)) }
