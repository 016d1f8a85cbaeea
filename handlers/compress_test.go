package handlers

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"flagstone/features"
)

// zipped asks as a browser does, and returns the body as it came and as it reads.
func (b *browser) zipped(path string) (a *answer, text string) {
	b.t.Helper()
	a = b.with("Accept-Encoding", "gzip, deflate, br").get(path).want(http.StatusOK)
	if a.Header.Get("Content-Encoding") != "gzip" {
		return a, a.body
	}
	r, err := gzip.NewReader(strings.NewReader(a.body))
	if err != nil {
		b.t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		b.t.Fatal(err)
	}
	return a, string(plain)
}

func TestPagesAndExportsAreCompressed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range 120 {
		s.account(fmt.Sprintf("Comedy Club %d", i))
	}
	admin := s.as("admin")
	for path, want := range map[string]string{
		"/admin/accounts": "Comedy Club 1", "/admin/accounts/export.csv": "Comedy Club 1", "/admin/features": "Knowledge Base",
		"/admin/audit/export.json": "Comedy Club 1", "/api/docs": "Flagstone",
		"/api/v2/admin/accounts": "Comedy Club 1", "/portal.js": "FeatureFlags",
	} {
		a, text := admin.zipped(path)
		if a.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(strings.Join(a.Header.Values("Vary"), ","), "Accept-Encoding") || !strings.Contains(text, want) {
			t.Errorf("%s: %v", path, a.Header)
		}
		if len(a.body) > 25_000 {
			t.Errorf("%s: %d bytes", path, len(a.body))
		}
		plain := admin.with("Accept-Encoding", "identity").get(path).want(http.StatusOK)
		if plain.Header.Get("Content-Encoding") != "" || !strings.Contains(plain.body, want) {
			t.Errorf("%s, not compressed: %v", path, plain.Header)
		}
	}
}

func TestWhatIsNotCompressed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as("admin").with("Accept-Encoding", "gzip")
	for _, path := range []string{"/api/me", "/api/me/features", "/api/v2/features", "/setup/none", "/invite/none", "/healthz"} {
		if a := admin.get(path); a.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: %v", path, a.Header)
		}
	}
	key := admin.post("/admin/settings/keys/new", map[string][]string{"name": {"Billing"}, "scope": {"evaluate"}})
	if key.Header.Get("Content-Encoding") != "" || !strings.Contains(key.body, features.KeyPrefix) {
		t.Errorf("the page with a new key: %v", key.Header)
	}
	response, next := s.as("owner").events(t.Context(), "/api/me/features/stream", "")
	if _, ok := next(); !ok || response.Header.Get("Content-Encoding") != "" || response.Uncompressed {
		t.Errorf("a stream: %v", response.Header)
	}
}

// A compressed answer has other bytes than the plain one, so its tag is weak; as a condition it counts like the strong one.
func TestTagsOfCompressedAnswers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	long := strings.Repeat("A long description, which compresses. ", 60)
	admin := s.bearing(s.key(features.ScopeAdmin))
	f := admin.with("If-Match", "*").json(http.MethodPatch, "/api/v2/admin/features/ai_agents", `{"metadata":{"note":"`+long+`"}}`).want(http.StatusOK)
	a, _ := admin.zipped("/api/v2/admin/features/ai_agents")
	tag := a.Header.Get("ETag")
	if a.Header.Get("Content-Encoding") != "gzip" || tag != "W/"+f.Header.Get("ETag") {
		t.Fatalf("tag %q after %q: %v", tag, f.Header.Get("ETag"), a.Header)
	}
	admin.with("If-None-Match", tag).with("Accept-Encoding", "gzip").get("/api/v2/admin/features/ai_agents").want(http.StatusNotModified)
	admin.with("If-Match", tag).json(http.MethodPatch, "/api/v2/admin/features/ai_agents", `{"name":"Agents"}`).want(http.StatusOK)
}
