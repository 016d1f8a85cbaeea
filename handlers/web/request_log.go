package web

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// RequestID is the header that names a request, in its answer and in the log.
const RequestID = "X-Request-Id"

// logLevel is how loud a route's requests are logged: what programs and portals ask all the time only when it is asked for.
func logLevel(route string) slog.Level {
	for _, often := range []string{"/ofrep/", "/api/me/features", "/api/v1/", "/api/v2/features", "/static/", "/healthz", "/readyz", "/metrics", ChangesRoute} {
		if strings.HasPrefix(route, often) {
			return slog.LevelDebug
		}
	}
	return slog.LevelInfo
}

// LevelOf is how loud an answer is logged: a warning where the server failed.
func LevelOf(level slog.Level, status int) slog.Level {
	if status >= http.StatusInternalServerError {
		return max(level, slog.LevelWarn)
	}
	return level
}

// NameRequest gives a request that will be logged a name, where its proxy has not, and tells it to the caller.
func (s *Base) NameRequest(c echo.Context, level slog.Level) {
	h := c.Response().Header()
	if h.Get(RequestID) != "" || !s.Log.Enabled(c.Request().Context(), level) {
		return
	}
	id := c.Request().Header.Get(RequestID)
	if !isRequestID(id) {
		id = rand.Text()[:12]
	}
	h.Set(RequestID, id)
}

// maxRequestID is as long as HAProxy makes them.
const maxRequestID = 64

// isRequestID reports whether a text is a name as proxies make them, of hexadecimal digits in groups: neither a token nor a
// key of ours is one, and no password should be.
func isRequestID(id string) bool {
	return id != "" && len(id) <= maxRequestID && strings.Trim(id, "0123456789abcdefABCDEF-_:") == ""
}

// Outcome is what has become of a request. The status is 0 where nobody waited for the answer.
type Outcome struct {
	Status int
	Took   time.Duration
	Trace  string // its name, "" where there is none
}

// LogRequest logs an answer: by its route, as an address may hold what is secret. The bytes are those before compression.
func (s *Base) LogRequest(c echo.Context, o *Observed, a Outcome) {
	ctx, level := c.Request().Context(), LevelOf(o.Level, a.Status)
	if !s.Log.Enabled(ctx, level) {
		return
	}
	kind, id := callerName(c)
	fields := []slog.Attr{
		slog.String("method", clip(c.Request().Method, 10)), slog.String("route", o.Route), slog.Int("status", a.Status),
		slog.Float64("ms", float64(a.Took.Microseconds())/1000), slog.Int64("bytes", c.Response().Size),
		slog.String("request_id", c.Response().Header().Get(RequestID)),
		slog.String("actor", kind), slog.Int64("actor_id", id), slog.String("ip", c.RealIP()),
	}
	if a.Trace != "" {
		fields = append(fields, slog.String("trace_id", a.Trace))
	}
	s.Log.LogAttrs(ctx, level, "request", fields...)
}

// callerName is who calls, by kind and number: the log of requests names no people.
func callerName(c echo.Context) (kind string, id int64) {
	switch who := CallerOf(c); {
	case who == nil:
		return "", 0
	case who.Key != nil:
		return "key", who.Key.ID
	default:
		return "user", who.User.ID
	}
}
