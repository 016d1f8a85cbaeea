package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"flagstone/typescript"
)

// typeDeclarations answers with the registry as TypeScript declarations.
func (s *Server) typeDeclarations(c echo.Context) error {
	body := []byte(typescript.Declarations(s.live.Catalogue()))
	tag := etagOf(body)
	h := c.Response().Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "private, no-cache")
	if isKnown(c.Request(), tag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", body)
}
