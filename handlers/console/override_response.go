package console

import (
	"maps"
	"net/http"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"flagstone/handlers/web"
	"flagstone/views"
)

// answerCell answers with the cell as it is now, and with what else on the account's page follows from it. revision is
// of the change, 0 when nothing changed; reaches tells that other features change with it.
func (s *Surface) answerCell(c echo.Context, x cell, revision int64, text string, reaches bool) error {
	if !web.IsHtmx(c) {
		if revision != 0 {
			s.setFlash(c, text, revision)
		}
		return c.Redirect(http.StatusSeeOther, "/admin/accounts/"+x.Account.Slug)
	}
	row, beside, err := s.rowChanged(c)
	if err != nil {
		return err
	}
	parts := []templ.Component{nil, beside}
	if revision != 0 {
		if row.WaitsFor != "" {
			text += " It takes effect once " + row.WaitsFor + "."
		} else if row.Some != "" {
			text += " " + row.Some
		}
		parts = append(parts, s.changeToast(c, text, revision))
	}
	row.FocusSwitch = !row.Overridden || !x.Feature.Type.IsBoolean()
	parts[0] = views.FeatureRow(row)
	triggerSaved(c, reaches)
	replaceRow(c, row)
	return web.Render(c, http.StatusOK, parts...)
}

// triggerSaved closes the dialog that was answered; where other features change too, the page reads its list again.
func triggerSaved(c echo.Context, reaches bool) {
	trigger := "dialog:close"
	if reaches {
		trigger += ", list:reload"
	}
	c.Response().Header().Set("HX-Trigger", trigger)
}

// overrideConflict answers that someone else saved the cell first: with the cell as it is now and a dialog with both
// versions. mine is what was not saved, again what saving it nevertheless posts.
func (s *Surface) overrideConflict(c echo.Context, x cell, refusal error, mine views.ConflictSide, again map[string]string) error {
	if !web.IsHtmx(c) {
		return refusal
	}
	stored, target, version, err := s.asStored(c)
	if err != nil {
		return err
	}
	theirs, err := s.savedSide(c, x)
	if err != nil {
		return err
	}
	mine.By, mine.When = "You", "not saved"
	model := views.CellConflictModel{
		ID: "conflict", Feature: x.Feature.Name, Account: x.Account.Name, Theirs: theirs, Mine: mine,
		Action: c.Request().URL.Path, Target: target, CSRFToken: s.CSRFToken(c),
		Hidden: map[string]string{"version": strconv.FormatInt(version, 10)},
	}
	maps.Copy(model.Hidden, again)
	return web.Render(c, http.StatusConflict, append(stored, views.IntoDialogs(views.CellConflict(model)))...)
}

// asStored is the cell as it is now, for wherever on its page it stands, and what follows from it there; the answer takes
// its place.
func (s *Surface) asStored(c echo.Context) (parts []templ.Component, target string, version int64, err error) {
	x, m, err := s.cellNow(c)
	if err != nil {
		return nil, "", 0, err
	}
	if x.inList {
		target = "#" + m.ID()
		retarget(c, target)
		return []templ.Component{views.FlagCell(m)}, target, m.Version, nil
	}
	row, beside, err := s.rowChanged(c)
	replaceRow(c, row)
	return []templ.Component{views.FeatureRow(row), beside}, "#" + row.ID, row.Version, err
}

// replaceRow has the answer take the place of a feature's row, wherever on the page it was asked for.
func replaceRow(c echo.Context, row views.FeatureRowModel) { retarget(c, "#"+row.ID) }

func retarget(c echo.Context, target string) {
	c.Response().Header().Set("HX-Retarget", target)
	c.Response().Header().Set("HX-Reswap", "outerHTML")
}
