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

// reference is docs/evaluation.md §2, §7 and §8 done naively: stage 1 of a feature without links, then stages 2 and 3
// as they are written there.
type reference struct {
	catalogue *features.Catalogue
	alone     map[string]features.Evaluation
}

func newReference(c *features.Catalogue, who *features.Context) reference {
	registry := c.Registry()
	for i, f := range registry.Features {
		registry.Features[i] = f.With(func(f *features.Feature) { f.Links = features.Links{} })
	}
	unlinked := features.NewCatalogue(registry)
	r := reference{c, map[string]features.Evaluation{}}
	for _, f := range unlinked.Features() {
		r.alone[f.Key] = unlinked.Evaluate(f, who, now())
	}
	return r
}

func (r reference) all() map[string]features.Evaluation {
	stage1 := map[string]bool{}
	for key, e := range r.alone {
		stage1[key] = e.Value.Enabled
	}
	stage2 := r.dependencies(stage1)
	stage3 := map[string]bool{}
	for i, f := range r.catalogue.Features() {
		stage3[f.Key] = stage2[f.Key]
		for j, g := range r.catalogue.Features() {
			conflict := f != g && (slices.Contains(f.ConflictsWith, g.Key) || slices.Contains(g.ConflictsWith, f.Key))
			a, b := r.strength(g.Key), r.strength(f.Key)
			if conflict && stage2[g.Key] && (a > b || a == b && j < i) {
				stage3[f.Key] = false
			}
		}
	}
	stage4 := r.dependencies(stage3)
	all := map[string]features.Evaluation{}
	for key, e := range r.alone {
		switch {
		case stage4[key] || !stage1[key]:
			all[key] = e
		case stage2[key] && !stage3[key]:
			all[key] = features.Evaluation{Source: features.SourceConflict}
		default:
			all[key] = features.Evaluation{Source: features.SourceDependency}
		}
	}
	return all
}

func (r reference) strength(key string) int {
	return 1 + slices.Index([]features.Source{features.SourceTier, features.SourceOverride}, r.alone[key].Source)
}

// dependencies is stage 2: whatever needs something that is off goes off, until nothing more does.
func (r reference) dependencies(on map[string]bool) map[string]bool {
	left := map[string]bool{}
	for key := range on {
		left[key] = on[key]
	}
	for range left {
		for _, f := range r.catalogue.Features() {
			for _, need := range f.DependsOn {
				left[f.Key] = left[f.Key] && left[need]
			}
		}
	}
	return left
}

// Evaluation of linked features ends, is as the reference says, does not depend on the order of anything, leaves nothing
// on whose dependency is off nor both sides of a conflict, and the explanation agrees with it.
func TestLinkedFeatures(t *testing.T) {
	t.Parallel()
	featurestest.EachWorld(t, func(t *testing.T, r *rand.Rand) {
		c, accounts := featurestest.RandomWorld(r)
		c = featurestest.RandomMode(r, c)
		shuffled := shuffle(r, c)
		for _, a := range append(accounts[:min(5, len(accounts))], nil) {
			who := contextIn(r, a)
			want := newReference(c, who).all()
			together := c.EvaluateAll(who, now(), nil)
			for i, f := range c.Features() {
				got := c.Evaluate(f, who, now())
				if got != want[f.Key] || together[i] != got {
					t.Errorf("%s is %+v, together with all %+v, want %+v", f.Key, got, together[i], want[f.Key])
				}
				if explained := c.Explain(f, who, now()); explained.Evaluation != got {
					t.Errorf("%s is explained as %+v, want %+v", f.Key, explained.Evaluation, got)
				}
				if other := shuffled.Evaluate(f, who, now()); other != got {
					t.Errorf("%s in another order is %+v, want %+v", f.Key, other, got)
				}
				checkLinked(t, c, f, together, i)
			}
		}
	})
}

// shuffle gives the same catalogue from another order of everything.
func shuffle(r *rand.Rand, c *features.Catalogue) *features.Catalogue {
	registry := c.Registry()
	r.Shuffle(len(registry.Features), func(i, j int) {
		registry.Features[i], registry.Features[j] = registry.Features[j], registry.Features[i]
	})
	r.Shuffle(len(registry.TierFeatures), func(i, j int) {
		registry.TierFeatures[i], registry.TierFeatures[j] = registry.TierFeatures[j], registry.TierFeatures[i]
	})
	for i, f := range registry.Features {
		registry.Features[i] = f.With(func(f *features.Feature) {
			f.DependsOn, f.ConflictsWith = slices.Clone(f.DependsOn), slices.Clone(f.ConflictsWith)
			slices.Reverse(f.DependsOn)
			slices.Reverse(f.ConflictsWith)
		})
	}
	return features.NewCatalogue(registry)
}

