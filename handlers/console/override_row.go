package console

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// cell is where a feature of an account is shown and edited.
type cell struct {
	web.AccountFeature
	inList bool // it stands in the list of accounts, not on the account's page
}

// cellOf finds the cell that a request's path names, or refuses with NotFound.
func (s *Surface) cellOf(c echo.Context) (cell, error) {
	found, err := s.AccountFeatureOf(c)
	return cell{found, strings.Contains(c.Path(), "/cells/")}, err
}

// url is where the cell is edited and saved to.
func (x cell) url() string {
	if x.inList {
		return "/admin/accounts/" + x.Account.Slug + "/cells/" + x.Feature.Key
	}
	return "/admin/accounts/" + x.Account.Slug + "/features/" + x.Feature.Key
}

// rowNow is the cell's row on the account's page as it is now.
func (s *Surface) rowNow(c echo.Context, x cell) (views.FeatureRowModel, error) {
	stored, err := s.StoredCell(c, x.AccountFeature)
	return s.featureRow(c, x, stored, time.Now()), err
}

// rowChanged is the cell's row as it is now, after a change, and what else on the account's page follows from it.
func (s *Surface) rowChanged(c echo.Context) (row views.FeatureRowModel, beside templ.Component, err error) {
	x, err := s.cellOf(c)
	if err != nil {
		return row, nil, err
	}
	if row, err = s.rowNow(c, x); err != nil {
		return row, nil, err
	}
	page := views.AccountPageModel{Frame: s.accountFrame(c, x.Account, "features", 0), Show: s.shownOn(c)}
	if page.History, err = s.accountHistory(c, x.Account, 0, asideLength); err != nil {
		return row, nil, err
	}
	category := categoryOf(s.Live.Catalogue(), x.Account, x.Feature, time.Now())
	return row, views.AccountChange(page, category), nil
}

// shownOn is the filter of the account's page that a request was made from.
func (s *Surface) shownOn(c echo.Context) string {
	page, err := url.Parse(s.PageOf(c.Request()))
	if err != nil {
		return ""
	}
	return page.Query().Get("show")
}

// featureRow is a cell on the account's page, at a moment.
func (s *Surface) featureRow(c echo.Context, x cell, stored db.Cell, at time.Time) views.FeatureRowModel {
	catalogue := s.Live.Catalogue()
	value := x.AccountValue(catalogue, at)
	page := x
	page.inList = false
	row := views.FeatureRowModel{
		FeatureNameModel: featureName(x.Feature),
		ID:               "feature-" + strconv.FormatInt(x.Feature.ID, 10),
		URL:              page.url(),
		Account:          x.Account.Name,
		Help:             x.Feature.Description,
		HelpURL:          x.Feature.HelpURL,
		Type:             typeOf(x.Feature),
		On:               value.State == features.On,
		Some:             x.someWords(catalogue, value, at),
		Value:            value.Value.Data.Text(),
		Word:             valueWord(value.Value),
		Badge:            stateBadge(value),
		Locked:           x.Locked(catalogue),
		// Read after the account's state, the version may be of a change that is not in it yet. Then the state's own
		// revision is given, so that saving over what was not seen is told as a conflict.
		Version:   min(stored.Version, x.Account.Revision),
		CSRFToken: s.CSRFToken(c),
		MayEdit:   web.MayEdit(c),
	}
	if o := stored.Override; o != nil {
		row.Overridden, row.Reason, row.Saved = true, o.Reason, words.Clipped(o.Value.Words())+", by "+o.SetBy
		row.Variant = o.Variant
	}
	for _, one := range x.Feature.Constraints.Enum {
		row.Choices = append(row.Choices, one.Text())
	}
	row.Source = sourceWords(catalogue, x, value, stored.Override, at)
	row.WaitsFor = x.WaitsFor(catalogue, value, at)
	return row
}

// savedSide is what is stored in a cell now, for someone who was about to save something else.
func (s *Surface) savedSide(c echo.Context, x cell) (side views.ConflictSide, err error) {
	stored, err := s.StoredCell(c, x.AccountFeature)
	if err != nil {
		return side, err
	}
	changes, err := s.DB.LastChanges(c.Request().Context(), []int64{stored.Version})
	if err != nil {
		return side, err
	}
	change := changes[stored.Version]
	side = views.ConflictSide{Value: "Inherited", By: change.ActorName, When: views.When(change.At, time.Now())}
	if o := stored.Override; o != nil {
		side.Value, side.Reason, side.Until = valueWord(o.Value), o.Reason, expiryText(o.ExpiresAt)
		side.Variant = o.Variant
	}
	return side, nil
}

// expiryText is when an override expires, "" for never.
func expiryText(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return views.When(at, time.Now()) + " UTC"
}
