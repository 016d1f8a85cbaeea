package handlers

import (
	"net/http"
	"testing"

	"flagstone/features"
)

func TestParametersAreSentOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner, key := s.as("owner"), s.bearing(s.key(features.ScopeAdmin))
	both := owner.get("/api/me/features?keys=ai_agents,knowledge_base").want(http.StatusOK)
	if parts := owner.get("/api/me/features?keys=ai_agents&keys=knowledge_base").want(http.StatusOK); parts.body != both.body {
		t.Errorf("keys in two parts: %s, in one: %s", parts.body, both.body)
	}
	key.get(admin + "/accounts?tier=none&tier=none").want(http.StatusOK)
	for path, field := range map[string]string{
		"/api/me?account=maple-garage&account=arizona-comedy":                "account",
		"/api/me/features?account=arizona-comedy&account=maple-garage":       "account",
		"/api/v1/producers/me/?account=arizona-comedy&account=maple-garage":  "account",
		"/api/me/features/stream?account=arizona-comedy&account=":            "account",
		"/api/v2/features?role=owner&role=mechanic&account=arizona-comedy":   "role",
		"/api/v2/features/check/ai_agents?account=arizona-comedy&account=no": "account",
		admin + "/accounts?limit=1&limit=2":                                  "limit",
		admin + "/upgrade-requests?tier=none&tier=none":                      "tier",
		admin + "/features?q=a&q=b":                                          "q",
		admin + "/changes?from=2026-01-01&from=2026-02-01":                   "from",
		admin + "/features?q=%zz":                                            "",
	} {
		b := key
		if path[:len("/api/v2")] != "/api/v2" {
			b = owner
		}
		if found := b.get(path).want(http.StatusUnprocessableEntity); field != "" && found.fieldsOf()[field] == "" {
			t.Errorf("%s: %s", path, found.body)
		}
	}
	before := s.changes()
	for _, query := range []string{"preview=1&preview=1", "preview=1&preview=", "preview=1%zz", "preview=1;reason=x", "reason=a&reason=b"} {
		key.json(http.MethodPost, admin+"/tiers?"+query, `{"key":"pro","name":"Pro"}`).want(http.StatusUnprocessableEntity)
	}
	if s.changes() != before {
		t.Error("a call whose parameters cannot be told was done")
	}
}
