package features_test

import (
	"math/rand/v2"
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

// catalogue gives a catalogue in mode live.
func catalogue(registry []*features.Feature, tiers []features.Tier) *features.Catalogue {
	return features.NewCatalogue(features.Registry{
		Features: registry, Tiers: tiers, Settings: features.Settings{Mode: features.ModeLive, StaleDays: 30}, Revision: 1,
	})
}

// liveWith gives a live state with a catalogue and accounts.
func liveWith(registry []*features.Feature, tiers []features.Tier, accounts ...*features.Account) *features.Live {
	l := features.NewLive()
	l.Apply(features.Batch{Position: 1, Accounts: accounts, Catalogue: catalogue(registry, tiers)})
	return l
}

// liveOf gives a live state with a catalogue and accounts.
func liveOf(c *features.Catalogue, accounts ...*features.Account) *features.Live {
	l := features.NewLive()
	l.Apply(features.Batch{Position: 1, Accounts: accounts, Catalogue: c})
	return l
}

// contextIn gives someone who asks for an account; nil for one that is not known.
func contextIn(r *rand.Rand, a *features.Account) *features.Context {
	return &features.Context{
		Account: a, TargetingKey: []string{"", "account-7"}[r.IntN(2)], User: []string{"", "user-1", "user-5"}[r.IntN(3)],
		Role: []string{"", "owner", "clerk"}[r.IntN(3)], PostalCode: []string{"", "", "m5v 1a1", "K1A"}[r.IntN(4)],
	}
}
