package features_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"flagstone/features"
	"flagstone/features/featurestest"
)

func TestPrecedence(t *testing.T) {
	t.Parallel()
	for _, c := range featurestest.Cases(t) {
		f := c.Feature
		f.Key = c.FeatureKey
		known := features.NewCatalogue(features.Registry{
			Features: []*features.Feature{&f}, Tiers: featurestest.Tiers(), TierFeatures: featurestest.Listed(f.ID),
			Settings: features.Settings{Mode: c.Mode},
		})
		account := c.Account
		if account != nil {
			account.TargetingKey = c.AccountKey
		}
		got := known.Evaluate(&f, c.Context(account), featurestest.Now())
		if got != c.Want {
			t.Errorf("%s: got %+v, want %+v", c.Name, got, c.Want)
		}
	}
}

func TestExplainAgreesWithEvaluate(t *testing.T) {
	t.Parallel()
	featurestest.EachWorld(t, func(t *testing.T, r *rand.Rand) {
		c, accounts := featurestest.RandomWorld(r)
		c = featurestest.RandomMode(r, c)
		for _, a := range append(accounts, nil) {
			for _, f := range c.Features() {
				checkExplanation(t, c, f, contextIn(r, a))
			}
		}
	})
}

// checkExplanation holds an explanation against the evaluation: one rule decided, it gave the source, and the rules
// behind it were not reached.
func checkExplanation(t *testing.T, c *features.Catalogue, f *features.Feature, context *features.Context) {
	t.Helper()
	explanation := c.Explain(f, context, now())
	if explanation.Feature != f || explanation.Evaluation != c.Evaluate(f, context, now()) {
		t.Errorf("the explanation is of %+v, want %+v", explanation.Evaluation, c.Evaluate(f, context, now()))
	}
	rules := []string{"In use", "Kill switch", "Role", "Mode", "Override", "Rollout", "Tier", "Variants", "Default", "Dependencies", "Conflicts", "Dependencies, again"}
	sources := []features.Source{
		features.SourceInactive, features.SourceDisabled, features.SourceRollout, features.SourceMode, features.SourceOverride,
		features.SourceRollout, features.SourceTier, features.SourceSplit, features.SourceDefault, features.SourceDependency,
		features.SourceConflict, features.SourceDependency,
	}
	decided, later := -1, len(rules)-3 // from here on stages 2 and 3, which are reached by what is on
	for i, step := range explanation.Steps {
		if step.Rule != rules[i] || step.Saw == "" {
			t.Errorf("step %d is %+v, want the rule %s and what it saw", i, step, rules[i])
		}
		if i < later && decided >= 0 && step.Reached {
			t.Errorf("step %d is reached behind the deciding step %d", i, decided)
		}
		if step.Decided {
			if decided >= 0 {
				t.Error("two steps decided")
			}
			decided = i
		}
	}
	if explanation.Evaluation.Value.Enabled && (decided >= later || !explanation.Steps[later].Reached) {
		t.Errorf("it is on, but step %d decided", decided)
	}
	if decided < 0 || sources[decided] != explanation.Evaluation.Source {
		t.Errorf("of %d steps the deciding one is %d, but the source is %s", len(explanation.Steps), decided, explanation.Evaluation.Source)
	}
}

