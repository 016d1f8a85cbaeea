package web

import (
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

// CheckOrigin holds a request that changes something to the rules of its surface.
func (s *Base) CheckOrigin(c echo.Context) error {
	r := c.Request()
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
		return nil
	}
	switch who := CallerOf(c); {
	case who != nil && who.Key != nil:
		return nil // which no browser sends by itself
	case isAdminAPI(r.URL.Path):
		return s.checkAdminOrigin(c)
	case IsAPI(r):
		return s.checkPortalOrigin(r)
	}
	return s.checkConsoleOrigin(c)
}

// checkPortalOrigin: JSON bodies, and an Origin that is absent, our own or a portal's.
func (s *Base) checkPortalOrigin(r *http.Request) error {
	if !s.origins[r.Header.Get("Origin")] && s.FromElsewhere(r) {
		return Forbidden("This origin may not call the API. Name it with --portal-origin; if it is Flagstone's own, have the proxy pass on the Host header.")
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
func (s *Base) checkConsoleOrigin(c echo.Context) error {
	r := c.Request()
	if s.FromElsewhere(r) {
		return Forbidden("This form came from another site. Open the console and try again. Behind a proxy, have it pass on the Host header.")
	}
	if err := readForm(c); err != nil {
		return err
	}
	who := CallerOf(c)
	if who == nil {
		return nil // nobody is signed in: sign-in and set-up forms
	}
	token := r.Header.Get("X-CSRF-Token")
	if token == "" {
		token = c.FormValue("csrf_token")
	}
	if !s.isCSRFToken(token, who.Session.TokenHash) {
		c.Response().Header().Set("Flagstone-Session", "another") // js/session.js has the page go on in it
		return Forbidden("This page is from an earlier sign-in. Reload it and try again.")
	}
	return nil
}

// checkAdminOrigin: JSON from our own pages only, with the session's token in its header.
func (s *Base) checkAdminOrigin(c echo.Context) error {
	r := c.Request()
	if s.FromElsewhere(r) {
		return Forbidden("This request came from another site. Use an API key from there.")
	}
	if who := CallerOf(c); who == nil || !s.isCSRFToken(r.Header.Get("X-CSRF-Token"), who.Session.TokenHash) {
		return Forbidden("Send the session's token, which /api/me returns, as X-CSRF-Token.")
	}
	return checkJSON(r)
}

// FromElsewhere reports whether a browser sent a request for a page of another origin. What the browser says of that
// itself counts, whatever a proxy did to Host; without it (over plain HTTP, in old browsers) Origin has to name a host that
// the request was for. Programs send neither.
func (s *Base) FromElsewhere(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site != "same-origin" && site != "none"
	}
	origin := r.Header.Get("Origin")
	return origin != "" && !s.isOwn(origin, r)
}

// isOwn reports whether an address is on the host that a request was for. Proxies differ in whether they write the usual
// port of HTTP or HTTPS, so a host with it is the host without it.
func (s *Base) isOwn(address string, r *http.Request) bool {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return false
	}
	host := withoutUsualPort(parsed.Host)
	if host == withoutUsualPort(r.Host) {
		return true
	}
	forwarded, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Host"), ",")
	return host == withoutUsualPort(strings.TrimSpace(forwarded)) && s.Proxies.include(peerOf(r))
}

func withoutUsualPort(host string) string {
	return strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(host, ":80"), ":443"))
}

// overPlainHTTP reports whether a browser's page came over plain HTTP, where it keeps no secure cookie; it does from its own
// machine.
func overPlainHTTP(r *http.Request) bool {
	origin, err := url.Parse(r.Header.Get("Origin"))
	if err != nil || origin.Scheme != "http" {
		return false
	}
	host := origin.Hostname()
	address, err := netip.ParseAddr(host)
	return host != "localhost" && !strings.HasSuffix(host, ".localhost") && (err != nil || !address.IsLoopback())
}
