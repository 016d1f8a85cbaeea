package features

import (
	"slices"
	"time"
)

// Explanation is how an evaluation came about: every rule of spec §3 in order, what each saw, which decided.
type Explanation struct {
	Feature    *Feature
	Evaluation Evaluation
	Steps      []Step
}

// Step is one rule of an explanation. The rules behind the one that decided were not reached.
type Step struct {
	Rule    string
	Saw     string
	Decided bool
	Reached bool
}

// Explain evaluates as Evaluate does and says how it came about.
func (c *Catalogue) Explain(feature *Feature, context *Context, at time.Time) Explanation {
	q := c.ask(feature, context, at)
	a, by := decide(q)
	explanation := Explanation{
		Feature:    feature,
		Evaluation: Evaluation{a.value, a.variant, stage1[by].source},
		Steps:      make([]Step, len(stage1)),
	}
	for i, r := range stage1 {
		explanation.Steps[i] = Step{Rule: r.name, Saw: r.saw(q), Decided: i == by, Reached: i <= by}
	}
	return explanation
}

// Sentence sums the explanation up: On by rule "Override": on until 1 May 2026 09:00 UTC.
func (e Explanation) Sentence() string {
	word := "Off"
	if e.Evaluation.Value.Enabled {
		word = "On"
	}
	decided := e.Steps[slices.IndexFunc(e.Steps, func(s Step) bool { return s.Decided })]
	return word + " by rule " + quote(decided.Rule) + ": " + decided.Saw + "."
}
