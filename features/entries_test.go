package features_test

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"flagstone/features"
	"flagstone/features/featurestest"
)

func TestEntriesAreFound(t *testing.T) {
	t.Parallel()
	c := featurestest.EntriesCatalogue()
	keys := func(models []*features.Model) (keys []string) {
		for _, m := range models {
			keys = append(keys, m.Key())
		}
		return keys
	}
	names := func(components []*features.Component) (names []string) {
		for _, one := range components {
			names = append(names, one.Key)
		}
		return names
	}
	for what, pair := range map[string][2][]string{
		"models":        {keys(c.Models()), {"local/llama/8b", "mistral/large", "openai/gpt-4", "openai/gpt-4o"}},
		"components":    {names(c.Components()), {"chat", "lost", "rag"}},
		"models of":     {keys(c.ModelsOf("models.openai")), {"openai/gpt-4", "openai/gpt-4o"}},
		"components of": {names(c.ComponentsOf("stores")), {"rag"}},
		"after With":    {keys(c.With(feature(9, "z")).Models()), keys(c.Models())},
	} {
		if !slices.Equal(pair[0], pair[1]) {
			t.Errorf("%s are %v, want %v", what, pair[0], pair[1])
		}
	}
	if m, err := c.Model("local/llama/8b"); err != nil || m.ID != 4 {
		t.Errorf("the model is %v, %v", m, err)
	}
	if m, err := c.ModelByID(3); err != nil || m.Provider != "mistral" {
		t.Errorf("the third model is %v, %v", m, err)
	}
	if one, err := c.Component("rag"); err != nil || one.ID != 1 {
		t.Errorf("the component is %v, %v", one, err)
	}
	_, noModel := c.Model("openai")
	_, noNumber := c.ModelByID(9)
	_, noComponent := c.Component("model")
	for _, err := range []error{noModel, noNumber, noComponent} {
		if features.KindOf(err) != features.NotFound {
			t.Errorf("what is not there gives %v", err)
		}
	}
}

func TestWhoMayUseWhat(t *testing.T) {
	t.Parallel()
	c := featurestest.EntriesCatalogue()
	suspended := features.NewAccount(features.Account{ID: 9, Name: "Gone", Slug: "gone", TargetingKey: "gone", Status: features.Suspended})
	for name, want := range map[string]struct {
		who                *features.Context
		models, components string
	}{
		"inherits":      {&features.Context{Account: account(1, "A")}, "local/llama/8b openai/gpt-4o", "chat"},
		"has the store": {&features.Context{Account: account(2, "B", set(2, on))}, "local/llama/8b mistral/large openai/gpt-4o", "chat rag"},
		"has no model":  {&features.Context{Account: account(3, "C", set(1, off))}, "local/llama/8b", ""},
		"unknown":       {&features.Context{TargetingKey: "x"}, "local/llama/8b openai/gpt-4o", "chat"},
		"suspended":     {&features.Context{Account: suspended}, "", ""},
	} {
		var models, components []string
		for _, m := range c.ModelsFor(want.who, now()) {
			models = append(models, m.Key())
		}
		for _, one := range c.ComponentsFor(want.who, now()) {
			components = append(components, one.Key)
		}
		if strings.Join(models, " ") != want.models || strings.Join(components, " ") != want.components {
			t.Errorf("%s: %v, %v", name, models, components)
		}
	}
}

// fieldsOf gives the fields that an error names.
func fieldsOf(err error) (fields []string) {
	var problems features.Problems
	if errors.As(err, &problems) {
		for _, p := range problems {
			fields = append(fields, p.Field)
		}
	}
	return fields
}

