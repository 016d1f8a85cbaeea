package web

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

// CanonicalPath takes doubled and trailing slashes out of a path before it is routed: a base address that ends in a slash
// leads where it should. Whoever reads a page is sent to its one address, everything else is answered in place.
func (s *Base) CanonicalPath(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		path := cmp.Or(r.URL.RawPath, r.URL.Path)
		if !strings.Contains(path, "//") && (path == "/" || !strings.HasSuffix(path, "/")) {
			return next(c)
		}
		path = WithoutSpareSlashes(path)
		if r.URL.RawPath == "" {
			r.URL.Path = path
		} else {
			r.URL.RawPath = path
			r.URL.Path, _ = url.PathUnescape(path) // net/http has parsed it already
		}
		if isPage(path) && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			return c.Redirect(http.StatusMovedPermanently, r.URL.RequestURI())
		}
		return next(c)
	}
}

// WithoutSpareSlashes is a path with one slash where there are several, and none at its end. An escaped slash is part of a
// name.
func WithoutSpareSlashes(path string) string {
	var plain strings.Builder
	for part := range strings.SplitSeq(path, "/") {
		if part != "" {
			plain.WriteString("/" + part)
		}
	}
	return cmp.Or(plain.String(), "/")
}

// isPage reports whether people read what is at a path, in a browser.
func isPage(path string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch first {
	case "", "admin", "portal", "signin", "setup", "invite":
		return true
	}
	return false
}
