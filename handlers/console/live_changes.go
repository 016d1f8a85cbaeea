package console

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

const shownAtMost = 500 // things of a kind that a page may ask after

// changeToast says what the request has done, and lets the page know it for its own doing.
func (s *Surface) changeToast(c echo.Context, text string, revision int64) templ.Component {
	if revision != 0 {
		c.Response().Header().Set(web.OwnRevision, strconv.FormatInt(revision, 10))
	}
	return views.ToastOOB(s.toast(c, text, revision))
}

// changesBody says what has become of what a page shows: for each thing, who changed it, in words.
type changesBody struct {
	Position   int64             `json:"position"` // from here on, next time
	Revision   int64             `json:"revision"`
	Latest     string            `json:"latest"` // revision that evaluation has seen
	Everything bool              `json:"everything"`
	Accounts   map[int64]string  `json:"accounts"`
	Features   map[string]string `json:"features"`
	Cells      map[string]string `json:"cells"`
	Catalogue  string            `json:"catalogue,omitempty"`
}

// changesQuery is what a page asks after.
type changesQuery struct {
	since db.Moment
	own   []int64
	shown db.Shown
	now   bool // what there is, without waiting for it
}

// AwaitChanges answers as soon as something has changed, with what others changed of what a page shows, and otherwise
// after a while, or at once where that is asked for. It ends with the session, the user and the role, and with the server.
func (s *Surface) AwaitChanges(c echo.Context) error {
	query, err := readChangesQuery(c)
	if err != nil {
		return err
	}
	if query.now {
		changes, err := s.DB.ChangesSince(c.Request().Context(), query.since, query.own, query.shown)
		if err != nil {
			return err
		}
		return s.answerChanges(c, changes)
	}
	session := web.CallerOf(c).Session.TokenHash
	if s.Waiting.Full(session) { // to take the place of another would have them all ask again at once
		c.Response().Header().Set("Retry-After", "15")
		return echo.NewHTTPError(http.StatusTooManyRequests, "This session has too many open pages. Close some, then reload this one.")
	}
	one := s.Waiting.Open(session, 0)
	defer s.Waiting.Close(one)
	changes, err := s.changesOnce(c, one, query)
	if err != nil {
		return err
	}
	return s.answerChanges(c, changes)
}

// changesOnce looks for changes until there are some or its time is over.
func (s *Surface) changesOnce(c echo.Context, one *web.Stream, query changesQuery) (db.Changes, error) {
	ctx, cancel := context.WithTimeout(c.Request().Context(), web.WaitForChanges)
	defer cancel()
	for {
		if who := s.Store.Caller(c.Request(), time.Now()); who == nil || !who.User.StaffRole.AtLeast(features.Viewer) {
			return db.Changes{}, &features.Error{Kind: features.Unauthenticated, Message: "Sign in first."}
		}
		changes, err := s.DB.ChangesSince(c.Request().Context(), query.since, query.own, query.shown)
		if err != nil || changes.Moved || changes.Everything || ctx.Err() != nil {
			return changes, err
		}
		select {
		case <-ctx.Done():
		case <-s.Ending:
			cancel()
		case <-one.Wake:
		}
	}
}

func (s *Surface) answerChanges(c echo.Context, changes db.Changes) error {
	reader := web.CallerOf(c).User.ID
	body := changesBody{
		Position: changes.Position, Revision: changes.Revision, Latest: words.Number(s.Live.Revision()), Everything: changes.Everything,
		Accounts: allChangedBy(changes.Accounts, reader), Features: allChangedBy(changes.Features, reader),
		Cells: allChangedBy(changes.Cells, reader),
	}
	if changes.Catalogue != nil {
		body.Catalogue = changedBy(*changes.Catalogue, reader)
	}
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return c.JSON(http.StatusOK, body)
}

func allChangedBy[K comparable](actors map[K]features.Actor, reader int64) map[K]string {
	words := make(map[K]string, len(actors))
	for key, by := range actors {
		words[key] = changedBy(by, reader)
	}
	return words
}

// changedBy says who has changed something, to a reader who may have done so on another page.
func changedBy(by features.Actor, reader int64) string {
	switch {
	case by.Name == "":
		return "Changed elsewhere"
	case by.UserID == reader:
		return "Changed by you elsewhere"
	case by.Kind == features.BySystem:
		return "Changed by Flagstone itself"
	}
	return "Changed by " + by.Name
}

// readChangesQuery reads what a page asks after. Lists are separated by commas.
func readChangesQuery(c echo.Context) (q changesQuery, err error) {
	err = echo.QueryParamsBinder(c).
		MustInt64("position", &q.since.Position).MustInt64("revision", &q.since.Revision).Int64("account", &q.shown.Account).
		String("feature", &q.shown.Feature).Bool("lists", &q.shown.Lists).Bool("now", &q.now).
		BindWithDelimiter("own", &q.own, ",").BindWithDelimiter("accounts", &q.shown.Accounts, ",").BindWithDelimiter("features", &q.shown.Features, ",").BindError()
	if err != nil || max(len(q.own), len(q.shown.Accounts), len(q.shown.Features)) > shownAtMost {
		return q, &features.Error{Kind: features.Invalid, Message: "This request for changes is invalid. Reload the page."}
	}
	return q, nil
}
