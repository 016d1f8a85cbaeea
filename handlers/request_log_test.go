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
	if first["method"] != "GET" || first["route"] != "/admin/accounts/:slug" || first["status"] != 404.0 || first["took"] == nil ||
		first["actor"] == "" || first["id"] == "" || first["id"] != answer.Header.Get(requestID) {
		t.Errorf("it is logged as %v, and told as %q", first, answer.Header.Get(requestID))
	}
	if failed := log.about(t, "sign-in failed"); len(failed) != 1 || failed[0]["ip"] == "" {
		t.Errorf("the sign-in is logged as %v", failed)
	}
	if text := log.text.String(); strings.Contains(text, "secret") || strings.Contains(text, "somebody") {
		t.Errorf("the log has secrets: %s", text)
	}
	if got := s.as("").get("/metrics").want(http.StatusOK).body; !strings.Contains(got, "flagstone_sign_in_failures_total 1\n") {
		t.Error("the failed sign-in is not counted")
	}
}
