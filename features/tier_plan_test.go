package features_test

import (
	"fmt"
	"strings"
	"testing"

	"flagstone/features"
)

// plansWorld has two tiers, a number and a switch that needs it, and one account in each tier.
func plansWorld() *features.Live {
	low := int64(0)
	flows, hooks := feature(1, "flows"), feature(2, "hooks")
	flows.Type, flows.Constraints, flows.Default = features.IntegerType, features.Constraints{Min: &low}, features.Value{Enabled: true, Data: "5"}
	hooks.Default, hooks.DependsOn = on, []string{"flows"}
	free, pro := account(1, "Free one"), account(2, "Pro one")
	return liveWith([]*features.Feature{flows, hooks}, []features.Tier{{ID: 1, Key: "free", Name: "Free"}, {ID: 2, Key: "pro", Name: "Pro"}},
		free.InTier(1), pro.InTier(2))
}

func TestPlanTiers(t *testing.T) {
	t.Parallel()
	l := plansWorld()
	fifty := features.Value{Enabled: true, Data: "50"}
	for name, c := range map[string]struct {
		edits   []features.TierEdit
		effect  string
		summary string
	}{
		"a value": {
			[]features.TierEdit{{Tier: "pro", Feature: "flows", Value: fifty, AllowOverride: true}},
			"flows: 0 gain, 0 lose, 1 change; hooks: 0 gain, 0 lose, 0 change; ", "Set Feature flows to 50 in Pro",
		},
		"off, which reaches what needs it": {
			[]features.TierEdit{{Tier: "pro", Feature: "flows", AllowOverride: true}},
			"flows: 0 gain, 1 lose, 0 change; hooks: 0 gain, 1 lose, 0 change; ", "Switched Feature flows off in Pro",
		},
		"two": {
			[]features.TierEdit{{Tier: "pro", Feature: "hooks"}, {Tier: "free", Feature: "hooks"}, {Tier: "pro", Feature: "flows", Clear: true}},
			"hooks: 0 gain, 2 lose, 0 change; ", "Changed 2 values in Pro, Free",
		},
		"nothing": {[]features.TierEdit{{Tier: "pro", Feature: "flows", Clear: true}}, "", "Changed 0 values in "},
	} {
		plan, err := l.PlanTiers(c.edits, now())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		effect := ""
		for _, e := range plan.Effects {
			effect += fmt.Sprintf("%s: %d gain, %d lose, %d change; ", e.Feature.Key, len(e.Gain), len(e.Lose), len(e.Change))
		}
		if len(plan.Words()) == 0 && plan.Effects != nil {
			t.Errorf("%s: no words for %+v", name, plan.Edits)
		}
		if effect != c.effect || plan.Summary() != c.summary {
			t.Errorf("%s: %s %s", name, effect, plan.Summary())
		}
		again, _ := l.PlanTiers(c.edits, now())
		other, _ := l.PlanTiers(append(c.edits, features.TierEdit{Tier: "free", Feature: "flows", Value: fifty}), now())
		if again.Digest != plan.Digest || other.Digest == plan.Digest {
			t.Errorf("%s: the digests are %s, %s and %s", name, plan.Digest, again.Digest, other.Digest)
		}
	}
}

func TestPlanTiersRefuses(t *testing.T) {
	t.Parallel()
	l := plansWorld()
	for want, edits := range map[string][]features.TierEdit{
		`There is no tier with the key "gold".`:    {{Tier: "gold", Feature: "flows"}},
		`There is no feature with the key "none".`: {{Tier: "pro", Feature: "none"}},
		"pro/flows/value: This cell is edited twice. Keep one of the edits.": {
			{Tier: "pro", Feature: "flows", Clear: true}, {Tier: "pro", Feature: "flows", Value: features.Value{Enabled: true, Data: "5"}},
		},
		"pro/flows/value: -1 is less than the minimum, 0.; pro/hooks/allow_upgrade: An approved upgrade is an override: allow overrides of Feature hooks too, or disable its upgrade requests.": {
			{Tier: "pro", Feature: "flows", Value: features.Value{Enabled: true, Data: "-1"}}, {Tier: "pro", Feature: "hooks", AllowUpgrade: true},
		},
	} {
		if _, err := l.PlanTiers(edits, now()); fmt.Sprint(err) != want {
			t.Errorf("refused is %v, want %s", err, want)
		}
	}
}

func TestTierPlanSummaries(t *testing.T) {
	t.Parallel()
	l := plansWorld()
	flows := features.TierFeature{TierID: 2, FeatureID: 1, Value: features.Value{Enabled: true, Data: "50"}, AllowOverride: true}
	for want, c := range map[string]struct {
		was features.TierFeature
		is  features.TierEdit
	}{
		"Removed Feature flows from Pro":                    {flows, features.TierEdit{Clear: true}},
		"Locked Feature flows in Pro":                       {flows, features.TierEdit{Value: flows.Value}},
		"Allowed upgrade requests for Feature flows in Pro": {flows, features.TierEdit{Value: flows.Value, AllowOverride: true, AllowUpgrade: true}},
		"Allowed overrides of Feature flows in Pro": {
			features.TierFeature{TierID: 2, FeatureID: 1, Value: flows.Value}, features.TierEdit{Value: flows.Value, AllowOverride: true},
		},
		"Disabled upgrade requests for Feature flows in Pro": {
			features.TierFeature{TierID: 2, FeatureID: 1, Value: flows.Value, AllowOverride: true, AllowUpgrade: true},
			features.TierEdit{Value: flows.Value, AllowOverride: true},
		},
	} {
		l.Apply(features.Batch{Position: l.Position() + 1, Catalogue: l.Catalogue().WithTierFeatures(c.was)})
		c.is.Tier, c.is.Feature = "pro", "flows"
		plan, err := l.PlanTiers([]features.TierEdit{c.is}, now())
		if words := strings.Join(plan.Words(), ""); err == nil && words != map[bool]string{true: "the default in Pro", false: "50 in Pro"}[c.is.Clear] {
			t.Errorf("%s in words: %s", want, words)
		}
		if err != nil || plan.Summary() != want {
			t.Errorf("the summary is %q, %v: want %q", plan.Summary(), err, want)
		}
	}
}
