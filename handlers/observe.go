package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
)

// observed is what is known of one route before anybody calls it: how its requests are counted and logged. What is at no
// route shares one, as such addresses are without number.
type observed struct {
	method, route string
	level         slog.Level
	requests      [len(statusClasses)]func() prometheus.Counter // by class of status; each made when first counted
	seconds       func() prometheus.Observer                    // nil where requests wait for changes: how long they take says nothing
}

// routeKey is what the router knows of a request.
type routeKey struct{ method, path string }

// waits are the routes that answer when something changes.
var waits = map[string]bool{streamRoute: true, changesRoute: true}

func (m *metrics) observe(method, route string) *observed {
	o := &observed{method: method, route: route, level: logLevel(route)}
	labels := prometheus.Labels{"surface": surfaceOf(route), "method": method, "route": route}
	for class, name := range statusClasses {
		labels := prometheus.Labels{"surface": labels["surface"], "method": method, "route": route, "status": name}
		o.requests[class] = sync.OnceValue(func() prometheus.Counter { return m.requests.With(labels) })
	}
	if !waits[route] {
		o.seconds = sync.OnceValue(func() prometheus.Observer { return m.seconds.With(labels) })
	}
	return o
}

// count counts an answer. One that nobody waited for has the status 0 and is none.
func (o *observed) count(status int, took time.Duration) {
	if status == 0 {
		return
	}
	o.requests[min(status/100, len(statusClasses)-1)]().Inc()
	if o.seconds != nil {
		o.seconds().Observe(took.Seconds())
	}
}

// surfaceOf returns the surface that a route belongs to.
func surfaceOf(route string) string {
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

// Tracer is told that a request begins, and by which method and route. It returns the context of what is part of the request,
// the name of the trace, and what is to be called with the status in the end: 0 where nobody waited for the answer.
type Tracer func(r *http.Request, method, route string) (ctx context.Context, trace string, end func(status int))

// trace tells the tracer that a request begins. Requests that wait for changes, and those of machines that look whether the
// server is well, are left out.
func (s *Server) trace(c echo.Context, o *observed) (trace string, end func(status int)) {
	if o.seconds == nil || surfaceOf(o.route) == "operation" {
		return "", func(int) {}
	}
	ctx, trace, end := s.Traced(c.Request(), o.method, o.route)
	c.SetRequest(c.Request().WithContext(ctx))
	return trace, end
}

// observe counts and logs every request, those that a panic breaks off too, and answers with its error.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		o := s.observed[routeKey{c.Request().Method, c.Path()}]
		if o == nil {
			o = s.unrouted
		}
		begun, status := time.Now(), http.StatusInternalServerError
		s.nameRequest(c, o.level)
		trace, endTrace := "", func(int) {}
		if s.Traced != nil {
			trace, endTrace = s.trace(c, o)
		}
		defer func() {
			took := time.Since(begun)
			o.count(status, took)
			endTrace(status)
			s.logRequest(c, o, outcome{status: status, took: took, trace: trace})
		}()
		err := recoverPanic(next, c)
		status = c.Response().Status
		if err == nil {
			return nil
		}
		if !c.Response().Committed {
			if status = describe(err).Status; hasLeft(c, err) {
				status = 0
			}
			s.nameRequest(c, levelOf(o.level, status))
		}
		s.answerError(err, c)
		status = c.Response().Status
		return nil
	}
}
