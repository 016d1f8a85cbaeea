package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"testing"

	"flagstone/handlers/web"
)

// TestRequestsAreTraced: the tracer is told of requests by route and with their status, but not of those that wait or only look.
func TestRequestsAreTraced(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	log := &logLines{}
	s.server.Log = slog.New(slog.NewJSONHandler(log, nil))
	type told struct {
		route  string
		status int
	}
	var all []told
	s.server.Traced = func(r *http.Request, method, route string) (context.Context, string, func(int)) {
		return r.Context(), "of " + route, func(status int) { all = append(all, told{method + " " + route, status}) }
	}
	s.as("viewer").get("/admin/accounts/nobody").want(http.StatusNotFound)
	s.bearing("fsk_nonsense").get("/api/v2/admin/accounts").want(http.StatusUnauthorized)
	s.as("").get("/readyz").want(http.StatusOK)
	s.as("owner").send(http.MethodHead, web.StreamRoute, "", "").want(http.StatusOK)
	want := []told{{"GET /admin/accounts/:slug", 404}, {"GET /api/v2/admin/accounts", 401}}
	if !slices.Equal(all, want) {
		t.Errorf("told of %v, want %v", all, want)
	}
	if lines := log.about(t, "request"); len(lines) != 2 || lines[0]["trace_id"] != "of /admin/accounts/:slug" {
		t.Errorf("logged are %v", lines)
	}
}
