package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// tierCell is what one tier gives of one feature, as a request's path names it.
type tierCell struct {
	tier    features.Tier
	feature *features.Feature
	was     *features.TierFeature // nil where nothing is listed
	version int64
}

func (s *Surface) tierCellOf(c echo.Context) (x tierCell, err error) {
	if x.tier, err = s.tierOf(c); err != nil {
		return x, err
	}
	catalogue := s.Live.Catalogue()
	if x.feature, err = catalogue.Feature(c.Param("key")); err != nil {
		return x, err
	}
	if tierFeature, ok := catalogue.TierFeature(x.tier.ID, x.feature); ok {
		x.was = &tierFeature
	}
	versions, err := s.DB.TierCellVersions(c.Request().Context(), []int64{x.tier.ID}, []int64{x.feature.ID})
	x.version = min(versions[db.TierCell{Tier: x.tier.ID, Feature: x.feature.ID}], catalogue.Revision) // see featureRow
	return x, err
}

// What the editor of a cell says of the feature's state.
const (
	stateDefault = "default"
	stateOn      = "on"
	stateOff     = "off"
)

// tierFeatureForm is the editor as it is filled in.
type tierFeatureForm struct {
	state, value  string
	override, ask bool
	digest        string
}

// stored is the editor as it is opened.
func (x tierCell) stored() tierFeatureForm {
	if x.was == nil {
		return tierFeatureForm{state: stateDefault, override: true}
	}
	form := tierFeatureForm{state: stateOff, value: x.was.Value.Data.Text(), override: x.was.AllowOverride, ask: x.was.AllowUpgrade}
	if x.was.Value.Enabled {
		form.state = stateOn
	}
	return form
}

func readTierFeature(c echo.Context) tierFeatureForm {
	return tierFeatureForm{
		state: c.FormValue("state"), value: c.FormValue("value"), override: c.FormValue("allow_override") != "",
		ask: c.FormValue("allow_upgrade") != "", digest: c.FormValue("digest"),
	}
}

// edit is what the form asks for. It refuses a value that cannot be read, with the line and column.
func (x tierCell) edit(form tierFeatureForm) (e features.TierEdit, err error) {
	e = features.TierEdit{Tier: x.tier.Key, Feature: x.feature.Key, AllowOverride: form.override, AllowUpgrade: form.ask}
	switch form.state {
	case stateDefault:
		e.Clear = true
		return e, nil
	case stateOff:
		return e, nil
	case stateOn:
		e.Value.Enabled = true
	default:
		return e, web.Refusal("state", "Choose on, off or the default.")
	}
	if x.feature.Type.IsBoolean() {
		return e, nil
	}
	if e.Value.Data, err = x.feature.Type.ParseData(form.value); err != nil {
		return e, web.Refusal("value", sentenceOf(err))
	}
	return e, nil
}

// planTierFeature works the form out, its fields named as the form names them.
func (s *Surface) planTierFeature(x tierCell, form tierFeatureForm) (plan *features.TierPlan, fields map[string]string, err error) {
	edit, err := x.edit(form)
	if err == nil {
		plan, err = s.DB.PlanTiers([]features.TierEdit{edit})
	}
	if fields = web.FieldErrors(err); fields == nil {
		return plan, nil, err
	}
	for _, name := range []string{"value", "allow_upgrade"} {
		if text := fields[edit.Field(name)]; text != "" {
			fields[name] = text
		}
	}
	return nil, fields, nil
}

// ConfirmTierFeature is the editor with all that a tier can say of a feature, over the page that it was opened from.
func (s *Surface) ConfirmTierFeature(c echo.Context) error {
	x, err := s.tierCellOf(c)
	if err != nil {
		return err
	}
	return s.tierFeatureQuestion(c, x, x.stored(), views.TierFeatureFields{}, nil)
}

func (s *Surface) tierFeatureQuestion(c echo.Context, x tierCell, form tierFeatureForm, m views.TierFeatureFields, refused error) error {
	plan, problems, err := s.planTierFeature(x, form)
	if err != nil {
		return err
	}
	if refused == nil && m.Notice == "" {
		problems = nil // nothing has been saved yet
	}
	x.fill(&m, form, problems)
	m.Effect = s.tierFeatureEffect(plan, problems)
	m.Reason, m.Error = c.FormValue("reason"), web.FieldErrors(refused)["reason"]
	back := views.MatrixTier{Key: x.tier.Key}
	question := views.AskModel{
		ID: "tier-feature-dialog", Title: x.feature.Name + " in " + x.tier.Name, Hint: x.feature.Description, Action: m.Preview[:len(m.Preview)-len("/effect")],
		CSRFToken: s.CSRFToken(c), Submit: "Save", Note: "Can be undone.", Back: views.Link{Text: x.tier.Name, URL: back.URL("")},
	}
	return s.confirm(c, "tiers", question, views.AskTierFeature(m), refused)
}

