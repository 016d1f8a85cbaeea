package handlers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/views"
)

// flagCell is a cell of the list: the switch says what is in effect.
func flagCell(catalogue *features.Catalogue, x cell, stored db.Cell, at time.Time, mayEdit bool) views.FlagCellModel {
	standing := x.standing(catalogue, at)
	return views.FlagCellModel{
		AccountID: x.account.ID, FeatureID: x.feature.ID, Account: x.account.Name, Slug: x.account.Slug,
		Feature: x.feature.Name, Key: x.feature.Key, On: standing.State == features.On, Some: x.someWords(catalogue, standing, at),
		Type: typeOf(x.feature), Word: valueWord(standing.Value), Badge: stateBadge(standing), Locked: x.locked(catalogue),
		Source: x.sourceWord(standing), Note: x.sleepingOverride(catalogue, standing, at),
		// Read after the account's state, the version may be of a change that is not in it yet: see featureRow.
		Version: min(stored.Version, x.account.Revision), MayEdit: mayEdit,
	}
}

// cellSaved answers with the cell as it is now and says what was done; revision is 0 where it was so already, reaches
// tells that other features change with it.
func (s *Server) cellSaved(c echo.Context, wanted features.Value, revision int64, reaches bool) error {
	x, m, err := s.cellNow(c)
	if err != nil {
		return err
	}
	text := x.message(s.live.Catalogue(), wanted, revision != 0)
	if !isHtmx(c) {
		s.leave(c, text, revision)
		return c.Redirect(http.StatusSeeOther, s.pageOr(c.Request(), accountsPath))
	}
	changes, err := s.db.LastChanges(c.Request().Context(), []int64{x.account.Revision})
	if err != nil {
		return err
	}
	triggerSaved(c, reaches)
	retarget(c, "#"+m.ID())
	return render(c, http.StatusOK, views.FlagCell(m), s.changeToast(c, text, revision),
		views.LastChange(lastChange(x.account, changes[x.account.Revision], time.Now()), true))
}

// cellNow is the cell that a request's path names, as it is now.
func (s *Server) cellNow(c echo.Context) (x cell, m views.FlagCellModel, err error) {
	if x, err = s.cellOf(c); err != nil {
		return x, m, err
	}
	stored, err := s.storedCell(c, x.accountFeature)
	return x, flagCell(s.live.Catalogue(), x, stored, time.Now(), mayEdit(c)), err
}

// cellConflict tells that someone else has saved the cell since, with both values: the cell shows theirs, and nothing
// of either is lost.
func (s *Server) cellConflict(c echo.Context, x cell, form overrideForm) error {
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
		Action: m.URL(), Target: "#" + m.ID(), CSRFToken: s.csrfToken(c),
		Hidden: form.again(c),
	}
	model.Hidden["version"] = strconv.FormatInt(m.Version, 10)
	dialog := views.CellConflict(model)
	if !wantsFragment(c) {
		return render(c, http.StatusConflict, inShell(s.shell(c, "Two versions", "accounts"), dialog))
	}
	return render(c, http.StatusConflict, views.FlagCell(m), views.IntoDialogs(dialog))
}
