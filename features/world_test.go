package features_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"flagstone/features"
	"flagstone/features/featurestest"
)

// now is the fixed clock of these tests.
func now() time.Time { return featurestest.Now() }

// on and off are the values of a boolean feature.
var (
	on  = features.Value{Enabled: true}
	off = features.Value{Enabled: false}
)

// feature gives a feature in use that is off by default.
func feature(id int64, key string) *features.Feature {
	return &features.Feature{ID: id, Key: key, Name: "Feature " + key, Active: true, Enabled: true, DisplayOrder: int(id)}
}

// account gives an active account with overrides.
func account(id int64, name string, overrides ...features.Override) *features.Account {
	slug := features.Slugify(name)
	return features.NewAccount(features.Account{
		ID: id, TargetingKey: slug, Slug: slug, Name: name, Status: features.Active, Overrides: overrides,
	})
}

func set(featureID int64, value features.Value) features.Override {
	return features.Override{FeatureID: featureID, Value: value}
}

// liveWith gives a live state with a catalogue and accounts.
func liveWith(registry []*features.Feature, tiers []features.Tier, accounts ...*features.Account) *features.Live {
	l := features.NewLive()
	l.Apply(features.Batch{Position: 1, Accounts: accounts, Catalogue: features.NewCatalogue(registry, tiers, 1)})
	return l
}

// randomWorld gives some features, tiers and accounts in all the states there are.
func randomWorld(r *rand.Rand) (registry []*features.Feature, tiers []features.Tier, accounts []*features.Account) {
	for id := range int64(1 + r.IntN(5)) {
		f := feature(id+1, fmt.Sprintf("feature_%d", id+1))
		f.Active, f.Enabled, f.Default.Enabled = r.IntN(6) > 0, r.IntN(4) > 0, r.IntN(2) > 0
		registry = append(registry, f)
	}
	for id := range int64(r.IntN(4)) {
		tiers = append(tiers, features.Tier{ID: id + 1, Key: fmt.Sprintf("tier_%d", id+1), Position: r.IntN(3)})
	}
	for id := range int64(r.IntN(30)) {
		a := features.Account{ID: id + 1, Name: fmt.Sprintf("Account %d", r.IntN(20)), Status: features.Active, Revision: r.Int64N(9)}
		a.Slug = fmt.Sprintf("account-%d", id+1)
		a.TargetingKey, a.TierID = a.Slug, r.Int64N(int64(len(tiers))+1)
		if r.IntN(5) == 0 {
			a.Status = features.Suspended
		}
		for _, f := range registry {
			if r.IntN(2) == 0 {
				o := features.Override{FeatureID: f.ID, Value: features.Value{Enabled: r.IntN(2) == 0}, Revision: r.Int64N(20)}
				o.ExpiresAt = []int64{0, 0, now().UnixMilli() - 1, now().UnixMilli(), now().UnixMilli() + 1}[r.IntN(5)]
				a.Overrides = append(a.Overrides, o)
			}
		}
		accounts = append(accounts, features.NewAccount(a))
	}
	return registry, tiers, accounts
}

// eachWorld runs a property in many random worlds, each from a seed that its name tells.
func eachWorld(t *testing.T, property func(t *testing.T, r *rand.Rand)) {
	t.Helper()
	for seed := range uint64(300) {
		property(t, rand.New(rand.NewPCG(seed, 1)))
		if t.Failed() {
			t.Fatalf("with the seed %d", seed)
		}
	}
}
