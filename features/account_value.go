package features

import "time"

// AccountValue is what an account as a whole has of a feature, and the evaluation that says why: of the least favoured of
// its people where all of them have it, else of the most favoured.
type AccountValue struct {
	State State
	how   dealing // where each of its users is dealt a variant, the evaluation is but an example
	Evaluation
}

// AccountValue gives what an account as a whole has of a feature of the catalogue at a moment.
func (c *Catalogue) AccountValue(feature *Feature, account *Account, at time.Time) AccountValue {
	q := c.ask(feature, &Context{Account: account}, at)
	q.about = wholeAccount
	return q.accountValue()
}

// bufferSize is how many features may be linked to one without its evaluation allocating.
const bufferSize = 48

// accountValue answers a question through stages 1 to 3 (docs/evaluation.md §2, §7, §8).
func (q question) accountValue() AccountValue {
	if q.group == nil {
		return q.byItself()
	}
	var buffer [bufferSize]outcome
	outcomes := q.group.buffer(buffer[:])
	var own AccountValue
	for i, n := range q.group.nodes {
		other := q
		other.node = n
		s := other.byItself()
		if n == q.node {
			own = s
		}
		outcomes[i] = s.outcome()
	}
	q.group.resolve(outcomes)
	return own.resolved(outcomes[q.group.asked[0]])
}

// buffer gives a place for each outcome of the group, within what there is where that is enough.
func (x *linkGroup) buffer(there []outcome) []outcome {
	if len(x.nodes) > len(there) {
		return make([]outcome, len(x.nodes))
	}
	return there[:len(x.nodes)]
}

// byItself answers a question by stage 1. Where no two people of an account can differ, asking once is enough.
func (q question) byItself() AccountValue {
	if q.about != wholeAccount {
		a, by := decide(q)
		return AccountValue{stateIf(a.value.Enabled), a.how, a.evaluation(by)}
	}
	q.about = leastFavoured
	if a, by := decide(q); a.value.Enabled || !q.feature.releaseRule.personal {
		return AccountValue{stateIf(a.value.Enabled), a.how, a.evaluation(by)}
	}
	q.about = mostFavoured
	a, by := decide(q)
	if a.value.Enabled {
		return AccountValue{Some, a.how, a.evaluation(by)}
	}
	return AccountValue{Off, a.how, a.evaluation(by)}
}

func stateIf(on bool) State {
	if on {
		return On
	}
	return Off
}

// outcome is what stages 2 and 3 take from stage 1.
func (s AccountValue) outcome() outcome {
	return outcome{state: s.State, strength: s.Source.strength()}
}

// resolved is what stages 2 and 3 leave.
func (s AccountValue) resolved(o outcome) AccountValue {
	if o.state == Off && s.State != Off {
		return AccountValue{Evaluation: Evaluation{Source: o.source}}
	}
	s.State = o.state
	return s
}

// EvaluateAll evaluates every feature of the catalogue for a context at a moment, in display order, into a slice that is
// made larger where it has no room.
func (c *Catalogue) EvaluateAll(context *Context, at time.Time, into []Evaluation) []Evaluation {
	q := question{catalogue: c, context: context, at: at.UnixMilli()}
	into = into[:0]
	for _, n := range c.nodes {
		q.node = n
		into = append(into, evaluate(q))
	}
	if c.linked != nil {
		c.linked.resolveAll(into)
	}
	return into
}

// resolveAll does stages 2 and 3 over what stage 1 gave every feature of the catalogue.
func (x *linkGroup) resolveAll(all []Evaluation) {
	var buffer [4 * bufferSize]outcome
	outcomes := x.buffer(buffer[:])
	for i, n := range x.nodes {
		e := &all[n.place]
		outcomes[i] = outcome{state: stateIf(e.Value.Enabled), strength: e.Source.strength()}
	}
	x.resolve(outcomes)
	for i, n := range x.nodes {
		if e := &all[n.place]; e.Value.Enabled && outcomes[i].state == Off {
			*e = Evaluation{Source: outcomes[i].source}
		}
	}
}
