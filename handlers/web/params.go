package web

import (
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

// CheckParams refuses a call of the API whose query names a parameter twice, as one of the values would be ignored, or that
// cannot be read whole, as a preview that is not understood must not save. A list of keys may come in parts, and accounts
// may be filtered by several tiers.
func CheckParams(c echo.Context) error {
	r := c.Request()
	if r.URL.RawQuery == "" || !IsAPI(r) || IsOFREP(r) {
		return nil
	}
	params, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return Refusal("", "The query string is invalid. Percent-encode its values and separate its parameters with &.")
	}
	for name, values := range params {
		if len(values) > 1 && name != "keys" && (name != "tier" || c.Path() != AdminPath+"/accounts") {
			return Refusal(name, "Send this parameter once.")
		}
	}
	return nil
}

// KeysAsked is the list of keys that a call is narrowed to, "" for all.
func KeysAsked(c echo.Context) string { return strings.Join(c.QueryParams()["keys"], ",") }
