package features_test

import (
	"fmt"
	"strings"
	"testing"

	"flagstone/features"
)

func TestTierFeatures(t *testing.T) {
	t.Parallel()
	flows := feature(1, "flows")
	flows.Type, flows.Constraints.Min = features.IntegerType, bound(0)
	pro, free := features.Tier{ID: 2, Key: "pro", Name: "Pro", Position: 2}, features.Tier{ID: 1, Key: "free", Name: "Free", Position: 1}
	ten := features.TierFeature{TierID: 1, FeatureID: 1, Value: features.Value{Enabled: true, Data: "10"}, AllowOverride: true}
	locked := features.TierFeature{TierID: 2, FeatureID: 2, Value: on}
	c := features.NewCatalogue(features.Registry{
		Features: []*features.Feature{flows, feature(2, "hooks")}, Tiers: []features.Tier{pro, free},
		TierFeatures: []features.TierFeature{locked, ten, {TierID: 9, FeatureID: 1}, {TierID: 1, FeatureID: 9}},
	})
	hooks := c.Features()[1]
	if got := c.TierFeatures(); len(got) != 2 || got[0] != ten || got[1] != locked {
		t.Errorf("listed are %+v", got)
	}
	if got, ok := c.TierFeature(1, flows); !ok || got != ten || c.Locks(1, flows) || !c.Locks(2, hooks) || c.Locks(1, hooks) {
		t.Errorf("free lists %+v, %v", got, ok)
	}
	if _, ok := c.TierFeature(1, feature(5, "other")); ok {
		t.Error("a feature is listed that is not there")
	}
	if got := c.Differing(1, 2); strings.Join(got, " ") != "flows hooks" || c.Differing(0, 9) != nil {
		t.Errorf("free and pro differ in %v", got)
	}
	twenty := ten
	twenty.Value.Data = "20"
	if got, _ := c.WithTierFeatures(twenty).TierFeature(1, flows); got != twenty {
		t.Errorf("it would list %+v", got)
	}
	if _, ok := c.WithoutTierFeatures(ten).TierFeature(1, flows); ok {
		t.Error("it would still list it")
	}
	a := account(1, "Boise", set(2, off))
	if e := c.Evaluate(hooks, &features.Context{Account: a.InTier(2)}, now()); e.Source != features.SourceTier || !e.Value.Enabled {
		t.Errorf("an override where the tier locks counts: %+v", e)
	}
	for tier, want := range map[int64]string{
		0: "the account has no tier", 1: "Free does not list it", 2: "Pro sets it to on, locked",
	} {
		steps := c.Explain(hooks, &features.Context{Account: a.InTier(tier)}, now()).Steps
		if steps[6].Rule != "Tier" || steps[6].Saw != want {
			t.Errorf("in tier %d: %+v, want %q", tier, steps[6], want)
		}
		if sleeps := strings.Contains(steps[4].Saw, "it is inactive: the tier Pro locks the feature"); sleeps != (tier == 2) {
			t.Errorf("in tier %d the override: %q", tier, steps[4].Saw)
		}
	}
	if steps := c.Explain(flows, &features.Context{Account: a.InTier(1)}, now()).Steps; steps[6].Saw != "Free sets it to 10" {
		t.Errorf("the tier: %q", steps[6].Saw)
	}
	if got := a.Without(2); len(got.Overrides) != 0 || len(a.Overrides) != 1 {
		t.Errorf("without its override it has %+v", got.Overrides)
	}
}

func TestTierFeatureCheck(t *testing.T) {
	t.Parallel()
	flows := feature(1, "flows")
	flows.Type, flows.Constraints.Min = features.IntegerType, bound(0)
	for _, c := range []struct {
		listed features.TierFeature
		want   string
	}{
		{features.TierFeature{Value: features.Value{Enabled: true, Data: "1"}, AllowOverride: true, AllowUpgrade: true}, "<nil>"},
		{features.TierFeature{Value: features.Value{Enabled: true, Data: "-1"}}, "value: -1 is less than the minimum, 0."},
		{features.TierFeature{AllowUpgrade: true}, "allow_upgrade: An approved upgrade is an override: allow overrides of Feature flows too, or disable its upgrade requests."},
	} {
		if got := fmt.Sprint(c.listed.Check(flows)); got != c.want {
			t.Errorf("%+v: %s", c.listed, got)
		}
	}
}

