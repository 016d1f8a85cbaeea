package features_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"flagstone/features"
	"flagstone/features/featurestest"
)

// changesTried is how many random changes TestEffectsComeTrue tries; with -short a tenth of it.
const changesTried = 10_000

// What an effect says is, name for name, what the engine says before and after the change.
func TestEffectsComeTrue(t *testing.T) {
	t.Parallel()
	tried := uint64(changesTried)
	if testing.Short() {
		tried /= 10
	}
	featurestest.Worlds(t, tried, func(t *testing.T, r *rand.Rand) {
		c, accounts := featurestest.RandomWorld(r)
		people := featurestest.RandomPeople(r, accounts)
		before := features.NewLive()
		c = featurestest.RandomMode(r, c)
		before.Apply(features.Batch{Position: 1, Accounts: accounts, Users: people, Catalogue: c})
		proposal := randomProposal(r, c, accounts)
		effects := before.Effects(proposal, now())

		after := features.NewLive()
		after.Apply(features.Batch{Position: 1, Accounts: accounts, Users: people, Catalogue: c})
		after.Apply(features.Batch{Position: 2, Accounts: proposal.Accounts, GoneAccounts: proposal.Gone, Catalogue: proposal.Catalogue})
		for _, e := range effects {
			checkEffect(t, e, before, after, proposal)
			if e.Personal && e.IsEmpty() {
				checkUnseen(t, r, e, before, after)
			}
		}
		if want := len(reachedKeys(before, after)); proposal.Features == nil && len(effects) != want {
			t.Errorf("%d effects, want one for each of %d features", len(effects), want)
		}
	})
}

// randomProposal changes, adds or drops a feature, the mode, or accounts.
func randomProposal(r *rand.Rand, c *features.Catalogue, accounts []*features.Account) (p features.Proposal) {
	f := c.Features()[r.IntN(len(c.Features()))]
	switch r.IntN(7) {
	case 0:
		p.Catalogue, p.Features = c.With(f.With(func(f *features.Feature) {
			f.Active, f.Enabled, f.Default.Enabled = r.IntN(4) > 0, r.IntN(3) > 0, r.IntN(2) > 0
			if r.IntN(2) == 0 {
				f.Rollout, f.Links = featurestest.RandomRollout(r), features.Links{}
			}
			f.Variants = featurestest.RandomVariants(r)
			if f.Type == features.IntegerType {
				f.Default.Data = featurestest.RandomData(r)
			}
		})), []string{f.Key}
	case 1:
		p.Catalogue = featurestest.RandomMode(r, c)
	case 2:
		p.Catalogue = c.Without(f.Key)
	case 3:
		added := feature(99, "added")
		added.Rollout, added.Default, added.ConflictsWith = featurestest.RandomRollout(r), on, []string{f.Key}
		p.Catalogue = c.With(added)
	case 4:
		p.Catalogue = featurestest.RandomLinks(r, c)
	case 5:
		for _, t := range c.Tiers() {
			x := features.TierFeature{TierID: t.ID, FeatureID: f.ID, Value: featurestest.RandomValue(r, f), AllowOverride: r.IntN(2) == 0}
			if p.Catalogue, p.Features = c.WithTierFeatures(x), []string{f.Key}; r.IntN(3) == 0 {
				p.Catalogue = c.WithoutTierFeatures(x)
			}
		}
	}
	for _, a := range accounts {
		switch changed := *a; r.IntN(6) {
		case 0:
			p.Gone = append(p.Gone, a.ID)
		case 1:
			changed.Status = features.Suspended
			p.Accounts = append(p.Accounts, features.NewAccount(changed))
		case 2:
			changed.TierID = r.Int64N(int64(len(c.Tiers())) + 1)
			changed.PostalCode, changed.Overrides = "M5V", []features.Override{set(1, features.Value{Enabled: r.IntN(2) == 0})}
			p.Accounts = append(p.Accounts, features.NewAccount(changed))
		}
	}
	if r.IntN(3) == 0 {
		p.Accounts = append(p.Accounts, account(77, "Newcomer"))
	}
	return p
}

