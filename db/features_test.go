package db_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

func TestCreateFeature(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	rollout := features.Rollout{
		Strategy: features.ToPercentage, Percentage: features.Everyone, By: features.ByAccount,
		Target: features.Target{AccountIDs: []string{"a'b", "crm_1"}, PostalCodes: []string{"M5V"}},
	}
	variants := []features.Variant{{Key: "a", Value: on, Weight: 9999}, {Key: "b", Weight: 1}}
	draft := features.FeatureDraft{
		Key: " limits.max_flows ", Name: `"Flows"`, Description: "It's\nlong", Category: "AI", Subcategory: "Flows", Icon: "bolt",
		HelpURL: "https://example.com/?a='b'", Owner: "Dana", Default: on, Rollout: rollout, Variants: variants, Permanent: true,
		Badges: features.Badges{Premium: true, RequiresSetup: true}, Metadata: `{"team":"billing"}`,
		Deprecation: features.Deprecation{Deprecated: true, DeprecationMessage: "Use the other."},
	}
	revision, err := s.CreateFeature(t.Context(), features.Actor{Kind: features.ByUser, Name: "Erin"}, draft)
	if err != nil || revision == 0 {
		t.Fatalf("creating gives %d, %v", revision, err)
	}
	f := s.feature(t, "limits.max_flows").With(nothing)
	want := &features.Feature{
		ID: f.ID, Key: "limits.max_flows", Name: draft.Name, Description: draft.Description, Category: "AI", Subcategory: "Flows", Icon: "bolt",
		HelpURL: draft.HelpURL, Owner: "Dana", DisplayOrder: 4, Default: on, Active: true, Enabled: true, CreatedAt: f.CreatedAt,
		UpdatedAt: f.CreatedAt, UpdatedBy: "Erin", Revision: revision, Rollout: rollout, Variants: variants, Permanent: true,
		Badges: draft.Badges, Type: features.BooleanType, Links: features.Links{DependsOn: []string{}, ConflictsWith: []string{}},
		Deprecation: draft.Deprecation, Metadata: draft.Metadata,
	}
	if !reflect.DeepEqual(f, want) || f.CreatedAt.IsZero() {
		t.Errorf("the feature is %+v: want %+v", f, want)
	}
	if s.Live().Catalogue().Revision != revision || !s.has(t, s.accounts[0], "limits.max_flows") {
		t.Error("the catalogue has another revision, or the account lacks the feature")
	}
	row := s.rows(t, revision)[0]
	recorded := map[string]any{
		"key": "limits.max_flows", "name": draft.Name, "description": draft.Description, "category": "AI", "subcategory": "Flows", "icon": "bolt",
		"help_url": draft.HelpURL, "owner": "Dana", "display_order": 4.0, "default_enabled": true, "enabled": true, "active": true,
		"strategy": "percentage", "percentage": 10000.0, "rollout_by": "account", "permanent": true, "premium": true, "requires_setup": true, "created_at": float64(f.CreatedAt.UnixMilli()),
		"type": "boolean", "constraints": map[string]any{}, "default_value": nil, "depends_on": []any{}, "conflicts_with": []any{},
		"deprecated": true, "deprecation_message": "Use the other.", "metadata": map[string]any{"team": "billing"},
		"target": map[string]any{"account_ids": []any{"a'b", "crm_1"}, "postal_codes": []any{"M5V"}},
		"variants": []any{
			map[string]any{"key": "a", "value": map[string]any{"enabled": true}, "weight": 99.99},
			map[string]any{"key": "b", "value": map[string]any{"enabled": false}, "weight": 0.01},
		},
	}
	if got := fields(t, row.New); !reflect.DeepEqual(got, recorded) || row.Old != nil || row.Entity != "feature" || row.FeatureKey != f.Key || row.EntityID != f.ID {
		t.Errorf("the row is %+v with %v: want %v", row, got, recorded)
	}
	if version, err := s.FeatureVersion(t.Context(), f.ID); err != nil || version != revision {
		t.Errorf("the version is %d, %v: want %d", version, err, revision)
	}
}