func TestModelDrafts(t *testing.T) {
	t.Parallel()
	good := map[string]string{"provider": " openai ", "model_id": "gpt-4o", "name": "GPT-4o", "max_tokens": " 16384 ", "context_window": "", "tools": "yes", "active": "", "vision": "no"}
	d, err := features.ModelDraft{}.Written(good)
	want := features.ModelDraft{
		Provider: "openai", ModelID: "gpt-4o", Name: "GPT-4o", Type: "chat", ModelAbilities: features.ModelAbilities{Tools: true}, MaxTokens: 16384, Active: true,
	}
	if err != nil || d != want {
		t.Errorf("it is %+v, %v", d, err)
	}
	if texts := d.Texts(); texts["max_tokens"] != "16384" || texts["context_window"] != "" || texts["active"] != "true" || len(texts) != len(features.ModelColumns()) {
		t.Errorf("its texts are %v", texts)
	}
	for texts, fields := range map[string][]string{
		"provider=Open AI": {"provider"}, "model_id=a b": {"model_id"}, "name=": {"name"}, "type=video": {"type"}, "max_tokens=many": {"max_tokens"},
		"context_window=-1": {"context_window"}, "input_price=1e5": {"input_price"}, "output_price=.5": {"output_price"}, "feature=A": {"feature"},
		"tools=perhaps": {"tools"}, "family=a\tb": {"family"}, "model_id=": {"model_id"}, "input_price=01": {"input_price"}, "output_price=0.000015": nil,
	} {
		name, text, _ := strings.Cut(texts, "=")
		wrong := maps.Clone(good)
		wrong[name] = text
		if _, err := (features.ModelDraft{}).Written(wrong); !slices.Equal(fieldsOf(err), fields) {
			t.Errorf("%s: %v", texts, err)
		}
	}
	known := func(key string) bool { return key == "a" }
	d.Feature = "b"
	if err := d.CheckFeatures(known); !slices.Equal(fieldsOf(err), []string{"feature"}) {
		t.Errorf("an unknown feature: %v", err)
	}
}

func TestComponentDrafts(t *testing.T) {
	t.Parallel()
	good := map[string]string{"key": "rag", "name": "rag", "required_features": "a, b  c.d,"}
	d, err := features.ComponentDraft{Active: true}.Written(good)
	want := features.ComponentDraft{Key: "rag", Name: "rag", Requires: []string{"a", "b", "c.d"}, Active: true}
	if err != nil || !reflect.DeepEqual(d, want) {
		t.Errorf("it is %+v, %v", d, err)
	}
	if texts := d.Texts(); texts["required_features"] != "a, b, c.d" || len(texts) != len(features.ComponentColumns()) {
		t.Errorf("its texts are %v", texts)
	}
	for texts, fields := range map[string][]string{
		"key=": {"key"}, "key=A": {"key"}, "key=" + strings.Repeat("a", 101): {"key"}, "name=": {"name"}, "docs_url=ftp://x": {"docs_url"},
		"required_features=a a": {"required_features"}, "required_features=A": {"required_features"}, "feature=x y": {"feature"},
		"beta=perhaps": {"beta"}, "docs_url=https://example.com/": nil,
	} {
		name, text, _ := strings.Cut(texts, "=")
		wrong := maps.Clone(good)
		wrong[name] = text
		if _, err := (features.ComponentDraft{}).Written(wrong); !slices.Equal(fieldsOf(err), fields) {
			t.Errorf("%s: %v", texts, err)
		}
	}
	if got := (features.ComponentDraft{Requires: []string{" a ", ""}}).Normalize().Requires; !slices.Equal(got, []string{"a"}) {
		t.Errorf("it requires %q", got)
	}
	if d.Title() != "rag" || (features.ComponentDraft{Name: "a", DisplayName: "B"}).Title() != "B" {
		t.Error("it has another title")
	}
	err = features.ComponentDraft{Feature: "x", Requires: []string{"a", "y"}}.CheckFeatures(func(key string) bool { return key == "a" })
	if !slices.Equal(fieldsOf(err), []string{"feature", "required_features"}) {
		t.Errorf("unknown features: %v", err)
	}
}
