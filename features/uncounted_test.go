package features_test

import (
	"testing"

	"flagstone/features"
)

// A change that nobody sees who is counted is said to reach people who are not, exactly where it may.
func TestEffectOnWhoIsNotCounted(t *testing.T) {
	t.Parallel()
	to := func(strategy features.Strategy, target features.Target) features.Rollout {
		return features.Rollout{Strategy: strategy, Target: target}.Normalize()
	}
	roles := func(roles ...string) features.Rollout { return to(features.ToRole, features.Target{Roles: roles}) }
	users := func(users ...string) features.Rollout {
		return to(features.ToWhitelist, features.Target{UserIDs: users})
	}
	share := func(by features.Subject, p features.Percent) features.Rollout {
		return features.Rollout{Strategy: features.ToPercentage, Percentage: p, By: by}.Normalize()
	}
	release := func(r features.Rollout) func(*features.Feature) {
		return func(f *features.Feature) { f.Rollout = r }
	}
	with := func(r features.Rollout, change func(*features.Rollout)) features.Rollout {
		change(&r)
		return r
	}
	for name, c := range map[string]struct {
		was      features.Rollout
		change   func(*features.Feature)
		accounts []*features.Account
		want     bool
	}{
		"another role":                   {roles("owner"), release(roles("mechanic")), nil, true},
		"another user":                   {users("a@x.example"), release(users("a@x.example", "b@x.example")), nil, true},
		"a larger share of users":        {share(features.ByPerson, 2500), release(share(features.ByPerson, 5000)), nil, true},
		"users instead of a role":        {roles("owner"), release(users("a@x.example")), nil, true},
		"of accounts that lack it":       {roles("owner"), release(roles("mechanic")), []*features.Account{account(1, "Boise", set(1, off))}, true},
		"switched on, and no account":    {roles("owner"), func(f *features.Feature) { f.Default = off }, nil, true},
		"what a role does not look at":   {roles("owner"), release(with(roles("owner"), func(r *features.Rollout) { r.Percentage, r.By = 10, features.ByPerson })), nil, false},
		"what a list does not look at":   {users("a@x.example"), release(with(users("a@x.example"), func(r *features.Rollout) { r.Percentage = 10 })), nil, false},
		"what a share does not look at":  {share(features.ByPerson, 10), release(with(share(features.ByPerson, 10), func(r *features.Rollout) { r.Target.Roles = []string{"owner"} })), nil, false},
		"killed, and no account":         {roles("owner"), func(f *features.Feature) { f.Enabled, f.Rollout = false, roles("mechanic") }, nil, true},
		"other words":                    {roles("owner"), func(f *features.Feature) { f.Description = "other words" }, nil, false},
		"a share of accounts, and none":  {share(features.ByAccount, 2500), release(share(features.ByAccount, 5000)), nil, false},
		"all, where there is no account": {features.Rollout{}.Normalize(), func(f *features.Feature) { f.Default = off }, nil, false},
	} {
		f := feature(1, "ai")
		f.Default, f.Rollout = on, c.was
		l := liveWith([]*features.Feature{f}, nil, c.accounts...)
		effect := effectOf(l, f.With(c.change))
		if effect.Uncounted != c.want || effect.IsEmpty() == c.want {
			t.Errorf("%s: uncounted %t, empty %t, want uncounted %t", name, effect.Uncounted, effect.IsEmpty(), c.want)
		}
	}
	dead := feature(1, "ai")
	dead.Default, dead.Enabled, dead.Rollout = on, false, roles("owner")
	l := liveWith([]*features.Feature{dead}, nil, account(1, "Boise"))
	if e := effectOf(l, dead.With(release(roles("mechanic")))); !e.IsEmpty() {
		t.Errorf("killed, another role is said to do %+v", e)
	}
}

// So is a change that reaches them through links alone.
func TestEffectThroughLinksOnWhoIsNotCounted(t *testing.T) {
	t.Parallel()
	released := func(id int64, key string, roles ...string) *features.Feature {
		f := feature(id, key)
		f.Default, f.Rollout = on, features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: roles}}.Normalize()
		return f
	}
	linkedTo := func(f *features.Feature, links features.Links) *features.Feature {
		return f.With(func(f *features.Feature) { f.Links = links })
	}
	need, top, rival := released(1, "need", "owner"), released(2, "top", "owner", "mechanic"), released(3, "rival", "owner", "clerk")
	for name, c := range map[string]struct {
		registry []*features.Feature
		changed  *features.Feature
		want     map[string]bool
	}{
		"what it needs goes to another role": {
			[]*features.Feature{need, linkedTo(top, features.Links{DependsOn: []string{"need"}}), rival},
			released(1, "need", "mechanic"),
			map[string]bool{"need": true, "top": true},
		},
		"it needs another": {
			[]*features.Feature{need, linkedTo(top, features.Links{DependsOn: []string{"need"}}), rival},
			linkedTo(top, features.Links{DependsOn: []string{"rival"}}),
			map[string]bool{"top": true},
		},
		"it yields instead of winning": {
			[]*features.Feature{need, linkedTo(top, features.Links{ConflictsWith: []string{"rival"}}), rival},
			linkedTo(top, features.Links{ConflictsWith: []string{"rival"}}).With(func(f *features.Feature) { f.DisplayOrder = 9 }),
			map[string]bool{"top": true, "rival": true},
		},
		"it is described in other words": {
			[]*features.Feature{need, linkedTo(top, features.Links{DependsOn: []string{"need"}}), rival},
			need.With(func(f *features.Feature) { f.Description = "other words" }), nil,
		},
	} {
		l := liveWith(c.registry, nil, account(1, "Boise"))
		for _, e := range l.Effects(features.Proposal{Catalogue: l.Catalogue().With(c.changed)}, now()) {
			if e.Changes() > 0 || e.IsEmpty() == c.want[e.Feature.Key] {
				t.Errorf("%s: %s is empty %t, %d accounts change", name, e.Feature.Key, e.IsEmpty(), e.Changes())
			}
		}
	}
}
