package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/features"
)

// Address is a path with its query, where there is one.
func Address(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// NonEmpty are the values of a query that say something.
func NonEmpty(all map[string]string) url.Values {
	query := url.Values{}
	for name, value := range all {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

// mostPages is how many pages any list may have: what lies before a page can be counted still.
const mostPages = 1_000_000

// PageNumber is the page of a list that a request asks for, the first unless it says.
func PageNumber(c echo.Context) (int, error) {
	text := c.QueryParam("page")
	if text == "" {
		return 1, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > mostPages {
		return 0, &features.Error{Kind: features.NotFound, Message: "There is no such page of the list."}
	}
	return n, nil
}

// AdminPath is where the admin API begins.
const AdminPath = "/api/v2/admin"

// PageOr is the page that a request was made from, or another where that is not known.
func (s *Base) PageOr(r *http.Request, otherwise string) string {
	if page := s.PageOf(r); page != "/" {
		return page
	}
	return otherwise
}

// PageOf is the page that a request was made from, as a path of this site; "/" where that is not known.
func (s *Base) PageOf(r *http.Request) string {
	for _, header := range []string{"HX-Current-URL", "Referer"} {
		page, err := url.Parse(r.Header.Get(header))
		if err != nil || page.Host == "" || !IsOwnPath(page.RequestURI()) {
			continue
		}
		if r.Header.Get("Sec-Fetch-Site") == "same-origin" || s.isOwn(page.String(), r) {
			return page.RequestURI()
		}
	}
	return "/"
}

// PathNumber reads a number that stands in the path.
func PathNumber(c echo.Context, name string) int64 {
	n, _ := strconv.ParseInt(c.Param(name), 10, 64) // what is no number is nobody's: 0
	return n
}

// IsOwnPath tells whether a browser that is sent to an address stays on this site. A backslash counts as a slash in a
// browser, and tabs and line ends as nothing, so that "/\t/evil.example" would lead away.
func IsOwnPath(address string) bool {
	if !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") {
		return false
	}
	if strings.ContainsFunc(address, func(r rune) bool { return r == '\\' || r <= ' ' || r == 0x7f }) {
		return false
	}
	parsed, err := url.Parse(address)
	return err == nil && parsed.Scheme == "" && parsed.Host == "" && parsed.User == nil
}
