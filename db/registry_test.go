package db_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/registry"
	"flagstone/words"
)

// read reads a registry file.
func read(t *testing.T, text string) registry.Import {
	t.Helper()
	file, err := registry.ReadYAML([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return registry.Import{File: file}
}

// imports applies a file as its plan shows it, and gives the revision.
func (s shop) imports(t *testing.T, i registry.Import) (*registry.ImportPlan, int64) {
	t.Helper()
	plan, err := s.PlanRegistry(t.Context(), i)
	if err != nil {
		t.Fatal(err)
	}
	change := db.RegistryChange{Import: i, Name: "test.yaml", Digest: plan.Digest, ChangeOptions: db.ChangeOptions{Reason: "to test"}}
	applied, revision, err := s.ImportRegistry(t.Context(), features.Actor{Kind: features.ByUser, Name: "Erin"}, change)
	if err != nil || applied.Digest != plan.Digest {
		t.Fatalf("importing gives the plan %v, %v", applied != nil, err)
	}
	return plan, revision
}

// export gives the registry as a file.
func export(t *testing.T, d *db.DB, accounts bool) []byte {
	t.Helper()
	file, err := d.ExportRegistry(t.Context(), accounts)
	if err != nil {
		t.Fatal(err)
	}
	return registry.WriteYAML(file)
}

// row gives the row of a change set about one thing.
func (s shop) row(t *testing.T, revision int64, entity, name string) db.AuditRow {
	t.Helper()
	for _, row := range s.rows(t, revision) {
		if row.Entity == entity && (row.FeatureKey == name || row.EntityName == name) {
			return row
		}
	}
	t.Fatalf("change %d has no row of the %s %s", revision, entity, name)
	return db.AuditRow{}
}

const smallFile = `
features:
  - {key: ai_agents, name: Agents, help: helps, default: {enabled: true}, enabled: false, premium: true, strategy: percentage, percentage: 25}
  - {key: fresh, name: Fresh, requires_setup: true, active: false, strategy: role, roles: [owner]}
tiers:
  - {key: pro, name: Professional, order: 1}
  - {key: gold, name: Gold, description: the best}
`

func TestImportRegistry(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	before := s.feature(t, "ai_agents")
	plan, revision := s.imports(t, read(t, smallFile))
	if plan.Summary() != "1 feature created, 1 changed; 1 tier created, 1 changed" || plan.Changes() != 4 {
		t.Errorf("the plan is %q", plan.Summary())
	}
	set, err := s.ChangeSet(t.Context(), revision)
	if err != nil || set.Action != "registry.import" || set.Rows != 4 || set.Reason != "to test" || set.ActorName != "Erin" ||
		set.Summary != "Imported test.yaml: 1 feature created, 1 changed; 1 tier created, 1 changed" {
		t.Errorf("the change set is %+v, %v", set, err)
	}
	fresh, agents := s.feature(t, "fresh"), s.feature(t, "ai_agents")
	if fresh.Active || !fresh.Enabled || !fresh.RequiresSetup || fresh.DisplayOrder != 4 || fresh.Rollout.Strategy != features.ToRole || fresh.UpdatedBy != "Erin" {
		t.Errorf("the new feature is %+v", fresh)
	}
	if agents.ID != before.ID || agents.DisplayOrder != before.DisplayOrder || agents.Enabled || !agents.Premium || agents.Rollout.Percentage != 2500 || agents.Revision != revision {
		t.Errorf("the feature is %+v", agents)
	}
	row := s.row(t, revision, "feature", "ai_agents")
	want := map[string]any{
		"name": "Agents", "description": "helps", "category": "", "default_enabled": true, "enabled": false, "premium": true,
		"strategy": "percentage", "percentage": 2500.0,
	}
	if row.Action != "update" || !maps.Equal(fields(t, row.New), want) || fields(t, row.Old)["enabled"] != true || len(fields(t, row.Old)) != len(want) {
		t.Errorf("the row goes from %s to %s", row.Old, row.New)
	}
	if row := s.row(t, revision, "feature", "fresh"); row.Action != "create" || fields(t, row.New)["active"] != false || fields(t, row.New)["key"] != "fresh" {
		t.Errorf("the new feature's row is %+v", row)
	}
	tier, err := s.Live().Catalogue().TierByKey("gold")
	if err != nil || tier.Description != "the best" || tier.Position != 2 {
		t.Errorf("the new tier is %+v, %v", tier, err)
	}
	if row := s.row(t, revision, "tier", "PRO"); !maps.Equal(fields(t, row.New), map[string]any{"name": "Professional"}) {
		t.Errorf("the tier's row is %s", row.New)
	}
	err = s.keepsAll(t, "the same again", func() error {
		if _, revision := s.imports(t, read(t, smallFile)); revision != 0 {
			t.Errorf("the same again is change %d", revision)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestImportIsUndone(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	before := s.feature(t, "ai_agents")
	_, revision := s.imports(t, read(t, "features: [{key: ai_agents, name: Agents, enabled: false, strategy: role, roles: [owner]}]"))
	if _, _, err := s.Undo(t.Context(), dbtest.Actor(), revision, ""); err != nil {
		t.Fatal(err)
	}
	after := s.feature(t, "ai_agents")
	if after.Name != before.Name || !after.Enabled || after.Rollout.Strategy != features.ToAll || after.Category != before.Category {
		t.Errorf("after undo the feature is %+v", after)
	}
}

func TestImportPrunes(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	s.set(t, s.accounts[0], "knowledge_base", true)
	s.tier(t, "pro")
	i := read(t, "features: [{key: ai_agents, name: Agents}]\ntiers: []")
	if _, revision := s.imports(t, i); revision == 0 || len(s.Live().Catalogue().Features()) != 3 || len(s.Live().Catalogue().Tiers()) != 2 {
		t.Error("without prune something is gone")
	}
	i.Prune = true
	plan, revision := s.imports(t, i)
	if plan.Summary() != "1 feature retired, 1 deleted; 1 tier deleted" {
		t.Errorf("the plan is %q", plan.Summary())
	}
	if s.feature(t, "knowledge_base").Active {
		t.Error("a feature with an override is not retired")
	}
	if _, err := s.Live().Catalogue().Feature("additional_services"); err == nil {
		t.Error("a feature that nothing refers to is still there")
	}
	if row := s.row(t, revision, "feature", "additional_services"); row.Action != "delete" || fields(t, row.Old)["key"] != "additional_services" || row.New != nil {
		t.Errorf("the deleted feature's row is %+v", row)
	}
	if row := s.row(t, revision, "feature", "knowledge_base"); string(row.Old) != `{"active":true}` || string(row.New) != `{"active":false}` {
		t.Errorf("the retired feature's row goes from %s to %s", row.Old, row.New)
	}
	if row := s.row(t, revision, "tier", "FREE"); row.Action != "delete" || fields(t, row.Old)["key"] != "free" {
		t.Errorf("the deleted tier's row is %+v", row)
	}
	if tiers := s.Live().Catalogue().Tiers(); len(tiers) != 1 || tiers[0].Key != "pro" {
		t.Errorf("the tiers are %+v", tiers)
	}
	if _, revision := s.imports(t, i); revision != 0 {
		t.Error("pruning again changes something")
	}
}

func TestImportRefusals(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	i := read(t, "features: [{key: ai_agents, name: Agents, default: {enabled: true}}]")
	plan, err := s.PlanRegistry(t.Context(), i)
	if err != nil {
		t.Fatal(err)
	}
	change := db.RegistryChange{Import: i, Name: "f", Digest: plan.Digest, ChangeOptions: db.ChangeOptions{Reason: strings.Repeat("x", 501)}}
	apply := func() error { _, _, err := s.ImportRegistry(t.Context(), dbtest.Actor(), change); return err }
	s.refuses(t, "a long reason", features.Error{Kind: features.Invalid, Field: "reason", Message: "Use at most 500 characters."}, apply)
	change.Reason = ""
	s.set(t, s.accounts[0], "ai_agents", false)
	s.refuses(t, "a state that has changed", features.Error{
		Kind: features.Conflict, Message: "Something has changed since this preview. Review the new plan before you apply it.",
	}, apply)
	change.Import = read(t, "features:\n  - {key: ai.agents, name: A}")
	s.refuses(t, "a derived name", features.Error{
		Kind: features.Invalid, Field: "line 2, column 11", Message: "In the portal this key would have the same name as ai_agents (aiAgentsEnabled). Choose another key.",
	}, apply)
}

func TestLoadingACatalogueLeavesWhatIsThere(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	file, err := registry.LoadStarter("producer-portal")
	if err != nil {
		t.Fatal(err)
	}
	i := registry.Import{File: file, OnlyNew: true}
	if _, revision := s.imports(t, i); revision != 0 {
		t.Error("features that were there are changed")
	}
	if i.File, err = registry.LoadStarter("tenant-platform"); err != nil {
		t.Fatal(err)
	}
	plan, _ := s.imports(t, i)
	if plan.Summary() != "50 features created; 2 tiers created; 74 tier features created" {
		t.Errorf("the plan is %q", plan.Summary())
	}
	s.kill(t, false, "models.openai")
	if _, revision := s.imports(t, i); revision != 0 {
		t.Error("loading twice changes something")
	}
}

const accountsFile = `
features: [{key: fresh, name: Fresh, variants: [{key: a, weight: 50}, {key: b, weight: 50}]}]
tiers: [{key: gold, name: Gold}]
accounts:
  - {targeting_key: account-0, slug: account-9, name: Zero, tier: gold, status: suspended, contact_email: a@example.com, postal_code: M5V}
  - {targeting_key: crm_1, slug: account-2, name: One, external_id: crm_one}
  - {targeting_key: crm_2, slug: account-1, name: Two, external_id: crm_2}
  - {name: Blue Note, external_id: 4711, tier: pro}
  - {targeting_key: old_key, name: Old}
overrides:
  - {account: account-0, feature: fresh, enabled: true, variant: b, reason: beta, expires_at: 2100-01-01T00:00:00Z}
  - {account: "4711", feature: ai_agents, enabled: true}
  - {account: "4711", feature: knowledge_base, enabled: true, expires_at: 2020-01-01T00:00:00Z}
  - {account: crm_2, feature: ai_agents, enabled: false, reason: no}
`

func TestImportAccountsAndOverrides(t *testing.T) {
	t.Parallel()
	s := openShop(t, 3)
	s.set(t, s.accounts[2], "ai_agents", true)
	i := read(t, accountsFile)
	plan, _ := s.imports(t, i)
	if plan.Summary() != "1 feature created; 1 tier created" || len(plan.Notes) != 1 || plan.Notes[0] != "The file also has 5 accounts and 4 overrides; they are not imported unless you include them." {
		t.Errorf("without accounts the plan is %q, %q", plan.Summary(), plan.Notes)
	}
	i.Accounts = true
	plan, revision := s.imports(t, i)
	if plan.Summary() != "2 accounts created, 3 changed; 2 overrides created, 1 changed" {
		t.Errorf("the plan is %q", plan.Summary())
	}
	accounts := s.Live().Accounts()
	zero, one, blue, old := accounts.Find("account-9"), accounts.Find("crm_one"), accounts.Find("blue-note"), accounts.Find("old_key")
	tier, _ := s.Live().Catalogue().Tier(zero.TierID)
	if zero.ID != s.accounts[0] || zero.TargetingKey != "account-0" || tier.Key != "gold" || zero.Status != features.Suspended || zero.PostalCode != "M5V" || zero.Revision != revision {
		t.Errorf("the first account is %+v", zero)
	}
	if one == nil || one.Slug != "account-2" || one.ID != s.accounts[1] || one.TargetingKey != "crm_1" {
		t.Errorf("the second account is %+v", one)
	}
	if blue.TargetingKey != "4711" || old.TargetingKey != "old_key" || old.Slug != "old" || !s.has(t, blue.ID, "ai_agents") || len(blue.Overrides) != 1 {
		t.Errorf("the new accounts are %+v and %+v", blue, old)
	}
	if o, live := zero.Override(s.feature(t, "fresh").ID, time.Now().UnixMilli()); !live || o.Variant != "b" || o.ExpiresAt == 0 {
		t.Errorf("the override is %+v", o)
	}
	row := s.row(t, revision, "account", awkward)
	want := map[string]any{"name": "Zero", "slug": "account-9", "tier": "gold", "status": "suspended", "contact_email": "a@example.com", "postal_code": "M5V"}
	if !maps.Equal(fields(t, row.New), want) || fields(t, row.Old)["tier"] != nil || len(fields(t, row.Old)) != len(want) {
		t.Errorf("the account's row goes from %s to %s", row.Old, row.New)
	}
	rows := slices.DeleteFunc(s.rows(t, revision), func(r db.AuditRow) bool { return r.Entity != "override" || r.Action != "update" })
	if len(rows) != 1 || fields(t, rows[0].Old)["enabled"] != true || fields(t, rows[0].New)["enabled"] != false || fields(t, rows[0].New)["reason"] != "no" {
		t.Errorf("the changed overrides' rows are %+v", rows)
	}
	if _, revision := s.imports(t, i); revision != 0 {
		t.Error("the same again changes something")
	}
}

// asleep locks a feature that an account in the tier pro has overridden.
func (s shop) asleep(t *testing.T) {
	t.Helper()
	s.tier(t, "pro")
	s.set(t, s.accounts[0], "additional_services", true)
	_, _, err := s.SaveTierFeatures(t.Context(), dbtest.Actor(), db.TierSave{Changes: []db.TierFeatureChange{{TierEdit: features.TierEdit{
		Tier: "pro", Feature: "additional_services",
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	if s.has(t, s.accounts[0], "additional_services") || s.cell(t, s.accounts[0], "additional_services").Override == nil {
		t.Fatal("the override does not sleep")
	}
}

// TestExportIsImported takes a registry with everything in it to an empty database: its export is the same to the byte,
// and importing it where it came from changes nothing.
func TestExportIsImported(t *testing.T) {
	t.Parallel()
	s := openShop(t, 3)
	s.imports(t, read(t, smallFile))
	i := read(t, accountsFile)
	i.Accounts = true
	s.imports(t, i)
	s.asleep(t)
	text := export(t, s.DB, true)
	if !bytes.Equal(text, export(t, s.DB, true)) || bytes.Contains(export(t, s.DB, false), []byte("accounts:")) {
		t.Error("an export differs from the one before, or has accounts that nobody asked for")
	}
	whole := read(t, string(text))
	whole.Accounts, whole.Prune = true, true
	if plan, revision := s.imports(t, whole); revision != 0 {
		t.Errorf("importing the export changes %s", plan.Summary())
	}
	other := shop{DB: dbtest.Open(t)}
	other.imports(t, whole)
	if again := export(t, other.DB, true); !bytes.Equal(text, again) {
		t.Errorf("exported from an empty database it is\n%s\nnot\n%s", again, text)
	}
}

func TestImportManyAccounts(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	const many = 12_000
	i := registry.Import{Accounts: true}
	for n := range many {
		name := "Venue " + words.Number(n)
		draft := features.AccountDraft{Name: name, Tier: "pro"}.Normalize()
		key := fmt.Sprintf("key-%d", n)
		i.File.Accounts = append(i.File.Accounts, registry.FileAccount{TargetingKey: key, Draft: draft, Status: features.Active})
		i.File.Overrides = append(i.File.Overrides, registry.FileOverride{Account: key, Feature: "ai_agents", Value: on})
	}
	plan, revision := s.imports(t, i)
	set, err := s.ChangeSet(t.Context(), revision)
	if err != nil || set.Rows != 2*many || plan.Effects[0].Changes() != many || s.Live().Accounts().Len() != many {
		t.Errorf("the change set is %+v, %v", set, err)
	}
	if _, revision := s.imports(t, i); revision != 0 {
		t.Error("the same again changes something")
	}
	// The first and the last exchange their slugs, however many stand between them.
	for n := range i.File.Accounts {
		i.File.Accounts[n].Draft.PostalCode = "M5V"
	}
	first, last := &i.File.Accounts[0].Draft, &i.File.Accounts[many-1].Draft
	first.Slug, last.Slug = last.Slug, first.Slug
	s.imports(t, i)
	if a := s.Live().Accounts().Find(last.Slug); a.Name != last.Name || a.PostalCode != "M5V" {
		t.Errorf("the slug of the first is that of %+v", a)
	}
}
