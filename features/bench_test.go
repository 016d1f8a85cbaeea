package features_test

import (
	"fmt"
	"testing"

	"flagstone/features"
)

// fullSize gives 100,000 accounts with half a million overrides of ten features, their names in another order than their
// numbers.
func fullSize() *features.Live {
	const accounts = 100_000
	var registry []*features.Feature
	for id := range int64(10) {
		registry = append(registry, feature(id+1, fmt.Sprint("feature_", id)))
	}
	list := make([]*features.Account, accounts)
	for i := range list {
		name := fmt.Sprintf("%s Garage %d", []string{"Arizona", "Boise", "Cedar", "Delta"}[i%4], i*7919%accounts)
		a := features.Account{
			ID: int64(i + 1), Name: name, Slug: features.Slugify(name), TargetingKey: fmt.Sprint("crm_", i), ExternalID: fmt.Sprint("crm_", i),
			ContactEmail: "office@garage.example", Status: features.Active, TierID: int64(i * 31 % 4), Revision: int64(i),
		}
		for id := range int64(5) {
			a.Overrides = append(a.Overrides, set(1+id*2+int64(i%2), features.Value{Enabled: i%3 > 0}))
		}
		list[i] = features.NewAccount(a)
	}
	return liveWith(registry, []features.Tier{{ID: 1, Key: "free"}, {ID: 2, Key: "pro"}, {ID: 3, Key: "max"}}, list...)
}

func BenchmarkList(b *testing.B) {
	l := fullSize()
	with := func(state features.FeatureState) []features.FeatureFilter {
		return []features.FeatureFilter{{Key: "feature_4", State: state}}
	}
	for _, c := range []struct {
		name   string
		filter features.AccountFilter
	}{
		{"by name", features.AccountFilter{}},
		{"by name, reverse", features.AccountFilter{Reverse: true}},
		{"by tier", features.AccountFilter{Order: features.OrderTier}},
		{"by change", features.AccountFilter{Order: features.OrderChange}},
		{"search", features.AccountFilter{Search: "garage 123"}},
		{"tier", features.AccountFilter{Tiers: []string{"pro"}}},
		{"status", features.AccountFilter{Status: features.Suspended}},
		{"on", features.AccountFilter{Features: with(features.StateOn)}},
		{"off", features.AccountFilter{Features: with(features.StateOff)}},
		{"overridden", features.AccountFilter{Features: with(features.StateOverridden)}},
		{"inherited", features.AccountFilter{Features: with(features.StateInherited)}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := l.List(c.filter, 1, 50, now()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPlanBulk(b *testing.B) {
	l := fullSize()
	for _, action := range []features.BulkAction{features.EnableFeature, features.DisableAll, features.SetTier} {
		bulk := features.Bulk{Action: action, Selection: everybody, Tier: "pro"}
		if action == features.EnableFeature {
			bulk.Feature = "feature_4"
		}
		b.Run(string(action), func(b *testing.B) {
			for b.Loop() {
				if _, err := l.PlanBulk(bulk, now()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEffects(b *testing.B) {
	l := fullSize()
	changed := l.Catalogue().Features()[0].With(func(f *features.Feature) {
		f.Default = on
		f.Rollout = features.Rollout{Strategy: features.ToPercentage, Percentage: 2500}.Normalize()
	})
	for b.Loop() {
		effectOf(l, changed)
	}
}