func TestExplanationSays(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC).UnixMilli()
	expired := time.Date(2026, 4, 30, 12, 30, 0, 0, time.UTC).UnixMilli()
	suspended := account(1, "Cobalt")
	suspended.Status = features.Suspended
	retired, killed, standard := feature(2, "ai"), feature(2, "ai"), feature(2, "ai")
	retired.Active, killed.Enabled, standard.Default = false, false, on
	for _, c := range []struct {
		name     string
		feature  *features.Feature
		account  *features.Account
		saw      []string
		sentence string
	}{
		{
			"nothing set", feature(2, "ai"), account(1, "Boise", set(1, on), set(3, on)),
			[]string{"feature and account are active", "on", "for every role", "live", "none", "released to everyone", "none", "off"},
			`Off by rule "Default": off.`,
		},
		{
			"unknown account", standard, nil,
			[]string{"feature and account are active", "on", "for every role", "live", "the account is unknown", "released to everyone", "none", "on"},
			`On by rule "Default": on.`,
		},
		{
			"retired", retired, account(1, "Boise"),
			[]string{"the feature is retired", "on", "for every role", "live", "none", "released to everyone", "none", "off"},
			`Off by rule "In use": the feature is retired.`,
		},
		{
			"suspended", feature(2, "ai"), suspended,
			[]string{"the account is suspended", "on", "for every role", "live", "none", "released to everyone", "none", "off"},
			`Off by rule "In use": the account is suspended.`,
		},
		{
			"killed", killed, account(1, "Boise", set(2, on)),
			[]string{"feature and account are active", "off", "for every role", "live", "on", "released to everyone", "none", "off"},
			`Off by rule "Kill switch": off.`,
		},
		{
			"override for good", standard, account(1, "Boise", set(1, on), set(2, off), set(3, on)),
			[]string{"feature and account are active", "on", "for every role", "live", "off", "released to everyone", "none", "on"},
			`Off by rule "Override": off.`,
		},
		{
			"override for a time", feature(2, "ai"), account(1, "Boise", features.Override{FeatureID: 2, Value: on, ExpiresAt: until}),
			[]string{"feature and account are active", "on", "for every role", "live", "on until 2 May 2026 00:00 UTC", "released to everyone", "none", "off"},
			`On by rule "Override": on until 2 May 2026 00:00 UTC.`,
		},
		{
			"expired override", standard, account(1, "Boise", features.Override{FeatureID: 2, Value: off, ExpiresAt: expired}),
			[]string{"feature and account are active", "on", "for every role", "live", "one that expired 30 Apr 2026 12:30 UTC", "released to everyone", "none", "on"},
			`On by rule "Default": on.`,
		},
	} {
		explanation := catalogue([]*features.Feature{c.feature}, nil).Explain(c.feature, &features.Context{Account: c.account}, now())
		var saw []string
		for _, step := range explanation.Steps {
			if step.Rule != "Tier" && !strings.HasPrefix(step.Saw, "it needs no") && !strings.HasPrefix(step.Saw, "it conflicts with no") {
				saw = append(saw, step.Saw)
			}
		}
		if strings.Join(saw, "|") != strings.Join(c.saw, "|") {
			t.Errorf("%s: the rules saw %q, want %q", c.name, saw, c.saw)
		}
		if got := explanation.Sentence(); got != c.sentence {
			t.Errorf("%s: got %q, want %q", c.name, got, c.sentence)
		}
	}
}

