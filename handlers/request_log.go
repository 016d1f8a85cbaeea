package handlers

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

const requestID = "X-Request-Id"

// logLevel is how loud a route's requests are logged: what programs and portals ask all the time only when it is asked for.
func logLevel(route string) slog.Level {
	for _, often := range []string{"/ofrep/", "/api/me/features", "/api/v1/", "/api/v2/features", "/static/", "/healthz", "/readyz", "/metrics", changesRoute} {
		if strings.HasPrefix(route, often) {
			return slog.LevelDebug
		}
	}
	return slog.LevelInfo
}

// levelOf is how loud an answer is logged: a warning where the server failed.
func levelOf(level slog.Level, status int) slog.Level {
	if status >= http.StatusInternalServerError {
		return max(level, slog.LevelWarn)
	}
	return level
}

// nameRequest gives a request that will be logged a name, where its proxy has not, and tells it to the caller.
func (s *Server) nameRequest(c echo.Context, level slog.Level) {
	h := c.Response().Header()
	if h.Get(requestID) != "" || !s.Log.Enabled(c.Request().Context(), level) {
		return
	}
	id := c.Request().Header.Get(requestID)
	if !isRequestID(id) {
		id = rand.Text()[:12]
	}
	h.Set(requestID, id)
}

// maxRequestID is as long as HAProxy makes them.
const maxRequestID = 64

// isRequestID reports whether a text is a name as proxies make them, of hexadecimal digits in groups: neither a token nor a
// key of ours is one, and no password should be.
func isRequestID(id string) bool {
	return id != "" && len(id) <= maxRequestID && strings.Trim(id, "0123456789abcdefABCDEF-_:") == ""
}

// outcome is what has become of a request. The status is 0 where nobody waited for the answer.
type outcome struct {
	status int
	took   time.Duration
	trace  string // its name, "" where there is none
}

// logRequest logs an answer: by its route, as an address may hold what is secret. The bytes are those before compression.
func (s *Server) logRequest(c echo.Context, o *observed, a outcome) {
	ctx, level := c.Request().Context(), levelOf(o.level, a.status)
	if !s.Log.Enabled(ctx, level) {
		return
	}
	kind, id := callerName(c)
	fields := []slog.Attr{
		slog.String("method", clip(c.Request().Method, 10)), slog.String("route", o.route), slog.Int("status", a.status),
		slog.Float64("ms", float64(a.took.Microseconds())/1000), slog.Int64("bytes", c.Response().Size),
		slog.String("request_id", c.Response().Header().Get(requestID)),
		slog.String("actor", kind), slog.Int64("actor_id", id), slog.String("ip", c.RealIP()),
	}
	if a.trace != "" {
		fields = append(fields, slog.String("trace_id", a.trace))
	}
	s.Log.LogAttrs(ctx, level, "request", fields...)
}

// callerName is who calls, by kind and number: the log of requests names no people.
func callerName(c echo.Context) (kind string, id int64) {
	switch who := callerOf(c); {
	case who == nil:
		return "", 0
	case who.Key != nil:
		return "key", who.Key.ID
	default:
		return "user", who.User.ID
	}
}
