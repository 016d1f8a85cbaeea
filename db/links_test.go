package db_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// saves changes what a person wrote of a feature.
func (s shop) saves(t *testing.T, key string, change func(*features.FeatureDraft)) error {
	t.Helper()
	f := s.feature(t, key)
	draft := f.Draft()
	change(&draft)
	_, err := s.UpdateFeature(t.Context(), dbtest.Actor(), db.FeatureChange{Draft: draft, Version: f.Revision})
	return err
}

// refusedAt tells whether an error is a refusal at a field that says something.
func refusedAt(err error, field, says string) bool {
	var problems features.Problems
	var one *features.Error
	switch {
	case errors.As(err, &problems):
		one = problems[0]
	case !errors.As(err, &one):
		return false
	}
	return one.Field == field && strings.Contains(one.Message, says)
}

func dependsOn(keys ...string) func(*features.FeatureDraft) {
	return func(d *features.FeatureDraft) { d.DependsOn = keys }
}

// list has a tier list a feature, by hand.
func (s shop) list(t *testing.T, tier, key string, x features.TierFeature) {
	t.Helper()
	_, err := console(t, s.DB).ExecContext(t.Context(), `
		INSERT OR REPLACE INTO tier_features (tier_id, feature_id, enabled, value, allow_override, allow_upgrade)
		VALUES ((SELECT id FROM tiers WHERE key = ?1), ?2, ?3, ?4, ?5, ?6)`,
		tier, s.features[key], x.Value.Enabled, x.Value.Data, x.AllowOverride, x.AllowUpgrade)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestLinksAreHeldToTheirRules(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	if err := s.saves(t, "ai_agents", dependsOn("knowledge_base")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name        string
		err         error
		field, says string
	}{
		{"circular dependency", s.saves(t, "knowledge_base", dependsOn("ai_agents")), "depends_on", "knowledge_base, which needs ai_agents, which needs knowledge_base"},
		{"an unknown key", s.saves(t, "knowledge_base", dependsOn("nothing")), "depends_on", `"nothing"`},
		{"a conflict with what it needs", s.saves(t, "ai_agents", func(d *features.FeatureDraft) { d.ConflictsWith = []string{"knowledge_base"} }), "conflicts_with", "which it needs"},
		{"a new feature", func() error {
			_, err := s.CreateFeature(t.Context(), dbtest.Actor(), features.FeatureDraft{Key: "new_one", Name: "New", Links: features.Links{DependsOn: []string{"new_one"}}})
			return err
		}(), "depends_on", "cannot depend on itself"},
	} {
		if !refusedAt(c.err, c.field, c.says) {
			t.Errorf("%s: %v, want %s: … %s", c.name, c.err, c.field, c.says)
		}
	}
	s.refuses(t, "deleting what another needs", features.Error{
		Kind: features.Conflict, Message: s.feature(t, "knowledge_base").Name + " is used by the feature ai_agents. Change these first, or retire the feature.",
	}, func() error {
		_, err := s.DeleteFeature(t.Context(), dbtest.Actor(), "knowledge_base", "")
		return err
	})
	// What one needs goes with it, in one change, and comes back with it.
	account := s.accounts[0]
	revision, err := s.SetOverride(t.Context(), dbtest.Actor(), db.OverrideChange{Account: account, Feature: "ai_agents", Value: on, WithDependencies: true})
	if err != nil || !s.has(t, account, "ai_agents") || !s.has(t, account, "knowledge_base") {
		t.Fatalf("with what it needs: %v", err)
	}
	if rows := s.rows(t, revision); len(rows) != 2 || rows[0].FeatureKey != "knowledge_base" {
		t.Errorf("the rows are %+v", rows)
	}
	set, err := s.ChangeSet(t.Context(), revision)
	if err != nil || !strings.HasSuffix(set.Summary, ", with "+s.feature(t, "knowledge_base").Name) {
		t.Errorf("the change is %q, %v", set.Summary, err)
	}
	s.undo(t, revision)
	if s.has(t, account, "ai_agents") || s.has(t, account, "knowledge_base") {
		t.Error("undone, they are on")
	}
}

// A link that is undone may make a circle by now: the undo is refused.
func TestUndoKeepsLinksWhole(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	for _, step := range []struct{ key, needs string }{{"ai_agents", "knowledge_base"}, {"ai_agents", ""}} {
		if err := s.saves(t, step.key, dependsOn(strings.Fields(step.needs)...)); err != nil {
			t.Fatal(err)
		}
	}
	removed := s.newest(t, nil)
	if err := s.saves(t, "knowledge_base", dependsOn("ai_agents")); err != nil {
		t.Fatal(err)
	}
	_, _, err := s.Undo(t.Context(), dbtest.Actor(), removed, "")
	if features.KindOf(err) != features.Conflict || !strings.Contains(err.Error(), "circular dependency") {
		t.Errorf("undoing it: %v", err)
	}
}

func TestValuesAreHeldToTheirRules(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	zero, four, ten := int64(0), int64(4), int64(10)
	err := s.saves(t, "ai_agents", func(d *features.FeatureDraft) {
		d.Type, d.Default, d.Constraints.Min = features.IntegerType, features.Value{Enabled: true, Data: "5"}, &zero
	})
	if err != nil {
		t.Fatal(err)
	}
	override := func(account int64, v features.Value) error {
		_, err := s.SetOverride(t.Context(), dbtest.Actor(), db.OverrideChange{Account: account, Feature: "ai_agents", Value: v, Version: s.version(t, account, "ai_agents")})
		return err
	}
	if err := override(s.accounts[0], features.Value{Enabled: true, Data: "-1"}); !refusedAt(err, "value", "-1 is less than the minimum, 0") {
		t.Errorf("a negative limit: %v", err)
	}
	if err := override(s.accounts[0], on); !refusedAt(err, "value", "A feature that is on needs a value of the type integer") {
		t.Errorf("on without a value: %v", err)
	}
	if err := override(s.accounts[0], features.Value{Enabled: true, Data: "50"}); err != nil {
		t.Fatal(err)
	}
	served := func() features.Value {
		who := &features.Context{Account: s.Live().Accounts().ByID(s.accounts[0])}
		return s.Live().Catalogue().Evaluate(s.feature(t, "ai_agents"), who, time.Now()).Value
	}
	if got := served(); got.Data != "50" || s.cell(t, s.accounts[0], "ai_agents").Override.Value.Data != "50" {
		t.Errorf("served is %+v", got)
	}
	s.list(t, "free", "ai_agents", features.TierFeature{Value: features.Value{Enabled: true, Data: "3"}})
	if err := s.saves(t, "ai_agents", func(d *features.FeatureDraft) { d.Constraints.Max = &ten }); !refusedAt(err, "min", "overrides of 1 account, 50") {
		t.Errorf("what an override has: %v", err)
	}
	if err := s.saves(t, "ai_agents", func(d *features.FeatureDraft) { d.Constraints.Min = &four }); !refusedAt(err, "min", "the tier FREE, 3") {
		t.Errorf("what a tier gives: %v", err)
	}
	if err := s.saves(t, "ai_agents", func(d *features.FeatureDraft) {
		d.Type, d.Constraints, d.Default = features.BooleanType, features.Constraints{}, off
	}); !refusedAt(err, "type", "The type stays integer") {
		t.Errorf("another type: %v", err)
	}
	// The lock: an override is refused, and the one there is sleeps.
	run(t, s.DB, `UPDATE accounts SET tier_id = (SELECT id FROM tiers WHERE key = 'free')`)
	if err := s.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := served(); got.Data != "3" {
		t.Errorf("locked it is %+v", got)
	}
	if err := override(s.accounts[1], features.Value{Enabled: true, Data: "7"}); !refusedAt(err, "value", "The tier FREE locks") {
		t.Errorf("an override where the tier locks: %v", err)
	}
}

// What a feature needs is switched on with it only where it is known with what value.
func TestNeedsWithoutAUsualValue(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	if err := errors.Join(
		s.saves(t, "knowledge_base", func(d *features.FeatureDraft) { d.Type = features.IntegerType }),
		s.saves(t, "ai_agents", dependsOn("knowledge_base")),
	); err != nil {
		t.Fatal(err)
	}
	change := db.OverrideChange{Account: s.accounts[0], Feature: "ai_agents", Value: on, WithDependencies: true}
	_, err := s.SetOverride(t.Context(), dbtest.Actor(), change)
	if !refusedAt(err, "value", s.feature(t, "knowledge_base").Name+" cannot be switched on together with this") {
		t.Errorf("an override: %v", err)
	}
	bulk := features.Bulk{Action: features.EnableFeature, Feature: "ai_agents", WithDependencies: true, Selection: everyone}
	if _, err := s.PlanBulk(bulk); !refusedAt(err, "value", "cannot be switched on together with this") {
		t.Errorf("for many: %v", err)
	}
	change.Feature, change.Value.Data, change.WithDependencies = "knowledge_base", "5", false
	if _, err := s.SetOverride(t.Context(), dbtest.Actor(), change); err != nil {
		t.Fatal(err)
	}
	if plan := s.plan(t, bulk); len(plan.Writes) != 1 {
		t.Errorf("once it has a value, %+v is written", plan.Writes)
	}
}

// What is switched on along with what needs it has what the account's tier gives.
func TestNeedsHaveWhatTheTierGives(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	if err := errors.Join(
		s.saves(t, "knowledge_base", func(d *features.FeatureDraft) {
			d.Type, d.Default = features.IntegerType, features.Value{Data: "5"}
		}),
		s.saves(t, "ai_agents", dependsOn("knowledge_base")),
	); err != nil {
		t.Fatal(err)
	}
	s.list(t, "pro", "knowledge_base", features.TierFeature{Value: features.Value{Enabled: true, Data: "9"}, AllowOverride: true})
	s.tier(t, "pro")
	s.set(t, s.accounts[0], "knowledge_base", false)
	change := db.OverrideChange{Account: s.accounts[0], Feature: "ai_agents", Value: on, WithDependencies: true}
	if _, err := s.SetOverride(t.Context(), dbtest.Actor(), change); err != nil {
		t.Fatal(err)
	}
	a := s.Live().Accounts().ByID(s.accounts[0])
	if got := s.Live().Catalogue().AccountValue(s.feature(t, "knowledge_base"), a, time.Now()).Value; got != (features.Value{Enabled: true, Data: "9"}) {
		t.Errorf("it is %+v", got)
	}
}

func TestVariantsBringTheirOwnValues(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	if err := s.saves(t, "ai_agents", func(d *features.FeatureDraft) {
		d.Type, d.Variants = features.IntegerType, []features.Variant{{Key: "a", Value: features.Value{Enabled: true, Data: "1"}, Weight: features.Everyone}}
	}); err != nil {
		t.Fatal(err)
	}
	change := db.OverrideChange{Account: s.accounts[0], Feature: "ai_agents", Value: features.Value{Enabled: true, Data: `"junk"`}, Variant: "a"}
	if _, err := s.SetOverride(t.Context(), dbtest.Actor(), change); !refusedAt(err, "variant", "A variant has its own value") {
		t.Errorf("a variant with a value: %v", err)
	}
	file := read(t, "overrides:\n  - {account: account-0, feature: ai_agents, enabled: true, variant: a, value: junk}\n")
	file.Accounts = true
	if _, err := s.PlanRegistry(t.Context(), file); !refusedAt(err, "line 2, column 5", "A variant has its own value") {
		t.Errorf("in a file: %v", err)
	}
}
