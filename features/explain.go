package features

import (
	"slices"
	"strings"
	"time"
)

// Explanation is how an evaluation came about: every rule of docs/evaluation.md in order, what each saw, which decided.
type Explanation struct {
	Feature    *Feature
	State      State // On or Off, and of an account as a whole also Some
	Evaluation Evaluation
	Steps      []Step
	Blocker    *Feature // what it depends on or conflicts with that makes it less on; nil where nothing does
}

// Step is one rule of an explanation. The rules behind the one that decided were not reached.
type Step struct {
	Rule    string
	Saw     string
	Decided bool
	Reached bool
}

// Explain evaluates as Evaluate does and says how it came about: stage 1, then what stages 2 and 3 did.
func (c *Catalogue) Explain(feature *Feature, context *Context, at time.Time) Explanation {
	return c.ask(feature, context, at).explain()
}

// ExplainAccount is Explain of what an account as a whole has: its AccountValue, and how that came about.
func (c *Catalogue) ExplainAccount(feature *Feature, account *Account, at time.Time) Explanation {
	q := c.ask(feature, &Context{Account: account}, at)
	q.about = wholeAccount
	return q.explain()
}

func (q question) explain() Explanation {
	own := q.byItself()
	explanation := Explanation{Feature: q.feature, State: own.State, Evaluation: own.Evaluation}
	one := q
	if q.about == wholeAccount { // asked as alone has asked it last
		if one.about = mostFavoured; own.State == On {
			one.about = leastFavoured
		}
	}
	_, by := decide(one)
	for i, r := range stage1 {
		explanation.Steps = append(explanation.Steps, Step{Rule: r.name, Saw: r.saw(one), Decided: i == by, Reached: i <= by})
	}
	explanation.addLinks(q)
	return explanation
}

// addLinks adds what stages 2 and 3 did.
func (e *Explanation) addLinks(q question) {
	if q.group == nil {
		e.step("Dependencies", "it needs no other feature", false)
		e.step("Conflicts", "it conflicts with no other feature", false)
		return
	}
	x := q.group
	outcomes := make([]outcome, len(x.nodes))
	for i, n := range x.nodes {
		other := q
		other.node = n
		outcomes[i] = other.byItself().outcome()
	}
	own := &outcomes[x.asked[0]]
	x.resolveDependencies(outcomes)
	e.step("Dependencies", q.sawDependencies(outcomes), e.reducedBy(x, own))
	words := q.sawConflicts(outcomes)
	x.resolveConflicts(outcomes)
	e.step("Conflicts", words, e.reducedBy(x, own))
	if x.resolveDependencies(outcomes); e.reducedBy(x, own) {
		e.step("Dependencies, again", q.sawDependencies(outcomes), true)
	}
}

// reducedBy notes what has just made a feature less on, and reports whether it is off by that.
func (e *Explanation) reducedBy(x *linkGroup, own *outcome) bool {
	if own.state == e.State {
		return false
	}
	e.State, e.Blocker = own.state, nil
	if own.by >= 0 {
		e.Blocker = x.nodes[own.by].feature
	}
	if e.State != Off {
		return false
	}
	e.Evaluation = Evaluation{Source: own.source}
	return true
}

// step adds a stage: where it decides, no step before it does. What is off already reaches no further stage.
func (e *Explanation) step(rule, saw string, decided bool) {
	if decided {
		for i := range e.Steps {
			e.Steps[i].Decided = false
		}
	}
	e.Steps = append(e.Steps, Step{Rule: rule, Saw: saw, Decided: decided, Reached: decided || e.Evaluation.Value.Enabled})
}

// sawDependencies says what the features are that a feature depends on.
func (q question) sawDependencies(o []outcome) string {
	if len(q.feature.DependsOn) == 0 {
		return "it needs no other feature"
	}
	words := make([]string, len(q.feature.DependsOn))
	for i, key := range q.feature.DependsOn {
		words[i] = key + ", which does not exist"
		if place := slices.IndexFunc(q.group.nodes, func(n *node) bool { return n.feature.Key == key }); place >= 0 {
			words[i] = q.group.nodes[place].feature.Name + ", which is " + o[place].state.String()
		}
	}
	text := "it needs " + strings.Join(words, "; ")
	if q.broken && len(q.dependencies) == len(words) {
		text += "; these form a cycle"
	}
	return text
}

// sawConflicts says what the features are that a feature conflicts with, and which of them are stronger.
func (q question) sawConflicts(o []outcome) string {
	if len(q.conflicts) == 0 {
		return "it conflicts with no other feature"
	}
	own := q.group.asked[0]
	words := make([]string, len(q.conflicts))
	for i, other := range q.conflicts {
		place := slices.Index(q.group.nodes, other)
		words[i] = other.feature.Name + ", which is " + o[place].state.String()
		switch {
		case o[place].state == Off:
		case q.group.stronger(o, place, own):
			words[i] += " and stronger" + q.whyStronger(o[place], o[own])
		default:
			words[i] += " and weaker"
		}
	}
	return "it conflicts with " + strings.Join(words, "; ")
}

func (q question) whyStronger(winner, own outcome) string {
	switch {
	case winner.strength == own.strength:
		return " because it comes first in the registry"
	case winner.strength == SourceOverride.strength():
		return " because it is overridden"
	}
	return " because the tier sets it"
}

// Sentence sums the explanation up: On by rule "Override": on until 1 May 2026 09:00 UTC.
func (e Explanation) Sentence() string {
	word := [...]string{"Off", "On for some people", "On"}[e.State]
	decided := e.Steps[slices.IndexFunc(e.Steps, func(s Step) bool { return s.Decided })]
	return word + " by rule " + quote(decided.Rule) + ": " + decided.Saw + "."
}
