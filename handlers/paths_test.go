package handlers

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"flagstone/features"
	"flagstone/handlers/web"
)

// isPage matches what people read in a browser.
var isPage = regexp.MustCompile(`^/($|(admin|portal|signin|setup|invite)(/|$))`)

// Every route is found with doubled and trailing slashes too: readers of pages are sent to the page's one address, everything
// else is answered as if there were none.
func TestSpareSlashesLeadWhereTheyShould(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin, program := s.as("admin"), s.bearing(s.key(features.ScopeAdmin))
	admin.csrf = "" // so that what would change something is refused, by its own route
	for _, e := range expectations() {
		path := s.concrete(e.path)
		path, query, _ := strings.Cut(path, "?")
		b, method := admin, e.method
		if strings.HasPrefix(path, "/ofrep/") {
			b = program
		}
		if method == http.MethodGet {
			method = http.MethodHead // so that streams end
		}
		plain := b.send(method, strings.TrimSuffix(path, "/")+"?"+query, "", "")
		for _, spare := range []string{"/" + path, path + "/", path + "//", strings.ReplaceAll(path, "/", "//"), "///" + path[1:]} {
			if spare == "/" {
				continue
			}
			got := b.send(method, spare+"?"+query, "", "")
			if method == http.MethodHead && isPage.MatchString(path) {
				want := path + strings.TrimSuffix("?"+query, "?")
				if location := got.Header.Get("Location"); got.StatusCode != http.StatusMovedPermanently || strings.TrimSuffix(location, "?") != want {
					t.Errorf("%s %s: %d to %q, want %q", method, spare, got.StatusCode, location, want)
				}
				continue
			}
			if got.StatusCode != plain.StatusCode || got.Header.Get("Content-Type") != plain.Header.Get("Content-Type") {
				t.Errorf("%s %s: %d %s, want %d %s", method, spare, got.StatusCode, got.Header.Get("Content-Type"), plain.StatusCode, plain.Header.Get("Content-Type"))
			}
		}
	}
}

// A base address that ends in a slash is what many give an OpenFeature provider.
func TestOFREPBelowABaseThatEndsInASlash(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	program := s.bearing(s.key(features.ScopeEvaluate))
	const body = `{"context":{"targetingKey":"arizona-comedy"}}`
	for _, path := range []string{"//ofrep/v1/evaluate/flags/ai_agents", "/ofrep/v1/evaluate/flags//ai_agents/", "//ofrep//v1//evaluate//flags"} {
		program.json(http.MethodPost, path, body).want(http.StatusOK).wantText(`"key":"ai_agents"`)
	}
	for _, path := range []string{"/ofrep", "/ofrep/", "//ofrep/v2", "/api", "/api/", "//api//nothing/"} {
		if got := s.as("").json(http.MethodPost, path, body); !strings.Contains(got.Header.Get("Content-Type"), "json") || got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, got.StatusCode, got.Header.Get("Content-Type"))
		}
	}
}

// No path sends a browser to another site, and none is taken for another's surface.
func TestRedirectsOfPathsStayOnThisSite(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{
		"//evil.example/", "///evil.example//", "/\\evil.example/", "//\\evil.example/", "/%5Cevil.example/", "/%2Fevil.example/",
		"/%2F/evil.example/", "/%09/evil.example/", "/admin//..//%2Fevil.example/", "//evil.example/%2e%2e/", "/portal//\\evil.example/",
		"http://evil.example//admin/", "//admin@evil.example/",
	} {
		answer := httptest.NewRecorder()
		s.server.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
		location := answer.Header().Get("Location")
		if location != "" && !web.IsOwnPath(location) {
			t.Errorf("%s leads to %q", path, location)
		}
		if strings.Contains(answer.Body.String(), "nav-link") {
			t.Errorf("%s shows the console", path)
		}
	}
}
