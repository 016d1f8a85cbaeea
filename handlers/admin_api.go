package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
)

// adminPath is where the admin API begins.
const adminPath = "/api/v2/admin"

// thing is what the answer about every single thing ends with: its version and, after a write, what the log says of that.
type thing struct {
	Revision int64  `json:"revision"`
	Change   string `json:"change,omitempty"`
}

func (t *thing) of(version, change int64) { t.Revision, t.Change = version, changeURL(change) }

// versioned is the view of a thing that has a version.
type versioned interface{ of(version, change int64) }

func changeURL(revision int64) string {
	if revision == 0 {
		return ""
	}
	return adminPath + "/changes/" + strconv.FormatInt(revision, 10)
}

// answerThing answers with one thing as it is, and its version as the ETag. change is the change set that the request has
// made, 0 for none.
func (s *Server) answerThing(c echo.Context, status int, of db.Seen, change int64, view versioned) error {
	version, err := s.db.VersionOf(c.Request().Context(), of)
	if err != nil {
		return err
	}
	view.of(version, change)
	c.Response().Header().Set("ETag", `"`+strconv.FormatInt(version, 10)+`"`)
	return answerPrivate(c, status, view)
}

func answerPrivate(c echo.Context, status int, body any) error {
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return c.JSON(status, body)
}

// adminWrite is one write of the admin API: seen is the version of the thing that the caller saw, nil where there is none,
// write does it, and answer answers once it is done.
type adminWrite struct {
	seen   *db.Seen
	params []string // of the address, beside those that all writes have
	write  func(context.Context, features.Actor) (revision int64, err error)
	answer func(revision int64) error
}

// change does a write, or with preview=1 says what it would do and saves nothing.
func (s *Server) change(c echo.Context, w adminWrite) error {
	return s.changeWith(c, w, s.answerPreview)
}

func (s *Server) changeWith(c echo.Context, w adminWrite, answerPreview func(echo.Context, db.Preview) error) error {
	if err := checkQuery(c, append(w.params, "preview", "reason")...); err != nil {
		return err
	}
	preview, err := previewAsked(c)
	if err != nil {
		return err
	}
	var revision int64
	ctx := db.On(c.Request().Context(), db.Terms{Reason: strings.TrimSpace(c.QueryParam("reason")), Seen: w.seen})
	do := func(ctx context.Context) (err error) {
		revision, err = w.write(ctx, actor(c))
		return err
	}
	if preview {
		p, err := s.db.Preview(ctx, do)
		if err != nil {
			return unmatched(err)
		}
		return answerPreview(c, p)
	}
	if err := do(ctx); err != nil {
		return unmatched(err)
	}
	if revision != 0 {
		c.Response().Header().Set(ownRevision, strconv.FormatInt(revision, 10))
	}
	return w.answer(revision)
}

func previewAsked(c echo.Context) (bool, error) {
	switch c.QueryParam("preview") {
	case "":
		return false, nil
	case "1":
		return true, nil
	}
	return false, refusal("preview", "Say 1, or nothing.")
}

// checkQuery refuses a parameter that a call does not know: a preview that is misspelt must not save.
func checkQuery(c echo.Context, known ...string) error {
	for name := range c.QueryParams() {
		if !slices.Contains(known, name) {
			return refusal(name, "This call has no parameter "+strconv.Quote(name)+".")
		}
	}
	return nil
}

// gone answers the deletion of something.
func gone(c echo.Context) func(int64) error {
	return func(int64) error { return c.NoContent(http.StatusNoContent) }
}

// seen reads from If-Match which version of a thing the caller saw. It refuses a call that does not say.
func (s *Server) seen(c echo.Context, of db.Seen) (*db.Seen, error) {
	header := strings.TrimSpace(c.Request().Header.Get("If-Match"))
	var err error
	switch header {
	case "":
		return nil, echo.NewHTTPError(http.StatusPreconditionRequired, "Say in If-Match which version you saw: send the ETag that reading it answers.")
	case "*":
		of.Version, err = s.db.VersionOf(c.Request().Context(), of)
		return &of, err
	}
	text, quoted := strings.CutPrefix(header, `"`)
	of.Version, err = strconv.ParseInt(strings.TrimSuffix(text, `"`), 10, 64)
	if err != nil || !quoted || !strings.HasSuffix(text, `"`) {
		return nil, echo.NewHTTPError(http.StatusPreconditionFailed, "If-Match is no ETag of this: read it again.")
	}
	return &of, nil
}

// seenAtLast is seen where the call may leave the version out as long as there is nothing yet.
func (s *Server) seenAtLast(c echo.Context, of db.Seen, there bool) (*db.Seen, error) {
	if !there && c.Request().Header.Get("If-Match") == "" {
		version, err := s.db.VersionOf(c.Request().Context(), of)
		of.Version = version
		return &of, err
	}
	return s.seen(c, of)
}

// unmatched answers a version that is no longer the latest as HTTP does.
func unmatched(err error) error {
	var refusal *features.Error
	if errors.As(err, &refusal) && refusal.Field == "version" {
		return echo.NewHTTPError(http.StatusPreconditionFailed, strings.TrimSuffix(refusal.Message, " Compare both versions before you save.")+
			" Read it again, and send the ETag that it has now.")
	}
	return err
}

// moment is a time as the API writes it; nil for none.
func moment(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC()
	return &at
}

// said is what an optional member says; "" for nothing.
func said(member *string) string {
	if member == nil {
		return ""
	}
	return *member
}
