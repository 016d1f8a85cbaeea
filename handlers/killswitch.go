package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/views"
)

// askKillSwitch asks whether a feature's kill switch shall be moved, and says who gains or loses the feature by it.
func (s *Server) askKillSwitch(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	enabled, err := readSwitch("enabled", c.QueryParam("enabled"))
	if err != nil {
		return err
	}
	return s.killQuestion(c, http.StatusOK, feature, enabled, "")
}

// readSwitch reads the wanted position of a switch.
func readSwitch(field, text string) (bool, error) {
	switch text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, &features.Error{Kind: features.Invalid, Field: field, Message: "Say true or false."}
}

// killQuestion is the question; problem is what is wrong with the reason given.
func (s *Server) killQuestion(c echo.Context, status int, f *features.Feature, enabled bool, problem string) error {
	after := *f
	after.Enabled = enabled
	effect := s.effectOn(f, &after)
	m := views.KillQuestionModel{
		QuestionModel: views.QuestionModel{
			ID: "kill", Title: "Switch " + f.Name + " off everywhere?", Text: "Whatever an account's tier or override says: off, at once.",
			Action: featureName(f).URL("/enabled"), CSRFToken: s.csrfToken(c), Submit: killSubmit(enabled, effect.Changes()),
			Danger: !enabled, Hint: "Can be undone.", Reason: c.FormValue("reason"), Error: problem, OwnPage: !wantsFragment(c),
			Path: []views.Link{{Text: "Features", URL: "/admin/features"}, {Text: f.Name, URL: featureName(f).URL("")}},
		},
		Effect: effect, Enabled: strconv.FormatBool(enabled),
	}
	if enabled {
		m.Title, m.Text = "Switch "+f.Name+" on again?", "Every account has again what its override or the default says."
	}
	question := views.KillQuestion(m)
	return s.pageWith(c, status, s.shell(c, m.Title, "features"), question, question)
}

func killSubmit(enabled bool, accounts int) string {
	text := "Switch off"
	if enabled {
		text = "Switch on"
	}
	if accounts > 0 {
		text += " for " + views.Count(accounts, "account", "accounts")
	}
	return text
}

// effectOn is what a change of a feature does to every account, judged from the state that serves.
func (s *Server) effectOn(before, after *features.Feature) views.EffectModel {
	effect := features.EffectOf(before, after, s.live.Accounts().All(), time.Now())
	return views.EffectModel{
		Gain: len(effect.Gain), GainNames: firstNames(effect.Gain), Lose: len(effect.Lose), LoseNames: firstNames(effect.Lose),
		On: effect.On, Off: effect.Off,
	}
}

const namesShown = 12 // accounts named in a question

func firstNames(accounts []*features.Account) []string {
	names := make([]string, 0, namesShown)
	for _, a := range accounts[:min(len(accounts), namesShown)] {
		names = append(names, a.Name)
	}
	return slices.Clip(names)
}

// setKillSwitch moves a feature's kill switch into the wanted position.
func (s *Server) setKillSwitch(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	enabled, err := readSwitch("enabled", c.FormValue("enabled"))
	if err != nil {
		return err
	}
	change := db.KillSwitch{Keys: []string{feature.Key}, Enabled: enabled, Reason: strings.TrimSpace(c.FormValue("reason"))}
	revision, err := s.db.SetKillSwitch(c.Request().Context(), actor(c), change)
	if problem := fieldErrors(err)["reason"]; problem != "" {
		return s.killQuestion(c, http.StatusUnprocessableEntity, feature, enabled, problem)
	}
	if err != nil {
		return err
	}
	return s.done(c, killed(feature, enabled, revision), revision, featureName(feature).URL(""))
}

func killed(f *features.Feature, enabled bool, revision int64) string {
	state := "off everywhere"
	if enabled {
		state = "switched on again"
	}
	if revision == 0 {
		return f.Name + " was " + state + " already"
	}
	return f.Name + " is " + state
}

// done says that a change asked for in a dialog is made: the dialog closes, what the page shows is read again, and a
// toast offers Undo. A plain form is led to page. revision is 0 where nothing changed.
func (s *Server) done(c echo.Context, text string, revision int64, page string) error {
	if !isHtmx(c) {
		s.leave(c, text, revision)
		return c.Redirect(http.StatusSeeOther, page)
	}
	c.Response().Header().Set("HX-Trigger", "dialog:close, list:reload")
	return render(c, http.StatusOK, views.ToastOOB(s.toast(c, text, revision)))
}
