package console

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

// confirmOverride says what saving an override would do and asks whether to. Nothing is saved yet.
func (s *Surface) confirmOverride(c echo.Context, x cell, form overrideForm, plan *features.OverridePlan) error {
	m := views.QuestionModel{
		Title: x.Feature.Name + " has no effect yet for " + x.Account.Name, Action: x.url(), Hidden: form.again(c),
		Obstacle: s.PlanObstacle(plan), Answer: "Save anyway",
	}
	if form.editor {
		m.Hidden["editor"] = "1"
	}
	if plan.Effective {
		state := features.OnOff(form.change.Value.Enabled)
		m.Title, m.Answer, m.Danger = "Switch "+x.Feature.Name+" "+state+" for "+x.Account.Name+"?", "Switch "+state, true
	}
	m.TurnsOn = form.change.Value.Enabled
	for _, f := range plan.MissingDependencies {
		m.Missing = append(m.Missing, f.Name)
	}
	return s.confirmAbout(c, x, form, m, plan)
}

// confirmReset asks the same of taking an override away.
func (s *Surface) confirmReset(c echo.Context, x cell, form overrideForm, plan *features.OverridePlan) error {
	return s.confirmAbout(c, x, form, views.QuestionModel{
		Title: "Reset " + x.Feature.Name + " for " + x.Account.Name + "?", Action: x.url() + "/reset", Hidden: map[string]string{},
		Answer: "Reset", Danger: true,
	}, plan)
}

// confirmAbout asks over the page, where the cell stays as it is stored, or on a page of its own.
func (s *Surface) confirmAbout(c echo.Context, x cell, form overrideForm, m views.QuestionModel, plan *features.OverridePlan) error {
	m.CSRFToken, m.Back = s.CSRFToken(c), accountLink(x.Account)
	m.Hidden["version"] = strconv.FormatInt(form.change.Version, 10)
	for _, f := range plan.TurnedOff {
		m.TurnedOff = append(m.TurnedOff, f.Name)
	}
	if !web.IsHtmx(c) {
		return web.Render(c, http.StatusOK, inShell(s.shell(c, m.Title, "accounts"), views.QuestionPage(m)))
	}
	stored, target, _, err := s.asStored(c)
	if err != nil {
		return err
	}
	m.Target = target
	return web.Render(c, http.StatusOK, append(stored, views.IntoDialogs(views.QuestionDialog(m)))...)
}
