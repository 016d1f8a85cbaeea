package web

import (
	"net/http"
	"strconv"

	"github.com/cespare/xxhash/v2"
	"github.com/labstack/echo/v4"
)

// ETagOf is the tag of a body.
func ETagOf(body []byte) string {
	return `"` + strconv.FormatUint(xxhash.Sum64(body), 16) + `"`
}

// IsKnown reports whether the caller of a read has what has a tag already.
func IsKnown(r *http.Request, tag string) bool {
	const name = "If-None-Match"
	return len(r.Header[name]) > 0 && ETagsOf(r.Header, name).match(tag)
}

// AnswerTagged answers with a JSON body and its ETag, or with 304 where the caller has that body already.
func AnswerTagged(c echo.Context, body []byte) error {
	tag := ETagOf(body)
	h := c.Response().Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "private, no-cache")
	if IsKnown(c.Request(), tag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.JSONBlob(http.StatusOK, body)
}
