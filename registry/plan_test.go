package registry_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"flagstone/features"
	"flagstone/features/featurestest"
	"flagstone/registry"
)

// fileFeature gives a feature of a file that is off by default.
func fileFeature(key string, change func(*registry.FileFeature)) registry.FileFeature {
	f := registry.FileFeature{
		Draft: features.FeatureDraft{Key: key, Name: "Feature " + key}, Enabled: true, Active: true,
		At: registry.Place{Line: 2, Column: 5},
	}
	if change != nil {
		change(&f)
	}
	return f
}

// changeOf returns the change of one thing of a plan.
func changeOf[T any](t *testing.T, planned []registry.PlannedChange[T], key string) registry.PlannedChange[T] {
	t.Helper()
	for _, p := range planned {
		if p.Key == key {
			return p
		}
	}
	t.Fatalf("%s is not in the plan", key)
	return registry.PlannedChange[T]{}
}

func TestPlanOfFeatures(t *testing.T) {
	t.Parallel()
	varied := feature(2, "varied")
	varied.Variants = []features.Variant{{Key: "a", Value: on, Weight: 5000}, {Key: "b", Weight: 5000}}
	l := liveWith([]*features.Feature{feature(1, "old"), varied, feature(3, "retired").With(func(f *features.Feature) { f.Active = false }), feature(4, "spare"), feature(5, "wanted")}, nil,
		account(1, "Arizona", set(1, on), features.Override{FeatureID: 2, Value: on, Variant: "a"}, set(3, on)), account(2, "Maple"))
	in := registry.Import{Prune: true, Requests: map[int64]int{5: 2}, File: registry.File{HasFeatures: true, Features: []registry.FileFeature{
		fileFeature("varied", func(f *registry.FileFeature) {
			f.Draft.Default, f.Draft.DisplayOrder, f.Ordered = on, 4, true
			f.Draft.Variants = []features.Variant{{Key: "a", Value: on, Weight: 10000}}
		}),
		fileFeature("fresh", func(f *registry.FileFeature) { f.Draft.Default, f.Ordered, f.Draft.DisplayOrder = on, true, 9 }),
		fileFeature("later", nil),
		fileFeature("limit", func(f *registry.FileFeature) { f.Draft.Type = features.IntegerType }),
	}}}
	plan, err := in.Plan(l, now())
	if err != nil {
		t.Fatal(err)
	}
	for key, outcome := range map[string]registry.Outcome{
		"varied": registry.Updated, "fresh": registry.Created, "later": registry.Created, "limit": registry.Created,
		"old": registry.Retired, "retired": registry.Unchanged, "spare": registry.Deleted, "wanted": registry.Retired,
	} {
		if p := changeOf(t, plan.Features, key); p.Outcome != outcome {
			t.Errorf("%s is to be %s, want %s", key, p.Outcome, outcome)
		}
	}
	if later := changeOf(t, plan.Features, "later").Is; later.DisplayOrder != 10 || later.ID == changeOf(t, plan.Features, "fresh").Is.ID {
		t.Errorf("the feature behind the others is %+v", later)
	}
	want := "[{display_order 2 4} {default off on} {strategy  all} {rollout_by  account} {variants a on 50%, b off 50% a on 100%}]"
	if got := fmt.Sprint(changeOf(t, plan.Features, "varied").Fields); got != want {
		t.Errorf("varied changes in %s", got)
	}
	if plan.Summary() != "3 features created, 1 changed, 2 retired, 1 deleted" {
		t.Errorf("the summary is %q", plan.Summary())
	}
	effects := map[string]string{}
	for _, e := range plan.Effects {
		effects[e.Feature.Key] = fmt.Sprintf("+%d -%d ~%d", len(e.Gain), len(e.Lose), len(e.Change))
	}
	if got := fmt.Sprint(effects); got != "map[fresh:+2 -0 ~0 old:+0 -1 ~0]" {
		t.Errorf("the effects are %s", got)
	}
}

