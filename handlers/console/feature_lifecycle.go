package console

import (
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// ConfirmRetire asks whether a feature shall be retired or taken into use again, and says who gains or loses it by that.
func (s *Surface) ConfirmRetire(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	active, err := readSwitch("active", c.QueryParam("active"))
	if err != nil {
		return err
	}
	return s.retireQuestion(c, feature, active, nil)
}

// retireQuestion says who gains or loses the feature. refusal is why the answer before was not taken, nil at first.
func (s *Surface) retireQuestion(c echo.Context, f *features.Feature, active bool, refusal error) error {
	effect := s.effectOn(f.With(func(f *features.Feature) { f.Active = active }))
	effect.NamesURL = namesURL(f, "active")
	question := views.AskModel{
		ID: "retire-dialog", Title: "Retire " + f.Name + "?", Hint: "Off everywhere at once; portals no longer list it. Its overrides and its history stay.",
		Action: featureName(f).URL("/active"), CSRFToken: s.CSRFToken(c), Submit: numbered("Retire", effect.Changes()), Danger: !active,
		Note: "Can be undone.", Back: views.Link{Text: f.Name, URL: featureName(f).URL("/registry")},
	}
	if active {
		effect.Waits = waitsForAll(f.With(func(f *features.Feature) { f.Active = true }), s.Live.Catalogue().Settings.Mode)
		question.Title, question.Hint = "Reactivate "+f.Name+"?", "Every account gets what the rules decide."
		question.Submit = numbered("Reactivate", effect.Changes())
	} else {
		effect.Waits, effect.Dependents = "", s.dependents(f)
	}
	fields := views.RetireFields{
		Effect: effect, Active: strconv.FormatBool(active), Reason: c.FormValue("reason"), Error: web.FieldErrors(refusal)["reason"],
	}
	return s.confirm(c, "features", question, views.AskRetire(fields), refusal)
}

// numbered is what a button does, with the number of accounts that it changes.
func numbered(act string, accounts int) string {
	if accounts == 0 {
		return act
	}
	return act + " for " + words.Count(accounts, "account")
}

// SetFeatureActive retires a feature or takes it into use again.
func (s *Surface) SetFeatureActive(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	active, err := readSwitch("active", c.FormValue("active"))
	if err != nil {
		return err
	}
	revision, err := s.DB.SetFeatureActive(c.Request().Context(), web.Actor(c), feature.Key, active, strings.TrimSpace(c.FormValue("reason")))
	switch {
	case web.FieldErrors(err)["reason"] != "":
		return s.retireQuestion(c, feature, active, err)
	case err != nil:
		return err
	}
	return s.done(c, retired(feature.Name, active, revision), revision, featureName(feature).URL("/registry"))
}

func retired(name string, active bool, revision int64) string {
	state := "retired"
	if active {
		state = "active again"
	}
	if revision == 0 {
		return name + " is " + state + " already"
	}
	return name + " is " + state
}

// ConfirmDelete asks whether a feature shall be deleted, or says what still refers to it.
func (s *Surface) ConfirmDelete(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	fields := views.DeleteFields{}
	if err := s.DB.CheckUnused(c.Request().Context(), feature); features.KindOf(err) == features.Conflict {
		fields.InUse = web.Describe(err).Detail
	} else if err != nil {
		return err
	}
	overridden, err := s.Live.List(inState(feature, features.StateOverridden), 1, namesShown, time.Now())
	if err != nil {
		return err
	}
	fields.Names, fields.Overrides = firstNames(overridden.Accounts), overridden.Matching
	return s.deleteQuestion(c, feature, fields, nil)
}

func firstNames(accounts []*features.Account) (names []string) {
	for _, a := range accounts {
		names = append(names, a.Name)
	}
	return names
}

// deleteQuestion asks; where something refers to the feature, it offers to retire it instead.
func (s *Surface) deleteQuestion(c echo.Context, f *features.Feature, fields views.DeleteFields, refusal error) error {
	question := views.AskModel{
		ID: "delete-dialog", Title: "Delete " + f.Name + "?", Hint: "Nothing refers to it. Portals that still ask for it are told that there is no such feature.",
		Action: featureName(f).URL("/delete"), CSRFToken: s.CSRFToken(c), Submit: "Delete", Danger: true, Note: "Can be undone.",
		Back: views.Link{Text: f.Name, URL: featureName(f).URL("/registry")},
	}
	fields.Reason, fields.Errors, fields.Active = c.FormValue("reason"), web.FieldErrors(refusal), f.Active
	fields.RetireURL = featureName(f).URL("/active?active=false")
	if features.KindOf(refusal) == features.Conflict {
		fields.InUse = web.Describe(refusal).Detail
	}
	if fields.InUse != "" {
		question.Title, question.Hint, question.Submit, question.Note = f.Name+" cannot be deleted", "Something still refers to it.", "", ""
	}
	return s.confirm(c, "features", question, views.AskDelete(fields), refusal)
}

// DeleteFeature takes a feature that nothing refers to out of the registry.
func (s *Surface) DeleteFeature(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	revision, err := s.DB.DeleteFeature(c.Request().Context(), web.Actor(c), feature.Key, strings.TrimSpace(c.FormValue("reason")))
	switch {
	case features.KindOf(err) == features.Conflict, web.FieldErrors(err)["reason"] != "":
		return s.deleteQuestion(c, feature, views.DeleteFields{}, err)
	case err != nil:
		return err
	}
	s.setFlash(c, feature.Name+" is deleted", revision)
	return goTo(c, "/admin/features")
}
