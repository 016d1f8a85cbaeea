package registry_test

import (
	"errors"
	"slices"
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

// integer is a value of a typed feature that is on.
func integer(data features.JSON) features.Value { return features.Value{Enabled: true, Data: data} }

// feature returns a feature in use that is off by default.
func feature(id int64, key string) *features.Feature {
	return &features.Feature{ID: id, Key: key, Name: "Feature " + key, Active: true, Enabled: true, DisplayOrder: int(id)}
}

// account returns an active account with overrides.
func account(id int64, name string, overrides ...features.Override) *features.Account {
	slug := features.Slugify(name)
	return features.NewAccount(features.Account{
		ID: id, TargetingKey: slug, Slug: slug, Name: name, Status: features.Active, Overrides: overrides,
	})
}

func set(featureID int64, value features.Value) features.Override {
	return features.Override{FeatureID: featureID, Value: value}
}

// liveWith returns a live state with a catalogue in mode live, and accounts.
func liveWith(list []*features.Feature, tiers []features.Tier, accounts ...*features.Account) *features.Live {
	return liveOf(features.NewCatalogue(features.Registry{
		Features: list, Tiers: tiers, Settings: features.Settings{Mode: features.ModeLive, StaleDays: 30}, Revision: 1,
	}), accounts...)
}

func liveOf(c *features.Catalogue, accounts ...*features.Account) *features.Live {
	l := features.NewLive()
	l.Apply(features.Batch{Position: 1, Accounts: accounts, Catalogue: c})
	return l
}

// wantProblems checks at which places an input is refused.
func wantProblems(t *testing.T, what string, err error, places ...string) {
	t.Helper()
	var problems features.Problems
	errors.As(err, &problems)
	var got []string
	for _, p := range problems {
		got = append(got, p.Field)
	}
	if !slices.Equal(got, places) {
		t.Errorf("%s is refused at %q (%v), want %q", what, got, err, places)
	}
}
