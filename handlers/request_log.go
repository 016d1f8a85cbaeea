package handlers

import (
	"crypto/rand"
	"log/slog"
	"strconv"
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

// nameRequest gives a request that will be logged a name, where its proxy has not, and tells it to the caller.
func (s *Server) nameRequest(c echo.Context, level slog.Level) {
	if !s.Log.Enabled(c.Request().Context(), level) {
		return
	}
	id := clip(c.Request().Header.Get(requestID), 100)
	if id == "" {
		id = rand.Text()[:12]
	}
	c.Response().Header().Set(requestID, id)
}

// logRequest logs an answer: by its route, as an address may hold what is secret. The status is 0 where nobody waited for it.
func (s *Server) logRequest(c echo.Context, level slog.Level, route string, status int, took time.Duration) {
	ctx := c.Request().Context()
	if !s.Log.Enabled(ctx, level) {
		return
	}
	s.Log.LogAttrs(ctx, level, "request",
		slog.String("method", c.Request().Method), slog.String("route", route), slog.Int("status", status),
		slog.Duration("took", took), slog.String("id", c.Response().Header().Get(requestID)),
		slog.String("actor", callerName(c)), slog.String("ip", c.RealIP()))
}

// callerName is who calls, by number: the log of requests names no people.
func callerName(c echo.Context) string {
	switch who := callerOf(c); {
	case who == nil:
		return ""
	case who.Key != nil:
		return "key " + strconv.FormatInt(who.Key.ID, 10)
	default:
		return "user " + strconv.FormatInt(who.User.ID, 10)
	}
}
