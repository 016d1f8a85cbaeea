package handlers

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

const featureBulk = admin + "/features/bulk"

// switches says of every feature whether it is live and in use.
func (s *site) switches() map[string][2]bool {
	all := make(map[string][2]bool)
	for _, f := range s.db.Live().Catalogue().Features() {
		all[f.Key] = [2]bool{f.Enabled, f.Active}
	}
	return all
}

// Each action does what its preview says, in one change set, and undo takes it back.
func TestAdminAPIChangesManyFeatures(t *testing.T) {
	t.Parallel()
	for action, from := range map[features.FeatureAction]features.FeatureAction{
		features.KillFeatures: "", features.RetireFeatures: "",
		features.ReviveFeatures: features.KillFeatures, features.RestoreFeatures: features.RetireFeatures,
	} {
		t.Run(string(action), func(t *testing.T) {
			t.Parallel()
			s, b := editing(t)
			s.switchOn("arizona-comedy", "ai_agents", true)
			s.switchOn("maple-garage", "knowledge_base", true)
			if from != "" {
				b.json(http.MethodPost, featureBulk, fmt.Sprintf(`{"action":%q,"selection":{"keys":["knowledge_base","ai_agents"]}}`, from)).want(http.StatusOK)
			}
			before, sets := s.switches(), s.changes()
			const body = `{"action":%q,"digest":%q,"reason":" tidying up ","selection":{"category":"portal"}}`
			preview := b.json(http.MethodPost, featureBulk+"?preview=1", fmt.Sprintf(body, action, "")).want(http.StatusOK).members()
			if s.changes() != sets || !reflect.DeepEqual(s.switches(), before) {
				t.Fatal("the preview was saved")
			}
			done := b.json(http.MethodPost, featureBulk, fmt.Sprintf(body, action, preview["digest"])).want(http.StatusOK).members()
			recorded := b.get(done["change"].(string)).want(http.StatusOK).members()
			for _, field := range []string{"action", "summary", "reason", "things", "rows"} {
				if !reflect.DeepEqual(preview[field], recorded[field]) {
					t.Errorf("%s is %v: the preview says %v", field, recorded[field], preview[field])
				}
			}
			if s.changes() != sets+1 || recorded["action"] != "feature."+string(action) || done["changed"] != recorded["things"] ||
				!reflect.DeepEqual(done["already"], preview["skipped"].(map[string]any)["already"]) {
				t.Errorf("done is %v, recorded is %v", done, recorded)
			}
			name, on := action.Switch()
			for key, is := range s.switches() {
				if is != map[string][2]bool{"enabled": {on, true}, "active": {true, on}}[name] {
					t.Errorf("%s is %v", key, is)
				}
			}
			if effects := preview["effects"].([]any); len(effects) != 2 {
				t.Errorf("the effects are %v", effects)
			}
			again := b.json(http.MethodPost, featureBulk, fmt.Sprintf(body, action, "")).want(http.StatusOK).members()
			if again["revision"] != 0.0 || again["already"].(map[string]any)["count"] != 3.0 {
				t.Errorf("the same again is %v", again)
			}
			b.json(http.MethodPost, done["change"].(string)+"/undo", `{}`).want(http.StatusOK)
			if is := s.switches(); !reflect.DeepEqual(is, before) {
				t.Errorf("undone, they are %v: want %v", is, before)
			}
		})
	}
}

// What has changed since it was shown is not done: neither an effect on somebody else nor a feature more in the category.
func TestAdminAPIRefusesAStaleChangeOfFeatures(t *testing.T) {
	t.Parallel()
	s, b := editing(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	const body = `{"action":"kill","digest":%q,"selection":{"category":"portal"}}`
	shown := b.json(http.MethodPost, featureBulk+"?preview=1", fmt.Sprintf(body, "")).want(http.StatusOK).members()["digest"]
	for _, change := range []func(){
		func() { s.switchOn("maple-garage", "ai_agents", true) },
		func() {
			b.json(http.MethodPost, admin+"/features", `{"key":"bulk","name":"Bulk","category":"portal"}`).want(http.StatusCreated)
		},
	} {
		change()
		before, stale := s.changes(), fmt.Sprintf(body, shown)
		for _, query := range []string{"", "?preview=1"} {
			refused := b.json(http.MethodPost, featureBulk+query, stale).want(http.StatusConflict).members()
			shown = refused["preview"].(map[string]any)["digest"]
		}
		if s.changes() != before || stale == fmt.Sprintf(body, shown) {
			t.Errorf("%d changes, the digest is %v", s.changes()-before, shown)
		}
	}
	b.get(admin + "/features/bulk").want(http.StatusOK) // the feature of that name
	b.json(http.MethodPost, featureBulk, fmt.Sprintf(body, shown)).want(http.StatusOK).wantText(`"changed":4`)
}

func TestAdminAPINamesWhatIsWrongWithAChangeOfFeatures(t *testing.T) {
	t.Parallel()
	s, b := editing(t)
	before := s.changes()
	for wrong, field := range map[string]string{
		`{"action":"kill","selection":{}}`:                                         "selection",
		`{"action":"kill","selection":{"keys":[],"category":"portal"}}`:            "selection",
		`{"action":"kill","selection":{"keys":["ai_agents","nothing"]}}`:           "selection.keys.1",
		`{"action":"kill","selection":{"category":"nothing"}}`:                     "selection.category",
		`{"action":"dance","selection":{"keys":["ai_agents"]}}`:                    "action",
		`{"action":"kill","selection":{"keys":["ai_agents"]},"reason":"{{long}}"}`: "reason",
	} {
		for _, query := range []string{"", "?preview=1"} {
			refused := b.json(http.MethodPost, featureBulk+query, strings.ReplaceAll(wrong, "{{long}}", strings.Repeat("x", 501))).want(http.StatusUnprocessableEntity)
			if found := refused.fieldsOf(); found[field] == "" {
				t.Errorf("%s: %v", wrong, found)
			}
		}
	}
	if s.changes() != before {
		t.Error("something was saved")
	}
}

// A preview reads: while a change is being written, it waits for nothing, nor does that of one kill switch.
func TestAdminAPIPreviewOfFeaturesWaitsForNoWrite(t *testing.T) {
	t.Parallel()
	s, b := editing(t)
	calls := 0
	change := db.BulkChange{Unseen: true, Bulk: features.Bulk{
		Action: features.EnableFeature, Feature: "knowledge_base", Selection: features.Selection{All: true},
	}}
	change.Progress = func(int, int) { // the writer's lock is held
		calls++
		b.json(http.MethodPost, featureBulk+"?preview=1", `{"action":"retire","selection":{"category":"portal"}}`).want(http.StatusOK).wantText(`"things":3`)
		b.json(http.MethodPost, admin+"/features/ai_agents/kill?preview=1", `{"enabled":false}`).want(http.StatusOK).wantText(`"things":1`)
		b.json(http.MethodPost, admin+"/features/ai_agents/kill?preview=1", `{"enabled":true}`).want(http.StatusOK).wantText(`"things":0`)
	}
	if _, _, err := s.db.ApplyBulk(t.Context(), dbtest.Actor(), change); err != nil || calls == 0 {
		t.Errorf("%d calls, %v", calls, err)
	}
}
