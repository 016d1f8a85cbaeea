package adminapi

import (
	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
)

// previewAnswer is what a write would do.
type previewAnswer struct {
	Preview bool         `json:"preview"` // always true: nothing has been saved
	Changes bool         `json:"changes"` // whether anything would be written
	Action  string       `json:"action"`
	Summary string       `json:"summary"`
	Reason  string       `json:"reason"`
	Things  int          `json:"things"` // how many would change
	Rows    []rowView    `json:"rows"`   // the first of them
	Effects []effectView `json:"effects"`
	Digest  string       `json:"digest,omitempty"`
	Skipped *skippedView `json:"skipped,omitempty"`
	Left    []leftView   `json:"left,omitempty"`

	Obstacle         string   `json:"obstacle,omitempty"` // why an override would take no effect now
	WithDependencies []string `json:"needs,omitempty"`    // the features to be switched on with it for it to take effect
}

// rowView is one thing that a change set changes, as the audit log has it.
type rowView struct {
	Entity  string         `json:"entity"`
	Name    string         `json:"name"`
	Account *string        `json:"account"` // its slug
	Feature *string        `json:"feature"`
	Change  string         `json:"change"`
	Before  map[string]any `json:"before"`
	After   map[string]any `json:"after"`
}

func (s *Surface) rowView(r db.AuditRow) rowView {
	v := rowView{
		Entity: r.Entity, Name: r.EntityName, Feature: web.Optional(r.FeatureKey), Change: r.Action,
		Before: web.ExportedState(r.Old), After: web.ExportedState(r.New),
	}
	if a := s.Live.Accounts().ByID(r.AccountID); a != nil {
		v.Account = &a.Slug
	}
	return v
}

// effectView is what a change does to one feature.
type effectView struct {
	Feature string     `json:"feature"`
	Name    string     `json:"name"`
	Gain    namedList  `json:"gain"`
	Lose    namedList  `json:"lose"`
	Change  namedList  `json:"change"`           // on as before, with another value
	People  *shiftView `json:"people,omitempty"` // where people of one account may differ

	Uncounted bool `json:"uncounted"` // people known only by a token or over OFREP may see a change too
}

// shiftView is the people whom a change concerns. People known only by what they send along are not counted.
type shiftView struct {
	Gain   namedList `json:"gain"`
	Lose   namedList `json:"lose"`
	Change namedList `json:"change"`
}

// namedList is how many, and the first of them by name.
type namedList struct {
	Count int      `json:"count"`
	First []string `json:"first"` // accounts by their slug, people by their e-mail, features by their key
}

// mostNamed is how many a list names.
const mostNamed = 100

func named[T any](all []T, name func(T) string) namedList {
	list := namedList{Count: len(all), First: []string{}}
	for _, one := range all[:min(len(all), mostNamed)] {
		list.First = append(list.First, name(one))
	}
	return list
}

func slugOf(a *features.Account) string { return a.Slug }

func emailOf(m features.Member) string { return m.User.Email }

func effectViews(effects []features.Effect) []effectView {
	list := make([]effectView, len(effects))
	for i, e := range effects {
		list[i] = effectView{
			Feature: e.Feature.Key, Name: e.Feature.Name,
			Gain: named(e.Gain, slugOf), Lose: named(e.Lose, slugOf), Change: named(e.Change, slugOf),
		}
		if list[i].Uncounted = e.Personal; e.Personal {
			m := e.Members
			list[i].People = &shiftView{named(m.Gain, emailOf), named(m.Lose, emailOf), named(m.Change, emailOf)}
		}
	}
	return list
}

func (s *Surface) previewAnswer(p db.Preview) previewAnswer {
	answer := previewAnswer{
		Preview: true, Changes: p.ChangeSet.Action != "", Action: p.ChangeSet.Action, Summary: p.ChangeSet.Summary,
		Reason: p.ChangeSet.Reason, Things: p.ChangeSet.Rows, Rows: []rowView{}, Effects: effectViews(p.Effects),
	}
	for _, r := range p.Rows {
		answer.Rows = append(answer.Rows, s.rowView(r))
	}
	return answer
}

func (s *Surface) answerPreview(c echo.Context, p db.Preview) error {
	return answerPrivate(c, 200, s.previewAnswer(p))
}
