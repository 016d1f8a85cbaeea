package console

import (
	"net/url"

	"flagstone/features"
	"flagstone/views"
)

// bulkValue is the value that a bulk action switches a feature on with.
type bulkValue struct {
	feature *features.Feature // nil until one is chosen
	text    string            // as it was typed
	problem string
}

// bindBulkValue reads the value and whether what the feature needs is switched on too. A feature just chosen begins with
// the value that it usually has.
func (s *Surface) bindBulkValue(form *bulkForm, values url.Values) {
	f, err := s.Live.Catalogue().Feature(form.bulk.Feature)
	if err != nil {
		return // planning refuses it
	}
	form.value.feature, form.bulk.WithDependencies = f, values.Get("needs") == "true"
	if f.Type.IsBoolean() {
		return
	}
	if form.value.text = values.Get("value"); values.Get("value_of") != f.Key {
		form.value.text = editable(f.Type, f.UsualValue().Data)
	}
	if form.bulk.Data, err = f.Type.ParseData(form.value.text); err != nil {
		form.value.problem, form.chosen = sentenceOf(err), false
	}
}

// model is the field for the value; nil for a feature that is only on or off.
func (v bulkValue) model() *views.BulkValueModel {
	if v.feature == nil || v.feature.Type.IsBoolean() {
		return nil
	}
	return &views.BulkValueModel{Feature: v.feature.Key, Type: typeOf(v.feature), Text: v.text, Allowed: allowedWords(v.feature), Error: v.problem}
}

// dependenciesModel offers to switch on what the feature needs; nil where it needs nothing.
func (s *Surface) dependenciesModel(form bulkForm) *views.BulkDependenciesModel {
	if form.value.feature == nil || len(form.value.feature.DependsOn) == 0 {
		return nil
	}
	return &views.BulkDependenciesModel{Names: nameList(s.Live.Catalogue().LinksOf(form.value.feature).Dependencies), Checked: form.bulk.WithDependencies}
}