func TestCreateFeatureRefusals(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	for _, c := range []struct {
		name, field, message string
		draft                features.FeatureDraft
	}{
		{"no key", "key", "Enter a key for the feature, such as knowledge_base.", features.FeatureDraft{Name: "A"}},
		{"a bad key", "key", "Use lower-case letters, digits, dots and underscores, beginning with a letter, such as limits.max_flows.", features.FeatureDraft{Key: "A b", Name: "A"}},
		{"no name", "name", "Enter a name.", features.FeatureDraft{Key: "a"}},
		{"a bad address", "help_url", "Enter a full address that begins with https:// or http://.", features.FeatureDraft{Key: "a", Name: "A", HelpURL: "javascript:alert(1)"}},
		{"a long description", "description", "Use at most 1,000 characters.", features.FeatureDraft{Key: "a", Name: "A", Description: strings.Repeat("x", 1001)}},
		{"a key that is taken", "key", "The key ai_agents is taken.", features.FeatureDraft{Key: "ai_agents", Name: "A"}},
		{"a derived name that is taken", "key", "In the portal this key would have the same name as ai_agents (aiAgentsEnabled). Choose another key.", features.FeatureDraft{Key: "ai.agents", Name: "A"}},
	} {
		s.refuses(t, c.name, features.Error{Kind: features.Invalid, Field: c.field, Message: c.message}, func() error {
			_, err := s.CreateFeature(t.Context(), dbtest.Actor(), c.draft)
			return err
		})
	}
}

func TestUpdateFeature(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	f := s.feature(t, "ai_agents")
	draft := features.FeatureDraft{Key: f.Key, Name: "Agents", Category: f.Category, DisplayOrder: f.DisplayOrder, Default: on}
	revision, err := s.UpdateFeature(t.Context(), features.Actor{Kind: features.ByUser, Name: "Erin"}, db.FeatureChange{Draft: draft, Version: f.Revision})
	if err != nil || revision == 0 {
		t.Fatalf("saving gives %d, %v", revision, err)
	}
	now := s.feature(t, "ai_agents")
	want := *f
	want.Name, want.Default, want.UpdatedAt, want.UpdatedBy, want.Revision = "Agents", on, now.UpdatedAt, "Erin", revision
	if !reflect.DeepEqual(now.With(nothing), want.With(nothing)) || !s.has(t, s.accounts[0], "ai_agents") || s.Live().Catalogue().Revision != revision {
		t.Errorf("the feature is %+v: want %+v", now, want)
	}
	row := s.rows(t, revision)[0]
	if !maps.Equal(fields(t, row.Old), map[string]any{"name": f.Name, "default_enabled": false}) ||
		!maps.Equal(fields(t, row.New), map[string]any{"name": "Agents", "default_enabled": true}) {
		t.Errorf("the row goes from %s to %s", row.Old, row.New)
	}
	update := func(draft features.FeatureDraft, version int64) func() error {
		return func() error {
			_, err := s.UpdateFeature(t.Context(), dbtest.Actor(), db.FeatureChange{Draft: draft, Version: version})
			return err
		}
	}
	if err := s.keepsAll(t, "the same again", update(draft, f.Revision)); err != nil {
		t.Error(err)
	}
	draft.Name = "Someone else's idea"
	s.refuses(t, "an old version", features.Error{Kind: features.Conflict, Field: "version", Message: "Erin has saved this since you opened it. Compare both versions before you save."}, update(draft, f.Revision))
	s.refuses(t, "a version to come", features.Error{Kind: features.Invalid, Field: "version", Message: "There is no such version. Reload the page and try again."}, update(draft, revision+1))
	draft.Key = "unknown"
	s.refuses(t, "an unknown key", features.Error{Kind: features.NotFound, Field: "feature", Message: `There is no feature with the key "unknown".`}, update(draft, revision))
	draft.Name = ""
	s.refuses(t, "no name", features.Error{Kind: features.Invalid, Field: "name", Message: "Enter a name."}, update(draft, revision))
}

