package adminapi

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
)

// resource is what the answer about every single thing ends with: its version and, after a write, what the log says of that.
type resource struct {
	Revision int64  `json:"revision"`
	Change   string `json:"change,omitempty"`
}

func (t *resource) of(version int64) { t.Revision = version }

func (t *resource) madeBy(change int64) { t.Change = changeURL(change) }

// versioned is the view of a thing that has a version.
type versioned interface {
	of(version int64)
	madeBy(change int64)
}

func changeURL(revision int64) string {
	if revision == 0 {
		return ""
	}
	return web.AdminPath + "/changes/" + strconv.FormatInt(revision, 10)
}

// settled reads one thing and returns its version of the same moment; read names the thing.
func (s *Surface) settled(c echo.Context, read func() (db.IfMatch, error)) (seen db.IfMatch, err error) {
	versions, err := s.DB.Settled(c.Request().Context(), func() (things []db.IfMatch, err error) {
		seen, err = read()
		return []db.IfMatch{seen}, err
	})
	seen.Version = versions[seen]
	return seen, err
}

// answerResource answers with one thing as it is, and its version as the ETag. read reads both from the live state. change is
// the change set that the request has made, 0 for none.
func (s *Surface) answerResource(c echo.Context, status int, change int64, read func() (versioned, db.IfMatch, error)) error {
	var view versioned
	seen, err := s.settled(c, func() (of db.IfMatch, err error) {
		view, of, err = read()
		return of, err
	})
	if err != nil {
		return err
	}
	view.of(seen.Version)
	view.madeBy(change)
	tag := web.VersionTag(seen.Version)
	c.Response().Header().Set("ETag", tag)
	if c.Request().Method == http.MethodGet && web.IsKnown(c.Request(), tag) {
		return c.NoContent(http.StatusNotModified)
	}
	return answerPrivate(c, status, view)
}

// answerResources answers with a part of a list of things, each with its version of the moment that it is shown of.
func answerResources[T any](s *Surface, c echo.Context, read func() (listPart[T], error), of func(T) db.IfMatch, view func(T) versioned) error {
	var l listPart[T]
	versions, err := s.DB.Settled(c.Request().Context(), func() (things []db.IfMatch, err error) {
		if l, err = read(); err != nil {
			return nil, err
		}
		for _, one := range l.found {
			things = append(things, of(one))
		}
		return things, nil
	})
	if err != nil {
		return err
	}
	return answerList(c, l.found, l.next, l.total, func(one T) versioned {
		v := view(one)
		v.of(versions[of(one)])
		return v
	})
}

func answerPrivate(c echo.Context, status int, body any) error {
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return c.JSON(status, body)
}

// adminWrite is one write of the admin API: seen is the version of the thing that the caller saw, nil where there is none, and
// answer answers once the change is made.
type adminWrite struct {
	seen    *db.IfMatch
	params  []string // of the address, beside those that all writes have
	change  db.Change
	refused func(error) error // names the fields of a refusal as the body has them; may be nil
	answer  func(revision int64) error
}

// change makes a change, or with preview=1 says what it would do and saves nothing.
func (s *Surface) change(c echo.Context, w adminWrite) error {
	return s.changeWith(c, w, func(r db.Result, previewed bool) error {
		if previewed {
			return s.answerPreview(c, r.Preview)
		}
		return w.answer(r.Revision)
	})
}

// changeWith is change with an answer of its own.
func (s *Surface) changeWith(c echo.Context, w adminWrite, answer func(r db.Result, previewed bool) error) error {
	if err := checkQuery(c, append(w.params, "preview", "reason")...); err != nil {
		return err
	}
	previewed, err := previewAsked(c)
	if err != nil {
		return err
	}
	options := w.change.Options()
	options.IfMatch, options.Reason = w.seen, cmp.Or(options.Reason, strings.TrimSpace(c.QueryParam("reason")))
	do := s.DB.Apply
	if previewed {
		do = s.DB.Preview
	}
	r, err := do(c.Request().Context(), web.Actor(c), w.change)
	if err != nil && w.refused != nil {
		err = w.refused(err)
	}
	if err != nil {
		return err
	}
	if r.Revision != 0 {
		c.Response().Header().Set(web.OwnRevision, strconv.FormatInt(r.Revision, 10))
	}
	return answer(r, previewed)
}

func previewAsked(c echo.Context) (bool, error) {
	switch c.QueryParam("preview") {
	case "":
		return false, nil
	case "1":
		return true, nil
	}
	return false, web.Refusal("preview", "Use `preview=1` or omit it.")
}

// checkQuery refuses a parameter that a call does not know: a preview that is misspelt must not save.
func checkQuery(c echo.Context, known ...string) error {
	for name := range c.QueryParams() {
		if !slices.Contains(known, name) {
			return web.Refusal(name, "Unknown parameter "+strconv.Quote(name)+".")
		}
	}
	return nil
}

// noContent answers the deletion of something.
func noContent(c echo.Context) func(int64) error {
	return func(int64) error { return c.NoContent(http.StatusNoContent) }
}

// mostTries is how often a write is tried whose condition holds of whatever is there.
const mostTries = 100

// edit changes one thing as its conditions allow. read finds the thing as it is now; write gives the write of that. Where
// somebody else changes it in between, both are done again, and so are the conditions.
func (s *Surface) edit(c echo.Context, read func() (of db.IfMatch, there bool, err error), write func(seen *db.IfMatch) error) error {
	for range mostTries {
		var there bool
		seen, err := s.settled(c, func() (of db.IfMatch, err error) {
			of, there, err = read()
			return of, err
		})
		if err != nil {
			return err
		}
		if err := s.CheckConditions(c, seen, there); err != nil {
			return err
		}
		if err := write(&seen); !isStale(err) {
			return err
		}
	}
	return &features.Error{Kind: features.Unavailable, Message: "Others kept changing this at the same time. Try again."}
}

// isStale reports whether a write was refused because somebody else has changed the thing since it was read.
func isStale(err error) bool {
	var refused *features.Error
	return errors.As(err, &refused) && refused.Kind == features.Conflict && refused.Field == "version"
}
