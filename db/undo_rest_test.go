package db_test

import (
	"slices"
	"strings"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// save edits a feature.
func (s shop) save(t *testing.T, key string, change func(*features.FeatureDraft)) {
	t.Helper()
	s.newest(t, s.saves(t, key, change))
}

// override sets a value, or forces a variant, over whatever is there.
func (s shop) override(t *testing.T, account int64, key string, data features.JSON, variant string) {
	t.Helper()
	cell := db.CellKey{Account: account, Feature: s.feature(t, key).ID}
	cells, err := s.Cells(t.Context(), []int64{cell.Account}, []int64{cell.Feature})
	if err != nil {
		t.Fatal(err)
	}
	revision, err := s.SetOverride(t.Context(), dbtest.Actor(), db.OverrideChange{
		Account: account, Feature: key, Value: features.Value{Enabled: true, Data: data}, Variant: variant, Version: cells[cell].Version,
	})
	sure(t, revision, err)
}

// feature creates a feature.
func (s shop) newFeature(t *testing.T, draft features.FeatureDraft) {
	t.Helper()
	draft.Name = strings.ToUpper(draft.Key)
	revision, err := s.CreateFeature(t.Context(), dbtest.Actor(), draft)
	sure(t, revision, err)
}

// clearAll takes every override away.
func (s shop) clearAll(t *testing.T) int64 {
	t.Helper()
	return s.apply(t, features.Bulk{Action: features.ClearOverrides, Selection: everyone})
}

// overridden lists what accounts have an override of: "1 limit".
func (s shop) overridden(t *testing.T) []string {
	t.Helper()
	return column(t, s.DB, `SELECT a.id || ' ' || f.key FROM overrides o JOIN accounts a ON a.id = o.account_id JOIN features f ON f.id = o.feature_id ORDER BY 1`)
}

func variants(keys ...string) func(*features.FeatureDraft) {
	return func(d *features.FeatureDraft) {
		d.Variants = nil
		for _, key := range keys {
			d.Variants = append(d.Variants, features.Variant{Key: key, Value: on, Weight: features.Percent(10_000 / len(keys))})
		}
	}
}

// Each case clears overrides of two accounts, one of which cannot come back: the others do.
func TestUndoOfABulkChangePutsBackTheRest(t *testing.T) {
	t.Parallel()
	limit := func(s shop, t *testing.T) {
		s.newFeature(t, features.FeatureDraft{Key: "limit", Type: features.IntegerType, Default: features.Value{Enabled: true, Data: "1"}})
		s.override(t, s.accounts[0], "limit", "50", "")
		s.override(t, s.accounts[1], "limit", "5", "")
	}
	most := func(n int64) func(*features.FeatureDraft) {
		return func(d *features.FeatureDraft) { d.Constraints.Max = &n }
	}
	for name, c := range map[string]struct {
		before func(shop, *testing.T)
		since  func(shop, *testing.T)
		why    string
	}{
		"a variant is gone": {
			func(s shop, t *testing.T) {
				s.save(t, "ai_agents", variants("a", "b"))
				s.override(t, s.accounts[0], "ai_agents", "", "b")
				s.override(t, s.accounts[1], "ai_agents", "", "a")
			},
			func(s shop, t *testing.T) { s.save(t, "ai_agents", variants("a", "c")) },
			"the variant b no longer exists",
		},
		"a limit is lower": {
			limit, func(s shop, t *testing.T) { s.save(t, "limit", most(10)) },
			"the value 50 is no longer allowed: ",
		},
		"a list is shorter": {
			limit, func(s shop, t *testing.T) {
				s.save(t, "limit", func(d *features.FeatureDraft) { d.Constraints.Enum = []features.JSON{"1", "5"} })
			},
			"the value 50 is no longer allowed: ",
		},
		"a schema is narrower": {
			func(s shop, t *testing.T) {
				s.newFeature(t, features.FeatureDraft{Key: "theme", Type: features.JSONType, Default: features.Value{Enabled: true, Data: `{"size":1}`}})
				s.override(t, s.accounts[0], "theme", `{"size":50}`, "")
				s.override(t, s.accounts[1], "theme", `{"size":5}`, "")
			},
			func(s shop, t *testing.T) {
				s.save(t, "theme", func(d *features.FeatureDraft) {
					d.Constraints.Schema = `{"type":"object","properties":{"size":{"maximum":10}}}`
				})
			},
			`the value {"size":50} is no longer allowed: `,
		},
		"the type is another": {
			func(s shop, t *testing.T) {
				s.newFeature(t, features.FeatureDraft{Key: "limit", Type: features.IntegerType, Default: features.Value{Enabled: true, Data: "1"}})
				s.override(t, s.accounts[0], "limit", "50", "")
			},
			func(s shop, t *testing.T) {
				s.save(t, "limit", func(d *features.FeatureDraft) {
					d.Type, d.Default = features.StringType, features.Value{Enabled: true, Data: `"eu"`}
				})
			},
			"the value 50 is no longer allowed: ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, 2)
			for _, account := range s.accounts {
				s.set(t, account, "knowledge_base", true)
			}
			c.before(s, t)
			before := s.overridden(t)
			cleared := s.clearAll(t)
			c.since(s, t)
			plan, undo := s.undo(t, cleared)
			if plan.Revert != len(before)-1 || plan.LeftCount != 1 || plan.Left[0].Name != awkward || !strings.HasPrefix(plan.Left[0].Why, c.why) {
				t.Errorf("the plan is %+v: want one left unchanged, as %s", plan, c.why)
			}
			after := s.overridden(t)
			if len(after) != len(before)-1 {
				t.Errorf("of %q there are %q again", before, after)
			}
			s.undo(t, undo)
			if got := s.overridden(t); len(got) != 0 {
				t.Errorf("undoing the undo leaves %q", got)
			}
		})
	}
}

