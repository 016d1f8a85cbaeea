package handlers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
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
		`flagstone_http_requests_total{method="GET",route="/admin/accounts/:slug",status="2xx",surface="console"} 1`,
		`flagstone_http_requests_total{method="GET",route="/admin/accounts/:slug",status="4xx",surface="console"} 1`,
		`flagstone_http_requests_total{method="GET",route="/admin/settings/keys",status="4xx",surface="console"} 1`,
		`flagstone_http_request_duration_seconds_count{method="GET",route="/admin/accounts/:slug",surface="console"} 2`,
		"flagstone_portal_streams 0",
		`flagstone_mode{mode="live"} 1`,
		`flagstone_mode{mode="open"} 0`,
		"flagstone_ready 1",
		"flagstone_feed_unread_rows 0",
		"flagstone_password_hash_waiting 0",
		"flagstone_password_hash_refused_total 0",
		"flagstone_password_hash_wait_seconds_count 0",
		"flagstone_write_errors_total 0",
		`flagstone_sign_ins_total{outcome="succeeded"} 0`,
		`flagstone_http_requests_total{method="",route="",status="4xx",surface="none"} 1`,
		"flagstone_accounts " + itoa(int64(s.db.Live().Accounts().Len())),
	} {
		if !strings.Contains(answer.body, line+"\n") {
			t.Errorf("%s is not among them", line)
		}
	}
	for _, name := range []string{
		"flagstone_database_bytes ", "flagstone_wal_bytes ", "flagstone_disk_free_bytes ", "flagstone_disk_bytes ", "flagstone_catch_up_age_seconds ",
	} {
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
	left, leave := context.WithCancel(t.Context())
	leave()
	s.server.register([]route{
		{call{http.MethodGet, web.FewFields}, "/panics", web.Anyone, func(echo.Context) error { panic("broken") }},
		{call{http.MethodGet, web.FewFields}, "/left", web.Anyone, func(c echo.Context) error { return c.Request().Context().Err() }},
	})
	s.as("").get("/panics").want(http.StatusInternalServerError)
	func() {
		defer func() { _ = recover() }() // which breaks the connection off
		s.server.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(left, http.MethodGet, "/left", nil))
	}()
	body := s.as("").get("/metrics").want(http.StatusOK).body
	if !strings.Contains(body, `route="/panics",status="5xx",surface="site"} 1`) || strings.Contains(body, `route="/left"`) {
		t.Errorf("they are\n%s", body)
	}
}

// TestWaitingIsNotTimed: what waits for changes would drown how long answers take.
func TestWaitingIsNotTimed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	known := 0
	for _, r := range s.server.routes() {
		if r.path == web.StreamRoute || r.path == web.ChangesRoute {
			known++
		}
	}
	if known != 2 {
		t.Errorf("of 2 routes that wait there are %d", known)
	}
	s.as("owner").get("/api/me/features").want(http.StatusOK)
	stream, end := context.WithCancel(t.Context())
	defer end()
	request, err := http.NewRequestWithContext(stream, http.MethodHead, s.URL+web.StreamRoute, nil)
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
	if !strings.Contains(body, `flagstone_http_requests_total{method="GET",route="`+web.StreamRoute+`",status="2xx",surface="portal_api"} 1`) ||
		strings.Contains(body, `flagstone_http_request_duration_seconds_count{method="GET",route="`+web.StreamRoute+`"`) {
		t.Errorf("they are\n%s", body)
	}
}

// TestMetricsCountEvaluations: each surface counts the features that it evaluates.
func TestMetricsCountEvaluations(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	program := s.bearing(s.key(features.ScopeEvaluate))
	program.json(http.MethodPost, "/ofrep/v1/evaluate/flags", `{"context":{"targetingKey":"arizona-comedy"}}`).want(http.StatusOK)
	program.json(http.MethodPost, "/ofrep/v1/evaluate/flags/ai_agents", `{"context":{"targetingKey":"arizona-comedy"}}`).want(http.StatusOK)
	program.get("/api/v2/features?account=arizona-comedy").want(http.StatusOK)
	program.get("/api/v2/features/check/ai_agents?account=arizona-comedy").want(http.StatusOK)
	s.as("owner").get("/api/me/features").want(http.StatusOK)
	s.as("owner").get("/api/me/features?keys=ai_agents").want(http.StatusOK)
	s.as("owner").get("/api/v1/producers/me/").want(http.StatusOK)
	body := s.as("").get("/metrics").want(http.StatusOK).body
	for surface, want := range map[string]int64{"ofrep": 4, "tenant_api": 4, "portal_api": 7, "sample_portal": 0} {
		if line := `flagstone_evaluations_total{surface="` + surface + `"} ` + itoa(want) + "\n"; !strings.Contains(body, line) {
			t.Errorf("%s is not among\n%s", line, body)
		}
	}
}
