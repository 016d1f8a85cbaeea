package features_test

import (
	"math/rand/v2"
	"testing"

	"flagstone/features"
)

func TestStandingNamesTheRuleThatDecidesForTheAccount(t *testing.T) {
	t.Parallel()
	mechanics := features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"mechanic"}}}
	someone := features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{UserIDs: []string{"user-1"}}}
	everyUser := features.Rollout{Strategy: features.ToPercentage, Percentage: features.Everyone, By: features.ByPerson}
	for name, c := range map[string]struct {
		rollout   features.Rollout
		overrides []features.Override
		byDefault bool
		want      features.State
		source    features.Source
	}{
		"on by default":                    {byDefault: true, want: features.On, source: features.SourceDefault},
		"off by default":                   {want: features.Off, source: features.SourceDefault},
		"for a role":                       {rollout: mechanics, byDefault: true, want: features.Some, source: features.SourceDefault},
		"for a role, by override":          {rollout: mechanics, overrides: []features.Override{set(1, on)}, want: features.Some, source: features.SourceOverride},
		"for a role, off by override":      {rollout: mechanics, overrides: []features.Override{set(1, off)}, byDefault: true, want: features.Off, source: features.SourceOverride},
		"for one user":                     {rollout: someone, byDefault: true, want: features.Some, source: features.SourceDefault},
		"for one user, all by override":    {rollout: someone, overrides: []features.Override{set(1, on)}, want: features.On, source: features.SourceOverride},
		"for every user without any given": {rollout: everyUser, byDefault: true, want: features.On, source: features.SourceDefault},
		"not released":                     {rollout: features.Rollout{Strategy: features.ToWhitelist}, byDefault: true, want: features.Off, source: features.SourceRollout},
	} {
		f := feature(1, "knowledge_base")
		f.Default.Enabled, f.Rollout = c.byDefault, c.rollout.Normalize()
		got := catalogue([]*features.Feature{f}, nil).Standing(f, account(1, "Arizona", c.overrides...), now())
		if got.State != c.want || got.Source != c.source {
			t.Errorf("%s: %v by %s, want %v by %s", name, got.State, got.Source, c.want, c.source)
		}
	}
}

func TestStandingIsTheStateOfTheAccount(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(t *testing.T, r *rand.Rand) {
		c, accounts := randomWorld(r)
		c = randomMode(r, c)
		for _, a := range accounts {
			for _, f := range c.Features() {
				got := c.Standing(f, a, now())
				if want := c.State(f, a, now()); got.State != want || got.Value.Enabled != (want != features.Off) {
					t.Errorf("%s for %s: standing %+v, state %v", f.Key, a.Name, got, want)
				}
			}
		}
	})
}
