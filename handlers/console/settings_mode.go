package console

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

const featureSettingsPath = settingsPath + "/features"

// ShowFeatureSettings shows what an admin sets for all features together: the mode, and when they count as stale.
func (s *Surface) ShowFeatureSettings(c echo.Context) error {
	return s.featureSettings(c, http.StatusOK, views.StaleFields{Days: strconv.Itoa(s.Live.Catalogue().Settings.StaleDays)})
}

func (s *Surface) featureSettings(c echo.Context, status int, stale views.StaleFields) error {
	stale.CSRFToken = s.CSRFToken(c)
	m := views.FeatureSettingsModel{Mode: string(s.Live.Catalogue().Settings.Mode), Stale: stale}
	for _, mode := range features.Modes() {
		m.Modes = append(m.Modes, string(mode))
	}
	page := views.FeatureSettingsPage(m)
	if status == http.StatusOK {
		return web.Render(c, status, inShell(s.shell(c, "Settings", "settings"), page))
	}
	return s.pageWith(c, status, s.shell(c, "Settings", "settings"), page, views.StalePanel(stale))
}

// ConfirmMode asks whether the mode shall change, and says who gains or loses what by it.
func (s *Surface) ConfirmMode(c echo.Context) error {
	mode, err := features.ParseMode(c.QueryParam("mode"))
	if err != nil {
		return err
	}
	return s.modeQuestion(c, mode, nil)
}

// modeQuestion says who gains or loses what. refusal is why the answer before was not taken, nil at first.
func (s *Surface) modeQuestion(c echo.Context, mode features.Mode, refusal error) error {
	effects := s.Live.Effects(features.Proposal{Catalogue: s.Live.Catalogue().InMode(mode)}, time.Now())
	question := views.AskModel{
		ID: "mode-question", Title: "Set the mode to " + string(mode) + "?", Hint: views.ModeText(string(mode)),
		Action: settingsPath + "/mode", CSRFToken: s.CSRFToken(c), Submit: "Set the mode to " + string(mode),
		Danger: mode != features.ModeLive, Note: "Can be undone.", Back: views.Link{Text: "Settings", URL: featureSettingsPath},
	}
	fields := views.ModeFields{
		Mode: string(mode), Effects: s.featureEffects(effects), Reason: c.FormValue("reason"), Error: web.FieldErrors(refusal)["reason"],
	}
	return s.confirm(c, "settings", question, views.AskMode(fields), refusal)
}

// SetMode turns the master switch. Every page shows it, so that the answer leads to one that is read anew.
func (s *Surface) SetMode(c echo.Context) error {
	mode, err := features.ParseMode(c.FormValue("mode"))
	if err != nil {
		return err
	}
	revision, err := s.DB.SetMode(c.Request().Context(), web.Actor(c), mode, strings.TrimSpace(c.FormValue("reason")))
	switch {
	case web.FieldErrors(err)["reason"] != "":
		return s.modeQuestion(c, mode, err)
	case err != nil:
		return err
	case revision == 0:
		s.setFlash(c, "The mode was "+string(mode)+" already", 0)
	default:
		s.setFlash(c, "The mode is "+string(mode), revision)
	}
	return goTo(c, featureSettingsPath)
}

// SetStaleDays says after how many days a feature counts as stale.
func (s *Surface) SetStaleDays(c echo.Context) error {
	text := strings.TrimSpace(c.FormValue("days"))
	days, _ := strconv.Atoi(text) // what is no number is 0, which is refused
	revision, err := s.DB.SetStaleDays(c.Request().Context(), web.Actor(c), days)
	if problem := web.FieldErrors(err)["stale_after_days"]; problem != "" {
		return s.featureSettings(c, http.StatusUnprocessableEntity, views.StaleFields{Days: text, Error: problem})
	}
	if err != nil {
		return err
	}
	return s.done(c, "Features count as stale after "+words.Count(days, "day"), revision, featureSettingsPath)
}
