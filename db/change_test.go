package db_test

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/registry"
)

// kept returns a change as JSON has kept it.
func kept(t *testing.T, change db.Change) db.Change {
	t.Helper()
	text, err := db.EncodeChange(change)
	if err != nil {
		t.Fatal(err)
	}
	again, err := db.DecodeChange(text)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// A change that JSON has kept does what the change itself does, whatever its kind.
func TestChangesSurviveJSON(t *testing.T) {
	t.Parallel()
	s := openShop(t, 3)
	at := func(entity string, id int64, feature ...string) int64 {
		t.Helper()
		thing := db.IfMatch{Entity: entity, ID: id}
		if len(feature) > 0 {
			thing.Feature = s.feature(t, feature[0]).ID
		}
		version, err := s.VersionOf(t.Context(), thing)
		if err != nil {
			t.Fatal(err)
		}
		return version
	}
	user := s.person(t, features.UserDraft{Email: "dana@example.com", Name: "Dana"}, s.accounts[1])
	if _, _, err := s.AddAPIKey(t.Context(), dbtest.Actor(), features.KeyDraft{Name: "CI", Scope: features.ScopeRead}); err != nil {
		t.Fatal(err)
	}
	var done []string
	does := func(change db.Change) db.Result {
		t.Helper()
		if !slices.Contains(done, change.Kind()) {
			done = append(done, change.Kind())
		}
		again := kept(t, change)
		want, err := s.Preview(t.Context(), dbtest.Actor(), change)
		if err != nil {
			t.Fatalf("%s: %v", change.Kind(), err)
		}
		got, err := s.Preview(t.Context(), dbtest.Actor(), kept(t, again))
		if want.ChangeSet.Action == "" || err != nil || !reflect.DeepEqual(recorded(got), recorded(want)) {
			t.Fatalf("%s: kept as JSON it does %+v, %v: want %+v", change.Kind(), recorded(got), err, recorded(want))
		}
		result, err := s.Apply(t.Context(), dbtest.Actor(), again)
		if err != nil || result.Revision == 0 {
			t.Fatalf("%s: %+v, %v", change.Kind(), result, err)
		}
		return result
	}
	because := db.ChangeOptions{Reason: "because"}
	enabled, active := true, true

	does(&db.CreateTier{Tier: features.Tier{Key: "gold", Name: "Gold", Description: "All of it"}})
	tier, err := s.Live().Catalogue().TierByKey("gold")
	if err != nil {
		t.Fatal(err)
	}
	does(&db.TierChange{Tier: features.Tier{Key: "gold", Name: "Gold!", Position: 7}, Version: at("tier", tier.ID)})
	draft := features.FeatureDraft{
		Key: "flows", Name: "Flows", Category: "Producers", Type: features.Type("integer"), Default: features.Value{Enabled: true, Data: "10"},
		Metadata: `{"a":[1,{"b":null}]}`, Rollout: features.Rollout{Strategy: features.ToPercentage, Percentage: 1234},
	}
	does(&db.CreateFeature{Draft: draft})
	draft.Name, draft.DependsOn = "Flows & more", []string{"ai_agents"}
	does(&db.FeatureChange{ChangeOptions: because, Draft: draft, Active: &active, Enabled: &enabled, Version: at("feature", s.feature(t, "flows").ID, "flows")})
	does(&db.TierSave{ChangeOptions: because, Changes: []db.TierFeatureChange{
		{TierEdit: features.TierEdit{Tier: "gold", Feature: "ai_agents", Value: on, AllowUpgrade: true, AllowOverride: true}},
	}})
	does(&db.SetTierFeature{TierFeatureChange: db.TierFeatureChange{
		TierEdit: features.TierEdit{Tier: "gold", Feature: "flows", Value: features.Value{Data: "5"}, AllowOverride: true, AllowUpgrade: true},
	}})
	agents := s.feature(t, "ai_agents").Draft()
	agents.Rollout = features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{AccountIDs: []string{"crm_1"}}}
	does(&db.Release{
		FeatureChange: db.FeatureChange{ChangeOptions: because, Draft: agents, Version: at("feature", s.feature(t, "ai_agents").ID, "ai_agents")},
		Tiers: []db.TierFeatureChange{{
			TierEdit: features.TierEdit{Tier: "free", Feature: "ai_agents", Value: on, AllowOverride: true},
		}},
	})
	does(&db.SetFeatureActive{ChangeOptions: because, Key: "knowledge_base"})
	does(&db.KillSwitch{ChangeOptions: because, Keys: []string{"ai_agents"}})
	does(&db.FeatureBulkChange{ChangeOptions: because, Unseen: true, FeatureBulk: features.FeatureBulk{Action: features.ReviveFeatures, Keys: []string{"ai_agents"}}})

	created := does(&db.CreateAccount{Draft: features.AccountDraft{Name: awkward, ExternalID: "crm_9", Tier: "gold", PostalCode: "M5V 1A1"}}).ID
	does(&db.AccountChange{ID: created, Draft: features.AccountDraft{Name: "Nine", Slug: "nine", Tier: "gold"}, Status: features.Suspended, Version: at("account", created)})
	does(&db.SetAccountStatus{ChangeOptions: because, ID: created, Status: features.Active})
	does(&db.TierMove{ChangeOptions: because, Account: s.accounts[1], To: "gold"})
	does(&db.ImportAccounts{Import: registry.ImportOf([]features.AccountDraft{{Name: "Imported", ExternalID: "crm_10"}})})
	does(&db.OverrideChange{
		ChangeOptions: because, Account: s.accounts[1], Feature: "flows", Value: features.Value{Enabled: true, Data: "77"}, WithDependencies: true,
		ExpiresAt: time.Date(2099, 1, 2, 3, 4, 5, 0, time.UTC),
	})
	does(&db.ClearOverride{ChangeOptions: because, Account: s.accounts[1], Feature: "flows", Version: at("override", s.accounts[1], "flows")})
	does(&db.BulkChange{ChangeOptions: because, Unseen: true, Bulk: features.Bulk{
		Action: features.EnableFeature, Feature: "additional_services", Selection: features.Selection{IDs: s.accounts[1:]},
	}})

	ask := func() int64 {
		t.Helper()
		return does(&db.UpgradeAsk{Account: created, Feature: "flows", Message: "Please!"}).ID
	}
	does(&db.UpgradeApproval{Request: ask(), Data: "50", Note: "Here you are", WithDependencies: true})
	does(&db.ClearOverride{Account: created, Feature: "flows", Version: at("override", created, "flows")})
	does(&db.RejectUpgrade{Request: ask(), Note: "Not now"})
	does(&db.UpgradeWithdrawal{Request: ask(), Account: created, Note: "Changed our mind"})

	model := features.ModelDraft{Provider: "acme", ModelID: "large", Name: "Large", Feature: "ai_agents", Active: true}
	does(&db.CreateModel{Draft: model})
	models := s.Live().Catalogue().Models()
	model.Name = "Larger"
	does(&db.ModelChange{ID: models[0].ID, Draft: model, Version: at("model", models[0].ID)})
	does(&db.SetModelActive{ChangeOptions: because, ID: models[0].ID})
	does(&db.DeleteModel{ChangeOptions: because, ID: models[0].ID})
	component := features.ComponentDraft{Key: "chat", Name: "Chat", Feature: "ai_agents", Active: true}
	does(&db.CreateComponent{Draft: component})
	components := s.Live().Catalogue().Components()
	component.Name = "Chat window"
	does(&db.ComponentChange{ID: components[0].ID, Draft: component, Version: at("component", components[0].ID)})
	does(&db.SetComponentActive{ChangeOptions: because, ID: components[0].ID})
	does(&db.DeleteComponent{ChangeOptions: because, ID: components[0].ID})

	does(&db.UpdateUser{ID: user, Draft: features.UserDraft{Email: "dana@example.com", Name: "Dana D."}, Version: at("user", user)})
	does(&db.SetUserDisabled{ID: user, Disabled: true})
	does(&db.RoleChange{User: user, Account: s.accounts[1], Was: "owner", Role: "viewer"})
	does(&db.RemoveMembership{User: user, Account: s.accounts[1]})
	does(&db.RevokeAPIKey{ID: 1})

	does(&db.SetMode{ChangeOptions: because, Mode: features.ModeDefaults})
	does(&db.SetStaleDays{Days: 12})
	undone := does(&db.SetMode{Mode: features.ModeOpen}).Revision
	does(&db.Undo{ChangeOptions: because, ID: undone})
	does(&db.DeleteAccount{ChangeOptions: because, ID: created})
	does(&db.TierDeletion{ChangeOptions: because, Key: "gold", MoveTo: "pro"})
	does(registryChange(t, s))
	for _, id := range s.accounts {
		if s.cell(t, id, "additional_services").Override != nil {
			s.clear(t, id, "additional_services")
		}
	}
	does(&db.DeleteFeature{ChangeOptions: because, Key: "knowledge_base"})

	for _, kind := range db.ChangeKinds() {
		if !slices.Contains(done, kind) {
			t.Errorf("no change of the kind %s has been kept as JSON", kind)
		}
	}
}

