package features

import "time"

// Source says which rule gave a value (spec §3).
type Source string

// The sources of stage 1.
const (
	SourceInactive Source = "inactive"
	SourceDisabled Source = "disabled"
	SourceRollout  Source = "rollout"
	SourceMode     Source = "mode"
	SourceOverride Source = "override"
	SourceSplit    Source = "split"
	SourceDefault  Source = "default"
)

// Context is whom a feature is evaluated for (spec §1). Account is nil for someone Flagstone knows no account of.
type Context struct {
	Account      *Account
	TargetingKey string // of the account, where Account is nil: it is bucketed and listed by it all the same
	User         string // the user's targeting key
	Role         string
	PostalCode   string // when it differs from the account's
}

func (c *Context) accountKey() string {
	if c.Account != nil {
		return c.Account.TargetingKey
	}
	return c.TargetingKey
}

func (c *Context) postalCode() string {
	if c.PostalCode == "" && c.Account != nil {
		return c.Account.PostalCode
	}
	return c.PostalCode
}

// Evaluation is what one feature is for one context, and why.
type Evaluation struct {
	Value   Value
	Variant string // the key of the variant chosen; "" for none
	Source  Source
}

// question is what every rule is asked: one feature, for one context, at one moment, in one mode.
type question struct {
	feature *Feature
	context *Context
	mode    Mode
	about   about
	at      int64 // Unix milliseconds
}

// about is whom a question is about: the one person of its context, or those people of its account whom gates and
// variants favour most or least.
type about int

const (
	onePerson about = iota
	mostFavoured
	leastFavoured
)

// answer is what a rule gives that decides.
type answer struct {
	value   Value
	variant string
}

// rule is one row of spec §3, stage 1. apply gives an answer and true when the rule decides; saw says, for the
// explanation, what it looked at.
type rule struct {
	source Source
	name   string
	apply  func(question) (answer, bool)
	saw    func(question) string
}

// stage1 is asked from top to bottom; the first rule that applies decides, and the last always does.
var stage1 = [...]rule{
	{SourceInactive, "In use", notInUse, sawUse},
	{SourceDisabled, "Kill switch", killed, sawKillSwitch},
	{SourceRollout, "Role", outOfRole, sawRoleGate},
	{SourceMode, "Mode", byMode, sawMode},
	{SourceOverride, "Override", byOverride, sawOverride},
	{SourceRollout, "Rollout", notReleased, sawGate},
	{SourceSplit, "Variants", bySplit, sawVariants},
	{SourceDefault, "Default", byDefault, sawDefault},
}

// Evaluate gives what a feature of the catalogue is for a context at a moment. It reads nothing but its arguments, never
// fails and allocates nothing.
func (c *Catalogue) Evaluate(feature *Feature, context *Context, at time.Time) Evaluation {
	return evaluate(c.ask(feature, context, at))
}

func (c *Catalogue) ask(feature *Feature, context *Context, at time.Time) question {
	return question{feature: feature, context: context, mode: c.Settings.Mode, at: at.UnixMilli()}
}

func evaluate(q question) Evaluation {
	a, by := decide(q)
	return Evaluation{a.value, a.variant, stage1[by].source}
}

// decide gives the answer and the place in stage1 of the rule that gave it.
func decide(q question) (a answer, by int) {
	for by = range stage1 {
		var decided bool
		if a, decided = stage1[by].apply(q); decided {
			break
		}
	}
	return a, by
}

func notInUse(q question) (answer, bool) { return answer{}, !q.feature.Active || q.suspended() }

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

func killed(q question) (answer, bool) { return answer{}, !q.feature.Enabled }

func sawKillSwitch(q question) string { return OnOff(q.feature.Enabled) }

// outOfRole restricts people: nothing below lifts it.
func outOfRole(q question) (answer, bool) {
	return answer{}, q.feature.Rollout.Strategy == ToRole && !q.passes()
}

