package features_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"flagstone/features"
	"flagstone/features/featurestest"
)

func TestAccountValueNamesTheRuleThatDecides(t *testing.T) {
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
		got := catalogue([]*features.Feature{f}, nil).AccountValue(f, account(1, "Arizona", c.overrides...), now())
		if got.State != c.want || got.Source != c.source {
			t.Errorf("%s: %v by %s, want %v by %s", name, got.State, got.Source, c.want, c.source)
		}
	}
}

func TestAccountValueIsTheStateOfTheAccount(t *testing.T) {
	t.Parallel()
	featurestest.EachWorld(t, func(t *testing.T, r *rand.Rand) {
		c, accounts := featurestest.RandomWorld(r)
		c = featurestest.RandomMode(r, c)
		for _, a := range accounts {
			for _, f := range c.Features() {
				got := c.AccountValue(f, a, now())
				why := c.ExplainAccount(f, a, now())
				if why.State != got.State || why.Evaluation != got.Evaluation {
					t.Errorf("%s for %s: account value %+v, explained %v, %+v", f.Key, a.Name, got, why.State, why.Evaluation)
				}
				checkBlocker(t, c, why, a)
				if want := c.State(f, a, now()); got.State != want || got.Value.Enabled != (want != features.Off) {
					t.Errorf("%s for %s: account value %+v, state %v", f.Key, a.Name, got, want)
				}
			}
		}
	})
}

// checkBlocker holds what an explanation names as the blocker against what the feature is linked to.
func checkBlocker(t *testing.T, c *features.Catalogue, why features.Explanation, a *features.Account) {
	t.Helper()
	linked := c.LinksOf(why.Feature)
	switch by := why.Blocker; why.Evaluation.Source {
	case features.SourceDependency:
		if by == nil || !slices.Contains(linked.Dependencies, by) || c.State(by, a, now()) != features.Off {
			t.Errorf("%s is held back by %v", why.Feature.Key, by)
		}
	case features.SourceConflict:
		if by == nil || !slices.Contains(linked.Conflicts, by) {
			t.Errorf("%s loses to %v", why.Feature.Key, by)
		}
	default:
		if by != nil && (why.State != features.Some || !slices.Contains(append(linked.Dependencies, linked.Conflicts...), by)) {
			t.Errorf("%s is %v, and yet blocked by %s", why.Feature.Key, why.State, by.Key)
		}
	}
}

// What an account as a whole has says that it depends on the person where it does, and what else is in the way.
func TestExplainAccount(t *testing.T) {
	t.Parallel()
	owners := features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"owner"}}}
	users := features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{UserIDs: []string{"user-1"}}}
	half := features.Rollout{Strategy: features.ToPercentage, Percentage: 5000, By: features.ByPerson}
	everyUser := features.Rollout{Strategy: features.ToPercentage, Percentage: features.Everyone, By: features.ByPerson}
	split := []features.Variant{{Key: "a", Value: on, Weight: 5000}, {Key: "b", Weight: 5000}}
	for _, c := range []struct {
		name     string
		rollout  features.Rollout
		variants []features.Variant
		need     features.Rollout
		needOff  bool
		want     string
		blocker  string
	}{
		{name: "role", rollout: owners, want: `On for some people by rule "Default": on.`},
		{name: "role, and what it needs is off", rollout: owners, needOff: true, want: `Off by rule "Dependencies": it needs Feature need, which is off.`, blocker: "need"},
		{name: "users, and what it needs is off", rollout: users, needOff: true, want: `Off by rule "Dependencies": it needs Feature need, which is off.`, blocker: "need"},
		{name: "what it needs is for a role", need: owners, want: `On for some people by rule "Default": on.`, blocker: "need"},
		{name: "both are for a role", rollout: owners, need: owners, want: `On for some people by rule "Default": on.`},
		{name: "some users", rollout: users, want: `On for some people by rule "Default": on.`},
		{name: "half of the users", rollout: half, want: `On for some people by rule "Default": on.`},
		{name: "every user", rollout: everyUser, want: `On by rule "Default": on.`},
		{name: "variants by user", rollout: everyUser, variants: split, want: `On for some people by rule "Variants": a 50%, b 50%: it depends on the user.`},
	} {
		f, need := linked(1, "wants", "need", ""), linked(2, "need", "", "")
		f.Rollout, f.Variants, need.Rollout = c.rollout.Normalize(), c.variants, c.need.Normalize()
		need.Default.Enabled = !c.needOff
		why := catalogue([]*features.Feature{f, need}, nil).ExplainAccount(f, account(1, "Boise"), now())
		blocker := ""
		if why.Blocker != nil {
			blocker = why.Blocker.Key
		}
		if why.Sentence() != c.want || blocker != c.blocker {
			t.Errorf("%s: %s By %q, want %s By %q", c.name, why.Sentence(), blocker, c.want, c.blocker)
		}
		for _, step := range why.Steps {
			if step.Rule == "Role" && c.rollout.Strategy == features.ToRole && step.Saw != "it depends on the role: it is for owner" {
				t.Errorf("%s: %+v", c.name, step)
			}
		}
	}
}
