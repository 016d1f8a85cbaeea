package handlers

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/views"
)

// askOverride says what saving an override would do and asks whether to. Nothing is saved yet.
func (s *Server) askOverride(c echo.Context, x cell, form overrideForm, plan *features.OverridePlan) error {
	m := views.QuestionModel{
		Title: x.feature.Name + " has no effect yet for " + x.account.Name, Action: x.url(), Hidden: form.again(c),
		Obstacle: s.planObstacle(plan), Answer: "Save anyway",
	}
	if form.editor {
		m.Hidden["editor"] = "1"
	}
	if plan.Effective {
		state := features.OnOff(form.change.Value.Enabled)
		m.Title, m.Answer, m.Danger = "Switch "+x.feature.Name+" "+state+" for "+x.account.Name+"?", "Switch "+state, true
	}
	m.TurnsOn = form.change.Value.Enabled
	for _, f := range plan.Missing {
		m.Missing = append(m.Missing, f.Name)
	}
	return s.askAbout(c, x, form, m, plan)
}

// askReset asks the same of taking an override away.
func (s *Server) askReset(c echo.Context, x cell, form overrideForm, plan *features.OverridePlan) error {
	return s.askAbout(c, x, form, views.QuestionModel{
		Title: "Reset " + x.feature.Name + " for " + x.account.Name + "?", Action: x.url() + "/reset", Hidden: map[string]string{},
		Answer: "Reset", Danger: true,
	}, plan)
}

// askAbout asks over the page, where the cell stays as it is stored, or on a page of its own.
func (s *Server) askAbout(c echo.Context, x cell, form overrideForm, m views.QuestionModel, plan *features.OverridePlan) error {
	m.CSRFToken, m.Back = s.csrfToken(c), accountLink(x.account)
	m.Hidden["version"] = strconv.FormatInt(form.change.Version, 10)
	for _, f := range plan.TurnedOff {
		m.GoOff = append(m.GoOff, f.Name)
	}
	if !isHtmx(c) {
		return render(c, http.StatusOK, inShell(s.shell(c, m.Title, "accounts"), views.QuestionPage(m)))
	}
	stored, target, _, err := s.asStored(c)
	if err != nil {
		return err
	}
	m.Target = target
	return render(c, http.StatusOK, append(stored, views.IntoDialogs(views.QuestionDialog(m)))...)
}
