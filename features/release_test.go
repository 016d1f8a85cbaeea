package features_test

import (
	"testing"

	"flagstone/features"
)

func TestReleaseGives(t *testing.T) {
	t.Parallel()
	tiers := []features.Tier{{ID: 1, Key: "free", Name: "Free", Position: 1}, {ID: 2, Key: "pro", Name: "Pro", Position: 2}}
	listed := func(tier int64, v features.Value) features.TierFeature {
		return features.TierFeature{TierID: tier, FeatureID: 1, Value: v, AllowOverride: true}
	}
	variant := func(v features.Value, weight features.Percent) features.Variant {
		return features.Variant{Key: "a", Value: v, Weight: weight}
	}
	for name, c := range map[string]struct {
		byDefault features.Value
		variants  []features.Variant
		listed    []features.TierFeature
		gives     bool
		tiers     int
	}{
		"off by default":                  {},
		"on by default":                   {byDefault: on, gives: true},
		"a variant is on":                 {variants: []features.Variant{variant(off, 5000), variant(on, 5000)}, gives: true},
		"a variant that nobody is dealt":  {variants: []features.Variant{variant(off, 10_000), variant(on, 0)}},
		"a default beneath variants":      {byDefault: on, variants: []features.Variant{variant(off, 10_000)}},
		"a tier gives it":                 {listed: []features.TierFeature{listed(1, off), listed(2, on)}, gives: true, tiers: 1},
		"every tier that lists it is off": {listed: []features.TierFeature{listed(1, off)}},
	} {
		f := feature(1, "ai")
		f.Default, f.Variants = c.byDefault, c.variants
		catalogue := features.NewCatalogue(features.Registry{Features: []*features.Feature{f}, Tiers: tiers, TierFeatures: c.listed})
		if got := catalogue.ReleaseGives(f); got != c.gives {
			t.Errorf("%s: gives %v", name, got)
		}
		if got := catalogue.TiersGiving(f); len(got) != c.tiers {
			t.Errorf("%s: given by %v", name, got)
		}
	}
}
