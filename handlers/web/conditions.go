package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/db"
)

// etags are the entity tags that a condition names (RFC 9110 §13): any for "*". A tag is compared without its W/, as a proxy
// that compresses an answer makes its tag a weak one.
type etags struct {
	sent bool
	any  bool
	list []string // with their quotation marks
}

// ETagsOf reads a header of tags, which may have several lines and several tags in each.
func ETagsOf(h http.Header, name string) (t etags) {
	for _, line := range h[name] {
		t.sent = t.sent || strings.TrimSpace(line) != ""
		for rest := line; ; {
			rest = strings.TrimPrefix(strings.TrimLeft(rest, " \t,"), "W/")
			if rest == "" {
				break
			}
			if strings.HasPrefix(rest, "*") {
				t.any, rest = true, rest[1:]
				continue
			}
			inner, after, closed := strings.Cut(strings.TrimPrefix(rest, `"`), `"`)
			if rest[0] != '"' || !closed {
				break // not a tag: it matches nothing, nor does what stands behind it
			}
			t.list, rest = append(t.list, `"`+inner+`"`), after
		}
	}
	return t
}

// match reports whether the tags name what has a tag.
func (t etags) match(tag string) bool {
	if t.any {
		return true
	}
	for _, one := range t.list {
		if one == tag {
			return true
		}
	}
	return false
}

// VersionTag is the tag of a version of something.
func VersionTag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// LastEvent is the tag of the last event that a stream's caller has seen, without its quotation marks.
func LastEvent(h http.Header) string {
	return strings.Trim(strings.TrimPrefix(strings.TrimSpace(h.Get("Last-Event-ID")), "W/"), `"`)
}

// CheckConditions holds a write of something to If-Match and If-None-Match. What is there is changed only by who says which
// version they saw.
func (s *Base) CheckConditions(c echo.Context, now db.IfMatch, there bool) error {
	h := c.Request().Header
	seen, unwanted, tag := ETagsOf(h, "If-Match"), ETagsOf(h, "If-None-Match"), VersionTag(now.Version)
	switch {
	case there && unwanted.match(tag):
		return echo.NewHTTPError(http.StatusPreconditionFailed, "This exists already. To change it, send its ETag, "+tag+", in If-Match.")
	case !seen.sent && !there:
		return nil
	case !seen.sent:
		return echo.NewHTTPError(http.StatusPreconditionRequired, "Send the version you saw in If-Match: the ETag that reading it returns.")
	case seen.any && !there:
		return echo.NewHTTPError(http.StatusPreconditionFailed, "This does not exist. Omit If-Match to create it.")
	case seen.any || seen.match(tag):
		return nil
	}
	changes, err := s.DB.LastChanges(c.Request().Context(), []int64{now.Version})
	if err != nil {
		return err
	}
	message := "This has another version now. Read it again and send its ETag, " + tag + ", in If-Match."
	if who := changes[now.Version].ActorName; who != "" {
		message = who + " has saved this since. Read it again and send its ETag, " + tag + ", in If-Match."
	}
	return echo.NewHTTPError(http.StatusPreconditionFailed, message)
}
