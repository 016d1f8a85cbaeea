package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/handlers/web"
)

// editing is a site with a program that may change anything.
func editing(t *testing.T) (*site, *browser) {
	t.Helper()
	s := newSite(t)
	return s, s.bearing(s.key(features.ScopeAdmin))
}

// fieldsOf gives the field errors of a problem.
func (a *answer) fieldsOf() map[string]string {
	a.t.Helper()
	var p web.Problem
	decode(a.t, a.body, &p)
	found := make(map[string]string)
	for _, e := range p.Errors {
		found[e.Field] = e.Message
	}
	return found
}

func (a *answer) members() map[string]any {
	a.t.Helper()
	var members map[string]any
	decode(a.t, a.body, &members)
	return members
}

func TestAdminAPIKeepsAFeature(t *testing.T) {
	t.Parallel()
	s, b := editing(t)
	const body = `{"key":"limits.max_flows","name":"Max flows","type":"integer","min":0,"default":{"enabled":true,"value":3}}`
	made := b.json(http.MethodPost, admin+"/features?reason=asked+for", body).want(http.StatusCreated)
	one := made.Header.Get("Location")
	if one != admin+"/features/limits.max_flows" || made.Header.Get("ETag") != `"`+made.Header.Get(web.OwnRevision)+`"` {
		t.Errorf("made at %q with %q, %q", one, made.Header.Get("ETag"), made.Header.Get(web.OwnRevision))
	}
	change := b.get(made.members()["change"].(string)).want(http.StatusOK).members()
	if change["reason"] != "asked for" || change["actor"].(map[string]any)["name"] != "admin key" {
		t.Errorf("the change is %v", change)
	}
	patched := b.at(made.Header.Get("ETag")).json(http.MethodPatch, one, `{"default":{"value":5},"rollout":{"target":{"roles":["owner"]}},"max":9}`).want(http.StatusOK)
	b.at(patched.Header.Get("ETag")).json(http.MethodPatch, one, `{"max":null,"active":false}`).want(http.StatusOK)
	is := b.get(one).want(http.StatusOK).members()
	if is["max"] != nil || is["min"] != 0.0 || is["active"] != false || is["name"] != "Max flows" || is["default"].(map[string]any)["value"] != 5.0 {
		t.Errorf("the feature is %v", is)
	}
	b.at("*").json(http.MethodDelete, one, "").want(http.StatusNoContent)
	b.get(one).want(http.StatusNotFound)
	if n := s.changes(); n == 0 {
		t.Error("nothing is in the log")
	}
}