func TestSetKillSwitch(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	s.set(t, s.accounts[0], "ai_agents", true)
	flip := func(enabled bool, reason string, keys ...string) func() error {
		return func() error {
			_, err := s.SetKillSwitch(t.Context(), dbtest.Actor(), db.KillSwitch{Keys: keys, Enabled: enabled, ChangeOptions: db.ChangeOptions{Reason: reason}})
			return err
		}
	}
	revision := s.kill(t, false, "knowledge_base", "ai_agents", "ai_agents")
	set, err := s.ChangeSet(t.Context(), revision)
	name := func(key string) string { return s.feature(t, key).Name }
	if err != nil || set.Action != "feature.kill" || set.Rows != 2 || set.Summary != "Switched off everywhere: "+name("ai_agents")+", "+name("knowledge_base") {
		t.Errorf("the change set is %+v, %v", set, err)
	}
	for _, row := range s.rows(t, revision) {
		if string(row.Old) != `{"enabled":true}` || string(row.New) != `{"enabled":false}` || row.Action != "update" || row.Entity != "feature" {
			t.Errorf("a row is %+v", row)
		}
	}
	if s.has(t, s.accounts[0], "ai_agents") || s.feature(t, "ai_agents").Enabled || !s.feature(t, "additional_services").Enabled {
		t.Error("want two features killed, and one not")
	}
	if err := s.keepsAll(t, "the same again", flip(false, "", "ai_agents", "knowledge_base")); err != nil {
		t.Error(err)
	}
	if err := s.keepsAll(t, "no features", flip(true, "")); err != nil {
		t.Error(err)
	}
	s.refuses(t, "an unknown key", features.Error{Kind: features.NotFound, Field: "feature", Message: `There is no feature with the key "x".`}, flip(true, "", "ai_agents", "x"))
	s.refuses(t, "a too long reason", features.Error{Kind: features.Invalid, Field: "reason", Message: "Use at most 500 characters."}, flip(true, strings.Repeat("x", 501), "ai_agents"))
	revived := s.kill(t, true, "ai_agents", "additional_services") // one of them was never off
	set, err = s.ChangeSet(t.Context(), revived)
	if err != nil || set.Action != "feature.revive" || set.Rows != 1 || set.Summary != "Switched on again: "+name("ai_agents") || !s.has(t, s.accounts[0], "ai_agents") {
		t.Errorf("the change set is %+v, %v", set, err)
	}
}

func TestFeatureKeys(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	if _, err := s.CreateFeature(t.Context(), dbtest.Actor(), features.FeatureDraft{Key: "zero", Name: "Z", Category: `it's`, DisplayOrder: 1}); err != nil {
		t.Fatal(err)
	}
	for category, want := range map[string][]string{
		"": {"knowledge_base", "zero", "ai_agents", "additional_services"}, "it's": {"zero"},
		"Producers": {"knowledge_base", "ai_agents", "additional_services"},
	} {
		if keys, err := s.FeatureKeys(t.Context(), category); err != nil || !slices.Equal(keys, want) {
			t.Errorf("the keys in %q are %v, %v: want %v", category, keys, err, want)
		}
	}
	_, err := s.FeatureKeys(t.Context(), "none")
	refused(t, "an unknown category", err, features.NotFound, "")
	if keys, err := dbtest.Open(t).FeatureKeys(t.Context(), ""); err != nil || len(keys) != 0 {
		t.Errorf("the keys of nothing are %v, %v", keys, err)
	}
}

// nothing changes nothing: it makes of a feature in the catalogue one that is only stored.
func nothing(*features.Feature) {}

func TestSetFeatureActive(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	s.set(t, s.accounts[0], "ai_agents", true)
	revision, err := s.SetFeatureActive(t.Context(), dbtest.Actor(), "ai_agents", false, "replaced")
	if err != nil || s.has(t, s.accounts[0], "ai_agents") || s.feature(t, "ai_agents").Active {
		t.Fatalf("retiring gives %d, %v", revision, err)
	}
	row := s.rows(t, revision)[0]
	if !maps.Equal(fields(t, row.Old), map[string]any{"active": true}) || !maps.Equal(fields(t, row.New), map[string]any{"active": false}) {
		t.Errorf("the row goes from %s to %s", row.Old, row.New)
	}
	again := func() error {
		_, err := s.SetFeatureActive(t.Context(), dbtest.Actor(), "ai_agents", false, "")
		return err
	}
	if err := s.keepsAll(t, "retired already", again); err != nil {
		t.Error(err)
	}
	if revision, err := s.SetFeatureActive(t.Context(), dbtest.Actor(), "ai_agents", true, ""); err != nil || revision == 0 || !s.has(t, s.accounts[0], "ai_agents") {
		t.Errorf("taking it into use again gives %d, %v", revision, err)
	}
	s.refuses(t, "an unknown key", features.Error{Kind: features.NotFound, Field: "feature", Message: `There is no feature with the key "unknown".`}, func() error {
		_, err := s.SetFeatureActive(t.Context(), dbtest.Actor(), "unknown", true, "")
		return err
	})
}

