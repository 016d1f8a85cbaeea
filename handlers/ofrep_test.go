package handlers

import (
	"database/sql"
	"errors"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// sql changes the database by hand, as in an SQL console; the live state follows.
func (s *site) sql(statements ...string) {
	s.t.Helper()
	hand, err := sql.Open("sqlite3", "file:"+s.db.Path()+"?_txlock=immediate&_busy_timeout=10000")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, statement := range statements {
		if _, err := hand.ExecContext(s.t.Context(), statement); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := errors.Join(hand.Close(), s.db.CatchUp(s.t.Context())); err != nil {
		s.t.Fatal(err)
	}
}

// ofrepSite is a site with features of every type; Arizona Comedy is on the plan pro, which gives it 50 flows.
func ofrepSite(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	on := func(data features.JSON) features.Value { return features.Value{Enabled: true, Data: data} }
	half := features.Rollout{Strategy: features.ToPercentage, Percentage: features.Everyone / 2}
	for _, draft := range []features.FeatureDraft{
		{Key: "limits.flows", Type: features.IntegerType, Default: on("10")},
		{Key: "region", Type: features.StringType, Default: on(`"eu \"1\""`)},
		{Key: "theme", Type: features.JSONType, Default: on(`{"dark":true,"sizes":[1,2.5]}`)},
		{Key: "limits.seats", Type: features.IntegerType},
		{Key: "half", Rollout: half, Default: on("")},
		{Key: "owners", Rollout: features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"owner"}}}, Default: on("")},
		{Key: "ontario", Rollout: features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{PostalCodes: []string{"M5V"}}}, Default: on("")},
		{Key: "dana", Rollout: features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{UserIDs: []string{"dana"}}}, Default: on("")},
		{Key: "colours", Default: on(""), Variants: []features.Variant{{Key: "blue", Value: on(""), Weight: features.Everyone}}},
		{Key: "size", Type: features.IntegerType, Default: on("1"), Variants: []features.Variant{{Key: "large", Value: on("3"), Weight: features.Everyone}}},
		{Key: "needs_ai", Default: on(""), Links: features.Links{DependsOn: []string{"ai_agents"}}},
		{Key: "not_colours", Default: on(""), DisplayOrder: 99, Links: features.Links{ConflictsWith: []string{"owners"}}},
		{Key: "retired", Default: on("")},
		{Key: "killed", Default: on("")},
	} {
		draft.Name, draft.Category = draft.Key, "portal"
		if _, err := s.db.CreateFeature(t.Context(), dbtest.Actor(), draft); err != nil {
			t.Fatal(draft.Key, err)
		}
	}
	if _, err := s.db.SetKillSwitch(t.Context(), dbtest.Actor(), db.KillSwitch{Keys: []string{"killed"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.CreateTier(t.Context(), dbtest.Actor(), features.Tier{Key: "pro", Name: "Pro"}); err != nil {
		t.Fatal(err)
	}
	s.sql(`UPDATE features SET active = 0 WHERE key = 'retired'`,
		`INSERT INTO tier_features (tier_id, feature_id, enabled, value) SELECT t.id, f.id, 1, '50' FROM tiers t, features f WHERE f.key = 'limits.flows'`,
		`UPDATE accounts SET tier_id = (SELECT id FROM tiers) WHERE slug = 'arizona-comedy'`)
	s.switchOn("arizona-comedy", "knowledge_base", true)
	return s
}

const ofrepFlagsPath = "/ofrep/v1/evaluate/flags"

// flag is one flag as OFREP answers it.
type flag struct {
	Key, Reason, Variant    string
	Value                   any
	Metadata                map[string]any
	ErrorCode, ErrorDetails string
}

func (b *browser) flag(key, context string) flag {
	b.t.Helper()
	a := b.json(http.MethodPost, ofrepFlagsPath+"/"+key, `{"context":`+context+`}`).want(http.StatusOK)
	if kind := a.Header.Get("Content-Type"); kind != "application/json" {
		b.t.Errorf("the content type is %q", kind)
	}
	var f flag
	decode(b.t, a.body, &f)
	return f
}

func TestOFREPFlags(t *testing.T) {
	t.Parallel()
	s := ofrepSite(t)
	b := s.bearing(s.key(features.ScopeEvaluate))
	const arizona, stranger = `{"targetingKey":"arizona-comedy"}`, `{"targetingKey":"stranger"}`
	owner := `{"targetingKey":"arizona-comedy","role":"owner","userId":"dana","postalCode":"m5v 2t6","more":{"x":[1]}}`
	inHalf := features.Bucket("half", "arizona-comedy") < 5000
	for _, c := range []struct {
		key, context string
		value        string // JSON, "" for none
		reason       string
		variant      string
		source       string
		tier         string
	}{
		{"knowledge_base", arizona, "true", "TARGETING_MATCH", "on", "override", "pro"},
		{"ai_agents", arizona, "false", "STATIC", "off", "default", "pro"},
		{"knowledge_base", stranger, "false", "STATIC", "off", "default", ""},
		{"limits.flows", arizona, "50", "TARGETING_MATCH", "on", "tier", "pro"},
		{"limits.flows", stranger, "10", "STATIC", "on", "default", ""},
		{"limits.flows", `{"targetingKey":"maple-garage"}`, "10", "STATIC", "on", "default", ""},
		{"region", arizona, `"eu \"1\""`, "STATIC", "on", "default", "pro"},
		{"theme", arizona, `{"dark":true,"sizes":[1,2.5]}`, "STATIC", "on", "default", "pro"},
		{"limits.seats", arizona, "", "DISABLED", "off", "default", "pro"},
		{"half", arizona, map[bool]string{true: "true", false: "false"}[inHalf], map[bool]string{true: "STATIC", false: "SPLIT"}[inHalf], features.OnOff(inHalf), map[bool]string{true: "default", false: "rollout"}[inHalf], "pro"},
		{"owners", arizona, "false", "TARGETING_MATCH", "off", "rollout", "pro"},
		{"owners", owner, "true", "STATIC", "on", "default", "pro"},
		{"ontario", arizona, "false", "TARGETING_MATCH", "off", "rollout", "pro"},
		{"ontario", owner, "true", "STATIC", "on", "default", "pro"},
		{"dana", arizona, "false", "TARGETING_MATCH", "off", "rollout", "pro"},
		{"dana", owner, "true", "STATIC", "on", "default", "pro"},
		{"colours", stranger, "true", "SPLIT", "blue", "split", ""},
		{"size", arizona, "3", "SPLIT", "large", "split", "pro"},
		{"needs_ai", arizona, "false", "TARGETING_MATCH", "off", "dependency", "pro"},
		{"not_colours", owner, "false", "TARGETING_MATCH", "off", "conflict", "pro"},
		{"not_colours", arizona, "true", "STATIC", "on", "default", "pro"},
		{"retired", arizona, "false", "STATIC", "off", "inactive", "pro"},
		{"killed", arizona, "false", "STATIC", "off", "disabled", "pro"},
	} {
		got := b.flag(c.key, c.context)
		var want any
		if c.value != "" {
			decode(t, c.value, &want)
		}
		if got.Key != c.key || !same(got.Value, want) || got.Reason != c.reason || got.Variant != c.variant {
			t.Errorf("%s for %s is %+v, want %s %s %s", c.key, c.context, got, c.value, c.reason, c.variant)
		}
		delete(got.Metadata, "known") // which has a test of its own
		if got.Metadata["source"] != c.source || got.Metadata["tier"] != c.tier || len(got.Metadata) != 3 {
			t.Errorf("the metadata of %s for %s are %v, want %s and %s", c.key, c.context, got.Metadata, c.source, c.tier)
		}
		if revision, ok := got.Metadata["revision"].(float64); !ok || revision < 1 {
			t.Errorf("the revision of %s is %v", c.key, got.Metadata["revision"])
		}
	}
	s.mode(features.ModeOpen)
	if got := b.flag("ai_agents", arizona); got.Value != true || got.Metadata["source"] != "mode" || got.Reason != "STATIC" {
		t.Errorf("in the mode open: %+v", got)
	}
}

func same(a, b any) bool { return reflect.DeepEqual(a, b) }

// An account is found by its targeting key, its slug and its external id; whoever is not found is said to be unknown.
func TestOFREPFindsAnAccountByEachOfItsNames(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	draft := features.AccountDraft{Name: "Boise", Slug: "boise", ExternalID: "crm_7"}
	id, err := s.db.CreateAccount(t.Context(), dbtest.Actor(), draft)
	if err != nil {
		t.Fatal(err)
	}
	boise := s.db.Live().Accounts().ByID(id)
	draft.Slug, draft.ExternalID = "boise-comedy", "crm_8" // the targeting key stays
	if _, err := s.db.UpdateAccount(t.Context(), dbtest.Actor(), id, draft, boise.Revision); err != nil {
		t.Fatal(err)
	}
	s.switchOn("boise-comedy", "ai_agents", true)
	b := s.bearing(s.key(features.ScopeRead))
	for key, known := range map[string]bool{"crm_7": true, "boise-comedy": true, "crm_8": true, "boise": false, "CRM_7": false, "nobody": false} {
		got := b.flag("ai_agents", `{"targetingKey":"`+key+`"}`)
		if said, unknown := got.Metadata["known"]; got.Value != known || unknown == known || !known && said != false {
			t.Errorf("as %s: %+v", key, got)
		}
		bulk := b.json(http.MethodPost, ofrepFlagsPath, `{"context":{"targetingKey":"`+key+`"}}`).want(http.StatusOK).body
		if strings.Contains(bulk, `"known":false`) == known {
			t.Errorf("all, as %s: %s", key, bulk)
		}
	}
}

func TestOFREPBulk(t *testing.T) {
	t.Parallel()
	s := ofrepSite(t)
	b := s.bearing(s.key(features.ScopeEvaluate))
	ask := func(b *browser, context string, want int) (string, map[string]flag) {
		t.Helper()
		a := b.json(http.MethodPost, ofrepFlagsPath+"?flagConfigEtag=x", `{"context":`+context+`}`).want(want)
		flags := make(map[string]flag)
		if want == http.StatusOK {
			var body struct{ Flags []flag }
			decode(t, a.body, &body)
			for _, f := range body.Flags {
				flags[f.Key] = f
			}
			if len(flags) != len(body.Flags) || a.Header.Get("Content-Type") != "application/json" {
				t.Errorf("the answer is %s", a.body)
			}
		} else if a.body != "" {
			t.Errorf("%d has the body %s", want, a.body)
		}
		return a.Header.Get("ETag"), flags
	}
	const arizona, owner = `{"targetingKey":"arizona-comedy"}`, `{"targetingKey":"arizona-comedy","role":"owner"}`
	tag, flags := ask(b, arizona, http.StatusOK)
	for key, f := range flags { // each the same as when it is asked for alone
		if alone := b.flag(key, arizona); !same(alone, f) {
			t.Errorf("%s is %+v among all, %+v alone", key, f, alone)
		}
	}
	var active []string
	for _, f := range s.db.Live().Catalogue().Features() {
		if f.Active {
			active = append(active, f.Key)
		}
	}
	slices.Sort(active)
	if got := slices.Sorted(maps.Keys(flags)); !slices.Equal(got, active) || slices.Contains(got, "retired") {
		t.Errorf("the flags are %v, want %v", got, active)
	}
	if again, _ := ask(b.with("If-None-Match", tag), arizona, http.StatusNotModified); again != tag || strings.HasPrefix(tag, "W/") {
		t.Errorf("the tags are %s and %s", tag, again)
	}
	if other, _ := ask(b.with("If-None-Match", tag), owner, http.StatusOK); other == tag {
		t.Error("another context has the same tag")
	}
	s.switchOn("arizona-comedy", "ai_agents", true)
	if after, _ := ask(b.with("If-None-Match", tag), arizona, http.StatusOK); after == tag {
		t.Error("the tag is the same after a change")
	}
}

func TestOFREPRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.bearing(s.key(features.ScopeEvaluate))
	const right = `{"context":{"targetingKey":"a"}}`
	for _, c := range []struct {
		path, body string
		status     int
		code, key  string
	}{
		{"/ai_agents", `{"context":{}}`, http.StatusBadRequest, "TARGETING_KEY_MISSING", "ai_agents"},
		{"/ai_agents", `{"context":{"userId":"dana"}}`, http.StatusBadRequest, "TARGETING_KEY_MISSING", "ai_agents"},
		{"", `{"context":{}}`, http.StatusBadRequest, "TARGETING_KEY_MISSING", ""},
		{"/ai_agents", `{}`, http.StatusBadRequest, "INVALID_CONTEXT", "ai_agents"},
		{"/ai_agents", `{"context":{"targetingKey":"a","role":1}}`, http.StatusBadRequest, "INVALID_CONTEXT", "ai_agents"},
		{"/ai_agents", `{"context":`, http.StatusBadRequest, "PARSE_ERROR", "ai_agents"},
		{"/ai_agents", ``, http.StatusBadRequest, "PARSE_ERROR", "ai_agents"},
		{"", `nonsense`, http.StatusBadRequest, "PARSE_ERROR", ""},
		{"/ai_agents", `{"context":` + strings.Repeat(`{"a":`, 10_000) + `1` + strings.Repeat("}", 10_000) + "}", http.StatusBadRequest, "PARSE_ERROR", "ai_agents"},
		{"/nothing", right, http.StatusNotFound, "FLAG_NOT_FOUND", "nothing"},
		{"/no%20th%22ing", right, http.StatusNotFound, "FLAG_NOT_FOUND", `no th"ing`},
		{"/a%2Fb", right, http.StatusNotFound, "FLAG_NOT_FOUND", "a/b"},
		{"/ai_agents", `{"context":{"targetingKey":"` + strings.Repeat("x", 1<<20) + `"}}`, http.StatusRequestEntityTooLarge, "GENERAL", ""},
		{"/a/b/c", right, http.StatusNotFound, "FLAG_NOT_FOUND", "a/b/c"},
	} {
		a := b.json(http.MethodPost, ofrepFlagsPath+c.path, c.body).want(c.status)
		var got flag
		decode(t, a.body, &got)
		if got.ErrorCode != c.code || got.Key != c.key || got.ErrorDetails == "" || a.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %.60s: %s %s, want %s", c.path, c.body, a.Header.Get("Content-Type"), a.body, c.code)
		}
	}
	for name, c := range map[string]struct {
		who    *browser
		status int
	}{
		"without a key":    {s.as(""), http.StatusUnauthorized},
		"with a wrong key": {s.bearing("fsk_nonsense"), http.StatusUnauthorized},
		"with a session":   {s.as("admin"), http.StatusUnauthorized},
		"from a portal":    {s.as("owner").with("Origin", "https://portal.example.com"), http.StatusUnauthorized},
	} {
		a := c.who.json(http.MethodPost, ofrepFlagsPath+"/ai_agents", right).want(c.status)
		if a.Header.Get("Content-Type") != "application/problem+json" || a.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v", name, a.Header)
		}
	}
	b.get(ofrepFlagsPath).want(http.StatusMethodNotAllowed)
}

// What programs ask for by OFREP is in use, as what portals ask for is.
func TestOFREPNotesUse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.bearing(s.key(features.ScopeEvaluate))
	b.flag("ai_agents", `{"targetingKey":"a"}`)
	if use, err := s.server.evaluation.FeatureUse(t.Context()); err != nil || len(use) != 1 {
		t.Errorf("after one call, in use are %v, %v", use, err)
	}
	b.json(http.MethodPost, ofrepFlagsPath, `{"context":{"targetingKey":"a"}}`).want(http.StatusOK)
	if use, err := s.server.evaluation.FeatureUse(t.Context()); err != nil || len(use) != 3 {
		t.Errorf("after a call for all, in use are %v, %v", use, err)
	}
}