// What release rules, modes and variants say of themselves.
func TestGatesExplainThemselves(t *testing.T) {
	t.Parallel()
	role := features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"admin", "workshop_admin"}}}
	list := features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{
		AccountIDs: []string{"boise"}, UserIDs: []string{"Dana@example.com"}, PostalCodes: []string{"m5v"},
	}}
	quarter := features.Rollout{Strategy: features.ToPercentage, Percentage: 2500}
	ofUsers := features.Rollout{Strategy: features.ToPercentage, Percentage: 2500, By: features.ByPerson}
	split := []features.Variant{{Key: "blue", Value: on, Weight: 10_000}, {Key: "red", Weight: 0}}
	for _, c := range []struct {
		name     string
		rollout  features.Rollout
		variants []features.Variant
		mode     features.Mode
		who      features.Context
		account  *features.Account
		rule     string
		saw      string
		on       bool
	}{
		{name: "listed role", rollout: role, who: features.Context{Role: "workshop_admin"}, rule: "Role", saw: "the role workshop_admin is listed", on: true},
		{name: "other role", rollout: role, who: features.Context{Role: "mechanic"}, rule: "Role", saw: "the role mechanic is not listed: it is for admin, workshop_admin"},
		{name: "no role", rollout: role, rule: "Role", saw: "the context has no role, and it is for admin, workshop_admin"},
		{name: "by role below", rollout: role, rule: "Rollout", saw: "restricted by role, see above"},
		{name: "listed account", rollout: list, account: account(1, "Boise"), rule: "Rollout", saw: "the account is listed", on: true},
		{name: "listed key", rollout: list, who: features.Context{TargetingKey: "boise"}, rule: "Rollout", saw: "the account is listed", on: true},
		{name: "listed user", rollout: list, who: features.Context{User: "dana@example.com"}, rule: "Rollout", saw: "the user is listed", on: true},
		{name: "listed user, written otherwise", rollout: list, who: features.Context{User: "DANA@Example.com"}, rule: "Rollout", saw: "the user is listed", on: true},
		{name: "beyond a share of users", rollout: ofUsers, who: features.Context{User: "user2@example.com"}, rule: "Rollout", saw: "the user is in bucket 3,511 of 10,000, and 25% covers the buckets below 2,500"},
		{name: "beyond it, written otherwise", rollout: ofUsers, who: features.Context{User: "USER2@example.com"}, rule: "Rollout", saw: "the user is in bucket 3,511 of 10,000, and 25% covers the buckets below 2,500"},
		{name: "listed place", rollout: list, who: features.Context{PostalCode: "m5V\t 2t6"}, rule: "Rollout", saw: "the postal code m5V\t 2t6 is listed", on: true},
		{name: "other place", rollout: list, who: features.Context{PostalCode: "M5"}, rule: "Rollout", saw: "released to 1 account and 1 user and 1 postal code: neither the account nor the user nor the postal code is listed"},
		{name: "within a share", rollout: quarter, who: features.Context{TargetingKey: "crm_3"}, rule: "Rollout", saw: "the account is in bucket 1,454 of 10,000, and 25% covers the buckets below 2,500", on: true},
		{name: "without a subject", rollout: quarter, rule: "Rollout", saw: "the context has no account, and it is for 25% of accounts"},
		{name: "without a user", rollout: ofUsers, account: account(1, "Boise"), rule: "Rollout", saw: "the context has no user, and it is for 25% of users"},
		{name: "dealt", variants: split, account: account(1, "Boise"), rule: "Variants", saw: "blue 100%, red 0%: assigned blue, which is on", on: true},
		{name: "dealt to nobody", variants: split, rule: "Variants", saw: "no account in the context to choose a variant by", on: true},
		{name: "forced", variants: split, account: account(1, "Boise", features.Override{FeatureID: 2, Value: on, Variant: "red"}), rule: "Override", saw: "on with the variant red"},
		{name: "weights of nothing", variants: []features.Variant{{Key: "blue"}}, account: account(1, "Boise"), rule: "Variants", saw: "blue 0%", on: true},
		{name: "defaults", mode: features.ModeDefaults, account: account(1, "Boise", set(2, off)), rule: "Override", saw: "off, but the mode is defaults", on: true},
		{name: "open", mode: features.ModeOpen, account: account(1, "Boise", set(2, off)), rule: "Mode", saw: "open", on: true},
	} {
		f := feature(2, "ai")
		f.Rollout, f.Variants, f.Default = c.rollout.Normalize(), c.variants, on
		known := catalogue([]*features.Feature{f}, nil)
		if c.mode != "" {
			known = known.InMode(c.mode)
		}
		c.who.Account = c.account
		explanation := known.Explain(f, &c.who, now())
		at := slices.IndexFunc(explanation.Steps, func(s features.Step) bool { return s.Rule == c.rule })
		if explanation.Steps[at].Saw != c.saw || explanation.Evaluation.Value.Enabled != c.on {
			t.Errorf("%s: %s saw %q and it is %v, want %q and %v", c.name, c.rule, explanation.Steps[at].Saw, explanation.Evaluation.Value, c.saw, c.on)
		}
	}
}