func TestAdminAPINamesTheCulprit(t *testing.T) {
	t.Parallel()
	_, b := editing(t)
	for body, wants := range map[string]map[string]string{
		`{"key":"a","name":"A","nme":1}`:                                                      {"nme": `nknown member "nme"`},
		`{"Key":"a","name":"A"}`:                                                              {"Key": `nknown member "Key"`},
		`{"rollout":{"percentage":101,"target":{"role":[]}}}`:                                 {"rollout.percentage": "0 to 100", "rollout.target.role": `nknown member "role"`},
		`{"key":7,"display_order":1.5,"permanent":"yes"}`:                                     {"key": "a text", "display_order": "a whole number", "permanent": "true or false"},
		`{"depends_on":["a",7],"variants":{},"rollout":[]}`:                                   {"depends_on.1": "a text", "variants": "a list", "rollout": "an object"},
		`{"key":"a","name":"A","rollout":{"strategy":"role"}}`:                                {"rollout.target.roles": "at least one role"},
		`{"key":"a","name":"A","type":"integer","default":{"enabled":true,"value":"x"}}`:      {"default": "whole number"},
		`{"key":"a","name":"A","depends_on":["nothing"]}`:                                     {"depends_on": `"nothing"`},
		`{"key":"a","name":"A","active":false}`:                                               {"active": "always active"},
		`{"key":"a","name":"A","variants":[{"key":"b","weight":50},{"key":"B","weight":50}]}`: {"variants.1.key": "lower-case"},
	} {
		found := b.json(http.MethodPost, admin+"/features", body).want(http.StatusUnprocessableEntity).fieldsOf()
		for field, words := range wants {
			if !strings.Contains(found[field], words) {
				t.Errorf("%s: at %s it says %q, not %q: %v", body, field, found[field], words, found)
			}
		}
	}
	found := b.json(http.MethodPut, admin+"/accounts/arizona-comedy/overrides/ai_agents", `{"enabled":true,"expires_at":"tomorrow"}`).want(http.StatusUnprocessableEntity).fieldsOf()
	if !strings.Contains(found["expires_at"], "time zone") {
		t.Errorf("a bad moment: %v", found)
	}
	for path, want := range map[string]string{"?previews=1": "previews", "?preview=yes": "preview"} {
		if found := b.json(http.MethodPost, admin+"/features"+path, `{"key":"a","name":"A"}`).want(http.StatusUnprocessableEntity).fieldsOf(); found[want] == "" {
			t.Errorf("%s: %v", path, found)
		}
	}
	b.json(http.MethodPost, admin+"/features", `[]`).want(http.StatusBadRequest)
	b.json(http.MethodPost, admin+"/features", `{} {}`).want(http.StatusBadRequest)
	b.json(http.MethodPost, admin+"/features", strings.Repeat(`{"a":`, 40)+"1"+strings.Repeat("}", 40)).want(http.StatusBadRequest).wantText("32 levels")
	b.json(http.MethodPost, admin+"/features", `{"key":"`+strings.Repeat("x", 2<<20)+`"}`).want(http.StatusRequestEntityTooLarge)
}

func TestAdminAPIMinds(t *testing.T) {
	t.Parallel()
	s, b := editing(t)
	one := admin + "/features/ai_agents"
	tag := b.get(one).want(http.StatusOK).Header.Get("ETag")
	b.json(http.MethodPatch, one, `{"owner":"Dana"}`).want(http.StatusPreconditionRequired).wantText("If-Match")
	s.as("editor").at(tag).json(http.MethodPatch, one, `{"owner":"Dana"}`).want(http.StatusOK)
	before := s.changes()
	for _, old := range []string{tag, `"0"`, `W/` + tag, "nonsense", `"99999"`, tag + `, "0"`} {
		b.at(old).json(http.MethodPatch, one, `{"owner":"Erin"}`).want(http.StatusPreconditionFailed)
		b.at(old).json(http.MethodDelete, one, "").want(http.StatusPreconditionFailed)
		b.at(old).json(http.MethodPatch, one+"?preview=1", `{"owner":"Erin"}`).want(http.StatusPreconditionFailed)
	}
	b.at(tag).json(http.MethodPatch, one, `{"owner":"Erin"}`).wantText("Editor has saved this")
	if s.changes() != before {
		t.Error("something was saved over what had changed since")
	}
	found := b.at("*").json(http.MethodPatch, one, `{"key":"other","revision":1,"created_at":"2020-01-01T00:00:00Z"}`).want(http.StatusUnprocessableEntity).fieldsOf()
	for _, name := range []string{"key", "revision", "created_at"} {
		if found[name] == "" {
			t.Errorf("%s can be changed: %v", name, found)
		}
	}
	b.at("*").json(http.MethodPatch, one, b.get(one).body).want(http.StatusOK) // all of it, as it was read
	if s.changes() != before {
		t.Error("writing what is there made a change")
	}
}