// An override that the tier has come to lock comes back, and sleeps.
func TestUndoBringsAnOverrideBackAsleep(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	s.tier(t, "pro")
	s.set(t, s.accounts[0], "ai_agents", true)
	cleared := s.clearAll(t)
	locking := s.tierCell(t, "pro", "ai_agents", features.Value{})
	locking.AllowOverride = false
	revision, err := s.SetTierFeature(t.Context(), dbtest.Actor(), locking, "")
	sure(t, revision, err)
	s.undo(t, cleared)
	if s.cell(t, s.accounts[0], "ai_agents").Override == nil || s.has(t, s.accounts[0], "ai_agents") {
		t.Error("the override is not there, or counts")
	}
}

func TestUndoOfTierCellsPutsBackTheRest(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	s.newFeature(t, features.FeatureDraft{Key: "limit", Type: features.IntegerType, Default: features.Value{Enabled: true, Data: "1"}})
	s.setTierFeature(t, "pro", "limit", features.Value{Enabled: true, Data: "50"})
	s.setTierFeature(t, "pro", "ai_agents", on)
	save := db.TierSave{Changes: []db.TierFeatureChange{s.tierCell(t, "pro", "limit", features.Value{}), s.tierCell(t, "pro", "ai_agents", features.Value{})}}
	_, revision, err := s.SaveTierFeatures(t.Context(), dbtest.Actor(), save)
	sure(t, revision, err)
	most := int64(10)
	s.save(t, "limit", func(d *features.FeatureDraft) { d.Constraints.Max = &most })
	plan, _ := s.undo(t, revision)
	if plan.Revert != 1 || plan.LeftCount != 1 || plan.Left[0].FeatureKey != "limit" {
		t.Errorf("the plan is %+v", plan)
	}
}

// It is the tier that is gone, not the account.
func TestUndoIntoATierThatIsGone(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	revision, err := s.CreateTier(t.Context(), dbtest.Actor(), features.Tier{Key: "gold", Name: "Gold"})
	sure(t, revision, err)
	s.tier(t, "pro")
	s.edit(t, s.accounts[1], features.AccountDraft{Name: "Account 1", Slug: "account-1", ExternalID: "crm_1", Tier: "gold"})
	moved := s.tier(t, "free")
	revision, err = s.DeleteTier(t.Context(), dbtest.Actor(), db.TierDeletion{Key: "gold"})
	sure(t, revision, err)
	left := s.leftAs(t, moved, "Account 1", "the tier Gold no longer exists")
	if left.Entity != "account" {
		t.Errorf("left unchanged is %+v", left)
	}
	if plan, _ := s.undo(t, moved); plan.Revert != 1 {
		t.Errorf("the plan is %+v", plan)
	}
	s.undo(t, revision)
	if plan, _ := s.undo(t, moved); plan.Revert != 1 || plan.LeftCount != 0 {
		t.Errorf("once the tier is there again, the plan is %+v", plan)
	}
}

