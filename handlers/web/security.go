package web

import (
	"fmt"
	"maps"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/labstack/echo/v4"
)

// contentPolicy lets a page load nothing but what this server serves, and run nothing inline.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// sharedHeaders are what every answer to a browser carries, made once: all answers share the values.
func sharedHeaders(secure bool) http.Header {
	shared := http.Header{
		"Content-Security-Policy":    {contentPolicy},
		"X-Content-Type-Options":     {"nosniff"},
		"X-Frame-Options":            {"DENY"},
		"Referrer-Policy":            {"same-origin"},
		"Cross-Origin-Opener-Policy": {"same-origin"},
		"Permissions-Policy":         {"camera=(), geolocation=(), microphone=()"},
	}
	if secure {
		shared["Strict-Transport-Security"] = []string{"max-age=31536000"}
	}
	return shared
}

// SecureHeaders sets the headers that browsers heed. Programs that ask by OFREP, often, are spared them.
func (s *Base) SecureHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if IsOFREP(c.Request()) {
			c.Response().Header()["X-Content-Type-Options"] = s.headers["X-Content-Type-Options"]
		} else {
			maps.Copy(c.Response().Header(), s.headers)
		}
		return next(c)
	}
}

// RecoverPanic runs a handler and turns a panic into an internal error: one request fails, the others go on. A handler that
// breaks its answer off has its way.
func RecoverPanic(handler echo.HandlerFunc, c echo.Context) (err error) {
	defer func() {
		switch cause := recover(); cause {
		case nil:
		case http.ErrAbortHandler:
			panic(cause)
		default:
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return handler(c)
}

// IsAPI tells the surfaces that answer JSON from those that answer pages.
func IsAPI(r *http.Request) bool {
	return r.URL.Path == "/api" || strings.HasPrefix(r.URL.Path, "/api/") || IsOFREP(r)
}

// isAdminAPI tells the paths of the admin API, where a session's cookie alone opens nothing that changes something.
func isAdminAPI(path string) bool { return strings.HasPrefix(path, "/api/v2/admin/") }