// A preview of every kind of write says whom it concerns, and saves nothing.
func TestAdminAPIPreviewsSaveNothing(t *testing.T) {
	t.Parallel()
	s, b := editing(t)
	s.offer("knowledge_base")
	s.switchOn("arizona-comedy", "ai_agents", true)
	revision := b.json(http.MethodPost, admin+"/features/knowledge_base/kill", `{"enabled":false}`).want(http.StatusOK).Header.Get(web.OwnRevision)
	b.json(http.MethodPost, admin+"/changes/"+revision+"/undo", `{}`).want(http.StatusOK)
	override := b.get(admin + "/changes?action=override.set").want(http.StatusOK).members()["items"].([]any)[0].(map[string]any)["id"]
	before := s.changes()
	for _, c := range []struct{ method, path, body, effect, who string }{
		{http.MethodPatch, "/features/ai_agents", `{"default":{"enabled":true}}`, "gain", "maple-garage"},
		{http.MethodPost, "/features/ai_agents/kill", `{"enabled":false}`, "lose", "arizona-comedy"},
		{http.MethodPut, "/tiers/pro/features/additional_services", `{"enabled":true}`, "gain", "maple-garage"},
		{http.MethodPut, "/accounts/maple-garage/overrides/additional_services", `{"enabled":true}`, "gain", "maple-garage"},
		{http.MethodPatch, "/accounts/arizona-comedy", `{"status":"suspended"}`, "lose", "arizona-comedy"},
		{http.MethodDelete, "/accounts/arizona-comedy/overrides/ai_agents", "", "lose", "arizona-comedy"},
		{http.MethodDelete, "/accounts/arizona-comedy", "", "lose", "arizona-comedy"},
		{http.MethodPost, "/accounts/bulk", `{"action":"enable","feature":"ai_agents","selection":{"slugs":["maple-garage"]}}`, "gain", "maple-garage"},
		{http.MethodPost, fmt.Sprint("/changes/", override, "/undo"), `{}`, "lose", "arizona-comedy"},
		{http.MethodPut, "/mode", `{"mode":"open"}`, "gain", "maple-garage"},
	} {
		by := b.at("*")
		if c.method == http.MethodPut && b.get(admin+c.path).StatusCode == http.StatusNotFound {
			by = b // there is no version yet
		}
		preview := by.json(c.method, admin+c.path+"?preview=1", c.body).want(http.StatusOK).members()
		effects, _ := preview["effects"].([]any)
		named := slices.ContainsFunc(effects, func(e any) bool {
			return slices.Contains(e.(map[string]any)[c.effect].(map[string]any)["first"].([]any), any(c.who))
		})
		if preview["preview"] != true || preview["changes"] != true || preview["summary"] == "" || !named {
			t.Errorf("%s %s: no %s for %s in %v", c.method, c.path, c.effect, c.who, preview)
		}
	}
	created := b.json(http.MethodPost, admin+"/accounts?preview=1", `{"name":"Northwind AI","tier":"pro"}`).want(http.StatusOK)
	created.wantText(`"summary":"Created account Northwind AI"`)
	if created.Header.Get(web.OwnRevision) != "" || s.changes() != before || s.db.Live().Accounts().Find("northwind-ai") != nil {
		t.Error("a preview saved something")
	}
}

func TestAdminAPIOverrides(t *testing.T) {
	t.Parallel()
	s, b := editing(t)
	const one = admin + "/accounts/arizona-comedy/overrides/ai_agents"
	b.get(one).want(http.StatusNotFound)
	set := b.json(http.MethodPut, one, `{"enabled":true,"reason":"beta"}`).want(http.StatusOK)
	is := set.members()
	if is["reason"] != "beta" || is["set_by"] != "admin key" || is["effective"].(map[string]any)["source"] != "override" {
		t.Errorf("the override is %v", is)
	}
	b.json(http.MethodPut, one, `{"enabled":false}`).want(http.StatusPreconditionRequired)
	b.at(`"0"`).json(http.MethodPut, one, `{"enabled":false}`).want(http.StatusPreconditionFailed)
	list := b.get(admin + "/accounts/arizona-comedy/overrides").want(http.StatusOK).members()
	if list["total"] != 1.0 || list["items"].([]any)[0].(map[string]any)["feature"] != "ai_agents" {
		t.Errorf("the list is %v", list)
	}
	b.at(set.Header.Get("ETag")).json(http.MethodDelete, one, "").want(http.StatusNoContent)
	b.json(http.MethodPut, one, `{"enabled":true}`).want(http.StatusOK) // there is none, so no version is needed
	if a := s.db.Live().Accounts().Find("arizona-comedy"); len(a.Overrides) != 1 {
		t.Errorf("the overrides are %v", a.Overrides)
	}
}