// The rows of the case table of docs/evaluation.md §13 that take a tier or a value.
func TestCaseTableOfTiers(t *testing.T) {
	t.Parallel()
	number := func(data features.JSON) features.Value { return features.Value{Enabled: true, Data: data} }
	dealt := []features.Variant{{Key: "a", Value: number("77"), Weight: features.Everyone}}
	for _, c := range []struct {
		name      string
		variants  []features.Variant
		byDefault features.Value
		listed    *features.TierFeature
		overrides []features.Override
		mode      features.Mode
		want      features.Evaluation
	}{
		{
			name: "locked tier says off + older override on", listed: &features.TierFeature{Value: off},
			overrides: []features.Override{set(1, number("5"))}, want: features.Evaluation{Source: features.SourceTier},
		},
		{
			name: "tier gives a value, variants exist", variants: dealt, listed: &features.TierFeature{Value: number("50"), AllowOverride: true},
			want: features.Evaluation{Value: number("50"), Source: features.SourceTier},
		},
		{
			name: "tier says on without value, variants exist", variants: dealt, listed: &features.TierFeature{Value: on, AllowOverride: true},
			want: features.Evaluation{Value: number("77"), Variant: "a", Source: features.SourceTier},
		},
		{
			name: "override on without value, variants exist", variants: dealt, overrides: []features.Override{set(1, on)},
			want: features.Evaluation{Value: number("77"), Variant: "a", Source: features.SourceOverride},
		},
		{
			name: "mode open, an integer feature: the account's own value", mode: features.ModeOpen, byDefault: number("10"),
			overrides: []features.Override{set(1, number("5"))}, want: features.Evaluation{Value: number("5"), Source: features.SourceMode},
		},
		{
			name: "mode open, an integer feature: the tier's value", mode: features.ModeOpen, byDefault: number("10"),
			listed: &features.TierFeature{Value: number("50"), AllowOverride: true}, want: features.Evaluation{Value: number("50"), Source: features.SourceMode},
		},
		{
			name: "mode open, an integer feature: off, so the default's", mode: features.ModeOpen, byDefault: features.Value{Data: "10"},
			overrides: []features.Override{set(1, off)}, want: features.Evaluation{Value: number("10"), Source: features.SourceMode},
		},
		{
			name: "mode defaults: no override", mode: features.ModeDefaults, listed: &features.TierFeature{Value: number("50"), AllowOverride: true},
			overrides: []features.Override{set(1, number("5"))}, want: features.Evaluation{Value: number("50"), Source: features.SourceTier},
		},
		{name: "off keeps no value", byDefault: features.Value{Data: "10"}, want: features.Evaluation{Source: features.SourceDefault}},
	} {
		f := feature(1, "flows")
		f.Type, f.Variants, f.Default = features.IntegerType, c.variants, c.byDefault
		registry := features.Registry{
			Features: []*features.Feature{f}, Tiers: []features.Tier{{ID: 3, Key: "pro", Name: "Pro"}},
			Settings: features.Settings{Mode: features.ModeLive},
		}
		if c.mode != "" {
			registry.Settings.Mode = c.mode
		}
		if c.listed != nil {
			c.listed.TierID, c.listed.FeatureID = 3, 1
			registry.TierFeatures = []features.TierFeature{*c.listed}
		}
		who := &features.Context{Account: account(1, "Boise", c.overrides...).InTier(3)}
		if got := features.NewCatalogue(registry).Evaluate(f, who, now()); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestTierChecks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"a tier":         {features.Tier{Key: "a-1", Name: "A"}.Validate(), "<nil>"},
		"a tier trimmed": {features.Tier{Key: " pro ", Name: " A ", Description: " b "}.Normalize().Validate(), "<nil>"},
		"a taken word":   {features.Tier{Key: "none", Name: "A"}.Validate(), "key: This key is reserved for accounts without a tier. Choose another, such as none-1."},
		"a far tier":     {features.Tier{Key: "a", Name: "A", Position: 1_000_001}.Validate(), "order: Enter a whole number of at most 1,000,000."},
		"a bad tier":     {features.Tier{Key: "A", Description: "\x00"}.Validate(), "key: Enter a key of lower-case letters, digits, hyphens and underscores, such as pro.; name: Enter a name.; description: Use printable characters only."},
	} {
		if got := fmt.Sprint(c.err); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