func checkLinked(t *testing.T, c *features.Catalogue, f *features.Feature, all []features.Evaluation, place int) {
	t.Helper()
	for i, other := range c.Features() {
		on := all[place].Value.Enabled && all[i].Value.Enabled
		if all[place].Value.Enabled && !all[i].Value.Enabled && slices.Contains(f.DependsOn, other.Key) {
			t.Errorf("%s is on, and %s, which it needs, is off", f.Key, other.Key)
		}
		if on && slices.Contains(f.ConflictsWith, other.Key) {
			t.Errorf("%s and %s conflict and are both on", f.Key, other.Key)
		}
	}
}

// What an account has on or off, all of its people have; and the effect's panels say the same as single questions.
func TestStatesBoundWhatPeopleHave(t *testing.T) {
	t.Parallel()
	featurestest.EachWorld(t, func(t *testing.T, r *rand.Rand) {
		c, accounts := featurestest.RandomWorld(r)
		for _, a := range accounts[:min(3, len(accounts))] {
			for _, f := range c.Features() {
				state := c.State(f, a, now())
				for _, user := range []string{"user-1", "user-2", "user-5", "somebody"} {
					for _, role := range []string{"owner", "mechanic", "clerk"} {
						on := c.Evaluate(f, &features.Context{Account: a, User: user, Role: role}, now()).Value.Enabled
						if on && state == features.Off || !on && state == features.On {
							t.Errorf("%s is %s for the account, and %v for %s, %s", f.Key, state, on, user, role)
						}
					}
				}
			}
		}
	})
}

// linked gives a feature that is on by default with what it needs and what it conflicts with.
func linked(id int64, key string, needs, conflicts string) *features.Feature {
	f := feature(id, key)
	f.Default, f.DependsOn, f.ConflictsWith = on, strings.Fields(needs), strings.Fields(conflicts)
	return f
}

// Rows written by hand may break what is refused otherwise: everything ends all the same, and what is broken is off.
func TestBrokenLinks(t *testing.T) {
	t.Parallel()
	c := catalogue([]*features.Feature{
		linked(1, "a", "b", ""), linked(2, "b", "c", ""), linked(3, "c", "a", ""), linked(4, "self", "self", "self"),
		linked(5, "lost", "nowhere", "nobody"), linked(6, "behind", "lost", ""), linked(7, "fine", "", ""),
	}, nil)
	for _, f := range c.Features() {
		e := c.Explain(f, &features.Context{}, now())
		if f.Key == "fine" {
			if !e.Evaluation.Value.Enabled {
				t.Error("what is linked to nothing is off")
			}
			continue
		}
		if e.Evaluation != (features.Evaluation{Source: features.SourceDependency}) {
			t.Errorf("%s is %+v", f.Key, e.Evaluation)
		}
	}
	for key, want := range map[string]string{
		"a": "it needs Feature b, which is off; these form a cycle", "lost": "it needs nowhere, which does not exist",
		"behind": "it needs Feature lost, which is off",
	} {
		f, _ := c.Feature(key)
		if got := c.Explain(f, &features.Context{}, now()).Sentence(); got != `Off by rule "Dependencies": `+want+"." {
			t.Errorf("%s: %s", key, got)
		}
	}
}

