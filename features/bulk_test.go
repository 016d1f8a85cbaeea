package features_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"flagstone/features"
	"flagstone/features/featurestest"
	"flagstone/registry"
)

// plan works a bulk action out that must not be refused.
func plan(t *testing.T, l *features.Live, b features.Bulk) *features.BulkPlan {
	t.Helper()
	p, err := l.PlanBulk(b, now())
	if err != nil {
		t.Fatalf("%+v: %v", b, err)
	}
	return p
}

// everybody selects all accounts.
var everybody = features.Selection{All: true}

// describe says what a plan writes and what that changes, by account names.
func describe(p *features.BulkPlan) string {
	names := func(list []*features.Account) string {
		var all []string
		for _, a := range list {
			all = append(all, a.Name)
		}
		return strings.Join(all, " ")
	}
	text := fmt.Sprintf("chosen %d; changed %s; already %s", p.Chosen, names(p.Changed), names(p.Already))
	for _, w := range p.Writes {
		key := "tier"
		if w.Feature != nil {
			key = w.Feature.Key
		}
		text += "; write " + key + " " + w.Account.Name
	}
	for _, e := range p.Effects {
		text += fmt.Sprintf("; %s gains %s loses %s on %d off %d", e.Feature.Key, names(e.Gain), names(e.Lose), e.On, e.Off)
	}
	return text
}