// Links, names and constraints of features: what cannot come back does not keep the rest.
func TestUndoOfAnImportPutsBackTheRest(t *testing.T) {
	t.Parallel()
	const others = "features:\n  - {key: knowledge_base, name: KB}\n  - {key: additional_services, name: AS}\n"
	for name, c := range map[string]struct {
		before, since func(shop, *testing.T)
		file          string
		prune         bool
		left, why     string
	}{
		"circular dependency": {
			before: func(s shop, t *testing.T) { s.save(t, "ai_agents", dependsOn("knowledge_base")) },
			file:   "features:\n  - {key: ai_agents, name: AI}\n  - {key: additional_services, name: AS}\n",
			since:  func(s shop, t *testing.T) { s.save(t, "knowledge_base", dependsOn("ai_agents")) },
			left:   `ai_agents "quoted" 'name'`, why: "this would be a circular dependency: ",
		},
		"a conflict": {
			before: func(s shop, t *testing.T) { s.save(t, "ai_agents", dependsOn("knowledge_base")) },
			file:   "features:\n  - {key: ai_agents, name: AI}\n  - {key: additional_services, name: AS}\n",
			since: func(s shop, t *testing.T) {
				s.save(t, "knowledge_base", func(d *features.FeatureDraft) { d.ConflictsWith = []string{"ai_agents"} })
			},
			left: `ai_agents "quoted" 'name'`, why: "ai_agents cannot conflict with knowledge_base",
		},
		"a dependency that is gone": {
			before: func(s shop, t *testing.T) {
				s.newFeature(t, features.FeatureDraft{Key: "base"})
				s.save(t, "ai_agents", dependsOn("base"))
			},
			file: "features:\n  - {key: ai_agents, name: AI}\n  - {key: additional_services, name: AS}\n",
			since: func(s shop, t *testing.T) {
				revision, err := s.DeleteFeature(t.Context(), dbtest.Actor(), "base", "")
				sure(t, revision, err)
			},
			left: `ai_agents "quoted" 'name'`, why: `there is no feature with the key `,
		},
		"a name in portals": {
			file: others, prune: true,
			since: func(s shop, t *testing.T) { s.newFeature(t, features.FeatureDraft{Key: "ai.agents"}) },
			left:  `ai_agents "quoted" 'name'`, why: "in the portal its key now has the same name as ai.agents",
		},
		"a value set since": {
			before: func(s shop, t *testing.T) {
				most := int64(10)
				s.newFeature(t, features.FeatureDraft{
					Key: "limit", Type: features.IntegerType, Default: features.Value{Enabled: true, Data: "1"}, Constraints: features.Constraints{Max: &most},
				})
			},
			file: "features:\n  - {key: limit, name: L, type: integer, default: {enabled: true, value: 1}}\n  - {key: additional_services, name: AS}\n",
			since: func(s shop, t *testing.T) {
				s.setTierFeature(t, "pro", "limit", features.Value{Enabled: true, Data: "50"})
			},
			left: "LIMIT", why: "existing values would become invalid (the tier PRO, 50). Change them first. ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, 0)
			if c.before != nil {
				c.before(s, t)
			}
			file := read(t, c.file)
			file.Prune = c.prune
			_, imported := s.imports(t, file)
			c.since(s, t)
			plan, _ := s.undo(t, imported)
			if plan.Revert == 0 || plan.LeftCount != 1 || plan.Left[0].Name != c.left || !strings.HasPrefix(plan.Left[0].Why, c.why) {
				t.Errorf("the plan is %+v: want %s left unchanged, as %s", plan, c.left, c.why)
			}
			if f := s.feature(t, "additional_services"); f.Name == "AS" {
				t.Error("the rest has not been restored")
			}
		})
	}
}

// What stays keeps there what it needs.
func TestUndoOfAnImportKeepsWhatIsInUse(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	file := read(t, `
features: [{key: one, name: One}, {key: two, name: Two, depends_on: [one]}, {key: three, name: Three}]
tiers: [{key: gold, name: Gold, features: [{key: one, enabled: true}]}]
accounts: [{slug: a, name: A, tier: gold}, {slug: b, name: B}]
overrides: [{account: a, feature: one, enabled: true}]
`)
	file.Accounts = true
	_, imported := s.imports(t, file)
	s.set(t, s.Live().Accounts().Find("a").ID, "ai_agents", true)
	plan, _ := s.undo(t, imported)
	if left := leftNames(plan); plan.Revert != 3 || !slices.Equal(left, []string{"Gold", "One", "Gold", "A", "A"}) {
		t.Errorf("put back are %q, left unchanged %+v", plan.Names, plan.Left)
	}
	if s.Live().Accounts().Find("b") != nil || !slices.Equal(s.overridden(t), []string{"1 ai_agents", "1 one"}) {
		t.Errorf("overrides are %q", s.overridden(t))
	}
}

// An account that cannot come back keeps neither an error nor its parts for itself: all are said to be left unchanged.
func TestUndoOfADeletionWhoseNameIsTaken(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	s.set(t, s.accounts[0], "ai_agents", true)
	revision, err := s.DeleteAccount(t.Context(), dbtest.Actor(), s.accounts[0], "")
	sure(t, revision, err)
	_, err = s.CreateAccount(t.Context(), dbtest.Actor(), features.AccountDraft{Name: "New", Slug: "account-0"})
	s.newest(t, err)
	plan, err := s.PlanUndo(t.Context(), revision)
	if features.KindOf(err) != features.Conflict || plan.LeftCount != 2 {
		t.Fatalf("the plan is %+v, %v", plan, err)
	}
	if plan.Left[0].Why != "the account "+awkward+" no longer exists" || plan.Left[1].Why != "another account has taken its slug or external ID" {
		t.Errorf("left unchanged are %+v", plan.Left)
	}
}
