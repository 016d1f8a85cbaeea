package console

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/views"
	"flagstone/words"
)

// bulkAnswer is what the dialog of an action says.
type bulkAnswer struct {
	form     bulkForm
	plan     *features.BulkPlan  // nil until what the action is about has been chosen
	selected []*features.Account // until then
	notice   string              // why the dialog is here again; "" the first time
	problem  string              // what is wrong with the reason
}

// bulkDialog answers with the dialog of an action.
func (s *Surface) bulkDialog(c echo.Context, status int, a bulkAnswer) error {
	m := views.BulkModel{
		Title: openTitle(a.form.bulk.Action, len(a.selected)), Selection: s.selectionSentence(a.form), Notice: a.notice,
		CSRFToken: s.CSRFToken(c), Choice: bulkChoice(a.form, s.Live.Catalogue()), Nonce: rand.Text(),
		Value: a.form.value.model(), Dependencies: s.dependenciesModel(a.form),
		Reason: views.InputModel{
			ID: "bulk-reason", Name: "reason", Value: a.form.reason, Label: "Reason", Error: a.problem,
			Hint: "Kept with the change in the audit log.", Attributes: templ.Attributes{"maxlength": "500"},
		},
	}
	if m.Choice == nil {
		m.Reason.Attributes["autofocus"] = true
	}
	digest := ""
	if a.plan != nil {
		digest = a.plan.Digest
		s.describePlan(&m, a.plan)
	} else if status == http.StatusUnprocessableEntity && a.form.value.problem == "" {
		m.Choice.Error = "Choose a feature or tier first."
	}
	m.Hidden = a.form.hidden(digest, m.Nonce)
	return s.pageWith(c, status, s.shell(c, m.Title, "accounts"), views.BulkPage(m), views.BulkDialog(m))
}

// hidden is what the dialog carries along: the action, the selection and the effect shown.
func (f bulkForm) hidden(digest, nonce string) []views.HiddenField {
	fields := []views.HiddenField{{Name: "action", Value: string(f.bulk.Action)}, {Name: "digest", Value: digest}, {Name: "nonce", Value: nonce}}
	if f.bulk.Selection.All {
		return append(fields, views.HiddenField{Name: "all", Value: "1"}, views.HiddenField{Name: "filter", Value: f.filter})
	}
	ids := make([]string, len(f.bulk.Selection.IDs))
	for i, id := range f.bulk.Selection.IDs {
		ids[i] = strconv.FormatInt(id, 10)
	}
	return append(fields, views.HiddenField{Name: "id", Value: strings.Join(ids, ",")})
}

func (s *Surface) selectionSentence(form bulkForm) string {
	if form.bulk.Selection.All {
		return filterSentence(accountsQuery{filter: form.bulk.Selection.Filter}, s.Live.Catalogue())
	}
	return words.Count(len(form.bulk.Selection.IDs), "ticked account")
}

// bulkChoice is the field for what the action is about; nil where it is about everything.
func bulkChoice(form bulkForm, catalogue *features.Catalogue) *views.SelectModel {
	field := &views.SelectModel{Attributes: templ.Attributes{
		"hx-post": "/admin/accounts/-/bulk/preview", "hx-target": "closest dialog", "hx-swap": "outerMorph", "autofocus": true,
	}}
	switch form.bulk.Action {
	case features.SetTier:
		tierChoice(field, form, catalogue)
	case features.EnableFeature, features.DisableFeature:
		featureChoice(field, form, catalogue, "Choose a feature")
	case features.ClearOverrides:
		featureChoice(field, form, catalogue, "Every feature")
	default:
		return nil
	}
	return field
}

func featureChoice(field *views.SelectModel, form bulkForm, catalogue *features.Catalogue, none string) {
	field.ID, field.Name, field.Label, field.Value = "bulk-feature", "feature", "Feature", form.bulk.Feature
	field.Options = []views.Option{{Value: "", Text: none}}
	for _, f := range catalogue.Features() {
		field.Options = append(field.Options, views.Option{Value: f.Key, Text: f.Name})
	}
}

func tierChoice(field *views.SelectModel, form bulkForm, catalogue *features.Catalogue) {
	field.ID, field.Name, field.Label, field.Value = "bulk-tier", "tier", "Tier", form.bulk.Tier
	if form.chosen && form.bulk.Tier == "" {
		field.Value = features.NoTier
	}
	field.Options = []views.Option{{Value: "", Text: "Choose a tier"}}
	for _, tier := range catalogue.Tiers() {
		field.Options = append(field.Options, views.Option{Value: tier.Key, Text: tier.Name})
	}
	field.Options = append(field.Options, views.Option{Value: features.NoTier, Text: "No tier"})
}

// describePlan says what a plan does: in the title, in numbers, by name, and on the button.
func (s *Surface) describePlan(m *views.BulkModel, plan *features.BulkPlan) {
	m.Title = planTitle(plan)
	m.Effect = &views.BulkEffectModel{Rows: effectRows(plan, s.Live.Catalogue().Settings.Mode)}
	switch {
	case plan.Action == features.SetTier:
		m.Effect.Named = s.featureEffects(plan.Effects)
	case plan.Feature == nil:
		m.Effect.Features = bulkFeatures(plan)
	}
	m.Names = changedNames(plan, 0, fewNames)
	if plan.Feature != nil {
		m.Effect.Features = otherFeatures(plan)
	}
	switch changed := len(plan.Changed); changed {
	case 0:
		m.Hint = "Nothing would change."
		return
	case 1:
		m.Hint = "One change set, which can be undone."
	default:
		m.Hint = "One change set; undo restores all " + words.Number(changed) + "."
	}
	m.Submit, m.Danger = submitText(plan), removesAny(plan)
}

// otherFeatures are those that change beside the one that an action is about: what it needs, and what it reaches through
// links.
func otherFeatures(plan *features.BulkPlan) []views.FeatureEffect {
	others := *plan
	others.Effects = slices.DeleteFunc(slices.Clone(plan.Effects), func(e features.Effect) bool { return e.Feature.Key == plan.Feature.Key })
	return bulkFeatures(&others)
}

func bulkFeatures(plan *features.BulkPlan) (list []views.FeatureEffect) {
	for _, e := range plan.Effects {
		list = append(list, views.FeatureEffect{Feature: e.Feature.Name, Gain: len(e.Gain), Lose: len(e.Lose), Change: len(e.Change), Same: e.Stay()})
	}
	return list
}

// removesAny tells whether a plan takes a feature from someone, or is meant to.
func removesAny(plan *features.BulkPlan) bool {
	return plan.Action == features.DisableFeature || plan.Action == features.DisableAll ||
		slices.ContainsFunc(plan.Effects, func(e features.Effect) bool { return len(e.Lose) > 0 })
}
