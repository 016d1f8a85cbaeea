package handlers

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/views"
)

// newFeature shows the empty form.
func (s *Server) newFeature(c echo.Context) error {
	return s.featureForm(c, http.StatusOK, views.FeatureFormModel{New: true})
}

// createFeature adds a feature to the registry.
func (s *Server) createFeature(c echo.Context) error {
	m := readFeatureForm(c)
	m.New = true
	draft, problems := featureDraft(m)
	if m.Key == "new" {
		problems["key"] = "The console keeps this word for itself. Choose another key."
	}
	if len(problems) == 0 {
		_, err := s.db.CreateFeature(c.Request().Context(), actor(c), draft)
		if err == nil {
			s.leave(c, draft.Name+" is created. Switch it on for accounts in their list.", 0)
			return goTo(c, views.FeatureNameModel{Key: draft.Key}.URL(""))
		}
		if problems = fieldErrors(err); problems == nil {
			return err
		}
	}
	m.Errors = problems
	return s.featureForm(c, http.StatusUnprocessableEntity, m)
}

// editFeature shows the form with what is stored.
func (s *Server) editFeature(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	m := storedForm(feature)
	if m.Version, err = s.seenVersion(c, feature); err != nil {
		return err
	}
	return s.featureForm(c, http.StatusOK, m)
}

// updateFeature saves the form, unless someone else has saved the feature since it was opened.
func (s *Server) updateFeature(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	m := readFeatureForm(c)
	m.Feature, m.Key = featureName(feature), feature.Key
	draft, problems := featureDraft(m)
	draft.Rollout, draft.Variants, draft.Badges = feature.Rollout, feature.Variants, feature.Badges
	if len(problems) == 0 {
		revision, err := s.saveDraft(c, draft, m.Version, "")
		switch {
		case err == nil:
			s.leave(c, saved(draft.Name, revision), revision)
			return goTo(c, m.Feature.URL(""))
		case features.KindOf(err) == features.Conflict:
			return s.featureConflict(c, feature, m)
		}
		if problems = fieldErrors(err); problems == nil {
			return err
		}
	}
	m.Errors = problems
	return s.featureForm(c, http.StatusUnprocessableEntity, m)
}

func saved(name string, revision int64) string {
	if revision == 0 {
		return name + " is as it was: nothing was changed"
	}
	return name + " is saved"
}

// featureConflict shows what someone else saved beside what was to be saved; the form now stands over the stored version.
func (s *Server) featureConflict(c echo.Context, f *features.Feature, m views.FeatureFormModel) error {
	found, err := s.conflictWith(c, f)
	if err != nil {
		return err
	}
	m.Version, m.ConflictBy = found.version, found.by
	theirs := storedForm(f)
	for _, field := range []struct{ name, theirs, mine string }{
		{"name", theirs.Name, m.Name},
		{"description", theirs.Help, m.Help},
		{"default_enabled", views.FieldValue("enabled", theirs.Default), views.FieldValue("enabled", m.Default)},
		{"category", theirs.Category, m.Category},
		{"subcategory", theirs.Subcategory, m.Subcategory},
		{"owner", theirs.Owner, m.Owner},
		{"help_url", theirs.HelpURL, m.HelpURL},
		{"icon", theirs.Icon, m.Icon},
		{"display_order", theirs.DisplayOrder, m.DisplayOrder},
		{"permanent", views.FieldValue("permanent", theirs.Permanent), views.FieldValue("permanent", m.Permanent)},
	} {
		found.compare(field.name, field.theirs, field.mine)
	}
	m.Conflict = found.diff()
	return s.featureForm(c, http.StatusConflict, m)
}

func (s *Server) featureForm(c echo.Context, status int, m views.FeatureFormModel) error {
	m.CSRFToken, m.Categories = s.csrfToken(c), categories(s.live.Catalogue().Features())
	form := views.FeatureForm(m)
	return s.pageWith(c, status, s.shell(c, m.Title(), "features"), form, form)
}

func readFeatureForm(c echo.Context) views.FeatureFormModel {
	field := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	return views.FeatureFormModel{
		Version: field("version"), Key: field("key"), Name: field("name"), Help: field("description"), Category: field("category"),
		Subcategory: field("subcategory"), Icon: field("icon"), HelpURL: field("help_url"), Owner: field("owner"),
		DisplayOrder: field("display_order"), Default: field("default") == "true", Permanent: field("permanent") == "true",
	}
}

func storedForm(f *features.Feature) views.FeatureFormModel {
	return views.FeatureFormModel{
		Feature: featureName(f), Key: f.Key, Name: f.Name, Help: f.Description, Category: f.Category, Subcategory: f.Subcategory,
		Icon: f.Icon, HelpURL: f.HelpURL, Owner: f.Owner, DisplayOrder: strconv.Itoa(f.DisplayOrder), Default: f.Default.Enabled,
		Permanent: f.Permanent,
	}
}

// featureDraft is what the form wants to be stored, and what is wrong with it by field.
func featureDraft(m views.FeatureFormModel) (draft features.FeatureDraft, problems map[string]string) {
	draft = features.FeatureDraft{
		Key: m.Key, Name: m.Name, Description: m.Help, Category: m.Category, Subcategory: m.Subcategory, Icon: m.Icon,
		HelpURL: m.HelpURL, Owner: m.Owner, Default: features.Value{Enabled: m.Default}, Permanent: m.Permanent,
	}
	problems = map[string]string{}
	if err := draft.Validate(); err != nil {
		problems = fieldErrors(err)
	}
	if m.DisplayOrder != "" {
		order, err := strconv.Atoi(m.DisplayOrder)
		if err != nil || order < 0 || order > 1_000_000 {
			problems["display_order"] = "Give a whole number from 0 to 1,000,000, or leave it empty."
		}
		draft.DisplayOrder = order
	}
	return draft, problems
}

// showDefaultEffect says what another default would do, before it is saved.
func (s *Server) showDefaultEffect(c echo.Context) error {
	feature, err := s.featureOf(c)
	if err != nil {
		return err
	}
	enabled, err := readSwitch("default", c.QueryParam("default"))
	if err != nil {
		return err
	}
	var effect *views.EffectModel
	if enabled != feature.Default.Enabled {
		worked := s.effectOn(feature.With(func(f *features.Feature) { f.Default.Enabled = enabled }))
		worked.NamesURL = namesURL(feature, "default")
		effect = &worked
	}
	fragment := views.DefaultEffect(effect)
	return s.page(c, s.shell(c, feature.Name, "features"), fragment, fragment)
}
