package handlers

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
)

func TestUnavailableNamesWhenToTryAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for wait, header := range map[time.Duration]string{0: "1", time.Second: "1", 1500 * time.Millisecond: "2"} {
		answer := httptest.NewRecorder()
		c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/api/me", nil), answer)
		s.server.answerError(&features.Error{Kind: features.Unavailable, Message: "Busy.", RetryAfter: wait}, c)
		if answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") != header {
			t.Errorf("%v is answered %d, Retry-After %q: want 503 and %s", wait, answer.Code, answer.Header().Get("Retry-After"), header)
		}
	}
}

// Whatever goes wrong on a surface for programs is answered as JSON, also to a browser.
func TestProgramsAreNeverAnsweredPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key, owner := s.bearing(s.key(features.ScopeAdmin)).with("Accept", "text/html"), s.as("owner").with("Accept", "text/html")
	surfaces := []struct {
		by         *browser
		path, post string // and where a body may be sent
		missing    string
	}{
		{owner, "/api/session", "/api/session", "/api/nothing"},
		{owner, "/api/me", "/api/me/upgrade-requests", "/api/me/nothing"},
		{owner, "/api/v1/producers/me", "/api/session", "/api/v1/nothing"},
		{owner, "/api/v2/features", "/api/session", "/api/v2/features/no/such/thing"},
		{key, admin + "/features", admin + "/features", admin + "/nothing"},
		{key, admin + "/accounts/maple-garage", admin + "/accounts", admin + "/accounts/maple-garage/nothing"},
		{key, "/ofrep/v1/evaluate/flags", "/ofrep/v1/evaluate/flags/ai_agents", "/ofrep/v1/nothing"},
	}
	failures := map[string]echo.HandlerFunc{
		"panics": func(echo.Context) error { panic("broken") },
		"fails":  func(echo.Context) error { return errors.New("broken") },
		"unavailable": func(echo.Context) error {
			return &features.Error{Kind: features.Unavailable, Message: "Busy.", RetryAfter: 1e9}
		},
		"conflict": func(echo.Context) error { return &features.Error{Kind: features.Conflict, Message: "Taken."} },
	}
	check := func(a *answer, status int) {
		t.Helper()
		ofrep, kind := strings.HasPrefix(a.Request.URL.Path, "/ofrep"), a.Header.Get("Content-Type")
		var body map[string]any
		if err := json.Unmarshal([]byte(a.body), &body); err != nil {
			t.Errorf("%s %s: %d, %s", a.Request.Method, a.Request.URL, a.StatusCode, a.body)
			return
		}
		form := kind == "application/problem+json" && body["status"] == float64(a.StatusCode) && body["detail"] != ""
		if ofrep && status != http.StatusUnauthorized {
			form = kind == "application/json" && body["errorDetails"] != nil
		}
		if a.StatusCode != status || !form {
			t.Errorf("%s %s: %d, want %d, as %s: %s", a.Request.Method, a.Request.URL, a.StatusCode, status, kind, a.body)
		}
	}
	for _, surface := range surfaces {
		for name, fails := range failures {
			s.server.register([]route{{call{http.MethodGet, web.FewFields}, surface.path + "/" + name, web.Anyone, fails}})
		}
		b := surface.by
		check(b.get(surface.missing), http.StatusNotFound)
		check(b.send("BREW", surface.path, "", ""), http.StatusMethodNotAllowed)
		check(b.get(surface.path+"/panics"), http.StatusInternalServerError)
		check(b.get(surface.path+"/fails"), http.StatusInternalServerError)
		check(b.get(surface.path+"/conflict"), http.StatusConflict)
		busy := b.get(surface.path + "/unavailable")
		if check(busy, http.StatusServiceUnavailable); busy.Header.Get("Retry-After") != "1" {
			t.Errorf("%s: Retry-After is %q", surface.path, busy.Header.Get("Retry-After"))
		}
		for _, body := range []string{"", "{", "[]", `{"a":1,"a":2}`, "{\"a\":\"\xff\"}"} {
			check(b.send(http.MethodPost, surface.post, "application/json", body), http.StatusBadRequest)
		}
		check(b.send(http.MethodPost, surface.post, "application/json", strings.Repeat(" ", web.LargeForm+1)), http.StatusRequestEntityTooLarge)
	}
	stranger := s.as("").with("Accept", "text/html")
	for _, path := range []string{"/api/me", "/api/me/features", "/api/v1/producers/me", "/api/v2/features", admin + "/features"} {
		check(stranger.get(path), http.StatusUnauthorized)
	}
	check(stranger.json(http.MethodPost, "/ofrep/v1/evaluate/flags", "{}"), http.StatusUnauthorized)
	check(s.as("editor").send(http.MethodPost, admin+"/features", "text/plain", "{}"), http.StatusUnsupportedMediaType)
	check(s.as("").send(http.MethodPost, "/api/session", "text/plain", "{}"), http.StatusUnsupportedMediaType)
	for _, path := range []string{"/api", "/api/", "/api/v2", "/ofrep", "/ofrep/", "//api//nothing", "/ofrep//nothing"} {
		check(stranger.get(path), http.StatusNotFound)
	}
}

// What cannot be done now says when to try again to people too, on a page and in one.
func TestUnavailablePages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.server.register([]route{{call{http.MethodGet, web.FewFields}, "/admin/busy", web.Viewers, func(echo.Context) error {
		return &features.Error{Kind: features.Unavailable, Message: "The database is busy.", RetryAfter: 2 * time.Second}
	}}})
	for _, b := range []*browser{s.as("viewer"), s.as("viewer").viaHtmx()} {
		a := b.get("/admin/busy").want(http.StatusServiceUnavailable).wantText("The database is busy.")
		if a.Header.Get("Retry-After") != "2" || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			t.Errorf("Retry-After %q, as %s", a.Header.Get("Retry-After"), a.Header.Get("Content-Type"))
		}
	}
}
