package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
)

// overrideBody is what may be written of an override.
type overrideBody struct {
	Enabled   *bool         `json:"enabled"`
	Value     features.JSON `json:"value"`
	Variant   string        `json:"variant"`
	Reason    string        `json:"reason"`
	ExpiresAt *time.Time    `json:"expires_at"`
	Needs     bool          `json:"needs,omitempty"` // switch on, too, what the feature depends on
}

// overrideView is an override as the admin API shows it, with what the account has of the feature.
type overrideView struct {
	Account   string         `json:"account"`
	Feature   string         `json:"feature"`
	Enabled   bool           `json:"enabled"`
	Value     features.JSON  `json:"value"`
	Variant   string         `json:"variant"`
	Reason    string         `json:"reason"`
	ExpiresAt *time.Time     `json:"expires_at"`
	SetBy     string         `json:"set_by"`
	SetAt     *time.Time     `json:"set_at"`
	Effective effectiveValue `json:"effective"`
	thing
}

// effectiveValue is what an account as a whole has of a feature, and which rule says so.
type effectiveValue struct {
	State   string          `json:"state"` // on, off, or some where it depends on the person
	Enabled bool            `json:"enabled"`
	Value   features.JSON   `json:"value"`
	Variant string          `json:"variant"`
	Source  features.Source `json:"source"`
}

func (s *Server) effective(f *features.Feature, a *features.Account) effectiveValue {
	standing := s.live.Catalogue().Standing(f, a, time.Now())
	return effectiveValue{standing.State.String(), standing.Value.Enabled, standing.Value.Data, standing.Variant, standing.Source}
}

func (s *Server) overrideView(x cell, stored db.Cell) overrideView {
	v := overrideView{Account: x.account.Slug, Feature: x.feature.Key, Effective: s.effective(x.feature, x.account), thing: thing{Revision: stored.Version}}
	if o := stored.Override; o != nil {
		v.Enabled, v.Value, v.Variant, v.Reason = o.Value.Enabled, o.Value.Data, o.Variant, o.Reason
		v.ExpiresAt, v.SetBy, v.SetAt = moment(o.ExpiresAt), o.SetBy, moment(o.SetAt)
	}
	return v
}

func seenOverride(x cell) db.Seen {
	return db.Seen{Entity: "override", ID: x.account.ID, Feature: x.feature.ID}
}

// apiOverrides lists the overrides of an account in the order of its features.
func (s *Server) apiOverrides(c echo.Context) error {
	q, err := readList(c)
	if err != nil {
		return err
	}
	a, err := s.accountOf(c)
	if err != nil {
		return err
	}
	var overridden []*features.Feature
	for _, f := range s.live.Catalogue().Features() {
		if _, live := a.Override(f.ID, time.Now().UnixMilli()); live {
			overridden = append(overridden, f)
		}
	}
	found, next := part(q, overridden, func(f *features.Feature) spot { return spot{Number: int64(f.DisplayOrder), Text: f.Key} })
	ids := make([]int64, len(found))
	for i, f := range found {
		ids[i] = f.ID
	}
	cells, err := s.db.Cells(c.Request().Context(), []int64{a.ID}, ids)
	if err != nil {
		return err
	}
	return answerList(c, found, next, len(overridden), func(f *features.Feature) overrideView {
		return s.overrideView(cell{account: a, feature: f}, cells[db.CellKey{Account: a.ID, Feature: f.ID}])
	})
}

// apiCell finds the account and the feature of a call, and the override that is stored.
func (s *Server) apiCell(c echo.Context) (x cell, stored db.Cell, err error) {
	if x, err = s.cellOf(c); err != nil {
		return x, stored, err
	}
	stored, err = s.storedCell(c, x)
	return x, stored, err
}

func (s *Server) apiOverride(c echo.Context) error {
	_, stored, err := s.apiCell(c)
	if err != nil {
		return err
	}
	if stored.Override == nil {
		return &features.Error{Kind: features.NotFound, Message: "There is no override of this feature for this account."}
	}
	return s.answerOverride(c)(0)
}

// answerOverride answers with an override as it is by then.
func (s *Server) answerOverride(c echo.Context) func(revision int64) error {
	return func(revision int64) error {
		x, stored, err := s.apiCell(c)
		if err != nil {
			return err
		}
		view := s.overrideView(x, stored)
		return s.answerThing(c, http.StatusOK, seenOverride(x), revision, &view)
	}
}

func (s *Server) apiSetOverride(c echo.Context) error {
	var form overrideBody
	if err := bindForm(c, &form); err != nil {
		return err
	}
	value, err := wholeValue(form.Enabled, form.Value)
	if err != nil {
		return err
	}
	x, seen, err := s.seenCell(c)
	if err != nil {
		return err
	}
	change := db.OverrideChange{
		Account: x.account.ID, Feature: x.feature.Key, Value: value,
		Variant: form.Variant, Needs: form.Needs, Reason: form.Reason, Version: seen.Version,
	}
	if form.ExpiresAt != nil {
		change.ExpiresAt = features.Moment(*form.ExpiresAt)
	}
	write := adminWrite{
		seen: seen,
		write: func(ctx context.Context, by features.Actor) (int64, error) {
			return s.db.SetOverride(ctx, by, change)
		},
		answer: s.answerOverride(c),
	}
	return s.changeWith(c, write, func(c echo.Context, p db.Preview) error {
		answer, after := s.previewAnswer(p), s.lookAhead(x, change)
		answer.Obstacle = after.obstacle
		for _, f := range after.missing {
			answer.Needs = append(answer.Needs, f.Key)
		}
		return answerPrivate(c, http.StatusOK, answer)
	})
}

// wholeValue is the value that a PUT gives. As that puts a whole in place of what is there, it has to say on or off: what
// is left out must not switch a feature off.
func wholeValue(enabled *bool, data features.JSON) (features.Value, error) {
	if enabled == nil {
		return features.Value{}, refusal("enabled", "Say true or false.")
	}
	return features.Value{Enabled: *enabled, Data: data}, nil
}

// seenCell finds the account and the feature of a call, and the version that the caller saw, which it need not say where
// there is no override.
func (s *Server) seenCell(c echo.Context) (x cell, seen *db.Seen, err error) {
	x, stored, err := s.apiCell(c)
	if err != nil {
		return x, nil, err
	}
	seen, err = s.seenAtLast(c, seenOverride(x), stored.Override != nil)
	return x, seen, err
}

func (s *Server) apiClearOverride(c echo.Context) error {
	x, seen, err := s.seenCell(c)
	if err != nil {
		return err
	}
	change := db.OverrideChange{Account: x.account.ID, Feature: x.feature.Key, Version: seen.Version}
	return s.change(c, adminWrite{
		seen: seen,
		write: func(ctx context.Context, by features.Actor) (int64, error) {
			return s.db.ClearOverride(ctx, by, change)
		},
		answer: gone(c),
	})
}
