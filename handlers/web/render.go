package web

import (
	"bytes"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// IsHtmx tells a request that htmx made from one that the browser made.
func IsHtmx(c echo.Context) bool { return c.Request().Header.Get("HX-Request") == "true" }

// WantsFragment tells whether the answer goes into a page that is there already.
func WantsFragment(c echo.Context) bool {
	return IsHtmx(c) && c.Request().Header.Get("HX-Request-Type") != "full"
}

// Render answers with components, one behind the other, rendered whole before the first byte is sent.
func Render(c echo.Context, status int, components ...templ.Component) error {
	var body bytes.Buffer
	for _, component := range components {
		if err := component.Render(c.Request().Context(), &body); err != nil {
			return err
		}
	}
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return c.HTMLBlob(status, body.Bytes())
}
