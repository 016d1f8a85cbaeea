package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// AllowPortals lets the configured portal origins call the portal's API with credentials, and nothing else
// (docs/portal.md, "Put Flagstone on your portal's host").
func (s *Base) AllowPortals(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if !isPortalAPI(r.URL.Path) {
			return next(c)
		}
		h := c.Response().Header()
		h.Add("Vary", "Origin")
		origin := r.Header.Get("Origin")
		if !s.origins[origin] {
			return next(c)
		}
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Set("Access-Control-Expose-Headers", "ETag, Retry-After")
		if r.Method != http.MethodOptions {
			return next(c)
		}
		h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
		h.Set("Access-Control-Allow-Headers", "Content-Type, If-None-Match, Last-Event-ID")
		h.Set("Access-Control-Max-Age", "600")
		return c.NoContent(http.StatusNoContent)
	}
}

// isPortalAPI tells whether a portal may call a path from its own origin.
func isPortalAPI(path string) bool {
	return path == "/api/session" || path == "/api/me" || strings.HasPrefix(path, "/api/me/") || path == "/api/v1/producers/me" ||
		path == "/api/v2/features" || strings.HasPrefix(path, "/api/v2/features/")
}
