package handlers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

func TestMetricsCountAnswersByRoute(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	viewer := s.as("viewer")
	viewer.get(arizona).want(http.StatusOK)
	viewer.get("/admin/accounts/nobody").want(http.StatusNotFound)
	viewer.get("/admin/settings/keys").want(http.StatusForbidden)
	viewer.get("/no/such/page").want(http.StatusNotFound)
	answer := s.as("").get("/metrics").want(http.StatusOK)
	if got := answer.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/plain; version=0.0.4") {
		t.Errorf("they are %q", got)
	}
	for _, line := range []string{
		`flagstone_http_answers_total{method="GET",route="/admin/accounts/:slug",status="2xx"} 1`,
		`flagstone_http_answers_total{method="GET",route="/admin/accounts/:slug",status="4xx"} 1`,
		`flagstone_http_answers_total{method="GET",route="/admin/settings/keys",status="4xx"} 1`,
		`flagstone_http_answer_seconds_count{method="GET",route="/admin/accounts/:slug"} 2`,
		"flagstone_portal_streams 0",
		`flagstone_mode{mode="live"} 1`,
		`flagstone_mode{mode="open"} 0`,
		"flagstone_write_errors_total 0",
		"flagstone_sign_in_failures_total 0",
		"flagstone_accounts " + itoa(int64(s.db.Live().Accounts().Len())),
	} {
		if !strings.Contains(answer.body, line+"\n") {
			t.Errorf("%s is not among them", line)
		}
	}
	for _, name := range []string{"flagstone_database_bytes ", "flagstone_catch_up_age_seconds "} {
		if !strings.Contains(answer.body, "\n"+name) {
			t.Errorf("%s is not among them", name)
		}
	}
	if strings.Contains(answer.body, "no/such") || strings.Contains(answer.body, "arizona") {
		t.Error("they name an address that somebody made up, or an account")
	}
}

// A panic is an answer that failed; somebody who leaves is none.
func TestMetricsCountWhatFails(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	run := func(ctx context.Context, path string, handler echo.HandlerFunc) {
		request := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
		_ = s.server.recoverPanics(s.server.observe(http.MethodGet, path, handler))(echo.New().NewContext(request, httptest.NewRecorder()))
	}
	left, leave := context.WithCancel(t.Context())
	leave()
	run(t.Context(), "/panics", func(echo.Context) error { panic("broken") })
	run(left, "/left", func(c echo.Context) error { return c.Request().Context().Err() })
	body := s.as("").get("/metrics").want(http.StatusOK).body
	if !strings.Contains(body, `route="/panics",status="5xx"} 1`) || strings.Contains(body, `route="/left"`) {
		t.Errorf("they are\n%s", body)
	}
}

// TestMetricsAreForThisMachine: others read them where they are named, and nobody gets in by what a proxy has passed on.
func TestMetricsAreForThisMachine(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.server.metricsReaders = newProxies([]netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")})
	for _, c := range []struct {
		peer, forwarded string
		trusted         bool
		want            bool
	}{
		{"127.0.0.1:1", "", false, true},
		{"[::1]:1", "", false, true},
		{"[::ffff:127.0.0.1]:1", "", false, true},
		{"10.1.2.3:1", "", false, true},
		{"10.2.2.3:1", "", false, false},
		{"203.0.113.9:1", "127.0.0.1", false, false},
		{"127.0.0.1:1", "203.0.113.9", false, false},
		{"127.0.0.1:1", "203.0.113.9", true, false},
		{"127.0.0.1:1", "10.1.2.3", true, true},
		{"127.0.0.1:1", "", true, true},
	} {
		s.server.proxies = nil
		if c.trusted {
			s.server.proxies = newProxies([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
		if r.RemoteAddr = c.peer; c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := s.server.mayReadMetrics(r); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// TestWaitingIsNotTimed: what waits for changes would drown how long answers take.
func TestWaitingIsNotTimed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	known := 0
	for _, r := range s.server.routes() {
		if waits[r.path] {
			known++
		}
	}
	if known != len(waits) {
		t.Errorf("of %d routes that wait there are %d", len(waits), known)
	}
	s.as("owner").get("/api/me/features").want(http.StatusOK)
	stream, end := context.WithCancel(t.Context())
	defer end()
	request, err := http.NewRequestWithContext(stream, http.MethodHead, s.URL+streamRoute, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.AddCookie(s.as("owner").cookie)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	body := s.as("").get("/metrics").want(http.StatusOK).body
	if !strings.Contains(body, `flagstone_http_answers_total{method="GET",route="`+streamRoute+`",status="2xx"} 1`) ||
		strings.Contains(body, `flagstone_http_answer_seconds_count{method="GET",route="`+streamRoute+`"}`) {
		t.Errorf("they are\n%s", body)
	}
}
