package featurestest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"flagstone/features"
)

// RandomWorld gives some features, tiers and accounts in all the states there are, in mode live.
func RandomWorld(r *rand.Rand) (c *features.Catalogue, accounts []*features.Account) {
	registry := RandomFeatures(r)
	c, tiers := RandomTiers(r, registry)
	return RandomLinks(r, c), RandomAccounts(r, registry, tiers)
}

// RandomFeatures returns features of every kind, without links.
func RandomFeatures(r *rand.Rand) (registry []*features.Feature) {
	for id := range int64(1 + r.IntN(6)) {
		f := feature(id + 1)
		f.DisplayOrder = r.IntN(4)
		f.Active, f.Enabled, f.Default.Enabled = r.IntN(6) > 0, r.IntN(4) > 0, r.IntN(2) > 0
		f.Rollout, f.Variants = RandomRollout(r), RandomVariants(r)
		if r.IntN(3) == 0 {
			f.Type, f.Default.Data = features.IntegerType, RandomData(r)
			for i := range f.Variants {
				f.Variants[i].Value.Data = RandomData(r)
			}
		}
		registry = append(registry, f)
	}
	return registry
}

// RandomData returns the data of an integer feature.
func RandomData(r *rand.Rand) features.JSON { return []features.JSON{"1", "10", "-7"}[r.IntN(3)] }

// RandomValue gives a value that a feature may have.
func RandomValue(r *rand.Rand, f *features.Feature) features.Value {
	v := features.Value{Enabled: r.IntN(2) == 0}
	supplied := slices.ContainsFunc(f.Variants, func(v features.Variant) bool { return v.Value.Enabled })
	if f.Type == features.IntegerType && (!supplied || r.IntN(2) == 0) {
		v.Data = RandomData(r)
	}
	return v
}

// RandomTiers gives a catalogue with up to three tiers that list some of the features.
func RandomTiers(r *rand.Rand, registry []*features.Feature) (*features.Catalogue, []features.Tier) {
	var tiers []features.Tier
	var tierFeatures []features.TierFeature
	for id := range int64(r.IntN(4)) {
		tiers = append(tiers, features.Tier{ID: id + 1, Key: fmt.Sprintf("tier_%d", id+1), Name: "Tier", Position: r.IntN(3)})
		for _, f := range registry {
			if r.IntN(2) == 0 {
				tierFeatures = append(tierFeatures, features.TierFeature{TierID: id + 1, FeatureID: f.ID, Value: RandomValue(r, f), AllowOverride: r.IntN(3) > 0})
			}
		}
	}
	return features.NewCatalogue(features.Registry{
		Features: registry, Tiers: tiers, TierFeatures: tierFeatures, Settings: features.Settings{Mode: features.ModeLive, StaleDays: 30}, Revision: 1,
	}), tiers
}

// RandomLinks links the features of a catalogue as far as that is allowed.
func RandomLinks(r *rand.Rand, c *features.Catalogue) *features.Catalogue {
	list := c.Features()
	for range r.IntN(2 * len(list)) {
		from, to := list[r.IntN(len(list))], list[r.IntN(len(list))]
		was, err := c.Feature(from.Key)
		if err != nil {
			panic(err)
		}
		if slices.Contains(append(was.DependsOn, was.ConflictsWith...), to.Key) {
			continue
		}
		linked := c.With(was.With(func(f *features.Feature) {
			if r.IntN(5) < 3 {
				f.DependsOn = append(slices.Clone(f.DependsOn), to.Key)
			} else {
				f.ConflictsWith = append(slices.Clone(f.ConflictsWith), to.Key)
			}
		}))
		if linked.CheckLinks(from.Key) == nil {
			c = linked
		}
	}
	return c
}