// registryChange returns an import of another description of a feature.
func registryChange(t *testing.T, s shop) *db.RegistryChange {
	t.Helper()
	file, err := s.ExportRegistry(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	file.Features[0].Draft.Description = "As the file has it"
	change := &db.RegistryChange{ChangeOptions: db.ChangeOptions{Reason: "because"}, Name: "features.yaml"}
	change.File = file
	plan, err := s.PlanRegistry(t.Context(), change.Import)
	if err != nil {
		t.Fatal(err)
	}
	change.Digest = plan.Digest
	return change
}

var recordedTime = regexp.MustCompile(`"[a-z]+_at":\d+`)

// recorded is what a preview says that the log would say, without the moment of it.
func recorded(r db.Result) []string {
	lines := []string{r.ChangeSet.Action, r.ChangeSet.Summary, r.ChangeSet.Reason}
	for _, row := range r.Rows {
		text, _ := json.Marshal([]any{row.Entity, row.EntityID, row.EntityName, row.FeatureKey, row.Action, row.Old, row.New})
		lines = append(lines, recordedTime.ReplaceAllString(string(text), ""))
	}
	return lines
}

func TestDecodeChangeRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"kind":"no.such","change":{}}`, `{`, `{"kind":"mode_set","change":7}`, `{}`} {
		if change, err := db.DecodeChange([]byte(text)); err == nil {
			t.Errorf("%s is %+v", text, change)
		}
	}
}