// fill fills the editor in.
func (x tierCell) fill(m *views.TierFeatureFields, form tierFeatureForm, problems map[string]string) {
	f := x.feature
	m.Kind, m.Override, m.Ask, m.AskError, m.Version = cellKind(f), form.override, form.ask, problems["allow_upgrade"], strconv.FormatInt(x.version, 10)
	m.Preview = views.MatrixCell{Tier: x.tier.Key, Key: f.Key}.URL() + "/effect"
	m.State = views.SelectModel{
		ID: "state", Name: "state", Label: "In this tier", Value: form.state, Error: problems["state"], Attributes: templ.Attributes{"autofocus": true},
		Options: []views.Option{
			{Value: stateDefault, Text: "Not listed: the default, " + words.Clipped(f.Default.Words())},
			{Value: stateOn, Text: "On"},
			{Value: stateOff, Text: "Off"},
		},
	}
	m.Value = views.InputModel{ID: "value", Name: "value", Label: "Value", Value: form.value, Error: problems["value"], Hint: allowedWords(f) + "."}
	if m.Kind == views.CellChoice {
		m.Choices = []views.Option{{Value: "", Text: "None"}}
		for _, one := range f.Constraints.Enum {
			m.Choices = append(m.Choices, views.Option{Value: one.Text(), Text: one.Text()})
		}
	}
}

// PreviewTierFeature says what the editor would do as it is filled in, or what is wrong with it.
func (s *Surface) PreviewTierFeature(c echo.Context) error {
	x, err := s.tierCellOf(c)
	if err != nil {
		return err
	}
	form := readTierFeature(c)
	if !web.IsHtmx(c) {
		return s.tierFeatureQuestion(c, x, form, views.TierFeatureFields{Notice: "Nothing is saved yet."}, nil)
	}
	plan, problems, err := s.planTierFeature(x, form)
	if err != nil {
		return err
	}
	return web.Render(c, http.StatusOK, views.TierFeatureEffectView(s.tierFeatureEffect(plan, problems)))
}

func (s *Surface) tierFeatureEffect(plan *features.TierPlan, problems map[string]string) views.TierFeatureEffect {
	if plan == nil {
		m := views.TierFeatureEffect{}
		for name, label := range map[string]string{"state": "In this tier", "value": "Value", "allow_upgrade": "Upgrade requests"} {
			if problems[name] != "" {
				m.Problems = append(m.Problems, views.Fact{Name: label, Value: problems[name]})
			}
		}
		slices.SortFunc(m.Problems, func(a, b views.Fact) int { return strings.Compare(b.Name, a.Name) })
		return m
	}
	return views.TierFeatureEffect{Effect: s.tierEffect(plan), Changes: plan.Edits[0].Changes(), Digest: plan.Digest}
}

// SaveTierFeature saves the editor. Where its effect has not been seen as it is, that is shown first.
func (s *Surface) SaveTierFeature(c echo.Context) error {
	x, err := s.tierCellOf(c)
	if err != nil {
		return err
	}
	form := readTierFeature(c)
	plan, problems, err := s.planTierFeature(x, form)
	switch {
	case err != nil:
		return err
	case problems != nil:
		return s.tierFeatureQuestion(c, x, form, views.TierFeatureFields{}, asError(problems))
	case concerns(plan) && form.digest != plan.Digest:
		return s.tierFeatureQuestion(c, x, form, views.TierFeatureFields{Notice: "The affected accounts have changed. Nothing is saved yet. Check them, then save again."}, nil)
	}
	version, err := strconv.ParseInt(c.FormValue("version"), 10, 64)
	if err != nil {
		return web.Refusal("version", "The version is missing. Reload the page and try again.")
	}
	plan, revision, err := s.DB.SaveTierFeatures(c.Request().Context(), web.Actor(c), db.TierSave{
		Changes: []db.TierFeatureChange{{TierEdit: plan.Edits[0].TierEdit, Version: version}}, Digest: plan.Digest,
		ChangeOptions: db.ChangeOptions{Reason: strings.TrimSpace(c.FormValue("reason"))},
	})
	switch {
	case features.KindOf(err) == features.Conflict && !fieldless(err):
		return s.tierFeatureConflict(c, form, plan)
	case features.KindOf(err) == features.Conflict:
		return s.tierFeatureQuestion(c, x, form, views.TierFeatureFields{Notice: changedMeanwhile}, nil)
	case web.FieldErrors(err)["reason"] != "":
		return s.tierFeatureQuestion(c, x, form, views.TierFeatureFields{}, err)
	case err != nil:
		return err
	}
	text := "No changes to save"
	if revision != 0 {
		text = plan.Summary()
	}
	return s.done(c, text, revision, views.MatrixTier{Key: x.tier.Key}.URL(""))
}

// tierFeatureConflict shows the editor again with both versions: someone else has saved the cell since.
func (s *Surface) tierFeatureConflict(c echo.Context, form tierFeatureForm, plan *features.TierPlan) error {
	x, err := s.tierCellOf(c)
	if err != nil {
		return err
	}
	changes, err := s.DB.LastChanges(c.Request().Context(), []int64{x.version})
	if err != nil {
		return err
	}
	by := changes[x.version]
	refused := &features.Error{Kind: features.Conflict, Message: by.ActorName + " saved this first."}
	return s.tierFeatureQuestion(c, x, form, views.TierFeatureFields{
		Notice: by.ActorName + " saved this first. What you chose is not saved: compare both versions, then save or cancel.",
		Conflict: &views.DiffModel{
			Caption: "Both versions", Before: by.ActorName + "'s, saved " + views.When(by.At, time.Now()), After: "Yours, not saved",
			Rows: []views.DiffRow{{Field: x.feature.Name, Before: TierFeatureWords(plan.Edits[0].Was), After: TierFeatureWords(plan.Edits[0].Is)}},
		},
	}, refused)
}
