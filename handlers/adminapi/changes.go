package adminapi

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
)

// changeView is a change set as the admin API shows it.
type changeView struct {
	ID       int64     `json:"id"`
	At       time.Time `json:"at"`
	Action   string    `json:"action"`
	Summary  string    `json:"summary"`
	Reason   string    `json:"reason"`
	Actor    actorView `json:"actor"`
	Undoes   *int64    `json:"undoes"`
	UndoneBy *int64    `json:"undone_by"`
	Things   int       `json:"things"` // how many it changed
}

type actorView struct {
	Kind      features.ActorKind `json:"kind"`
	Name      string             `json:"name"`
	IPAddress string             `json:"ip_address"`
	UserAgent string             `json:"user_agent"`
}

// changeDetail is a change set with the first things that it changed.
type changeDetail struct {
	changeView
	Rows     []rowView  `json:"rows"`
	NextRows *string    `json:"next_rows"`      // where the next are
	Left     []leftView `json:"left,omitempty"` // of an undo just made: the first things that it left unchanged
}

// leftView is a thing that an undo leaves alone.
type leftView struct {
	Entity  string  `json:"entity"`
	Name    string  `json:"name"`
	Feature *string `json:"feature"`
	Why     string  `json:"why"`
}

func changeViewOf(set db.ChangeSet) changeView {
	return changeView{
		ID: set.ID, At: set.At.UTC(), Action: set.Action, Summary: set.Summary, Reason: set.Reason,
		Actor:  actorView{set.ActorKind, set.ActorName, set.IP, set.UserAgent},
		Undoes: optionalID(set.Undoes), UndoneBy: optionalID(set.UndoneBy), Things: set.Rows,
	}
}

func optionalID(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

// ListChanges lists the audit log, newest first.
func (s *Surface) ListChanges(c echo.Context) error {
	q, err := readList(c, "account", "feature", "person", "action", "from", "to")
	if err != nil {
		return err
	}
	filter, err := s.ExportFilter(c)
	if err != nil {
		return err
	}
	filter.Before = q.after.ID
	sets, err := s.DB.ChangeSets(c.Request().Context(), filter, q.limit+1)
	if err != nil {
		return err
	}
	found, next := limited(q, sets, func(set db.ChangeSet) cursor { return cursor{ID: set.ID} })
	return answerList(c, found, next, -1, changeViewOf)
}

// ShowChange answers with one change set with its rows, a part at a time.
func (s *Surface) ShowChange(c echo.Context) error {
	q, err := readList(c)
	if err != nil {
		return err
	}
	id, err := web.ChangeID(c)
	if err != nil {
		return err
	}
	return s.answerChange(c, q, id, nil)
}

func (s *Surface) answerChange(c echo.Context, q listQuery, id int64, left []leftView) error {
	set, err := s.DB.ChangeSet(c.Request().Context(), id)
	if err != nil {
		return err
	}
	rows, err := s.DB.AuditRows(c.Request().Context(), db.AuditFilter{}, id, q.after.ID, q.limit+1)
	if err != nil {
		return err
	}
	found, next := limited(q, rows, func(r db.AuditRow) cursor { return cursor{ID: r.ID} })
	view := changeDetail{changeView: changeViewOf(set), Rows: []rowView{}, Left: left}
	for _, r := range found {
		view.Rows = append(view.Rows, s.rowView(r))
	}
	if next != nil {
		address := changeURL(id) + "?" + url.Values{"cursor": {next.cursor()}, "limit": {strconv.Itoa(q.limit)}}.Encode()
		view.NextRows = &address
	}
	return answerPrivate(c, http.StatusOK, view)
}

// UndoChange undoes a change set; what it answers is the change set that does so.
func (s *Surface) UndoChange(c echo.Context) error {
	var form struct {
		Reason string `json:"reason"`
	}
	if err := web.BindForm(c, &form); err != nil {
		return err
	}
	id, err := web.ChangeID(c)
	if err != nil {
		return err
	}
	undo := &db.Undo{ChangeOptions: db.ChangeOptions{Reason: form.Reason}, ID: id}
	return s.changeWith(c, adminWrite{change: undo}, func(r db.Result, previewed bool) error {
		plan, _ := r.Details.(db.UndoPlan)
		if !previewed {
			return s.answerChange(c, listQuery{limit: usualLimit}, r.Revision, leftViews(plan.Left))
		}
		answer := s.previewAnswer(r.Preview)
		answer.Left = leftViews(plan.Left)
		return answerPrivate(c, http.StatusOK, answer)
	})
}

func leftViews(left []db.LeftAlone) (list []leftView) {
	for _, l := range left {
		list = append(list, leftView{Entity: l.Entity, Name: l.Name, Feature: web.Optional(l.FeatureKey), Why: l.Why})
	}
	return list
}