// RandomAccounts returns accounts with overrides of some of the features, in some of the tiers.
func RandomAccounts(r *rand.Rand, registry []*features.Feature, tiers []features.Tier) (accounts []*features.Account) {
	for id := range int64(r.IntN(30)) {
		a := features.Account{ID: id + 1, Name: fmt.Sprintf("Account %d", r.IntN(20)), Status: features.Active, Revision: r.Int64N(9)}
		a.Slug = fmt.Sprintf("account-%d", id+1)
		a.TargetingKey, a.TierID = a.Slug, r.Int64N(int64(len(tiers))+1)
		if r.IntN(5) == 0 {
			a.Status = features.Suspended
		}
		a.PostalCode = []string{"", "M5V 2T6", "m5v2t7", "98101"}[r.IntN(4)]
		for _, f := range registry {
			if r.IntN(2) == 0 {
				o := features.Override{FeatureID: f.ID, Value: RandomValue(r, f), Revision: r.Int64N(20)}
				o.ExpiresAt = []int64{0, 0, Now().UnixMilli() - 1, Now().UnixMilli(), Now().UnixMilli() + 1}[r.IntN(5)]
				if o.Value.Enabled && r.IntN(4) == 0 {
					o.Variant, o.Value.Data = []string{"a", "b", "gone"}[r.IntN(3)], "" // a variant brings its own value
				}
				a.Overrides = append(a.Overrides, o)
			}
		}
		accounts = append(accounts, features.NewAccount(a))
	}
	return accounts
}

// RandomRollout gives a release rule of any kind, over the few names that the world's accounts and people have.
func RandomRollout(r *rand.Rand) features.Rollout {
	some := func(names ...string) (chosen []string) {
		for _, name := range names {
			if r.IntN(3) == 0 {
				chosen = append(chosen, name)
			}
		}
		return chosen
	}
	return features.Rollout{
		Strategy:   features.Strategies()[r.IntN(4)],
		Percentage: []features.Percent{0, 1, 1000, 5000, 9999, features.Everyone}[r.IntN(6)],
		By:         []features.Subject{features.ByAccount, features.ByPerson}[r.IntN(2)],
		Target: features.Target{
			AccountIDs: some("account-1", "account-2", "account-7"), UserIDs: some("user-1", "user-2", "user-9"),
			PostalCodes: some("M5V", "981"), Roles: some("owner", "mechanic"),
		},
	}.Normalize()
}

// RandomVariants gives up to three variants, whose weights are tenths so that dealtUsers meets every share.
func RandomVariants(r *rand.Rand) []features.Variant {
	if r.IntN(2) == 0 {
		return nil
	}
	one, two := r.IntN(11), 0
	if r.IntN(3) == 0 {
		two = r.IntN(11 - one)
	}
	variants := make([]features.Variant, 0, 3)
	for i, tenths := range []int{one, 10 - one - two, two} {
		if i < 2 || two > 0 {
			variants = append(variants, features.Variant{
				Key: string(rune('a' + i)), Value: features.Value{Enabled: r.IntN(3) > 0}, Weight: features.Percent(tenths) * features.Everyone / 10,
			})
		}
	}
	return variants
}

// RandomPeople gives members of the accounts: user-1 and so on, each in up to three of them.
func RandomPeople(r *rand.Rand, accounts []*features.Account) (users []*features.User) {
	for id := range int64(r.IntN(12)) {
		u := &features.User{ID: id + 1, Name: fmt.Sprint("Person ", id%5), ExternalID: fmt.Sprint("user-", id+1), Disabled: r.IntN(6) == 0}
		for _, a := range accounts {
			if len(u.Memberships) < 3 && r.IntN(4) == 0 {
				u.Memberships = append(u.Memberships, features.Membership{AccountID: a.ID, Role: []string{"owner", "mechanic", "clerk"}[r.IntN(3)]})
			}
		}
		users = append(users, u)
	}
	return users
}

// RandomMode gives a catalogue in any mode.
func RandomMode(r *rand.Rand, c *features.Catalogue) *features.Catalogue {
	return c.InMode(features.Modes()[r.IntN(3)])
}

// feature returns a feature in use that is off by default.
func feature(id int64) *features.Feature {
	key := fmt.Sprintf("feature_%d", id)
	return &features.Feature{ID: id, Key: key, Name: "Feature " + key, Active: true, Enabled: true}
}

// EachWorld runs a property in many random worlds, each from a seed that its name tells.
func EachWorld(t *testing.T, property func(t *testing.T, r *rand.Rand)) {
	t.Helper()
	Worlds(t, 300, property)
}

// Worlds runs a property in a number of random worlds.
func Worlds(t *testing.T, count uint64, property func(t *testing.T, r *rand.Rand)) {
	t.Helper()
	for seed := range count {
		property(t, rand.New(rand.NewPCG(seed, 1)))
		if t.Failed() {
			t.Fatalf("with the seed %d", seed)
		}
	}
}
