package handlers

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/views"
)

// cell is where a feature of an account is shown and edited.
type cell struct {
	accountFeature
	inList bool // it stands in the list of accounts, not on the account's page
}

// cellOf finds the cell that a request's path names, or refuses with NotFound.
func (s *Server) cellOf(c echo.Context) (cell, error) {
	found, err := s.accountFeatureOf(c)
	return cell{found, strings.Contains(c.Path(), "/cells/")}, err
}

// url is where the cell is edited and saved to.
func (x cell) url() string {
	if x.inList {
		return "/admin/accounts/" + x.account.Slug + "/cells/" + x.feature.Key
	}
	return "/admin/accounts/" + x.account.Slug + "/features/" + x.feature.Key
}

// rowNow is the cell's row on the account's page as it is now.
func (s *Server) rowNow(c echo.Context, x cell) (views.FeatureRowModel, error) {
	stored, err := s.storedCell(c, x.accountFeature)
	return s.featureRow(c, x, stored, time.Now()), err
}

// rowChanged is the cell's row as it is now, after a change, and what else on the account's page follows from it.
func (s *Server) rowChanged(c echo.Context) (row views.FeatureRowModel, beside templ.Component, err error) {
	x, err := s.cellOf(c)
	if err != nil {
		return row, nil, err
	}
	if row, err = s.rowNow(c, x); err != nil {
		return row, nil, err
	}
	page := views.AccountPageModel{Frame: s.accountFrame(c, x.account, "features", 0), Show: s.shownOn(c)}
	if page.History, err = s.accountHistory(c, x.account, 0, asideLength); err != nil {
		return row, nil, err
	}
	category := categoryOf(s.live.Catalogue(), x.account, x.feature, time.Now())
	return row, views.AccountChange(page, category), nil
}

// shownOn is the filter of the account's page that a request was made from.
func (s *Server) shownOn(c echo.Context) string {
	page, err := url.Parse(s.pageOf(c.Request()))
	if err != nil {
		return ""
	}
	return page.Query().Get("show")
}

// featureRow is a cell on the account's page, at a moment.
func (s *Server) featureRow(c echo.Context, x cell, stored db.Cell, at time.Time) views.FeatureRowModel {
	catalogue := s.live.Catalogue()
	standing := x.standing(catalogue, at)
	page := x
	page.inList = false
	row := views.FeatureRowModel{
		FeatureNameModel: featureName(x.feature),
		ID:               "feature-" + strconv.FormatInt(x.feature.ID, 10),
		URL:              page.url(),
		Account:          x.account.Name,
		Help:             x.feature.Description,
		HelpURL:          x.feature.HelpURL,
		Type:             typeOf(x.feature),
		On:               standing.State == features.On,
		Some:             x.someWords(catalogue, standing, at),
		Value:            standing.Value.Data.Text(),
		Word:             valueWord(standing.Value),
		Badge:            stateBadge(standing),
		Locked:           x.locked(catalogue),
		// Read after the account's state, the version may be of a change that is not in it yet. Then the state's own
		// revision is given, so that saving over what was not seen is told as a conflict.
		Version:   min(stored.Version, x.account.Revision),
		CSRFToken: s.csrfToken(c),
		MayEdit:   mayEdit(c),
	}
	if o := stored.Override; o != nil {
		row.Overridden, row.Reason, row.Saved = true, o.Reason, features.Clipped(o.Value.Words())+", by "+o.SetBy
		row.Variant = o.Variant
	}
	for _, one := range x.feature.Constraints.Enum {
		row.Choices = append(row.Choices, one.Text())
	}
	row.Source = sourceWords(catalogue, x, standing, stored.Override, at)
	row.WaitsFor = x.waitsFor(catalogue, standing, at)
	return row
}

// savedSide is what is stored in a cell now, for someone who was about to save something else.
func (s *Server) savedSide(c echo.Context, x cell) (side views.ConflictSide, err error) {
	stored, err := s.storedCell(c, x.accountFeature)
	if err != nil {
		return side, err
	}
	changes, err := s.db.LastChanges(c.Request().Context(), []int64{stored.Version})
	if err != nil {
		return side, err
	}
	change := changes[stored.Version]
	side = views.ConflictSide{Value: "Inherited", By: change.ActorName, When: views.When(change.At, time.Now())}
	if o := stored.Override; o != nil {
		side.Value, side.Reason, side.Until = valueWord(o.Value), o.Reason, until(o.ExpiresAt)
		side.Variant = o.Variant
	}
	return side, nil
}

func capital(word string) string { return views.Capital(word) }

// until is when an override expires, "" for never.
func until(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return views.When(at, time.Now()) + " UTC"
}
