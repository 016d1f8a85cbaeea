package evaluation

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"flagstone/handlers/web"
	"flagstone/typescript"
)

// TypeDeclarations answers with the registry as TypeScript declarations.
func (s *Surface) TypeDeclarations(c echo.Context) error {
	body := []byte(typescript.Declarations(s.Live.Catalogue()))
	tag := web.ETagOf(body)
	h := c.Response().Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "private, no-cache")
	if web.IsKnown(c.Request(), tag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", body)
}