func sawRoleGate(q question) string {
	if q.feature.Rollout.Strategy != ToRole {
		return "for every role"
	}
	return q.sawRole()
}

// byMode gives, in mode open, the value that the account has of its own where that is on, else the default's.
func byMode(q question) (answer, bool) {
	if q.mode != ModeOpen {
		return answer{}, false
	}
	own, found := byOverride(q)
	if !found {
		own, found = bySplit(q)
	}
	if !found || !own.value.Enabled {
		own = answer{value: q.feature.Default}
	}
	own.value.Enabled = true
	return own, true
}

func sawMode(q question) string { return string(q.mode) }

func byOverride(q question) (answer, bool) {
	override, live := q.override()
	if !live || q.mode == ModeDefaults {
		return answer{}, false
	}
	return q.withVariant(override), true
}

func (q question) override() (o Override, live bool) {
	if q.context.Account == nil {
		return Override{}, false
	}
	return q.context.Account.Override(q.feature.ID, q.at)
}

// withVariant completes an override that is on: with the variant that it forces, which then gives the value, else with
// the one that the subject is dealt among those that are on.
func (q question) withVariant(o Override) answer {
	if !o.Value.Enabled || len(q.feature.Variants) == 0 {
		return answer{value: o.Value}
	}
	if forced := q.feature.variant(o.Variant); forced != nil {
		return answer{forced.Value, forced.Key}
	}
	if dealt := q.feature.deal(q.subject(), true); dealt != nil && q.subject() != "" {
		return answer{o.Value, dealt.Key}
	}
	return answer{value: o.Value}
}

func sawOverride(q question) string {
	if q.context.Account == nil {
		return "no account is known"
	}
	override, live := q.override()
	text := OnOff(override.Value.Enabled)
	if override.Variant != "" {
		text += " with the variant " + override.Variant
	}
	if override.ExpiresAt != 0 {
		text += " until " + day(override.ExpiresAt)
	}
	switch {
	case override.FeatureID == 0:
		return "none"
	case !live:
		return "one that expired " + day(override.ExpiresAt)
	case q.mode == ModeDefaults:
		return text + ", but the mode is defaults"
	}
	return text
}

func notReleased(q question) (answer, bool) {
	return answer{}, q.feature.Rollout.Strategy != ToRole && !q.passes()
}

func bySplit(q question) (answer, bool) {
	subject := q.subject()
	if len(q.feature.Variants) == 0 || subject == "" && q.about == onePerson {
		return answer{}, false
	}
	if subject == "" {
		return q.feature.extreme(q.about == mostFavoured), true
	}
	dealt := q.feature.deal(subject, false)
	if dealt == nil {
		return answer{}, false
	}
	return answer{dealt.Value, dealt.Key}, true
}

// extreme is on when some variant that is dealt at all is, or, for the least favoured, only when all of them are. Which
// of them an account without a person would get is not known.
func (f *Feature) extreme(most bool) answer {
	for _, v := range f.Variants {
		if v.Weight > 0 && v.Value.Enabled == most {
			return answer{value: v.Value}
		}
	}
	return answer{value: Value{Enabled: !most}}
}

func sawVariants(q question) string {
	switch {
	case len(q.feature.Variants) == 0:
		return "none"
	case q.subject() == "":
		return "no " + string(q.feature.Rollout.By) + " is given to deal them to"
	}
	text := shares(q.feature.Variants)
	if dealt := q.feature.deal(q.subject(), false); dealt != nil {
		text += ": dealt " + dealt.Key + ", which is " + OnOff(dealt.Value.Enabled)
	}
	return text
}

func byDefault(q question) (answer, bool) { return answer{value: q.feature.Default}, true }

func sawDefault(q question) string { return OnOff(q.feature.Default.Enabled) }

func day(ms int64) string { return time.UnixMilli(ms).UTC().Format("2 Jan 2006 15:04 UTC") }
