package handlers

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/labstack/echo/v4"

	"flagstone/handlers/web"
)

// logLines collects a log.
type logLines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// about returns the lines of the log with a message.
func (l *logLines) about(t *testing.T, message string) (lines []map[string]any) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.text.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(err)
		}
		if fields["msg"] == message {
			lines = append(lines, fields)
		}
	}
	return lines
}

func TestRequestsAreLogged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	log := &logLines{}
	s.server.Log = slog.New(slog.NewJSONHandler(log, nil))
	answer := s.as("viewer").get("/admin/accounts/nobody").want(http.StatusNotFound)
	s.as("owner").get("/api/me/features").want(http.StatusOK) // which is asked too often to be logged
	s.as("").get("/setup/secret-of-the-link")
	s.as("").post("/signin", url.Values{"email": {"somebody@example.com"}, "password": {"secret password"}}).want(http.StatusUnauthorized)
	lines := log.about(t, "request")
	if len(lines) != 3 {
		t.Fatalf("logged are %v", lines)
	}
	first := lines[0]
	if first["method"] != "GET" || first["route"] != "/admin/accounts/:slug" || first["status"] != 404.0 || first["ms"] == nil ||
		first["bytes"] != float64(len(answer.body)) || first["actor"] != "user" || first["actor_id"] == 0.0 || first["ip"] == "" ||
		first["request_id"] == "" || first["request_id"] != answer.Header.Get(web.RequestID) {
		t.Errorf("it is logged as %v, and told as %q", first, answer.Header.Get(web.RequestID))
	}
	failed := log.about(t, "sign-in refused")
	if len(failed) != 1 || failed[0]["ip"] == "" || failed[0]["reason"] != "failed" || failed[0]["request_id"] != lines[2]["request_id"] {
		t.Errorf("the sign-in is logged as %v", failed)
	}
	if text := log.text.String(); strings.Contains(text, "secret") || strings.Contains(text, "somebody") {
		t.Errorf("the log has secrets: %s", text)
	}
	if got := s.as("").get("/metrics").want(http.StatusOK).body; !strings.Contains(got, `flagstone_sign_ins_total{outcome="failed"} 1`+"\n") {
		t.Error("the failed sign-in is not counted")
	}
}

// TestRefusedKeysAreLogged: what is refused before its handler, and what no route is for, is in the log too.
func TestRefusedKeysAreLogged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	log := &logLines{}
	s.server.Log = slog.New(slog.NewJSONHandler(log, nil))
	s.bearing("fsk_nonsense").get("/api/v2/admin/accounts").want(http.StatusUnauthorized)
	s.as("").get("/no/such/page").want(http.StatusNotFound)
	lines := log.about(t, "request")
	if len(lines) != 2 || lines[0]["route"] != "/api/v2/admin/accounts" || lines[0]["status"] != 401.0 || lines[1]["route"] != "" || lines[1]["status"] != 404.0 {
		t.Errorf("logged are %v", lines)
	}
}

// TestFailuresAreLoggedAsWarnings: what fails in the server is seen where only warnings are, by the name that its error has.
func TestFailuresAreLoggedAsWarnings(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	log := &logLines{}
	s.server.Log = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	s.server.register([]route{{call{http.MethodGet, web.FewFields}, "/ofrep/panics", web.Anyone, func(echo.Context) error { panic("broken") }}})
	s.as("viewer").get("/admin/accounts").want(http.StatusOK)
	answer := s.as("").get("/ofrep/panics").want(http.StatusInternalServerError)
	lines, errors := log.about(t, "request"), log.about(t, "answering a request")
	if len(lines) != 1 || lines[0]["level"] != "WARN" || len(errors) != 1 || errors[0]["request_id"] != lines[0]["request_id"] ||
		lines[0]["request_id"] != answer.Header.Get(web.RequestID) {
		t.Errorf("logged are %v and %v", lines, errors)
	}
}

func TestRequestsKeepTheNameOfTheirProxy(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for given, kept := range map[string]bool{
		"0b0f5b8e-4a55-4c38-9d4a-7a3c1f0d2e11": true,
		"5d41402abc4b2a76b9719d911017c592":     true,
		"has spaces":                           false,
		"a_Password":                           false,
		strings.Repeat("a", 65):                false,
	} {
		if got := s.as("").with(web.RequestID, given).get("/signin").Header.Get(web.RequestID); got == "" || (got == given) != kept {
			t.Errorf("%q is named %q", given, got)
		}
	}
}