// Lists that read the same to people are not the same.
func TestPlanTellsListsApart(t *testing.T) {
	t.Parallel()
	choice := feature(1, "choice")
	choice.Type, choice.Constraints.Enum = features.StringType, []features.JSON{`"a, b"`}
	choice.Variants = []features.Variant{{Key: "a", Value: integer(`"a, b"`), Weight: features.Everyone}, {Key: "b", Value: features.Value{Data: `"a, b"`}}}
	in := registry.Import{File: registry.File{Features: []registry.FileFeature{fileFeature("choice", func(f *registry.FileFeature) {
		f.Draft = choice.Draft()
		f.Draft.Constraints.Enum = []features.JSON{`"a"`, `"b"`}
		f.Draft.Variants = []features.Variant{{Key: "a", Value: integer(`"a"`), Weight: features.Everyone}, {Key: "b", Value: features.Value{Data: `"b"`}}}
	})}}}
	plan, err := in.Plan(liveWith([]*features.Feature{choice}, nil), now())
	if err != nil {
		t.Fatal(err)
	}
	want := `{enum "a, b" "a", "b"} {strategy  all} {rollout_by  account} {variants a on "a, b" 100%, b off "a, b" 0% a on "a" 100%, b off "b" 0%}`
	if got := fmt.Sprint(changeOf(t, plan.Features, "choice").Fields); !strings.Contains(got, want) {
		t.Errorf("it changes in %s", got)
	}
}

func TestPlanRefusals(t *testing.T) {
	t.Parallel()
	varied := feature(2, "varied")
	varied.Variants = []features.Variant{{Key: "a", Value: on, Weight: 10000}}
	l := liveWith([]*features.Feature{feature(1, "ai_agents"), varied}, nil,
		account(1, "Arizona", features.Override{FeatureID: 2, Value: on, Variant: "a"}), account(2, "Maple"))
	at := registry.Place{Line: 3, Column: 7}
	one := func(a registry.FileAccount) registry.File {
		a.At, a.Status = at, features.Active
		a.Draft = a.Draft.Normalize()
		return registry.File{Accounts: []registry.FileAccount{a}}
	}
	override := func(o registry.FileOverride) registry.File {
		o.At = at
		return registry.File{Overrides: []registry.FileOverride{o}}
	}
	for name, c := range map[string]struct {
		file registry.File
		want string
	}{
		"a derived name":   {registry.File{Features: []registry.FileFeature{fileFeature("ai.agents", nil)}}, "line 2, column 5: In the portal this key would have the same name as ai_agents (aiAgentsEnabled). Choose another key."},
		"a forced variant": {registry.File{Features: []registry.FileFeature{fileFeature("varied", nil)}}, "line 2, column 5: The overrides of 1 account force the variant a: reset them first."},
		"a tier":           {one(registry.FileAccount{Draft: features.AccountDraft{Name: "New", Tier: "gold"}}), `line 3, column 7: There is no tier with the key "gold": add it to the file's tiers, or leave it out.`},
		"a slug taken":     {one(registry.FileAccount{TargetingKey: "new", Draft: features.AccountDraft{Name: "New", Slug: "maple"}}), "line 3, column 7: maple is taken by Maple."},
		"a key taken":      {one(registry.FileAccount{TargetingKey: "new", Draft: features.AccountDraft{Name: "New", ExternalID: "arizona"}}), "line 3, column 7: arizona is taken by Arizona."},
		"no account":       {override(registry.FileOverride{Account: "nobody", Feature: "ai_agents"}), `line 3, column 7: There is no account with the targeting key "nobody": add it`},
		"no feature":       {override(registry.FileOverride{Account: "maple", Feature: "nothing"}), `line 3, column 7: There is no feature with the key "nothing": add it`},
		"no variant":       {override(registry.FileOverride{Account: "maple", Feature: "varied", Value: on, Variant: "z"}), "line 3, column 7: An override can force one of the feature's variants where it is on; varied has a."},
		"no variants":      {override(registry.FileOverride{Account: "maple", Feature: "ai_agents", Value: on, Variant: "z"}), "line 3, column 7: An override can force one of the feature's variants where it is on; ai_agents has none."},
		"a variant off":    {override(registry.FileOverride{Account: "maple", Feature: "varied", Variant: "a"}), "line 3, column 7: An override can force"},
	} {
		_, err := registry.Import{File: c.file, Accounts: true}.Plan(l, now())
		var problems features.Problems
		if !errors.As(err, &problems) || len(problems) != 1 || !strings.HasPrefix(problems[0].Error(), c.want) {
			t.Errorf("%s gives %v, want %s", name, err, c.want)
		}
	}
}

