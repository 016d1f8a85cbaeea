package features

import (
	"strings"
	"time"
)

// Source says which rule gave a value (docs/evaluation.md §2, §7, §8).
type Source string

// The sources: of stage 1, then of stages 2 and 3.
const (
	SourceInactive Source = "inactive"
	SourceDisabled Source = "disabled"
	SourceRollout  Source = "rollout"
	SourceMode     Source = "mode"
	SourceOverride Source = "override"
	SourceTier     Source = "tier"
	SourceSplit    Source = "split"
	SourceDefault  Source = "default"

	SourceDependency Source = "dependency"
	SourceConflict   Source = "conflict"
)

// Context is whom a feature is evaluated for (docs/evaluation.md §1). Account is nil for someone Flagstone knows no
// account of.
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
	return strings.TrimSpace(c.TargetingKey)
}

// userKey is the user's targeting key as lists name it, however the caller writes an e-mail.
func (c *Context) userKey() string { return UserKey(c.User) }

func (c *Context) role() string { return strings.TrimSpace(c.Role) }

func (c *Context) postalCode() string {
	if code := strings.TrimSpace(c.PostalCode); code != "" || c.Account == nil {
		return code
	}
	return c.Account.PostalCode
}

// Evaluation is what one feature is for one context, and why.
type Evaluation struct {
	Value   Value
	Variant string // the key of the variant chosen; "" for none
	Source  Source
}

// question is what every rule is asked: one feature of a catalogue, for one context, at one moment.
type question struct {
	*node
	catalogue *Catalogue
	context   *Context
	about     about
	at        int64 // Unix milliseconds
}

// about is whom a question is about: the one person of its context, those people of its account whom release rules and variants
// favour most or least, or the account as a whole, which has both asked.
type about int

const (
	onePerson about = iota
	mostFavoured
	leastFavoured
	wholeAccount
)

// answer is what a rule gives that decides.
type answer struct {
	value   Value
	variant string
	how     dealing // of an account as a whole: value is but an example where each of its users is dealt its own
}

// rule is one row of docs/evaluation.md §2. apply gives an answer and true when the rule decides; saw says, for the
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
	{SourceRollout, "Role", outOfRole, sawRole},
	{SourceMode, "Mode", byMode, sawMode},
	{SourceOverride, "Override", byOverride, sawOverride},
	{SourceRollout, "Rollout", notReleased, sawRelease},
	{SourceTier, "Tier", byTier, sawTier},
	{SourceSplit, "Variants", bySplit, sawVariants},
	{SourceDefault, "Default", byDefault, sawDefault},
}

// Evaluate gives what a feature of the catalogue is for a context at a moment. It reads nothing but its arguments, never
// fails and, unless a great many features are linked to this one, allocates nothing.
func (c *Catalogue) Evaluate(feature *Feature, context *Context, at time.Time) Evaluation {
	q := c.ask(feature, context, at)
	if q.group == nil {
		return evaluate(q)
	}
	return q.accountValue().Evaluation
}

// ask is the question about a feature. One that the catalogue has not is as if it were retired.
func (c *Catalogue) ask(feature *Feature, context *Context, at time.Time) question {
	n := c.node(feature)
	if n == nil {
		n = &node{feature: &Feature{Key: feature.Key, releaseRule: &releaseRule{}}}
	}
	return question{node: n, catalogue: c, context: context, at: at.UnixMilli()}
}

// decide gives the answer and the place in stage1 of the rule that gave it. What is off has no value.
func decide(q question) (a answer, by int) {
	for by = range stage1 {
		var decided bool
		if a, decided = stage1[by].apply(q); decided {
			break
		}
	}
	if !a.value.Enabled {
		a.value.Data = ""
	}
	return a, by
}

func evaluate(q question) Evaluation {
	a, by := decide(q)
	return a.evaluation(by)
}

func (a answer) evaluation(by int) Evaluation {
	return Evaluation{a.value, a.variant, stage1[by].source}
}

func notInUse(q question) (answer, bool) { return answer{}, !q.feature.Active || q.suspended() }

func (q question) suspended() bool {
	return q.context.Account != nil && q.context.Account.Status == Suspended
}

func killed(q question) (answer, bool) { return answer{}, !q.feature.Enabled }

// outOfRole restricts people: nothing below lifts it.
func outOfRole(q question) (answer, bool) {
	return answer{}, q.feature.Rollout.Strategy == ToRole && !q.passes()
}