// The rows of the case table of docs/evaluation.md §13 that take more than one feature, and what each explanation says.
func TestCaseTableOfLinks(t *testing.T) {
	t.Parallel()
	owners := features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"owner"}}}.Normalize()
	released := linked(2, "b", "", "")
	released.Rollout = owners
	boise := account(1, "Boise")
	for _, c := range []struct {
		name     string
		registry []*features.Feature
		account  *features.Account
		role     string
		want     string
		says     string // of the first feature
	}{
		{
			"dependency off only for this role: the mechanic",
			[]*features.Feature{linked(1, "a", "b", ""), released},
			boise, "mechanic",
			"a=off dependency b=off rollout", `Off by rule "Dependencies": it needs Feature b, which is off.`,
		},
		{
			"dependency off only for this role: the owner",
			[]*features.Feature{linked(1, "a", "b", ""), released},
			boise, "owner",
			"a=on default b=on default", `On by rule "Default": on.`,
		},
		{
			"A depends on B, C beats B",
			[]*features.Feature{linked(1, "a", "b", ""), linked(3, "b", "", ""), linked(2, "c", "", "b")},
			boise, "",
			"a=off dependency c=on default b=off conflict", `Off by rule "Dependencies, again": it needs Feature b, which is off.`,
		},
		{
			"A beats B, B beats C",
			[]*features.Feature{linked(2, "b", "", "a c"), linked(1, "a", "", ""), linked(3, "c", "", "")},
			boise, "",
			"a=on default b=off conflict c=off conflict",
			`Off by rule "Conflicts": it conflicts with Feature a, which is on and stronger because it comes first in the registry; Feature c, which is on and weaker.`,
		},
		{
			"an override beats",
			[]*features.Feature{linked(1, "a", "", "b"), linked(2, "b", "", "")},
			account(1, "Boise", set(2, on)), "",
			"a=off conflict b=on override", `Off by rule "Conflicts": it conflicts with Feature b, which is on and stronger because it is overridden.`,
		},
		{
			"a conflict with what is off",
			[]*features.Feature{linked(1, "a", "", "b"), linked(2, "b", "", "")},
			account(1, "Boise", set(2, off)), "",
			"a=on default b=off override", `On by rule "Default": on.`,
		},
	} {
		known := catalogue(c.registry, nil)
		who := &features.Context{Account: c.account, Role: c.role}
		var got []string
		for _, f := range known.Features() {
			e := known.Evaluate(f, who, now())
			got = append(got, fmt.Sprintf("%s=%s %s", f.Key, features.OnOff(e.Value.Enabled), e.Source))
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s: %s, want %s", c.name, text, c.want)
		}
		if says := known.Explain(c.registry[0], who, now()).Sentence(); says != c.says {
			t.Errorf("%s: says %s\nwant %s", c.name, says, c.says)
		}
	}
	some := catalogue([]*features.Feature{linked(1, "a", "b", ""), released}, nil)
	if got := some.State(some.Features()[0], boise, now()); got != features.Some {
		t.Errorf("dependency off only for this role: the account is %s", got)
	}
}

// A great many linked features take more room than there is at hand.
func TestManyLinkedFeatures(t *testing.T) {
	t.Parallel()
	registry := []*features.Feature{linked(1, "f_1", "", "")}
	for id := int64(2); id <= 300; id++ {
		registry = append(registry, linked(id, fmt.Sprintf("f_%d", id), fmt.Sprintf("f_%d", id-1), ""))
	}
	c := catalogue(registry, nil)
	last, who := registry[299-0], &features.Context{}
	if !c.Evaluate(last, who, now()).Value.Enabled || !c.EvaluateAll(who, now(), nil)[299].Value.Enabled {
		t.Error("the last of a chain is off")
	}
	c = c.With(registry[0].With(func(f *features.Feature) { f.Default = off }))
	if c.Evaluate(last, who, now()).Value.Enabled || c.EvaluateAll(who, now(), nil)[299].Value.Enabled {
		t.Error("the last of a chain is on, and the first off")
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	a := account(1, "Boise", set(2, off))
	c := catalogue([]*features.Feature{linked(1, "top", "mid other", ""), linked(2, "low", "", ""), linked(3, "mid", "low", ""), linked(4, "other", "", "")}, nil)
	top, _ := c.Feature("top")
	var keys []string
	for _, f := range c.MissingDependencies(top, a, now()) {
		keys = append(keys, f.Key)
	}
	if strings.Join(keys, " ") != "low mid" {
		t.Errorf("missing are %v", keys)
	}
	stranger := feature(9, "stranger")
	if c.MissingDependencies(stranger, a, now()) != nil || c.LinksOf(stranger).Dependencies != nil {
		t.Error("a feature that is not there misses something")
	}
	if got := c.Evaluate(stranger, &features.Context{Account: a}, now()); got.Source != features.SourceInactive || c.State(stranger, a, now()) != features.Off {
		t.Errorf("a feature that is not there is %+v", got)
	}
	links := c.LinksOf(c.Features()[2])
	if len(links.Dependencies) != 1 || links.Dependencies[0].Key != "low" || len(links.Dependents) != 1 || links.Dependents[0] != top || links.Conflicts != nil {
		t.Errorf("the links are %+v", links)
	}
}
