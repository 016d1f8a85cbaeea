package console

import (
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

// ConfirmKillSwitch asks whether a feature's kill switch shall be moved, and says who gains or loses the feature by it.
func (s *Surface) ConfirmKillSwitch(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	enabled, err := readSwitch("enabled", c.QueryParam("enabled"))
	if err != nil {
		return err
	}
	return s.killQuestion(c, feature, enabled, nil)
}

// readSwitch reads the wanted position of a switch.
func readSwitch(field, text string) (bool, error) {
	switch text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, &features.Error{Kind: features.Invalid, Field: field, Message: "Use true or false."}
}

// killQuestion says who gains or loses the feature. refusal is why the answer before was not taken, nil at first.
func (s *Surface) killQuestion(c echo.Context, f *features.Feature, enabled bool, refusal error) error {
	effect := s.effectOn(f.With(func(f *features.Feature) { f.Enabled = enabled }))
	effect.NamesURL = namesURL(f, "enabled")
	if !enabled {
		effect.Waits = "" // nothing to wait for: it is to be off
		effect.Dependents = s.dependents(f)
	}
	question := views.AskModel{
		ID: "kill", Title: "Switch " + f.Name + " off everywhere?", Hint: "Off at once for every account, even where an override says on.",
		Action: featureName(f).URL("/enabled"), CSRFToken: s.CSRFToken(c), Submit: killSubmit(enabled, effect.Changes()),
		Danger: !enabled, Note: "Can be undone.", Back: views.Link{Text: f.Name, URL: featureName(f).URL("")},
	}
	if enabled {
		question.Title, question.Hint = "Switch "+f.Name+" on again?", "Every account gets what the rules decide: its override, its tier, the rollout and the default."
	}
	fields := views.KillFields{
		Effect: effect, Enabled: strconv.FormatBool(enabled), Reason: c.FormValue("reason"), Error: web.FieldErrors(refusal)["reason"],
	}
	return s.confirm(c, "features", question, views.AskKill(fields), refusal)
}

func killSubmit(enabled bool, accounts int) string {
	if enabled {
		return numbered("Switch on", accounts)
	}
	return numbered("Switch off", accounts)
}

// SetKillSwitch moves a feature's kill switch into the wanted position.
func (s *Surface) SetKillSwitch(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	enabled, err := readSwitch("enabled", c.FormValue("enabled"))
	if err != nil {
		return err
	}
	change := db.KillSwitch{Keys: []string{feature.Key}, Enabled: enabled, ChangeOptions: db.ChangeOptions{Reason: strings.TrimSpace(c.FormValue("reason"))}}
	revision, err := s.DB.SetKillSwitch(c.Request().Context(), web.Actor(c), change)
	switch {
	case web.FieldErrors(err)["reason"] != "":
		return s.killQuestion(c, feature, enabled, err)
	case err != nil:
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
