package console

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

// flagCell is a cell of the list: the switch says what is in effect.
func flagCell(catalogue *features.Catalogue, x cell, stored db.Cell, at time.Time, mayEdit bool) views.FlagCellModel {
	value := x.AccountValue(catalogue, at)
	return views.FlagCellModel{
		AccountID: x.Account.ID, FeatureID: x.Feature.ID, Account: x.Account.Name, Slug: x.Account.Slug,
		Feature: x.Feature.Name, Key: x.Feature.Key, On: value.State == features.On, Some: x.someWords(catalogue, value, at),
		Type: typeOf(x.Feature), Word: valueWord(value.Value), Badge: stateBadge(value), Locked: x.Locked(catalogue),
		Source: x.sourceWord(value), Note: x.sleepingOverride(catalogue, value, at),
		// Read after the account's state, the version may be of a change that is not in it yet: see featureRow.
		Version: min(stored.Version, x.Account.Revision), MayEdit: mayEdit,
	}
}

// cellSaved answers with the cell as it is now and says what was done; revision is 0 where it was so already, reaches
// tells that other features change with it.
func (s *Surface) cellSaved(c echo.Context, wanted features.Value, revision int64, reaches bool) error {
	x, m, err := s.cellNow(c)
	if err != nil {
		return err
	}
	text := x.message(s.Live.Catalogue(), wanted, revision != 0)
	if !web.IsHtmx(c) {
		s.setFlash(c, text, revision)
		return c.Redirect(http.StatusSeeOther, s.PageOr(c.Request(), web.AccountsPath))
	}
	changes, err := s.DB.LastChanges(c.Request().Context(), []int64{x.Account.Revision})
	if err != nil {
		return err
	}
	triggerSaved(c, reaches)
	retarget(c, "#"+m.ID())
	return web.Render(c, http.StatusOK, views.FlagCell(m), s.changeToast(c, text, revision),
		views.LastChange(lastChange(x.Account, changes[x.Account.Revision], time.Now()), true))
}

// cellNow is the cell that a request's path names, as it is now.
func (s *Surface) cellNow(c echo.Context) (x cell, m views.FlagCellModel, err error) {
	if x, err = s.cellOf(c); err != nil {
		return x, m, err
	}
	stored, err := s.StoredCell(c, x.AccountFeature)
	return x, flagCell(s.Live.Catalogue(), x, stored, time.Now(), web.MayEdit(c)), err
}

// cellConflict tells that someone else has saved the cell since, with both values: the cell shows theirs, and nothing
// of either is lost.
func (s *Surface) cellConflict(c echo.Context, x cell, form overrideForm) error {
	_, m, err := s.cellNow(c)
	if err != nil {
		return err
	}
	theirs, err := s.savedSide(c, x)
	if err != nil {
		return err
	}
	model := views.CellConflictModel{
		ID: "conflict", Feature: m.Feature, Account: m.Account, Theirs: theirs,
		Mine:   views.ConflictSide{Value: valueWord(form.change.Value), By: "You", When: "not saved"},
		Action: m.URL(), Target: "#" + m.ID(), CSRFToken: s.CSRFToken(c),
		Hidden: form.again(c),
	}
	model.Hidden["version"] = strconv.FormatInt(m.Version, 10)
	dialog := views.CellConflict(model)
	if !web.WantsFragment(c) {
		return web.Render(c, http.StatusConflict, inShell(s.shell(c, "Two versions", "accounts"), dialog))
	}
	return web.Render(c, http.StatusConflict, views.FlagCell(m), views.IntoDialogs(dialog))
}