// What is blank in a context is not given, and what stands around a word is not of it.
func TestBlankContext(t *testing.T) {
	t.Parallel()
	boise := account(1, "Boise")
	boise.PostalCode = "M5V 2T6"
	for name, c := range map[string]struct {
		rollout features.Rollout
		who     features.Context
		want    bool
	}{
		"blank postal code":          {features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{PostalCodes: []string{"M5V"}}}, features.Context{Account: boise, PostalCode: " \t "}, true},
		"postal code of its own":     {features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{PostalCodes: []string{"M5V"}}}, features.Context{Account: boise, PostalCode: "K1A"}, false},
		"no-break space within":      {features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{PostalCodes: []string{"M5V2T6"}}}, features.Context{PostalCode: "m5v\u00a02t6"}, true},
		"an endless one":             {features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{PostalCodes: []string{"M5V"}}}, features.Context{PostalCode: "m5v" + strings.Repeat("é", 900)}, true},
		"letters beyond ASCII":       {features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{PostalCodes: []string{"é1"}}}, features.Context{PostalCode: "É 1A"}, true},
		"role among spaces":          {features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"owner"}}}, features.Context{Role: " owner "}, true},
		"blank role":                 {features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"owner"}}}, features.Context{Role: "  "}, false},
		"blank user":                 {features.Rollout{Strategy: features.ToPercentage, Percentage: features.Everyone, By: features.ByPerson}, features.Context{User: "  "}, false},
		"blank targeting key":        {features.Rollout{Strategy: features.ToPercentage, Percentage: features.Everyone}, features.Context{TargetingKey: " "}, false},
		"targeting key among spaces": {features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{AccountIDs: []string{"crm_1"}}}, features.Context{TargetingKey: " crm_1"}, true},
	} {
		f := feature(2, "ai")
		f.Rollout, f.Default = c.rollout.Normalize(), on
		if got := catalogue([]*features.Feature{f}, nil).Evaluate(f, &c.who, now()); got.Value.Enabled != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Where no variant is dealt, the value is the default's, else that of the variant that most get: of one that is off or goes
// to nobody only where there is no other.
func TestUsualValue(t *testing.T) {
	t.Parallel()
	variant := func(key, data string, on bool, weight features.Percent) features.Variant {
		return features.Variant{Key: key, Value: features.Value{Enabled: on, Data: features.JSON(data)}, Weight: weight}
	}
	for name, c := range map[string]struct {
		byDefault string
		variants  []features.Variant
		want      features.JSON
	}{
		"the default's":        {"7", []features.Variant{variant("a", "1", true, 10_000)}, "7"},
		"the heaviest":         {"", []features.Variant{variant("a", "1", true, 2000), variant("b", "2", true, 5000), variant("c", "3", true, 3000)}, "2"},
		"the first of equals":  {"", []features.Variant{variant("a", "1", true, 5000), variant("b", "2", true, 5000)}, "1"},
		"none that is off":     {"", []features.Variant{variant("a", "1", false, 9000), variant("b", "2", true, 1000)}, "2"},
		"none that nobody has": {"", []features.Variant{variant("a", "1", true, 0), variant("b", "2", true, 10_000)}, "2"},
		"one that nobody has rather than one that is off": {"", []features.Variant{variant("a", "1", false, 10_000), variant("b", "2", true, 0)}, "2"},
		"for want of another":                             {"", []features.Variant{variant("a", "1", false, 10_000), variant("b", "2", false, 0)}, "1"},
	} {
		f := feature(2, "flows")
		f.Type, f.Default.Data, f.Variants = features.IntegerType, features.JSON(c.byDefault), c.variants
		f.Rollout = features.Rollout{By: features.ByPerson}.Normalize() // nobody is given to deal to
		got := catalogue([]*features.Feature{f}, nil).Evaluate(f, &features.Context{Account: account(1, "Boise", set(2, on))}, now())
		if got.Value.Data != c.want {
			t.Errorf("%s: %+v, want %s", name, got, c.want)
		}
	}
}

// It counts the allocations of the whole process, so nothing may run beside it.
func TestEvaluateAllocatesNothing(t *testing.T) {
	for name, c := range strategies() {
		if allocations := testing.AllocsPerRun(100, func() { c.catalogue.Evaluate(c.feature, c.context, now()) }); allocations != 0 {
			t.Errorf("one evaluation of %s allocates %v times", name, allocations)
		}
	}
}

// asked is a feature of a catalogue and someone who asks for it.
type asked struct {
	catalogue *features.Catalogue
	feature   *features.Feature
	context   *features.Context
}

// strategies gives one feature of each kind, asked for by someone who comes to its last rule.
func strategies() map[string]asked {
	kinds := map[string]features.Rollout{
		"all": {}, "percentage": {Strategy: features.ToPercentage, Percentage: 9999},
		"percentage by user": {Strategy: features.ToPercentage, Percentage: 9999, By: features.ByPerson},
		"whitelist":          {Strategy: features.ToWhitelist, Target: features.Target{AccountIDs: []string{"x", "y"}, PostalCodes: []string{"98", "M5V"}}},
		"role":               {Strategy: features.ToRole, Target: features.Target{Roles: []string{"admin", "owner"}}},
	}
	all := make(map[string]asked)
	for name, rollout := range kinds {
		f := feature(3, "ai")
		f.Rollout = rollout.Normalize()
		a := account(1, "Boise", set(1, on), set(4, on), set(5, on))
		a.PostalCode = "m5v 2t6"
		all[name] = asked{catalogue([]*features.Feature{f}, nil), f, &features.Context{Account: a, User: "dana@example.com", Role: "owner"}}
	}
	dealt := all["all"]
	dealt.feature = dealt.feature.With(func(f *features.Feature) {
		f.Variants = []features.Variant{{Key: "a", Weight: 5000}, {Key: "b", Weight: 5000}}
	})
	dealt.catalogue = dealt.catalogue.With(dealt.feature)
	all["variants"] = dealt
	return all
}

func BenchmarkEvaluate(b *testing.B) {
	at := now()
	for name, c := range strategies() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.catalogue.Evaluate(c.feature, c.context, at)
			}
		})
	}
}