func TestPlanOfAccounts(t *testing.T) {
	t.Parallel()
	tiers := []features.Tier{{ID: 1, Key: "free", Name: "Free", Position: 1}, {ID: 2, Key: "pro", Name: "Pro", Position: 2}, {ID: 3, Key: "old", Name: "Old", Position: 3}}
	maple := *account(2, "Maple")
	maple.TierID, maple.ExternalID = 1, "crm_2"
	l := liveWith([]*features.Feature{feature(1, "ai_agents")}, tiers, account(1, "Arizona", set(1, on)), features.NewAccount(maple), account(3, "Cedar"))
	in := registry.Import{
		Accounts: true, Prune: true, Reasons: map[registry.Cell]string{{Account: 1, Feature: 1}: "beta"},
		File: registry.File{
			HasTiers: true,
			Tiers:    []registry.FileTier{{Tier: features.Tier{Key: "pro", Name: "Pro", Position: 5}, Ordered: true}, {Tier: features.Tier{Key: "gold", Name: "Gold"}}},
			Features: []registry.FileFeature{fileFeature("limit", func(f *registry.FileFeature) { f.Draft.Type = features.IntegerType })},
			Accounts: []registry.FileAccount{
				{Draft: features.AccountDraft{Name: "Maple", Slug: "maple", ExternalID: "crm_2", Tier: "free"}, Status: features.Active},
				{TargetingKey: "cedar", Draft: features.AccountDraft{Name: "Cedar", Slug: "cedar", Tier: "gold"}, Status: features.Suspended},
				{Draft: features.AccountDraft{Name: "New", Slug: "new", Tier: "free"}, Status: features.Active},
			},
			Overrides: []registry.FileOverride{
				{Account: "arizona", Feature: "ai_agents", Value: on, Reason: "pilot"},
				{Account: "new", Feature: "ai_agents", Value: on, ExpiresAt: now().Add(time.Hour)},
				{Account: "maple", Feature: "ai_agents", Value: on, ExpiresAt: now()},
				{Account: "maple", Feature: "limit", Value: features.Value{Enabled: true, Data: "7"}},
			},
		},
	}
	plan, err := in.Plan(l, now())
	if err != nil {
		t.Fatal(err)
	}
	if plan.Summary() != "1 feature created; 1 tier created, 1 changed, 1 deleted; 1 account created, 1 changed; 2 overrides created, 1 changed" {
		t.Errorf("the summary is %q", plan.Summary())
	}
	if free := changeOf(t, plan.Tiers, "free"); free.Outcome != registry.LeftOut || free.Note != "kept for its 2 accounts" {
		t.Errorf("the tier in use is to be %s, %q", free.Outcome, free.Note)
	}
	if gold := changeOf(t, plan.Tiers, "gold").Is; gold.Position != 6 {
		t.Errorf("the new tier is %+v", gold)
	}
	if changed := changeOf(t, plan.Overrides, "arizona ai_agents"); fmt.Sprint(changed.Fields) != "[{reason beta pilot}]" {
		t.Errorf("the override changes in %v", changed.Fields)
	}
	for key, note := range map[string]string{"maple ai_agents": "has expired; left out"} {
		if p := changeOf(t, plan.Overrides, key); p.Outcome != registry.LeftOut || p.Note != note {
			t.Errorf("%s is to be %s, %q", key, p.Outcome, p.Note)
		}
	}
	if len(plan.Effects) != 2 || len(plan.Effects[0].Gain) != 1 || plan.Effects[0].Gain[0].Name != "New" || plan.Effects[1].Gain[0].Name != "Maple" {
		t.Errorf("the effects are %+v", plan.Effects)
	}
	again, err := in.Plan(l, now())
	if err != nil || again.Digest != plan.Digest {
		t.Errorf("worked out again the plan is another: %v", err)
	}
	in.File.Overrides[0].Reason = "other"
	if other, err := in.Plan(l, now()); err != nil || other.Digest == plan.Digest {
		t.Errorf("another file gives the same digest: %v", err)
	}
}

