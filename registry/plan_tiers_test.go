package registry_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"flagstone/features"
	"flagstone/registry"
)

// planWorld has two tiers, a typed feature and an account in each tier.
func planWorld() *features.Live {
	flows, batch := feature(1, "flows"), feature(3, "batch")
	batch.DependsOn = []string{"hooks"}
	flows.Type = features.IntegerType
	maple, cedar := account(1, "Maple", set(1, features.Value{Enabled: true, Data: "9"})).InTier(1), account(2, "Cedar").InTier(2)
	return liveOf(features.NewCatalogue(features.Registry{
		Features: []*features.Feature{flows, feature(2, "hooks"), batch},
		Tiers:    []features.Tier{{ID: 1, Key: "free", Name: "Free", Position: 1}, {ID: 2, Key: "pro", Name: "Pro", Position: 2}},
		TierFeatures: []features.TierFeature{
			{TierID: 1, FeatureID: 1, Value: features.Value{Enabled: true, Data: "10"}, AllowOverride: true},
			{TierID: 1, FeatureID: 2, Value: off},
			{TierID: 2, FeatureID: 2, Value: on, AllowOverride: true},
		},
		Settings: features.Settings{Mode: features.ModeLive, StaleDays: 30},
	}), maple, cedar)
}

func fileTier(key string, position int, tierFeatures ...registry.FileTierFeature) registry.FileTier {
	return registry.FileTier{
		Tier: features.Tier{Key: key, Name: strings.ToUpper(key[:1]) + key[1:], Position: position}, Ordered: true, HasFeatures: true,
		Features: tierFeatures, At: registry.Place{Line: 7, Column: 3},
	}
}

func lists(key string, data features.JSON, open bool) registry.FileTierFeature {
	return registry.FileTierFeature{
		Feature: key, TierFeature: features.TierFeature{Value: features.Value{Enabled: true, Data: data}, AllowOverride: open},
		At: registry.Place{Line: 8, Column: 5},
	}
}

func TestPlanOfTiers(t *testing.T) {
	t.Parallel()
	l := planWorld()
	asked := lists("flows", "50", true)
	asked.AllowUpgrade = true
	in := registry.Import{Prune: true, File: registry.File{HasTiers: true, Tiers: []registry.FileTier{
		fileTier("free", 1, lists("flows", "20", true)), fileTier("pro", 2, lists("hooks", "", true), asked),
		fileTier("gold", 3, lists("flows", "99", false)),
	}}}
	plan, err := in.Plan(l, now())
	if err != nil {
		t.Fatal(err)
	}
	var outcomes []string
	for _, p := range plan.TierFeatures {
		outcomes = append(outcomes, fmt.Sprint(p.Key, " ", p.Outcome, " ", p.Fields))
	}
	want := "free flows update [{value 10 20}]; free hooks delete []; pro hooks unchanged []; " +
		"pro flows create [{enabled  true} {value  50} {allow_override  true} {allow_upgrade  true}]; " +
		"gold flows create [{enabled  true} {value  99} {allow_override  false} {allow_upgrade  false}]"
	if got := strings.Join(outcomes, "; "); got != want {
		t.Errorf("planned is\n%s\nwant\n%s", got, want)
	}
	if note := changeOf(t, plan.TierFeatures, "gold flows").Note; note != "99, locked" {
		t.Errorf("gold lists %q", note)
	}
	if note := changeOf(t, plan.TierFeatures, "pro flows").Note; note != "50, upgrade requests allowed" {
		t.Errorf("pro lists %q", note)
	}
	if plan.Summary() != "1 tier created; 2 tier features created, 1 changed, 1 deleted" {
		t.Errorf("the summary is %q", plan.Summary())
	}
	var effects []string
	for _, e := range plan.Effects {
		effects = append(effects, fmt.Sprintf("%s +%d -%d ~%d", e.Feature.Key, len(e.Gain), len(e.Lose), len(e.Change)))
	}
	if got := strings.Join(effects, "; "); got != "flows +1 -0 ~0" {
		t.Errorf("the effects are %s", got) // Maple keeps its override; Cedar has no more than it had of hooks
	}
	in.OnlyNew, in.Prune = true, false
	if plan, err = in.Plan(l, now()); err != nil || changeOf(t, plan.TierFeatures, "free flows").Outcome != registry.Unchanged || changeOf(t, plan.TierFeatures, "pro flows").Outcome != registry.Created {
		t.Errorf("only what is new: %+v, %v", plan.TierFeatures, err)
	}
	gone := registry.Import{Prune: true, File: registry.File{HasTiers: true, HasFeatures: true, Features: []registry.FileFeature{fileFeature("batch", nil)}}}
	if plan, err = gone.Plan(l, now()); err != nil {
		t.Fatal(err)
	}
	if note := changeOf(t, plan.Features, "hooks").Note; note != "listed by 2 tiers" {
		t.Errorf("hooks is retired for %q", note)
	}
	if note := changeOf(t, plan.Features, "flows").Note; note != "overridden for 1 account, listed by 1 tier" {
		t.Errorf("flows is retired for %q", note)
	}
	if p := changeOf(t, plan.Tiers, "pro"); p.Note != "kept for its 1 account" {
		t.Errorf("pro is to be %+v", p)
	}
}

