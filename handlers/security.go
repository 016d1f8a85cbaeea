package handlers

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
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

// checkOrigin holds a request that changes something to the rules of its surface (spec §5, who may call from where).
func (s *Server) checkOrigin(c echo.Context) error {
	r := c.Request()
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
		return nil
	}
	switch who := callerOf(c); {
	case who != nil && who.Key != nil:
		return nil // which no browser sends by itself
	case isAdminAPI(r.URL.Path):
		return s.checkAdminOrigin(c)
	case isAPI(r):
		return s.checkPortalOrigin(r)
	}
	return s.checkConsoleOrigin(c)
}

// checkPortalOrigin: JSON bodies, and an Origin that is absent, our own or a portal's.
func (s *Server) checkPortalOrigin(r *http.Request) error {
	if origin := r.Header.Get("Origin"); origin != "" && !s.origins[origin] && !sameHost(origin, r.Host) {
		return forbidden("This origin may not call the API: name it with --portal-origin.")
	}
	return checkJSON(r)
}

// checkJSON refuses a body that does not say that it is JSON.
func checkJSON(r *http.Request) error {
	if r.ContentLength == 0 {
		return nil
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" && kind != "application/merge-patch+json" {
		return echo.NewHTTPError(http.StatusUnsupportedMediaType, "Send the body as application/json.")
	}
	return nil
}

// checkConsoleOrigin: from our own pages only, with the session's token where there is a session.
func (s *Server) checkConsoleOrigin(c echo.Context) error {
	r := c.Request()
	if fromElsewhere(r) {
		return forbidden("This form came from another site. Open the console and try again.")
	}
	if err := readForm(c); err != nil {
		return err
	}
	wanted := s.csrfToken(c)
	if wanted == "" {
		return nil // nobody is signed in: sign-in and set-up forms
	}
	token := r.Header.Get("X-CSRF-Token")
	if token == "" {
		token = c.FormValue("csrf_token")
	}
	if !sameToken(token, wanted) {
		return forbidden("This page is from an earlier sign-in. Reload it and try again.")
	}
	return nil
}

// checkAdminOrigin: JSON from our own pages only, with the session's token in its header.
func (s *Server) checkAdminOrigin(c echo.Context) error {
	r := c.Request()
	if fromElsewhere(r) {
		return forbidden("This call came from another site. Programs elsewhere call with an API key.")
	}
	if !sameToken(r.Header.Get("X-CSRF-Token"), s.csrfToken(c)) {
		return forbidden("Send the session's token, which /api/me gives, as X-CSRF-Token.")
	}
	return checkJSON(r)
}

func sameToken(given, wanted string) bool {
	return subtle.ConstantTimeCompare([]byte(given), []byte(wanted)) == 1
}

// fromElsewhere tells a request that a browser makes for another site's page.
func fromElsewhere(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site != "same-origin" && site != "none"
	}
	origin := r.Header.Get("Origin")
	return origin != "" && !sameHost(origin, r.Host)
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

func sameHost(origin, host string) bool {
	address, err := url.Parse(origin)
	return err == nil && strings.EqualFold(address.Host, host)
}

// isAPI tells the surfaces that answer JSON from those that answer pages.
func isAPI(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/api/") || isOFREP(r)
}

// isAdminAPI tells the paths of the admin API, where a session's cookie alone opens nothing that changes something.
func isAdminAPI(path string) bool { return strings.HasPrefix(path, "/api/v2/admin/") }

// clientAddress believes X-Forwarded-For only from the trusted proxies.
func clientAddress(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, prefix := range trusted {
		options = append(options, echo.TrustIPRange(ipNet(prefix)))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

func ipNet(prefix netip.Prefix) *net.IPNet {
	address := prefix.Masked().Addr()
	return &net.IPNet{IP: address.AsSlice(), Mask: net.CIDRMask(prefix.Bits(), address.BitLen())}
}