func TestAdminAPISwitchesOnWhatIsNeeded(t *testing.T) {
	t.Parallel()
	_, b := editing(t)
	b.json(http.MethodPost, admin+"/features", `{"key":"deep","name":"Deep","depends_on":["ai_agents"]}`).want(http.StatusCreated)
	b.json(http.MethodPut, admin+"/accounts/arizona-comedy/overrides/deep?preview=1", `{"enabled":true}`).want(http.StatusOK).
		wantText(`"effects":[]`).wantText(`"obstacle":"it needs AI Agents, which is off","needs":["ai_agents"]`)
	effective := b.json(http.MethodPut, admin+"/accounts/arizona-comedy/overrides/deep", `{"enabled":true,"needs":true}`).want(http.StatusOK).members()["effective"].(map[string]any)
	if effective["state"] != "on" {
		t.Errorf("it is %v", effective)
	}
}

func TestAdminAPIBulk(t *testing.T) {
	t.Parallel()
	s, b := editing(t)
	const path, body = admin + "/accounts/bulk", `{"action":"enable","feature":"ai_agents","selection":{"filter":{"q":"comedy"}},"digest":%q}`
	digest := b.json(http.MethodPost, path+"?preview=1", fmt.Sprintf(body, "")).want(http.StatusOK).members()["digest"].(string)
	s.switchOn("arizona-comedy", "ai_agents", false)
	stale := b.json(http.MethodPost, path, fmt.Sprintf(body, digest)).want(http.StatusConflict).wantText("Review the new effect").members()
	if now := stale["preview"].(map[string]any); now["digest"] == digest || now["things"] != 1.0 {
		t.Errorf("what it would do now is %v", now)
	}
	done := b.json(http.MethodPost, path, fmt.Sprintf(body, "")).want(http.StatusOK).members()
	if done["changed"] != 1.0 || done["change"] == "" {
		t.Errorf("done: %v", done)
	}
	if again := b.json(http.MethodPost, path, fmt.Sprintf(body, "")).want(http.StatusOK).members(); again["revision"] != 0.0 || again["already"].(map[string]any)["count"] != 1.0 {
		t.Errorf("again: %v", again)
	}
	for wrong, field := range map[string]string{
		`{"action":"enable","feature":"ai_agents","selection":{}}`:                                         "selection",
		`{"action":"enable","feature":"ai_agents","selection":{"slugs":["x"]}}`:                            "selection.slugs.0",
		`{"action":"enable","feature":"ai_agents","selection":{"slugs":[],"filter":{}}}`:                   "selection",
		`{"action":"enable","selection":{"slugs":["arizona-comedy"]}}`:                                     "feature",
		`{"action":"set-tier","selection":{"slugs":["arizona-comedy"]}}`:                                   "tier",
		`{"action":"dance","selection":{"filter":{}}}`:                                                     "action",
		`{"action":"clear","selection":{"filter":{"features":[{"feature":"ai_agents","state":"maybe"}]}}}`: "selection.filter.features.0.state",
	} {
		if found := b.json(http.MethodPost, path, wrong).want(http.StatusUnprocessableEntity).fieldsOf(); found[field] == "" {
			t.Errorf("%s: %v", wrong, found)
		}
	}
}

