package features_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"flagstone/features"
	"flagstone/features/featurestest"
)

func TestPrecedence(t *testing.T) {
	t.Parallel()
	for _, c := range featurestest.Cases(t) {
		got := features.Evaluate(&c.Feature, &features.Context{Account: c.Account}, featurestest.Now())
		if got != c.Want {
			t.Errorf("%s: got %+v, want %+v", c.Name, got, c.Want)
		}
	}
}

func TestExplainAgreesWithEvaluate(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, r *rand.Rand) {
		registry, _, accounts := randomWorld(r)
		for _, a := range append(accounts, nil) {
			for _, f := range registry {
				checkExplanation(t, f, &features.Context{Account: a})
			}
		}
	})
}

// checkExplanation holds an explanation against the evaluation: one rule decided, it gave the source, and the rules
// behind it were not reached.
func checkExplanation(t *testing.T, f *features.Feature, context *features.Context) {
	t.Helper()
	explanation := features.Explain(f, context, now())
	if explanation.Feature != f || explanation.Evaluation != features.Evaluate(f, context, now()) {
		t.Errorf("the explanation is of %+v, want %+v", explanation.Evaluation, features.Evaluate(f, context, now()))
	}
	rules := []string{"In use", "Kill switch", "Override", "Default"}
	sources := []features.Source{features.SourceInactive, features.SourceDisabled, features.SourceOverride, features.SourceDefault}
	decided := -1
	for i, step := range explanation.Steps {
		if step.Rule != rules[i] || step.Saw == "" {
			t.Errorf("step %d is %+v, want the rule %s and what it saw", i, step, rules[i])
		}
		if step.Reached != (decided < 0) {
			t.Errorf("step %d: reached is %v behind the deciding step %d", i, step.Reached, decided)
		}
		if step.Decided {
			if decided >= 0 {
				t.Error("two steps decided")
			}
			decided = i
		}
	}
	if len(explanation.Steps) != len(rules) || decided < 0 || sources[decided] != explanation.Evaluation.Source {
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
			[]string{"feature and account are active", "on", "none", "off"},
			`Off by rule "Default": off.`,
		},
		{
			"unknown account", standard, nil,
			[]string{"feature and account are active", "on", "no account is known", "on"},
			`On by rule "Default": on.`,
		},
		{
			"retired", retired, account(1, "Boise"),
			[]string{"the feature is retired", "on", "none", "off"},
			`Off by rule "In use": the feature is retired.`,
		},
		{
			"suspended", feature(2, "ai"), suspended,
			[]string{"the account is suspended", "on", "none", "off"},
			`Off by rule "In use": the account is suspended.`,
		},
		{
			"killed", killed, account(1, "Boise", set(2, on)),
			[]string{"feature and account are active", "off", "on", "off"},
			`Off by rule "Kill switch": off.`,
		},
		{
			"override for good", standard, account(1, "Boise", set(1, on), set(2, off), set(3, on)),
			[]string{"feature and account are active", "on", "off", "on"},
			`Off by rule "Override": off.`,
		},
		{
			"override for a time", feature(2, "ai"), account(1, "Boise", features.Override{FeatureID: 2, Value: on, ExpiresAt: until}),
			[]string{"feature and account are active", "on", "on until 2 May 2026 00:00 UTC", "off"},
			`On by rule "Override": on until 2 May 2026 00:00 UTC.`,
		},
		{
			"expired override", standard, account(1, "Boise", features.Override{FeatureID: 2, Value: off, ExpiresAt: expired}),
			[]string{"feature and account are active", "on", "one that expired 30 Apr 2026 12:30 UTC", "on"},
			`On by rule "Default": on.`,
		},
	} {
		explanation := features.Explain(c.feature, &features.Context{Account: c.account}, now())
		var saw []string
		for _, step := range explanation.Steps {
			saw = append(saw, step.Saw)
		}
		if strings.Join(saw, "|") != strings.Join(c.saw, "|") {
			t.Errorf("%s: the rules saw %q, want %q", c.name, saw, c.saw)
		}
		if got := explanation.Sentence(); got != c.sentence {
			t.Errorf("%s: got %q, want %q", c.name, got, c.sentence)
		}
	}
}

// It counts the allocations of the whole process, so nothing may run beside it.
func TestEvaluateAllocatesNothing(t *testing.T) {
	f, context := feature(3, "ai"), &features.Context{Account: account(1, "Boise", set(1, on), set(3, on), set(5, on))}
	if allocations := testing.AllocsPerRun(100, func() { features.Evaluate(f, context, now()) }); allocations != 0 {
		t.Errorf("one evaluation allocates %v times", allocations)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	f, context, at := feature(3, "ai"), &features.Context{Account: account(1, "Boise", set(1, on), set(3, on), set(5, on))}, now()
	b.ReportAllocs()
	for b.Loop() {
		features.Evaluate(f, context, at)
	}
}
