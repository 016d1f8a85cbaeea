package features_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/cespare/xxhash/v2"

	"flagstone/features"
)

// dealtUsers gives users whom a feature deals variants to, of each tenth of the buckets one from each twentieth of
// those by which variants are dealt again.
func dealtUsers(key string) []string {
	users, _ := knownUsers.LoadOrStore(key, sync.OnceValue(func() []string {
		var found []string
		met := map[[2]uint64]bool{}
		for i := 0; len(met) < 10*20; i++ {
			user := fmt.Sprint("dealt-", i)
			cell := [2]uint64{xxhash.Sum64String(key+"#"+user) % 10_000 / 1000, xxhash.Sum64String(key+"~"+user) % 10_000 / 500}
			if !met[cell] {
				met[cell] = true
				found = append(found, user)
			}
		}
		return found
	}))
	return users.(func() []string)()
}

var knownUsers sync.Map // feature key -> its users

// asking is a feature of a catalogue as an account's users are asked about it.
type asking struct {
	catalogue *features.Catalogue
	feature   *features.Feature
	alone     *features.Catalogue // without links and released to everyone
}

func askingOf(c *features.Catalogue, key string) *asking {
	f, err := c.Feature(key)
	if err != nil {
		return nil
	}
	registry := c.Registry()
	registry.Features = []*features.Feature{f.With(func(f *features.Feature) {
		f.Links = features.Links{}
		f.Rollout = features.Rollout{By: f.Rollout.By}.Normalize()
	})}
	return &asking{c, f, features.NewCatalogue(registry)}
}

func (a *asking) state(who *features.Account) features.State {
	if a == nil || who == nil {
		return features.Off
	}
	return a.catalogue.State(a.feature, who, now())
}

func (a *asking) person(who *features.Context) features.Evaluation {
	if a == nil || who.Account == nil {
		return features.Evaluation{}
	}
	return a.catalogue.Evaluate(a.feature, who, now())
}

func (a *asking) dealsByUser() bool {
	return len(a.feature.Variants) > 0 && a.feature.Rollout.By == features.ByPerson
}

// changes works out naively whether an account that has a feature before and after has another value or variant of it, or
// users who are dealt another.
func (a *asking) changes(was *features.Account, b *asking, is *features.Account) bool {
	if a.state(was) != b.state(is) || a.state(was) == features.Off {
		return false
	}
	if !a.dealsByUser() && !b.dealsByUser() {
		before, after := a.catalogue.AccountValue(a.feature, was, now()), b.catalogue.AccountValue(b.feature, is, now())
		return before.Value != after.Value || before.Variant != after.Variant
	}
	return slices.ContainsFunc(dealtUsers(a.feature.Key), func(user string) bool {
		before := a.alone.Evaluate(a.feature, &features.Context{Account: was, User: user}, now())
		after := b.alone.Evaluate(b.feature, &features.Context{Account: is, User: user}, now())
		return (before.Value.Enabled || after.Value.Enabled) && (before.Value != after.Value || before.Variant != after.Variant)
	})
}

// A feature dealt by user, which a tier, an override or the mode switches on without a value, changes for an account exactly
// when some of its users are dealt another variant.
func TestEffectOnWhatUsersAreDealt(t *testing.T) {
	t.Parallel()
	f := feature(1, "checkout")
	f.Rollout = features.Rollout{By: features.ByPerson}.Normalize()
	weights := func(a features.Percent) []features.Variant {
		return []features.Variant{{Key: "a", Value: on, Weight: a}, {Key: "b", Value: on, Weight: features.Everyone - a}}
	}
	f.Variants = weights(5000)
	var users []*features.User
	for i := range int64(40) {
		users = append(users, &features.User{ID: i + 1, ExternalID: fmt.Sprint("user-", i), Memberships: []features.Membership{{AccountID: 1}, {AccountID: 2}}})
	}
	forced := set(1, on)
	forced.Variant = "b"
	for name, c := range map[string]struct {
		x    *features.Account
		mode features.Mode
	}{
		"tier":     {account(1, "X").InTier(1), features.ModeLive},
		"override": {account(1, "X", set(1, on)), features.ModeLive},
		"mode":     {account(1, "X"), features.ModeOpen},
		"split":    {account(1, "X"), features.ModeLive},
	} {
		known := catalogue([]*features.Feature{f}, []features.Tier{{ID: 1, Key: "pro"}}).WithTierFeatures(
			features.TierFeature{TierID: 1, FeatureID: 1, Value: on, AllowOverride: true}).InMode(c.mode)
		l := liveOf(known, c.x, account(2, "Y", forced))
		l.Apply(features.Batch{Position: 2, Users: users})
		e := effectOf(l, f.With(func(f *features.Feature) { f.Variants = weights(0) }))
		had := 0
		for m := range l.Members() {
			if m.Account.ID == 1 && known.Evaluate(f, m.Context(), now()).Variant == "a" {
				had++
			}
		}
		if len(e.Change) == 0 || e.Change[0] != c.x || len(e.Change) > 1 && c.mode != features.ModeOpen || had == 0 || len(e.Members.Change) != had {
			t.Errorf("%s: %d accounts and %d people change, want X and %d", name, len(e.Change), len(e.Members.Change), had)
		}
		if e := effectOf(l, f.With(func(f *features.Feature) { f.Description = "other words" })); e.Changes() > 0 {
			t.Errorf("%s: other words change %d accounts", name, e.Changes())
		}
	}
}

// Who is off before and after sees no change, whatever the variant's name; and the people of an account that goes lose what
// they had, no more.
func TestEffectLeavesOutWhoIsOff(t *testing.T) {
	t.Parallel()
	f := feature(1, "checkout")
	f.Rollout = features.Rollout{By: features.ByPerson}.Normalize()
	f.Variants = []features.Variant{{Key: "a", Weight: 5000}, {Key: "b", Value: on, Weight: 5000}}
	var users []*features.User
	for i := range int64(40) {
		users = append(users, &features.User{ID: i + 1, ExternalID: fmt.Sprint("user-", i), Memberships: []features.Membership{{AccountID: 1}}})
	}
	l := liveOf(catalogue([]*features.Feature{f}, nil), account(1, "X"))
	l.Apply(features.Batch{Position: 2, Users: users})
	had := 0
	for m := range l.Members() {
		if l.Catalogue().Evaluate(f, m.Context(), now()).Value.Enabled {
			had++
		}
	}
	for name, p := range map[string]features.Proposal{
		"the account goes": {Gone: []int64{1}},
		"an override":      {Accounts: []*features.Account{account(1, "X", set(1, off))}},
		"another variant": {Catalogue: l.Catalogue().With(f.With(func(f *features.Feature) {
			f.Variants = []features.Variant{{Key: "c", Weight: features.Everyone}}
		}))},
	} {
		e := l.Effects(p, now())[0]
		if len(e.Lose) != 1 || len(e.Members.Lose) != had || had == 0 || e.Members.Off != 40-had || e.Members.Changes() != had {
			t.Errorf("%s: %d people lose, %d change, %d stay off, want %d, 0, %d", name, len(e.Members.Lose), len(e.Members.Change), e.Members.Off, had, 40-had)
		}
	}
}