func TestDeleteFeature(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	s.set(t, s.accounts[0], "ai_agents", true)
	remove := func(key string) func() error {
		return func() error { _, err := s.DeleteFeature(t.Context(), dbtest.Actor(), key, "unused"); return err }
	}
	name := s.feature(t, "ai_agents").Name
	s.refuses(t, "an override", features.Error{
		Kind: features.Conflict, Message: name + " is used by overrides of 1 account. Change these first, or retire the feature.",
	}, remove("ai_agents"))
	s.refuses(t, "an unknown key", features.Error{Kind: features.NotFound, Field: "feature", Message: `There is no feature with the key "unknown".`}, remove("unknown"))
	id := s.feature(t, "knowledge_base").ID
	revision, err := s.DeleteFeature(t.Context(), dbtest.Actor(), "knowledge_base", "unused")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Live().Catalogue().Feature("knowledge_base"); features.KindOf(err) != features.NotFound {
		t.Errorf("the feature is served: %v", err)
	}
	row := s.rows(t, revision)[0]
	if old := fields(t, row.Old); row.Action != "delete" || row.New != nil || row.EntityID != id || old["key"] != "knowledge_base" || old["strategy"] != "all" {
		t.Errorf("the row is %+v with %v", row, old)
	}
}

func TestUpdateFeatureRollout(t *testing.T) {
	t.Parallel()
	s := openShop(t, 3)
	f := s.feature(t, "ai_agents")
	change := db.FeatureChange{Draft: f.Draft(), Version: f.Revision, ChangeOptions: db.ChangeOptions{Reason: "beta"}}
	change.Draft.Default = on
	change.Draft.Rollout = features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{AccountIDs: []string{"crm_1"}}}
	change.Draft.Variants = []features.Variant{{Key: "a", Value: on, Weight: 4000}, {Key: "b", Value: on, Weight: 6000}}
	revision, err := s.UpdateFeature(t.Context(), dbtest.Actor(), change)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{false, true, false} {
		if s.has(t, s.accounts[i], "ai_agents") != want {
			t.Errorf("account %d has it: %v", i, !want)
		}
	}
	change.Version, change.Draft.Rollout = revision, features.Rollout{Strategy: features.ToPercentage, Percentage: 1000}
	revision, err = s.UpdateFeature(t.Context(), dbtest.Actor(), change)
	if err != nil {
		t.Fatal(err)
	}
	if set, err := s.ChangeSet(t.Context(), revision); err != nil || set.Action != "feature.rollout" || set.Reason != "beta" || set.Summary != "Changed the release of "+f.Name+": 10% of accounts" {
		t.Errorf("the change set is %+v, %v", set, err)
	}

	forced := db.OverrideChange{Account: s.accounts[2], Feature: "ai_agents", Value: on, Variant: "b"}
	if _, err := s.SetOverride(t.Context(), dbtest.Actor(), forced); err != nil {
		t.Fatal(err)
	}
	evaluate := func() features.Evaluation {
		who := &features.Context{Account: s.Live().Accounts().ByID(s.accounts[2])}
		return s.Live().Catalogue().Evaluate(s.feature(t, "ai_agents"), who, time.Now())
	}
	if got := evaluate(); got != (features.Evaluation{Value: on, Variant: "b", Source: features.SourceOverride}) {
		t.Errorf("a forced variant is %+v", got)
	}
	change.Version, change.Draft.Variants = revision, nil
	s.refuses(t, "a forced variant taken away", features.Error{
		Kind: features.Invalid, Field: "variants", Message: "The overrides of 1 account force the variant b: reset them first.",
	}, func() error { _, err := s.UpdateFeature(t.Context(), dbtest.Actor(), change); return err })
	for name, wrong := range map[string]db.OverrideChange{
		"an unknown variant": {Account: s.accounts[1], Feature: "ai_agents", Value: on, Variant: "z"},
		"a variant off":      {Account: s.accounts[1], Feature: "ai_agents", Variant: "b"},
	} {
		s.refuses(t, name, features.Error{Kind: features.Invalid, Field: "variant", Message: "Choose one of the feature's variants for an override that is on."}, func() error {
			_, err := s.SetOverride(t.Context(), dbtest.Actor(), wrong)
			return err
		})
	}
}
