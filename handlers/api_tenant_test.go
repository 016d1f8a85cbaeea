package handlers

import (
	"net/http"
	"strings"
	"testing"

	"flagstone/db/dbtest"
	"flagstone/features"
)

func TestTenantAPIGivesWhatTheAccountMayUse(t *testing.T) {
	t.Parallel()
	s := serverWithEntries(t)
	owner := s.as("owner")
	has := func() (models, components []string) {
		var of struct {
			Account *struct{ Slug string }
			Models  []struct {
				Provider string
				ID       string `json:"model_id"`
			}
			Components []struct{ Key string }
		}
		for _, kind := range []string{"models", "components"} {
			decode(t, owner.get("/api/v2/features/"+kind).want(http.StatusOK).body, &of)
		}
		if of.Account == nil || of.Account.Slug != "arizona-comedy" {
			t.Errorf("it is about %+v", of.Account)
		}
		for _, m := range of.Models {
			models = append(models, m.Provider+"/"+m.ID)
		}
		for _, one := range of.Components {
			components = append(components, one.Key)
		}
		return models, components
	}
	for _, step := range []struct{ on, models, components string }{
		{"", "", "chat"},
		{"ai_agents", "openai/embed openai/gpt-4o", "chat"},
		{"knowledge_base", "openai/embed openai/gpt-4o", "stores.chroma chat"},
	} {
		if step.on != "" {
			s.switchOn("arizona-comedy", step.on, true)
		}
		models, components := has()
		if strings.Join(models, " ") != step.models || strings.Join(components, " ") != step.components {
			t.Errorf("with %q on: %v, %v", step.on, models, components)
		}
	}
	whole := owner.get("/api/v2/features/models").want(http.StatusOK).wantText(`"input_price":0.0025,"output_price":null`)
	owner.with("If-None-Match", whole.Header.Get("ETag")).get("/api/v2/features/models").want(http.StatusNotModified)
	owner.get("/api/v2/features/models?account=maple-garage").want(http.StatusForbidden)
	s.as("").get("/api/v2/features/components").want(http.StatusUnauthorized)
}

func TestTenantAPIChecksOneFeature(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	s.addReleased("colours", features.Rollout{}, true, features.Variant{Key: "blue", Value: features.Value{Enabled: true}, Weight: features.Everyone})
	owner := s.as("owner")
	for key, want := range map[string]string{
		"ai_agents": `{"key":"ai_agents","enabled":true}`, "knowledge_base": `{"key":"knowledge_base","enabled":false}`,
		"colours": `{"key":"colours","enabled":true,"variant":"blue"}`,
	} {
		if got := owner.get("/api/v2/features/check/" + key).want(http.StatusOK).body; got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
	for _, path := range []string{"/api/v2/features/check/ai%5Fagents", "/api/v2/features/check/%61i_agents"} {
		owner.get(path).want(http.StatusOK).wantText(`"key":"ai_agents"`)
	}
	owner.get("/api/v2/features/check/nonsense").want(http.StatusNotFound).wantText("There is no feature with the key")
	s.keep()
	if got := s.used(everAsked); !strings.Contains(got, "ai_agents") {
		t.Errorf("the features asked for are %q", got)
	}
	if got, want := owner.get("/api/v2/features").want(http.StatusOK).body, owner.get("/api/me/features").body; got != want {
		t.Errorf("the features are %s, want %s", got, want)
	}
}

func TestProgramsAskTheTenantAPIForAnyAccount(t *testing.T) {
	t.Parallel()
	s := serverWithEntries(t)
	s.switchOn("maple-garage", "ai_agents", true)
	s.addReleased("pricing", features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"owner"}}}, true)
	b := s.bearing(s.key(features.ScopeEvaluate))
	for query, want := range map[string]string{
		"ai_agents?account=maple-garage": `{"key":"ai_agents","enabled":true}`, "ai_agents?account=arizona-comedy": `{"key":"ai_agents","enabled":false}`,
		"pricing?account=maple-garage": `{"key":"pricing","enabled":false}`, "pricing?account=maple-garage&role=owner&user=mia": `{"key":"pricing","enabled":true}`,
	} {
		if got := b.get("/api/v2/features/check/" + query).want(http.StatusOK).body; got != want {
			t.Errorf("%s gives %s, want %s", query, got, want)
		}
	}
	b.get("/api/v2/features/models?account=maple-garage").want(http.StatusOK).wantText("gpt-4o")
	b.get("/api/v2/features").want(http.StatusUnprocessableEntity).wantText("Name the account")
	for _, path := range []string{"", "/check/ai_agents", "/models", "/components"} {
		const unknown = `"metadata":{"known":false}}`
		b.get("/api/v2/features" + path + "?account=nobody").want(http.StatusOK).wantText(unknown)
		if got := b.get("/api/v2/features" + path + "?account=maple-garage").want(http.StatusOK).body; strings.Contains(got, "metadata") {
			t.Errorf("%s of an account that is known: %s", path, got)
		}
	}
}

func TestTenantAPIGivesValues(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	draft := features.FeatureDraft{Key: "limits.max_flows", Name: "Flows", Type: features.IntegerType, Default: features.Value{Enabled: true, Data: "10"}}
	if _, err := s.db.CreateFeature(t.Context(), dbtest.Actor(), draft); err != nil {
		t.Fatal(err)
	}
	if got := s.as("owner").get("/api/v2/features/check/limits.max_flows").want(http.StatusOK).body; got != `{"key":"limits.max_flows","enabled":true,"value":10}` {
		t.Errorf("the check gives %s", got)
	}
}

func TestPortalsMayCallTheTenantAPI(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{"/api/v2/features", "/api/v2/features/models", "/api/v2/features/check/ai_agents"} {
		h := s.as("owner").with("Origin", "https://portal.example.com").get(path).want(http.StatusOK).Header
		if h.Get("Access-Control-Allow-Origin") != "https://portal.example.com" || h.Get("Access-Control-Allow-Credentials") != "true" {
			t.Errorf("%s answers a portal with %v", path, h)
		}
		if h := s.as("owner").with("Origin", "https://evil.example").get(path).Header; h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s answers anybody", path)
		}
	}
}