// byMode gives, in mode open, the value that the account has of its own where that is on, else the default's.
func byMode(q question) (answer, bool) {
	if q.mode() != ModeOpen {
		return answer{}, false
	}
	how := dealtNot
	for _, rule := range [...]func(question) (answer, bool){byOverride, byTier, bySplit} {
		if own, found := rule(q); found {
			if own.how == byWeight {
				own.how = openly
			}
			if own.value.Enabled {
				return own, true
			}
			how = own.how
			break
		}
	}
	return answer{value: Value{Enabled: true, Data: q.feature.usualData()}, how: how}, true
}

func (q question) mode() Mode { return q.catalogue.Settings.Mode }

func byOverride(q question) (answer, bool) {
	override, live := q.override()
	if !live || q.mode() == ModeDefaults || q.locked() {
		return answer{}, false
	}
	return q.complete(override.Value, override.Variant), true
}

func (q question) override() (o Override, live bool) {
	if q.context.Account == nil {
		return Override{}, false
	}
	return q.context.Account.Override(q.feature.ID, q.at)
}

// tierFeature is what the account's tier lists of the feature; nil where it lists nothing.
func (q question) tierFeature() *TierFeature {
	if q.context.Account == nil || len(q.tiers) == 0 {
		return nil
	}
	return q.tier(q.context.Account.TierID)
}

func (q question) locked() bool {
	tierFeature := q.tierFeature()
	return tierFeature != nil && !tierFeature.AllowOverride
}

func byTier(q question) (answer, bool) {
	tierFeature := q.tierFeature()
	if tierFeature == nil {
		return answer{}, false
	}
	return q.complete(tierFeature.Value, ""), true
}

// complete gives what an override or a tier makes of a feature: where it is on without a value, a forced variant gives it,
// else the one that the subject is dealt, of those that are on.
func (q question) complete(v Value, forced string) answer {
	if !v.Enabled || v.Data != "" || len(q.feature.Variants) == 0 {
		return answer{value: q.feature.filled(v)}
	}
	if chosen := q.feature.variant(forced); chosen != nil {
		return answer{value: chosen.Value, variant: chosen.Key}
	}
	subject := q.subject()
	if subject == "" && q.about != onePerson {
		return answer{value: q.feature.filled(v), how: amongOn}
	}
	if subject != "" {
		if dealt := q.feature.dealOn(subject); dealt != nil {
			return answer{value: dealt.Value, variant: dealt.Key}
		}
	}
	return answer{value: q.feature.filled(v)}
}

// filled gives a value that is on without one what the feature usually gives.
func (f *Feature) filled(v Value) Value {
	if v.Enabled && v.Data == "" {
		v.Data = f.usualData()
	}
	return v
}

// UsualValue is what a feature is switched on with where nobody says more: its variants, or the value that its default has.
func (f *Feature) UsualValue() Value {
	if supply(f.Variants) {
		return Value{Enabled: true}
	}
	return f.filled(Value{Enabled: true})
}

// usualData is the default's value, or that of the variant that most get of those that are on; a boolean feature has none.
func (f *Feature) usualData() JSON {
	if f.Default.Data != "" || len(f.Variants) == 0 {
		return f.Default.Data
	}
	usual := &f.Variants[0]
	for i := range f.Variants[1:] {
		if v := &f.Variants[i+1]; v.usualerThan(usual) {
			usual = v
		}
	}
	return usual.Value.Data
}

// usualerThan prefers a variant that is on to one that is off, and of two alike the one with the greater weight.
func (v *Variant) usualerThan(o *Variant) bool {
	if v.Value.Enabled != o.Value.Enabled {
		return v.Value.Enabled
	}
	return v.Weight > o.Weight
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
	dealt := q.feature.deal(subject)
	if dealt == nil {
		return answer{}, false
	}
	return answer{value: dealt.Value, variant: dealt.Key}, true
}

// extreme is on when some variant that is dealt at all is, or, for the least favoured, only when all of them are. Which
// of them an account without a person would get is not known.
func (f *Feature) extreme(most bool) answer {
	for _, v := range f.Variants {
		if v.Weight > 0 && v.Value.Enabled == most {
			return answer{value: v.Value, how: byWeight}
		}
	}
	return answer{value: f.filled(Value{Enabled: !most}), how: byWeight}
}

func byDefault(q question) (answer, bool) {
	return answer{value: q.feature.filled(q.feature.Default)}, true
}