// Cursors lead through each whole list once, in its order, whatever the size of a part.
func TestAdminAPICursors(t *testing.T) {
	t.Parallel()
	s, b := editing(t)
	for i := range 7 {
		named := features.AccountDraft{Name: fmt.Sprint("Account ", i%3), Slug: fmt.Sprint("account-", i)}
		if _, err := s.db.CreateAccount(t.Context(), dbtest.Actor(), named); err != nil {
			t.Fatal(err)
		}
		s.switchOn("arizona-comedy", "ai_agents", i%2 == 0)
		draft := features.ComponentDraft{Key: fmt.Sprint("c", i), Name: "C", Category: fmt.Sprint(i % 2), Active: true}
		if _, err := s.db.CreateComponent(t.Context(), dbtest.Actor(), draft); err != nil {
			t.Fatal(err)
		}
		if _, err := s.db.CreateTier(t.Context(), dbtest.Actor(), features.Tier{Key: fmt.Sprint("t", i), Name: "T", Position: i % 3}); err != nil {
			t.Fatal(err)
		}
	}
	for _, list := range []string{"/features", "/accounts", "/accounts?q=account", "/components", "/tiers", "/changes", "/changes?feature=ai_agents"} {
		whole := walk(b, admin+list, 500)
		if parts := walk(b, admin+list, 2); len(whole) < 3 || !slices.Equal(parts, whole) {
			t.Errorf("%s in parts is %v: want %v", list, parts, whole)
		}
	}
	b.get(admin + "/accounts?cursor=nonsense").want(http.StatusUnprocessableEntity)
	b.get(admin + "/accounts?limit=501").want(http.StatusUnprocessableEntity)
	b.get(admin + "/accounts?offset=1").want(http.StatusUnprocessableEntity).wantText("offset")
}

// walk follows the links of a list to its end, and gives all items as text.
func walk(b *browser, path string, limit int) (items []string) {
	b.t.Helper()
	address, err := url.Parse(path)
	if err != nil {
		b.t.Fatal(err)
	}
	values := address.Query()
	values.Set("limit", fmt.Sprint(limit))
	next := address.Path + "?" + values.Encode()
	for next != "" {
		a := b.get(next).want(http.StatusOK)
		var part struct {
			Items []json.RawMessage `json:"items"`
			Next  *string           `json:"next"`
		}
		decode(b.t, a.body, &part)
		for _, item := range part.Items {
			items = append(items, string(item))
		}
		next, _, _ = strings.Cut(strings.TrimPrefix(a.Header.Get("Link"), "<"), ">")
		if (next == "") != (part.Next == nil) {
			b.t.Errorf("the body says %v, the header %q", part.Next, next)
		}
	}
	return items
}

func TestAdminAPIChanges(t *testing.T) {
	t.Parallel()
	s, b := editing(t)
	revision := b.json(http.MethodPost, admin+"/accounts/bulk", `{"action":"disable","feature":"ai_agents","selection":{"filter":{}}}`).want(http.StatusOK).Header.Get(web.OwnRevision)
	change := b.get(admin + "/changes/" + revision + "?limit=1").want(http.StatusOK).members()
	if change["things"] != 2.0 || len(change["rows"].([]any)) != 1 {
		t.Errorf("the change is %v", change)
	}
	if got := change["next_rows"].(string); !strings.HasSuffix(got, "&limit=1") {
		t.Errorf("the next rows are at %s, which is not as many at a time", got)
	}
	rest := b.get(change["next_rows"].(string)).want(http.StatusOK).members()
	if len(rest["rows"].([]any)) != 1 || rest["next_rows"] != nil {
		t.Errorf("the rest is %v", rest)
	}
	s.switchOn("maple-garage", "ai_agents", true)
	preview := b.json(http.MethodPost, admin+"/changes/"+revision+"/undo?preview=1", `{}`).want(http.StatusOK).members()
	if left, _ := preview["left"].([]any); len(left) != 1 || left[0].(map[string]any)["name"] != "Maple Garage" || preview["things"] != 1.0 {
		t.Errorf("the preview is %v", preview)
	}
	undone := b.json(http.MethodPost, admin+"/changes/"+revision+"/undo", `{"reason":"too many"}`).want(http.StatusOK).members()
	if left, _ := undone["left"].([]any); fmt.Sprint(undone["undoes"]) != revision || undone["reason"] != "too many" || len(left) != 1 {
		t.Errorf("the undo is %v", undone)
	}
	b.get(admin + "/changes?from=yesterday").want(http.StatusUnprocessableEntity)
}

