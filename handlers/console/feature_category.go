package console

import (
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// categoryMenu is every category with how many of its features can be switched off, and on again.
func categoryMenu(all []*features.Feature) []views.CategoryModel {
	names := web.Categories(all)
	menu := make([]views.CategoryModel, len(names))
	for i, name := range names {
		menu[i] = views.CategoryModel{Name: name, Live: len(switchable(all, name, false)), Killed: len(switchable(all, name, true))}
	}
	return menu
}

// switchable gives the features of a category whose kill switch is not in the wanted position.
func switchable(all []*features.Feature, category string, enabled bool) (list []*features.Feature) {
	for _, f := range all {
		if f.Category == category && f.Enabled != enabled {
			list = append(list, f)
		}
	}
	return list
}

// ConfirmCategory asks whether every feature of a category shall be switched off everywhere, or on again, and says who gains
// or loses what by it.
func (s *Surface) ConfirmCategory(c echo.Context) error {
	category, err := readCategory(c.QueryParam("category"))
	if err != nil {
		return err
	}
	enabled, err := readSwitch("enabled", c.QueryParam("enabled"))
	if err != nil {
		return err
	}
	list := switchable(s.Live.Catalogue().Features(), category, enabled)
	if len(list) == 0 {
		return &features.Error{Kind: features.NotFound, Message: "There is no feature in this category that could be switched " + features.OnOff(enabled) + "."}
	}
	keys := make([]string, len(list))
	for i, f := range list {
		keys[i] = f.Key
	}
	return s.categoryQuestion(c, category, db.KillSwitch{Keys: keys, Enabled: enabled}, nil)
}

// readCategory reads which category is meant. Features without one are no category.
func readCategory(text string) (string, error) {
	if text == "" {
		return "", web.Refusal("category", "Name a category.")
	}
	return text, nil
}

// categoryQuestion says who gains or loses what. refusal is why the answer before was not taken, nil at first.
func (s *Surface) categoryQuestion(c echo.Context, category string, change db.KillSwitch, refusal error) error {
	proposal := features.Proposal{Catalogue: s.Live.Catalogue(), Features: change.Keys}
	var switched []*features.Feature
	for _, key := range change.Keys {
		f, err := s.Live.Catalogue().Feature(key)
		if err != nil {
			return err
		}
		switched = append(switched, f)
		proposal.Catalogue = proposal.Catalogue.With(f.With(func(f *features.Feature) { f.Enabled = change.Enabled }))
	}
	count := words.Count(len(change.Keys), "feature")
	question := views.AskModel{
		ID: "category", Title: "Switch all of " + category + " off everywhere?", Hint: count + ", off at once for every account, even where an override says on.",
		Action: "/admin/category/enabled", CSRFToken: s.CSRFToken(c), Submit: "Switch off " + count,
		Danger: !change.Enabled, Note: "One change set, which can be undone.", Back: views.Link{Text: "Features", URL: categoryURL(category)},
	}
	if change.Enabled {
		question.Title = "Switch all of " + category + " on again?"
		question.Hint, question.Submit = count+", for every account as its overrides, its tier, the rollouts and the defaults say.", "Switch on "+count
	}
	fields := views.CategoryFields{
		Category: category, Enabled: strconv.FormatBool(change.Enabled), Keys: change.Keys,
		Effects: s.featureEffects(s.Live.Effects(proposal, time.Now())), Reason: c.FormValue("reason"), Error: web.FieldErrors(refusal)["reason"],
	}
	if !change.Enabled {
		fields.Dependents = s.dependents(switched...)
	}
	return s.confirm(c, "features", question, views.AskCategory(fields), refusal)
}

func categoryURL(category string) string {
	return web.FeatureQuery{Category: category}.URL("page", "")
}

// SetCategory moves the kill switches of the features that the question named, in one change set.
func (s *Surface) SetCategory(c echo.Context) error {
	category, err := readCategory(c.FormValue("category"))
	if err != nil {
		return err
	}
	enabled, err := readSwitch("enabled", c.FormValue("enabled"))
	if err != nil {
		return err
	}
	change := db.KillSwitch{Keys: c.Request().Form["key"], Enabled: enabled, ChangeOptions: db.ChangeOptions{Reason: strings.TrimSpace(c.FormValue("reason"))}}
	if len(change.Keys) == 0 {
		return web.Refusal("key", "Name the features to switch.")
	}
	revision, err := s.DB.SetKillSwitch(c.Request().Context(), web.Actor(c), change)
	switch {
	case web.FieldErrors(err)["reason"] != "":
		return s.categoryQuestion(c, category, change, err)
	case err != nil:
		return err
	}
	return s.done(c, categorySwitched(category, change, revision), revision, categoryURL(category))
}

func categorySwitched(category string, change db.KillSwitch, revision int64) string {
	count := words.Count(len(change.Keys), "feature")
	switch {
	case revision == 0:
		return "Nothing to change: " + category + " was switched " + features.OnOff(change.Enabled) + " already"
	case change.Enabled:
		return words.Capital(category) + " is switched on again: " + count
	}
	return words.Capital(category) + " is off everywhere: " + count
}