// An override that the account's tier locks is taken over, and sleeps.
func TestPlanOfASleepingOverride(t *testing.T) {
	t.Parallel()
	l := planWorld()
	file := registry.File{Overrides: []registry.FileOverride{{Account: "maple", Feature: "hooks", Value: on}}}
	plan, err := registry.Import{File: file, Accounts: true}.Plan(l, now())
	if err != nil {
		t.Fatal(err)
	}
	if p := changeOf(t, plan.Overrides, "maple hooks"); p.Outcome != registry.Created || p.Note != "inactive, because the tier Free locks it" || len(plan.Effects) > 0 {
		t.Errorf("the override is planned as %+v, with %d effects", p, len(plan.Effects))
	}
}

// A plan that reaches features whose people may differ says whom it does not count.
func TestPlanSaysWhoIsUncounted(t *testing.T) {
	t.Parallel()
	f := feature(1, "hooks")
	f.Rollout = features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"owner"}}}.Normalize()
	l := liveWith([]*features.Feature{f, feature(2, "batch")}, nil, account(1, "Boise"))
	for key, want := range map[string]int{"hooks": 1, "batch": 0} {
		file := registry.File{Features: []registry.FileFeature{fileFeature(key, func(x *registry.FileFeature) {
			x.Draft.Default = on
			if key == "hooks" {
				x.Draft.Rollout = f.Rollout
			}
		})}}
		plan, err := registry.Import{File: file}.Plan(l, now())
		if err != nil || len(plan.Effects) != 1 || len(plan.Notes) != want {
			t.Errorf("%s: %v, %+v", key, err, plan)
		}
	}
}

func TestPlanOfTiersRefuses(t *testing.T) {
	t.Parallel()
	override := func(account, feature string, v features.Value) registry.File {
		return registry.File{Overrides: []registry.FileOverride{{Account: account, Feature: feature, Value: v, At: registry.Place{Line: 3, Column: 7}}}}
	}
	typed := func(key string, change func(*features.FeatureDraft)) registry.File {
		return registry.File{HasFeatures: true, Features: []registry.FileFeature{fileFeature(key, func(f *registry.FileFeature) {
			f.Draft.Type = features.IntegerType
			change(&f.Draft)
		})}}
	}
	for name, c := range map[string]struct {
		file  registry.File
		prune bool
		want  string
	}{
		"a feature that does not exist": {registry.File{Tiers: []registry.FileTier{fileTier("free", 1, lists("nothing", "", true))}}, false, `line 8, column 5: There is no feature with the key "nothing"`},
		"a value of another type":       {registry.File{Tiers: []registry.FileTier{fileTier("free", 1, lists("flows", `"x"`, true))}}, false, "line 8, column 5: value: Enter a whole number"},
		"an override of another type":   {override("maple", "flows", on), false, "line 3, column 7: A feature that is on needs a value of the type integer"},
		"circular dependency":           {registry.File{Features: []registry.FileFeature{fileFeature("hooks", func(f *registry.FileFeature) { f.Draft.DependsOn = []string{"batch"} })}}, false, "line 2, column 5: depends_on: This would be a circular dependency"},
		"what a tier gives":             {typed("flows", func(d *features.FeatureDraft) { d.Constraints.Max = new(int64(9)) }), false, "line 2, column 5: The value in the tier Free would become invalid: 10. 10 is more than the maximum, 9"},
		"what an override gives":        {typed("flows", func(d *features.FeatureDraft) { d.Constraints.Min = new(int64(10)) }), false, "line 2, column 5: The override of Maple would become invalid: 9. 9 is less than the minimum, 10"},
		"what another needs":            {registry.File{HasFeatures: true, Features: []registry.FileFeature{fileFeature("fresh", func(f *registry.FileFeature) { f.Draft.DependsOn = []string{"batch"} })}}, true, "fresh names batch, which this would delete: change it too."},
	} {
		_, err := registry.Import{File: c.file, Accounts: true, Prune: c.prune}.Plan(planWorld(), now())
		var problems features.Problems
		if !errors.As(err, &problems) || !strings.Contains(problems.Error(), c.want) {
			t.Errorf("%s gives %v, want %s", name, err, c.want)
		}
	}
}
