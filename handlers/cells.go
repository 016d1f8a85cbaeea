package handlers

import (
	"net/http"
	"strconv"
	"strings"
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
		Feature: x.feature.Name, Key: x.feature.Key, On: standing.State == features.On, Some: x.someWords(standing),
		Source: x.sourceWord(standing), Note: x.sleepingOverride(standing, catalogue.Settings.Mode, at),
		// Read after the account's state, the version may be of a change that is not in it yet: see featureRow.
		Version: min(stored.Version, x.account.Revision), MayEdit: mayEdit,
	}
}

// setCell saves what a switch of the list asks for: an override (spec §4.3). The form names the wanted state.
func (s *Server) setCell(c echo.Context) error {
	x, err := s.cellOf(c)
	if err != nil {
		return err
	}
	form, err := x.bind(c)
	if err != nil {
		return err
	}
	revision, err := s.db.SetOverride(c.Request().Context(), actor(c), form.change)
	if features.KindOf(err) == features.Conflict {
		return s.cellConflict(c, x, form.change)
	}
	if err != nil {
		return err
	}
	return s.cellSaved(c, form.change.Value.Enabled, revision)
}

// cellSaved answers with the cell as it is now and says what was done; revision is 0 where it was so already.
func (s *Server) cellSaved(c echo.Context, wanted bool, revision int64) error {
	x, m, err := s.cellNow(c)
	if err != nil {
		return err
	}
	text := x.message(s.live.Catalogue(), wanted, revision != 0)
	if !isHtmx(c) {
		s.leave(c, text, revision)
		return c.Redirect(http.StatusSeeOther, pageOf(c.Request()))
	}
	changes, err := s.db.LastChanges(c.Request().Context(), []int64{x.account.Revision})
	if err != nil {
		return err
	}
	c.Response().Header().Set("HX-Trigger", "dialog:close")
	return render(c, http.StatusOK, views.FlagCell(m), s.changeToast(c, text, revision),
		views.LastChange(lastChange(x.account, changes[x.account.Revision], time.Now()), true))
}

// cellNow is the cell that a request's path names, as it is now.
func (s *Server) cellNow(c echo.Context) (x cell, m views.FlagCellModel, err error) {
	if x, err = s.cellOf(c); err != nil {
		return x, m, err
	}
	stored, err := s.storedCell(c, x)
	return x, flagCell(s.live.Catalogue(), x, stored, time.Now(), mayEdit(c)), err
}

// message says what was saved, and where it changes less than that for now, why.
func (x cell) message(catalogue *features.Catalogue, wanted, changed bool) string {
	text := x.feature.Name + " " + features.OnOff(wanted) + " for " + x.account.Name
	if !changed {
		text = x.feature.Name + " is " + features.OnOff(wanted) + " for " + x.account.Name + " already"
	}
	if standing := x.standing(catalogue, time.Now()); standing.State != wantedState(wanted) {
		text += ", but " + strings.TrimSuffix(x.obstacle(standing, catalogue.Settings.Mode), ".")
	}
	return text
}

// cellConflict tells that someone else has saved the cell since, with both values: the cell shows theirs, and nothing of
// either is lost (spec §4).
func (s *Server) cellConflict(c echo.Context, x cell, mine db.OverrideChange) error {
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
		Mine:   views.ConflictSide{Value: capital(features.OnOff(mine.Value.Enabled)), By: "You", When: "not saved"},
		Action: m.URL(), Target: "#" + m.ID(), CSRFToken: s.csrfToken(c),
		Hidden: map[string]string{"version": strconv.FormatInt(m.Version, 10)},
	}
	if mine.Value.Enabled {
		model.Hidden["enabled"] = "true"
	}
	dialog := views.CellConflict(model)
	if !wantsFragment(c) {
		return render(c, http.StatusConflict, inShell(s.shell(c, "Two versions", "accounts"), dialog))
	}
	return render(c, http.StatusConflict, views.FlagCell(m), views.IntoDialogs(dialog))
}