func TestAdminAPIRefusesToDeleteWhatIsUsed(t *testing.T) {
	t.Parallel()
	s, b := editing(t)
	s.offer("knowledge_base")
	s.switchOn("maple-garage", "knowledge_base", true)
	b.at("*").json(http.MethodDelete, admin+"/features/knowledge_base", "").want(http.StatusConflict).wantText("overrides of 1 account, the tier Pro")
	b.at("*").json(http.MethodDelete, admin+"/tiers/pro", "").want(http.StatusConflict).wantText("2 accounts are in Pro")
	preview := b.at("*").json(http.MethodDelete, admin+"/tiers/pro?move_to=none&preview=1", "").want(http.StatusOK)
	preview.wantText("leaves 2 accounts without one")
	b.at("*").json(http.MethodDelete, admin+"/tiers/pro?move_to=none&reason=merged", "").want(http.StatusNoContent)
	if set, err := s.db.ChangeSets(t.Context(), db.AuditFilter{}, 1); err != nil || set[0].Reason != "merged" {
		t.Errorf("the log says %+v, %v", set, err)
	}
}

// What someone else has saved in between, in another process too, is not written over.
func TestAdminAPIPatchesWhatIsThere(t *testing.T) {
	t.Parallel()
	s, b := editing(t)
	s.sql(`UPDATE accounts SET postal_code = 'M5V' WHERE slug = 'arizona-comedy'`)
	b.at("*").json(http.MethodPatch, admin+"/accounts/arizona-comedy", `{"contact_email":"a@example.com"}`).want(http.StatusOK).wantText(`"postal_code":"M5V"`)
}

// What is made is answered under the key that it has got, and only what is made has an address.
func TestAdminAPIAnswersWhatItMade(t *testing.T) {
	t.Parallel()
	_, b := editing(t)
	for path, body := range map[string]string{
		"/features":   `{"key":" reports ","name":"Reports"}`,
		"/tiers":      `{"key":" reports ","name":"Reports"}`,
		"/components": `{"key":" reports ","name":"Reports"}`,
		"/models":     `{"provider":" openai ","model_id":" reports ","name":"Reports"}`,
	} {
		if got := b.json(http.MethodPost, admin+path+"?preview=1", body).want(http.StatusOK).Header.Get("Location"); got != "" {
			t.Errorf("a preview leads to %s", got)
		}
		made := b.json(http.MethodPost, admin+path, body).want(http.StatusCreated)
		b.get(made.Header.Get("Location")).want(http.StatusOK)
		if got := b.json(http.MethodPost, admin+path, `{"key":"No key"}`).Header.Get("Location"); got != "" {
			t.Errorf("a refusal leads to %s", got)
		}
	}
}

