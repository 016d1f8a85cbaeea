package features

import "time"

// Source says which rule gave a value (spec §3).
type Source string

// The sources of stage 1.
const (
	SourceInactive Source = "inactive"
	SourceDisabled Source = "disabled"
	SourceOverride Source = "override"
	SourceDefault  Source = "default"
)

// Context is whom a feature is evaluated for (spec §1). Account is nil for someone Flagstone knows no account of.
type Context struct {
	Account    *Account
	User       string // the user's targeting key
	Role       string
	PostalCode string // when it differs from the account's
}

// Evaluation is what one feature is for one context, and why.
type Evaluation struct {
	Value  Value
	Source Source
}

// question is what every rule is asked: one feature, for one context, at one moment.
type question struct {
	feature *Feature
	context *Context
	at      int64 // Unix milliseconds
}

// rule is one row of spec §3, stage 1. apply gives a value and true when the rule decides; saw says, for the
// explanation, what it looked at.
type rule struct {
	source Source
	name   string
	apply  func(question) (Value, bool)
	saw    func(question) string
}

// stage1 is asked from top to bottom; the first rule that applies decides, and the last always does.
var stage1 = [...]rule{
	{SourceInactive, "In use", notInUse, sawUse},
	{SourceDisabled, "Kill switch", killed, sawKillSwitch},
	{SourceOverride, "Override", overridden, sawOverride},
	{SourceDefault, "Default", byDefault, sawDefault},
}

// Evaluate gives what a feature is for a context at a moment. It reads nothing but its arguments, never fails and
// allocates nothing.
func Evaluate(feature *Feature, context *Context, at time.Time) Evaluation {
	return evaluate(question{feature, context, at.UnixMilli()})
}

func evaluate(q question) Evaluation {
	value, by := decide(q)
	return Evaluation{value, stage1[by].source}
}

// decide gives the value and the place in stage1 of the rule that gave it.
func decide(q question) (value Value, by int) {
	for by = range stage1 {
		var decided bool
		if value, decided = stage1[by].apply(q); decided {
			break
		}
	}
	return value, by
}

func notInUse(q question) (Value, bool) { return Value{}, !q.feature.Active || q.suspended() }

func (q question) suspended() bool {
	return q.context.Account != nil && q.context.Account.Status == Suspended
}

func sawUse(q question) string {
	switch {
	case !q.feature.Active:
		return "the feature is retired"
	case q.suspended():
		return "the account is suspended"
	}
	return "feature and account are active"
}

func killed(q question) (Value, bool) { return Value{}, !q.feature.Enabled }

func sawKillSwitch(q question) string { return OnOff(q.feature.Enabled) }

func overridden(q question) (Value, bool) {
	if q.context.Account == nil {
		return Value{}, false
	}
	override, live := q.context.Account.Override(q.feature.ID, q.at)
	return override.Value, live
}

func sawOverride(q question) string {
	if q.context.Account == nil {
		return "no account is known"
	}
	override, live := q.context.Account.Override(q.feature.ID, q.at)
	switch until := day(override.ExpiresAt); {
	case live && override.ExpiresAt != 0:
		return OnOff(override.Value.Enabled) + " until " + until
	case live:
		return OnOff(override.Value.Enabled)
	case override.FeatureID != 0:
		return "one that expired " + until
	}
	return "none"
}

func byDefault(q question) (Value, bool) { return q.feature.Default, true }

func sawDefault(q question) string { return OnOff(q.feature.Default.Enabled) }

func day(ms int64) string { return time.UnixMilli(ms).UTC().Format("2 Jan 2006 15:04 UTC") }