// TestPruneKeepsWhatTheFileOverrides: a feature that the file's own overrides need is not deleted.
func TestPruneKeepsWhatTheFileOverrides(t *testing.T) {
	t.Parallel()
	l := liveWith([]*features.Feature{feature(1, "ai_agents"), feature(2, "spare")}, nil, account(1, "Arizona", set(1, on)))
	in := registry.Import{Accounts: true, Prune: true, File: registry.File{HasFeatures: true, Overrides: []registry.FileOverride{
		{Account: "arizona", Feature: "spare", Value: on},
	}}}
	plan, err := in.Plan(l, now())
	if err != nil {
		t.Fatal(err)
	}
	if spare := changeOf(t, plan.Features, "spare"); spare.Outcome != registry.Retired {
		t.Errorf("the feature is to be %s", spare.Outcome)
	}
	in.Prune = false
	in.File.Overrides = append(in.File.Overrides, registry.FileOverride{Account: "arizona", Feature: "ai_agents"})
	if plan, err = in.Plan(l, now()); err != nil {
		t.Fatal(err)
	}
	if len(plan.Effects) != 2 || len(plan.Effects[0].Lose) != 1 || len(plan.Effects[1].Gain) != 1 {
		t.Errorf("the effects are %+v", plan.Effects)
	}
}

func TestOnlyNewLeavesWhatIsThere(t *testing.T) {
	t.Parallel()
	l := liveWith([]*features.Feature{feature(1, "ai_agents")}, []features.Tier{{ID: 1, Key: "pro", Name: "Pro"}}, account(1, "Arizona", set(1, on)))
	in := registry.Import{OnlyNew: true, Accounts: true, File: registry.File{
		Features:  []registry.FileFeature{fileFeature("ai_agents", nil)},
		Tiers:     []registry.FileTier{{Tier: features.Tier{Key: "pro", Name: "Other"}}},
		Accounts:  []registry.FileAccount{{Draft: features.AccountDraft{Name: "Other", Slug: "arizona"}}},
		Overrides: []registry.FileOverride{{Account: "arizona", Feature: "ai_agents"}},
	}}
	if plan, err := in.Plan(l, now()); err != nil || plan.Changes() != 0 || plan.Summary() != "" {
		t.Errorf("the plan is %+v, %v", plan, err)
	}
}

func TestPlanWithoutAccountsSaysSo(t *testing.T) {
	t.Parallel()
	in := registry.Import{File: registry.File{Accounts: make([]registry.FileAccount, 1), Overrides: make([]registry.FileOverride, 2)}}
	plan, err := in.Plan(liveWith(nil, nil), now())
	if err != nil || fmt.Sprint(plan.Notes) != "[The file also has 1 account and 2 overrides; they are not imported unless you include them.]" {
		t.Errorf("the notes are %v, %v", plan.Notes, err)
	}
}

// TestOwnFileChangesNothing takes many worlds as files: taken over where they come from, they change nothing; taken over
// by an empty Flagstone, they give the same file.
func TestOwnFileChangesNothing(t *testing.T) {
	t.Parallel()
	featurestest.EachWorld(t, func(t *testing.T, r *rand.Rand) {
		l := features.NewLive()
		c, accounts := featurestest.RandomWorld(r)
		l.Apply(features.Batch{Position: 1, Accounts: accounts, Catalogue: c})
		reasons := map[registry.Cell]string{{Account: 1, Feature: 1}: "beta"}
		in := registry.Import{File: registry.FileOf(l, reasons, now()), Accounts: true, Prune: true, Reasons: reasons}
		plan, err := in.Plan(l, now())
		if forced := err != nil && strings.Contains(err.Error(), "force one of"); forced {
			return // an override of this world forces a variant that is gone
		}
		if err != nil || plan.Changes() != 0 || len(plan.Effects) != 0 {
			t.Errorf("its own file makes of it %+v, %v", plan, err)
		}
		if registry.FileOf(l, nil, now()).Accounts != nil {
			t.Error("accounts are in a file without them")
		}
	})
}

func TestFileChecks(t *testing.T) {
	t.Parallel()
	draft := features.AccountDraft{Name: "A"}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"an account":     {registry.FileAccount{Draft: draft, Status: features.Active}.Validate(), "<nil>"},
		"a bad account":  {registry.FileAccount{TargetingKey: "a\nb", Draft: features.AccountDraft{}, Status: "gone"}.Validate(), "targeting_key: Write it on one line.; status: Choose active or suspended.; name: Enter a name."},
		"an override":    {registry.FileOverride{Account: "a", Feature: "b"}.Validate(), "<nil>"},
		"a bad override": {registry.FileOverride{Reason: strings.Repeat("x", 501)}.Validate(), "account: Name the account by its targeting key.; feature: Name the feature by its key.; reason: Use at most 500 characters."},
	} {
		if got := fmt.Sprint(c.err); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