func TestPlanBulk(t *testing.T) {
	t.Parallel()
	ai, crm, dead := feature(1, "ai"), feature(2, "crm"), feature(3, "dead")
	crm.Default, dead.Enabled = on, false
	later := now().UnixMilli() + 1
	asleep := account(5, "Edge", set(1, off))
	asleep.Status = features.Suspended
	pro := account(6, "Fjord", set(3, on))
	pro.TierID = 1
	l := liveWith([]*features.Feature{ai, crm, dead}, []features.Tier{{ID: 1, Key: "pro", Name: "Pro"}},
		account(1, "Arizona"),
		account(2, "Boise", set(1, on), set(2, off)),
		account(3, "Cedar", features.Override{FeatureID: 1, Value: on, ExpiresAt: later}),
		account(4, "Delta", features.Override{FeatureID: 1, Value: on, ExpiresAt: later - 1}),
		asleep, pro,
	)
	for _, c := range []struct {
		name string
		bulk features.Bulk
		want string
	}{
		{
			"enable: only the very override without expiry is already so",
			features.Bulk{Action: features.EnableFeature, Feature: "ai", Selection: everybody},
			"chosen 6; changed Arizona Cedar Delta Edge Fjord; already Boise; write ai Arizona; write ai Cedar; write ai Delta; write ai Edge; " +
				"write ai Fjord; ai gains Arizona Delta Fjord loses  on 1 off 1",
		},
		{
			"disable what is off by default is still written",
			features.Bulk{Action: features.DisableFeature, Feature: "ai", Selection: everybody},
			"chosen 6; changed Arizona Boise Cedar Delta Fjord; already Edge; write ai Arizona; write ai Boise; write ai Cedar; write ai Delta; " +
				"write ai Fjord; ai gains  loses Boise Cedar on 0 off 3",
		},
		{
			"enable behind a kill switch changes nothing yet",
			features.Bulk{Action: features.EnableFeature, Feature: "dead", Selection: features.Selection{IDs: []int64{6, 1}}},
			"chosen 2; changed Arizona; already Fjord; write dead Arizona; dead gains  loses  on 0 off 1",
		},
		{
			"disable all writes only where it is on",
			features.Bulk{Action: features.DisableAll, Selection: everybody},
			"chosen 6; changed Arizona Boise Cedar Delta Fjord; already Edge; write ai Boise; write ai Cedar; write crm Arizona; write crm Cedar; " +
				"write crm Delta; write crm Fjord; ai gains  loses Boise Cedar on 0 off 0; crm gains  loses Arizona Cedar Delta Fjord on 0 off 0",
		},
		{
			"clear one, an expired override too",
			features.Bulk{Action: features.ClearOverrides, Feature: "ai", Selection: everybody},
			"chosen 6; changed Boise Cedar Delta Edge; already Arizona Fjord; write ai Boise; write ai Cedar; write ai Delta; write ai Edge; " +
				"ai gains  loses Boise Cedar on 0 off 2",
		},
		{
			"clear all",
			features.Bulk{Action: features.ClearOverrides, Selection: features.Selection{IDs: []int64{2, 6, 1, 2}}},
			"chosen 3; changed Boise Fjord; already Arizona; write ai Boise; write crm Boise; write dead Fjord; " +
				"ai gains  loses Boise on 0 off 0; crm gains Boise loses  on 0 off 0; dead gains  loses  on 0 off 1",
		},
		{
			"set tier",
			features.Bulk{Action: features.SetTier, Tier: "pro", Selection: features.Selection{IDs: []int64{1, 6}}},
			"chosen 2; changed Arizona; already Fjord; write tier Arizona",
		},
		{
			"take the tier away",
			features.Bulk{Action: features.SetTier, Selection: everybody},
			"chosen 6; changed Fjord; already Arizona Boise Cedar Delta Edge; write tier Fjord",
		},
		{
			"a filter selects",
			features.Bulk{Action: features.EnableFeature, Feature: "ai", Selection: features.Selection{All: true, Filter: features.AccountFilter{
				Features: []features.FeatureFilter{{Key: "crm", State: features.StateOff}}, Order: features.OrderChange, Reverse: true,
			}}},
			"chosen 2; changed Edge; already Boise; write ai Edge; ai gains  loses  on 0 off 1",
		},
		{
			"nobody",
			features.Bulk{Action: features.DisableAll},
			"chosen 0; changed ; already ",
		},
	} {
		if got := describe(plan(t, l, c.bulk)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
	set := plan(t, l, features.Bulk{Action: features.SetTier, Tier: "pro", Selection: everybody})
	if set.Tier.Name != "Pro" || set.Feature != nil {
		t.Errorf("the plan is for the tier %v and the feature %v", set.Tier, set.Feature)
	}
}

func TestPlanBulkRefusals(t *testing.T) {
	t.Parallel()
	vague, needy := feature(2, "vague"), feature(3, "needy")
	vague.Type, needy.DependsOn = features.IntegerType, []string{"vague"}
	l := liveWith([]*features.Feature{feature(1, "ai"), vague, needy}, nil, account(1, "A"))
	for _, c := range []struct {
		bulk features.Bulk
		kind features.Kind
	}{
		{features.Bulk{Action: features.EnableFeature, Feature: "nothing", Selection: everybody}, features.NotFound},
		{features.Bulk{Action: features.EnableFeature, Selection: everybody}, features.NotFound},
		{features.Bulk{Action: features.ClearOverrides, Feature: "nothing", Selection: everybody}, features.NotFound},
		{features.Bulk{Action: features.SetTier, Tier: "gold", Selection: everybody}, features.NotFound},
		{features.Bulk{Action: features.EnableFeature, Feature: "needy", WithDependencies: true, Selection: everybody}, features.Invalid},
		{features.Bulk{Action: "explode", Selection: everybody}, features.Invalid},
		{features.Bulk{Selection: everybody}, features.Invalid},
		{features.Bulk{Action: features.DisableAll, Selection: features.Selection{IDs: []int64{1, 2}}}, features.NotFound},
		{features.Bulk{Action: features.DisableAll, Selection: features.Selection{All: true, Filter: features.AccountFilter{Status: "asleep"}}}, features.Invalid},
	} {
		if _, err := l.PlanBulk(c.bulk, now()); features.KindOf(err) != c.kind {
			t.Errorf("%+v: %v", c.bulk, err)
		}
	}
}

// What a plan says will happen is what the engine says once its writes are made.
func TestPlanBulkComesTrue(t *testing.T) {
	t.Parallel()
	featurestest.EachWorld(t, func(t *testing.T, r *rand.Rand) {
		c, accounts := featurestest.RandomWorld(r)
		action := []features.BulkAction{features.EnableFeature, features.DisableFeature, features.DisableAll, features.ClearOverrides, features.SetTier}[r.IntN(5)]
		b := features.Bulk{Action: action, Selection: everybody}
		if action == features.EnableFeature || action == features.DisableFeature || r.IntN(2) == 0 {
			f := c.Features()[r.IntN(len(c.Features()))]
			if b.Feature = f.Key; f.Type == features.IntegerType {
				b.Data = "7"
			}
			b.WithDependencies = action == features.EnableFeature && r.IntN(2) == 0
		}
		if tiers := c.Tiers(); action == features.SetTier && len(tiers) > 0 {
			b.Tier = tiers[r.IntN(len(tiers))].Key
		}
		c = featurestest.RandomMode(r, c)
		l := liveOf(c, accounts...)
		l.Apply(features.Batch{Position: 2, Users: featurestest.RandomPeople(r, accounts)})
		p := plan(t, l, b)
		after := make(map[*features.Account]*features.Account)
		for _, a := range accounts {
			changed := *a
			changed.Overrides = slices.Clone(a.Overrides)
			for _, w := range p.Writes {
				if w.Account != a {
					continue
				}
				if action == features.SetTier {
					changed.TierID = p.Tier.ID
					continue
				}
				changed.Overrides = slices.DeleteFunc(changed.Overrides, func(o features.Override) bool { return o.FeatureID == w.Feature.ID })
				if action != features.ClearOverrides {
					changed.Overrides = append(changed.Overrides, set(w.Feature.ID, *w.Value))
				}
			}
			after[a] = features.NewAccount(changed)
		}
		checkEffects(t, p, l.Catalogue(), accounts, after)
		checkPeople(t, p, l, after)
	})
}

// checkPeople holds the people whom the effects tell of against evaluation before and after.
func checkPeople(t *testing.T, p *features.BulkPlan, l *features.Live, after map[*features.Account]*features.Account) {
	t.Helper()
	for _, e := range p.Effects {
		gain, lose := 0, 0
		for m := range l.Members() {
			if !e.Personal || !slices.Contains(p.Changed, m.Account) {
				continue
			}
			was := l.Catalogue().Evaluate(e.Feature, m.Context(), now()).Value.Enabled
			is := l.Catalogue().Evaluate(e.Feature, features.Member{User: m.User, Account: after[m.Account], Role: m.Role}.Context(), now()).Value.Enabled
			switch {
			case is && !was:
				gain++
			case was && !is:
				lose++
			}
		}
		if len(e.Members.Gain) != gain || len(e.Members.Lose) != lose {
			t.Errorf("%s of %s: told %d people gain and %d lose, came %d and %d", p.Action, e.Feature.Key, len(e.Members.Gain), len(e.Members.Lose), gain, lose)
		}
	}
}

func checkEffects(t *testing.T, p *features.BulkPlan, c *features.Catalogue, accounts []*features.Account, after map[*features.Account]*features.Account) {
	t.Helper()
	for _, f := range c.Features() {
		gain, lose, change := 0, 0, 0
		asked := askingOf(c, f.Key)
		for _, a := range accounts {
			was, is := c.AccountValue(f, a, now()), c.AccountValue(f, after[a], now())
			switch {
			case is.State > was.State:
				gain++
			case is.State < was.State:
				lose++
			case asked.changes(a, asked, after[a]):
				change++
			}
		}
		var told features.Effect
		for _, e := range p.Effects {
			if e.Feature == f {
				told = e
			}
		}
		if len(told.Gain) != gain || len(told.Lose) != lose || len(told.Change) != change {
			t.Errorf("%s of %s: told gain %d lose %d change %d, came %d, %d, %d", p.Action, f.Key, len(told.Gain), len(told.Lose), len(told.Change), gain, lose, change)
		}
	}
	if len(p.Changed)+len(p.Already)+len(p.Locked) != p.Chosen || p.Chosen != len(accounts) {
		t.Errorf("changed %d and already %d of %d", len(p.Changed), len(p.Already), p.Chosen)
	}
}

func TestDigest(t *testing.T) {
	t.Parallel()
	base := func() ([]*features.Feature, []features.Tier, []features.Account) {
		return []*features.Feature{feature(1, "ai"), feature(2, "crm")},
			[]features.Tier{{ID: 1, Key: "pro"}, {ID: 2, Key: "free"}},
			[]features.Account{
				{ID: 1, Name: "A", Slug: "a", TargetingKey: "a", Status: features.Active, Revision: 1},
				{
					ID: 2, Name: "B", Slug: "b", TargetingKey: "b", Status: features.Active, Revision: 1,
					Overrides: []features.Override{{FeatureID: 1, Value: off, ExpiresAt: now().Add(time.Minute).UnixMilli()}},
				},
			}
	}
	enable := features.Bulk{Action: features.EnableFeature, Feature: "ai", Selection: everybody}
	digest := func(b features.Bulk, at time.Time, change func([]*features.Feature, []features.Account)) string {
		registry, tiers, states := base()
		change(registry, states)
		var accounts []*features.Account
		for _, a := range states {
			accounts = append(accounts, features.NewAccount(a))
		}
		p, err := liveWith(registry, tiers, accounts...).PlanBulk(b, at)
		if err != nil {
			t.Fatal(err)
		}
		return p.Digest
	}
	same := func([]*features.Feature, []features.Account) {}
	first := digest(enable, now(), same)
	if first == "" || first != digest(enable, now(), same) {
		t.Error("the same plan has another digest")
	}
	tier := func(key string) features.Bulk {
		return features.Bulk{Action: features.SetTier, Tier: key, Selection: everybody}
	}
	for name, other := range map[string]string{
		"another action":        digest(features.Bulk{Action: features.DisableFeature, Feature: "ai", Selection: everybody}, now(), same),
		"another feature":       digest(features.Bulk{Action: features.EnableFeature, Feature: "crm", Selection: everybody}, now(), same),
		"fewer accounts":        digest(features.Bulk{Action: features.EnableFeature, Feature: "ai", Selection: features.Selection{IDs: []int64{1}}}, now(), same),
		"an account changed":    digest(enable, now(), func(_ []*features.Feature, a []features.Account) { a[0].Revision = 2 }),
		"an account suspended":  digest(enable, now(), func(_ []*features.Feature, a []features.Account) { a[0].Status = features.Suspended }),
		"the kill switch":       digest(enable, now(), func(f []*features.Feature, _ []features.Account) { f[0].Enabled = false }),
		"the default":           digest(enable, now(), func(f []*features.Feature, _ []features.Account) { f[0].Default = on }),
		"already so meanwhile":  digest(enable, now(), func(_ []*features.Feature, a []features.Account) { a[0].Overrides = []features.Override{set(1, on)} }),
		"a tier":                digest(tier("pro"), now(), same),
		"another tier":          digest(tier("free"), now(), same),
		"another tier than one": digest(tier(""), now(), func(_ []*features.Feature, a []features.Account) { a[0].TierID, a[1].TierID = 1, 1 }),
	} {
		if other == first {
			t.Errorf("%s gives the same digest", name)
		}
	}
	if digest(tier("pro"), now(), same) == digest(tier("free"), now(), same) {
		t.Error("two tiers give the same digest")
	}
	disable := features.Bulk{Action: features.DisableFeature, Feature: "ai", Selection: everybody}
	if digest(disable, now(), func(f []*features.Feature, _ []features.Account) { f[0].Default = on }) ==
		digest(disable, now().Add(time.Minute), func(f []*features.Feature, _ []features.Account) { f[0].Default = on }) {
		t.Error("an override that expires meanwhile does not change the digest")
	}
}

func TestVerb(t *testing.T) {
	t.Parallel()
	for action, want := range map[features.BulkAction]string{
		features.EnableFeature: "Enable", features.DisableFeature: "Disable", features.DisableAll: "Disable all",
		features.ClearOverrides: "Clear overrides", features.SetTier: "Set tier", "explode": "explode",
	} {
		if got := action.Verb(); got != want {
			t.Errorf("the verb of %s is %q, want %q", action, got, want)
		}
	}
}

// A digest stands for who is concerned, and not for how many: of every plan that is shown before it is applied.
func TestDigestsTellWho(t *testing.T) {
	t.Parallel()
	f := feature(1, "ai")
	f.Rollout = features.Rollout{Strategy: features.ToWhitelist}.Normalize()
	f.Default = on
	listing := func(target features.Target) *features.Feature {
		return f.With(func(f *features.Feature) { f.Rollout.Target = target; f.Rollout = f.Rollout.Normalize() })
	}
	accounts := func(key string) *features.Feature { return listing(features.Target{AccountIDs: []string{key}}) }
	users := func(key string) *features.Feature { return listing(features.Target{UserIDs: []string{key}}) }
	digests := func(f *features.Feature) (all [3]string) {
		l := liveWith([]*features.Feature{f}, []features.Tier{{ID: 1, Key: "pro", Name: "Pro"}}, account(1, "A").InTier(1), account(2, "B").InTier(1), account(3, "C").InTier(1))
		l.Apply(features.Batch{Position: 2, Users: []*features.User{
			{ID: 1, ExternalID: "one", Memberships: []features.Membership{{AccountID: 3}}},
			{ID: 2, ExternalID: "two", Memberships: []features.Membership{{AccountID: 3}}},
		}})
		bulk := plan(t, l, features.Bulk{Action: features.DisableFeature, Feature: "ai", Selection: everybody})
		tiers, err := l.PlanTiers([]features.TierEdit{{Tier: "pro", Feature: "ai", Value: off}}, now())
		if err != nil {
			t.Fatal(err)
		}
		file := registry.FileOf(l, nil, now())
		file.Features[0].Enabled = false
		imported, err := registry.Import{File: file}.Plan(l, now())
		if err != nil {
			t.Fatal(err)
		}
		return [3]string{bulk.Digest, tiers.Digest, imported.Digest}
	}
	for name, pair := range map[string][2]*features.Feature{
		"another account": {accounts("a"), accounts("b")}, "another person": {users("one"), users("two")},
	} {
		one, again, other := digests(pair[0]), digests(pair[0]), digests(pair[1])
		for i, plan := range []string{"bulk", "tiers", "registry"} {
			if one[i] == other[i] || one[i] != again[i] {
				t.Errorf("%s, %s plan: the digests are %s, again %s, and %s", name, plan, one[i], again[i], other[i])
			}
		}
	}
}
