package handlers

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/features"
)

// Bodies are limited (spec §5): what a browser or a portal sends is small, a CSV import may be larger.
const (
	maxBody   = 1 << 20
	maxImport = 32 << 20
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

// secureHeaders sets the headers that browsers heed. Programs that ask by OFREP, often, are spared them.
func (s *Server) secureHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if isOFREP(c.Request()) {
			c.Response().Header()["X-Content-Type-Options"] = s.headers["X-Content-Type-Options"]
		} else {
			maps.Copy(c.Response().Header(), s.headers)
		}
		return next(c)
	}
}

// recoverPanics turns a panic into an internal error: one request fails, the others go on. A handler that breaks its
// answer off has its way.
func (s *Server) recoverPanics(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch cause := recover(); cause {
			case nil:
			case http.ErrAbortHandler:
				panic(cause)
			default:
				err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
			}
		}()
		return next(c)
	}
}

// limitBody refuses a body that says it is too large, and stops reading one that turns out to be.
func (s *Server) limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		limit := int64(maxBody)
		if takesFiles(c.Request().URL.Path) {
			limit = maxImport
		}
		if c.Request().ContentLength > limit {
			c.Response().Header().Set("Connection", "close")
			return &http.MaxBytesError{Limit: limit}
		}
		if c.Request().Body == http.NoBody {
			return next(c)
		}
		c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, limit)
		return next(c)
	}
}

// takesFiles tells the addresses that a file may be sent to.
func takesFiles(path string) bool {
	return strings.HasPrefix(path, "/admin/accounts/import") || path == registryPath || path == "/admin/models/import" || path == "/admin/components/import"
}

// readForm reads a form whole or refuses it: c.FormValue would act on the part that it can read.
func readForm(c echo.Context) error {
	_, err := c.FormParams()
	var large *http.MaxBytesError
	if err == nil || errors.As(err, &large) {
		return err
	}
	return refusal("", "This form cannot be read. Reload the page and try again.")
}

func forbidden(message string) error {
	return &features.Error{Kind: features.Forbidden, Message: message}
}

// isAPI tells the surfaces that answer JSON from those that answer pages.
func isAPI(r *http.Request) bool {
	return r.URL.Path == "/api" || strings.HasPrefix(r.URL.Path, "/api/") || isOFREP(r)
}

// isAdminAPI tells the paths of the admin API, where a session's cookie alone opens nothing that changes something.
func isAdminAPI(path string) bool { return strings.HasPrefix(path, "/api/v2/admin/") }
