package web

import (
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Observed is what is known of one route before anybody calls it: how its requests are counted and logged. What is at no
// route shares one, as such addresses are without number.
type Observed struct {
	Method, Route string
	Level         slog.Level
	requests      [len(statusClasses)]func() prometheus.Counter // by class of status; each made when first counted
	Seconds       func() prometheus.Observer                    // nil where requests wait for changes: how long they take says nothing
}

// waits are the routes that answer when something changes.
var waits = map[string]bool{StreamRoute: true, ChangesRoute: true}

// Count counts an answer. One that nobody waited for has the status 0 and is none.
func (o *Observed) Count(status int, took time.Duration) {
	if status == 0 {
		return
	}
	o.requests[min(status/100, len(statusClasses)-1)]().Inc()
	if o.Seconds != nil {
		o.Seconds().Observe(took.Seconds())
	}
}

// SurfaceOf returns the surface that a route belongs to.
func SurfaceOf(route string) string {
	for _, one := range []struct{ prefix, surface string }{
		{ofrepPath, "ofrep"},
		{"/api/v2/admin/", "admin_api"},
		{"/api/v2/features", "tenant_api"},
		{"/api/", "portal_api"},
		{"/admin", "console"},
		{"/portal", "sample_portal"},
		{"/static/", "static"},
		{"/healthz", "operation"},
		{"/readyz", "operation"},
		{"/metrics", "operation"},
		{"/", "site"},
	} {
		if strings.HasPrefix(route, one.prefix) {
			return one.surface
		}
	}
	return "none"
}