// Nothing that is left out, or said in a word that means nothing, takes something from an account.
func TestAdminAPITakesNothingUnsaid(t *testing.T) {
	t.Parallel()
	s, b := editing(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	const cell, listed = admin + "/accounts/arizona-comedy/overrides/ai_agents", admin + "/tiers/pro/features/ai_agents"
	b.json(http.MethodPost, admin+"/tiers", `{"key":"pro","name":"Pro"}`).want(http.StatusCreated)
	b.json(http.MethodPut, listed, `{"enabled":true}`).want(http.StatusOK)
	before := s.changes()
	for _, call := range []struct{ method, path, body, field string }{
		{http.MethodPut, cell, `{"expires_at":"2099-01-01T00:00:00Z"}`, "enabled"},
		{http.MethodPut, listed, `{"allow_override":false}`, "enabled"},
		{http.MethodPost, admin + "/accounts/bulk", `{"action":"set-tier","tier":"","selection":{"filter":{}}}`, "tier"},
		{http.MethodGet, admin + "/accounts?feature=ai_agents&state=maybe", "", "state"},
		{http.MethodGet, admin + "/models?type=chats", "", "type"},
	} {
		refused := b.at("*").json(call.method, call.path, call.body).want(http.StatusUnprocessableEntity)
		if refused.fieldsOf()[call.field] == "" {
			t.Errorf("%s %s names %v, want %s", call.method, call.body, refused.fieldsOf(), call.field)
		}
	}
	for _, list := range []string{"/models", "/components"} {
		b.get(admin + list + "?feature=nothing").want(http.StatusNotFound)
	}
	if got := s.changes() - before; got != 0 {
		t.Errorf("%d changes were saved", got)
	}
}

// Clients may escape what stands in a path, also where they need not.
func TestAdminAPIReadsEscapedPaths(t *testing.T) {
	t.Parallel()
	s, b := editing(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	for _, path := range []string{"/features/ai%5Fagents", "/accounts/arizona%2Dcomedy", "/accounts/arizona%2Dcomedy/overrides/ai%5Fagents"} {
		b.get(admin + path).want(http.StatusOK)
	}
	b.get(admin + "/features/ai%2Fagents").want(http.StatusNotFound)
	s.as("viewer").get("/admin/accounts/arizona%2Dcomedy").want(http.StatusOK)
}

// Where people of one account may differ, a preview names the people.
func TestAdminAPIPreviewNamesPeople(t *testing.T) {
	t.Parallel()
	s, b := editing(t)
	s.user("owner")
	s.addReleased("pricing", features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"mechanic"}}}, true)
	preview := b.at("*").json(http.MethodPatch, admin+"/features/pricing?preview=1", `{"rollout":{"target":{"roles":["owner"]}}}`).want(http.StatusOK)
	people := preview.members()["effects"].([]any)[0].(map[string]any)["people"]
	if got := fmt.Sprint(people); got != "map[change:map[count:0 first:[]] gain:map[count:1 first:[owner@example.com]] lose:map[count:0 first:[]]]" {
		t.Errorf("the preview says of people %s", got)
	}
	if preview = b.json(http.MethodPost, admin+"/features/ai_agents/kill?preview=1", `{"enabled":false}`); strings.Contains(preview.body, `"people"`) {
		t.Errorf("people are named where all of an account have the same: %s", preview.body)
	}
}

// A change that reaches only people who are not counted is in the preview of a patch and in the plan of an import.
func TestPreviewsNameWhatReachesPeopleNotCounted(t *testing.T) {
	t.Parallel()
	s, b := editing(t)
	s.addReleased("pricing", features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"mechanic"}}}, true)
	effects := b.at("*").json(http.MethodPatch, admin+"/features/pricing?preview=1", `{"rollout":{"target":{"roles":["clerk"]}}}`).
		want(http.StatusOK).members()["effects"].([]any)
	if len(effects) != 1 || effects[0].(map[string]any)["feature"] != "pricing" || effects[0].(map[string]any)["uncounted"] != true {
		t.Errorf("the preview has the effects %v", effects)
	}
	page := s.as("admin").uploadRegistry(`
features:
  - {key: pricing, name: Pricing, default: {enabled: true}, strategy: role, target_config: {roles: [clerk]}}
`, nil).want(http.StatusOK).page()
	if names := page.Find(".effects summary b"); names.Length() != 1 || names.Text() != "Pricing" {
		t.Errorf("the plan has effects on %q", text(names))
	}
	if notes := text(page.Find(".banner")); !strings.Contains(notes, "pricing") {
		t.Errorf("the plan notes %q", notes)
	}
}