// checkEffect works out naively who gains, loses and changes, and holds the effect against it.
func checkEffect(t *testing.T, e features.Effect, before, after *features.Live, p features.Proposal) {
	t.Helper()
	var accounts, people [3][]string
	ids := map[int64]bool{}
	for _, l := range []*features.Live{before, after} {
		for a := range l.Accounts().All() {
			ids[a.ID] = true
		}
	}
	touched := func(id int64) bool {
		return p.Catalogue != nil || slices.Contains(p.Gone, id) || slices.ContainsFunc(p.Accounts, func(a *features.Account) bool { return a.ID == id })
	}
	now, then := askingOf(before.Catalogue(), e.Feature.Key), askingOf(after.Catalogue(), e.Feature.Key)
	for id := range ids {
		was, is := before.Accounts().ByID(id), after.Accounts().ByID(id)
		switch name := fmt.Sprint(id); {
		case !touched(id):
		case then.state(is) > now.state(was):
			accounts[0] = append(accounts[0], name)
		case then.state(is) < now.state(was):
			accounts[1] = append(accounts[1], name)
		case now.changes(was, then, is):
			accounts[2] = append(accounts[2], name)
		}
	}
	for m := range before.Members() {
		was, who := now.person(m.Context()), m.Context()
		who.Account = after.Accounts().ByID(m.Account.ID)
		is := then.person(who)
		switch name := fmt.Sprint(m.User.ID, "@", m.Account.ID); {
		case !e.Personal || !touched(m.Account.ID):
		case is.Value.Enabled && !was.Value.Enabled:
			people[0] = append(people[0], name)
		case was.Value.Enabled && !is.Value.Enabled:
			people[1] = append(people[1], name)
		case is.Value.Enabled && (is.Variant != was.Variant || is.Value != was.Value):
			people[2] = append(people[2], name)
		}
	}
	for i, list := range [][]*features.Account{e.Gain, e.Lose, e.Change} {
		var told []string
		for _, a := range list {
			told = append(told, fmt.Sprint(a.ID))
		}
		sameSet(t, e.Feature.Key+": accounts that "+[]string{"gain", "lose", "change"}[i], told, accounts[i])
	}
	for i, list := range [][]features.Member{e.Members.Gain, e.Members.Lose, e.Members.Change} {
		var told []string
		for _, m := range list {
			told = append(told, fmt.Sprint(m.User.ID, "@", m.Account.ID))
		}
		sameSet(t, e.Feature.Key+": people who "+[]string{"gain", "lose", "change"}[i], told, people[i])
	}
	concerned := 0
	for id := range ids {
		if touched(id) {
			concerned++
		}
	}
	if e.Changes()+e.Stay() != concerned {
		t.Errorf("%s: %d change and %d stay, of %d", e.Feature.Key, e.Changes(), e.Stay(), concerned)
	}
}

func sameSet(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: told %s, came %s", what, strings.Join(got, " "), strings.Join(want, " "))
	}
}

func reachedKeys(lives ...*features.Live) map[string]bool {
	keys := map[string]bool{}
	for _, l := range lives {
		for _, f := range l.Catalogue().Features() {
			keys[f.Key] = true
		}
	}
	return keys
}

// Whoever stops listening to the members is not told of more.
func TestMembersCanBeLeft(t *testing.T) {
	t.Parallel()
	l := liveWith(nil, nil, account(1, "Boise"))
	l.Apply(features.Batch{Position: 2, Users: []*features.User{{ID: 1, Memberships: []features.Membership{{AccountID: 1}, {AccountID: 1}, {AccountID: 2}}}}})
	seen := 0
	for range l.Members() {
		seen++
		break
	}
	if seen != 1 {
		t.Errorf("%d members", seen)
	}
}

// effectOf is what another version of a feature, which no other is linked to, does to it.
func effectOf(l *features.Live, changed *features.Feature) features.Effect {
	return l.Effects(features.Proposal{Catalogue: l.Catalogue().With(changed), Features: []string{changed.Key}}, now())[0]
}

func TestEffectOfAFeatureAlone(t *testing.T) {
	t.Parallel()
	f := feature(1, "ai")
	l := liveWith([]*features.Feature{f, feature(2, "other")}, nil, account(1, "Boise"), account(2, "Cedar", set(1, off)))
	effect := effectOf(l, f.With(func(f *features.Feature) { f.Default = on }))
	if effect.Feature != f || len(effect.Gain) != 1 || effect.Gain[0].Name != "Boise" || effect.Off != 1 || effect.Changes() != 1 || effect.Personal {
		t.Errorf("the effect is %+v", effect)
	}
}

// checkUnseen holds an effect on nobody against what people who are not counted are answered.
func checkUnseen(t *testing.T, r *rand.Rand, e features.Effect, before, after *features.Live) {
	t.Helper()
	now, then := askingOf(before.Catalogue(), e.Feature.Key), askingOf(after.Catalogue(), e.Feature.Key)
	for a := range before.Accounts().All() {
		who := features.Context{Account: a, User: fmt.Sprint("user-", 1+r.IntN(40)), Role: []string{"owner", "mechanic", "clerk"}[r.IntN(3)]}
		was := now.person(&who)
		who.Account = after.Accounts().ByID(a.ID)
		if who.Account != nil && who.Account.PostalCode != a.PostalCode {
			continue
		}
		if is := then.person(&who); was.Value != is.Value || was.Variant != is.Variant && was.Value.Enabled {
			t.Errorf("%s: %s as %s of %s sees %+v instead of %+v, and nothing is said of it", e.Feature.Key, who.User, who.Role, a.Slug, is, was)
		}
	}
}
