package handlers

import (
	"context"
	"net/http"
	"net/http/httptest"
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
		"flagstone_accounts " + itoa(int64(s.db.Live().Accounts().Len())),
	} {
		if !strings.Contains(answer.body, line+"\n") {
			t.Errorf("%s is not among them", line)
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
		_ = s.server.recoverPanics(s.server.metrics.of(http.MethodGet, path, handler))(echo.New().NewContext(request, httptest.NewRecorder()))
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
