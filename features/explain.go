package features

import "time"

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
func Explain(feature *Feature, context *Context, at time.Time) Explanation {
	q := question{feature, context, at.UnixMilli()}
	explanation := Explanation{Feature: feature, Evaluation: evaluate(q)}
	reached := true
	for _, r := range stage1 {
		step := Step{Rule: r.name, Saw: r.saw(q), Reached: reached, Decided: reached && r.source == explanation.Evaluation.Source}
		reached = reached && !step.Decided
		explanation.Steps = append(explanation.Steps, step)
	}
	return explanation
}

// Sentence sums the explanation up in the words of the console: "Off: the kill switch is off."
func (e Explanation) Sentence() string {
	word := "Off"
	if e.Evaluation.Value.Enabled {
		word = "On"
	}
	for _, step := range e.Steps {
		if step.Decided {
			return word + " by rule " + quote(step.Rule) + ": " + step.Saw + "."
		}
	}
	return word + "."
}
