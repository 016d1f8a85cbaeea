package registry_test

import (
	"slices"
	"strings"
	"testing"

	"flagstone/features"
	"flagstone/features/featurestest"
	"flagstone/registry"
)

func fileModel(provider, id, gate string) registry.FileModel {
	return registry.FileModel{
		Draft:     features.ModelDraft{Provider: provider, ModelID: id, Name: id, Feature: gate, Active: true},
		FeatureAt: registry.Place{Line: 2, Name: "feature"},
	}
}

func fileComponent(key, gate string, required ...string) registry.FileComponent {
	return registry.FileComponent{
		Draft:      features.ComponentDraft{Key: key, Name: key, Feature: gate, Requires: required, Active: true},
		RequiresAt: registry.Place{Line: 3, Column: 4},
	}
}

// liveWithEntries serves the catalogue of models and components.
func liveWithEntries() *features.Live {
	l := features.NewLive()
	l.Apply(features.Batch{Position: 1, Catalogue: featurestest.EntriesCatalogue()})
	return l
}

// entryOutcomes gives the outcomes of planned things: "openai/gpt-4o update".
func entryOutcomes[T any](planned []registry.PlannedChange[T]) (outcomes []string) {
	for _, p := range planned {
		outcomes = append(outcomes, p.Key+" "+string(p.Outcome))
	}
	return outcomes
}

func TestPlanOfModelsAndComponents(t *testing.T) {
	t.Parallel()
	l := liveWithEntries()
	changed := fileModel("openai", "gpt-4o", "stores")
	file := registry.File{FileEntries: registry.FileEntries{
		HasModels: true, HasComponents: true,
		Models:     []registry.FileModel{changed, fileModel("mistral", "large", "stores"), fileModel("new", "one", "")},
		Components: []registry.FileComponent{fileComponent("rag", "models.openai", "stores"), fileComponent("new", "stores")},
	}}
	kept := []string{"openai/gpt-4o update", "mistral/large unchanged", "new/one create", "local/llama/8b unchanged", "openai/gpt-4 unchanged"}
	for name, c := range map[string]struct {
		in                 registry.Import
		models, components []string
		summary            string
	}{
		"as it is": {
			registry.Import{File: file},
			kept,
			[]string{"rag unchanged", "new create", "chat unchanged", "lost unchanged"},
			"1 model created, 1 changed; 1 component created",
		},
		"pruned": {
			registry.Import{File: file, Prune: true},
			[]string{"openai/gpt-4o update", "mistral/large unchanged", "new/one create", "local/llama/8b delete", "openai/gpt-4 delete"},
			[]string{"rag unchanged", "new create", "chat delete", "lost delete"},
			"1 model created, 1 changed, 2 deleted; 1 component created, 2 deleted",
		},
		"only new": {
			registry.Import{File: file, OnlyNew: true},
			[]string{"openai/gpt-4o unchanged", "mistral/large unchanged", "new/one create", "local/llama/8b unchanged", "openai/gpt-4 unchanged"},
			[]string{"rag unchanged", "new create", "chat unchanged", "lost unchanged"},
			"1 model created; 1 component created",
		},
	} {
		plan, err := c.in.Plan(l, now())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !slices.Equal(entryOutcomes(plan.Models), c.models) || !slices.Equal(entryOutcomes(plan.Components), c.components) || plan.Summary() != c.summary {
			t.Errorf("%s: %q, %q, %s", name, entryOutcomes(plan.Models), entryOutcomes(plan.Components), plan.Summary())
		}
	}
	plan, err := registry.Import{File: file}.Plan(l, now())
	if err != nil || len(plan.Models[0].Fields) != 1 || plan.Models[0].Fields[0] != (features.FieldChange{Name: "feature", Before: "models.openai", After: "stores"}) {
		t.Errorf("the change is %+v, %v", plan.Models[0].Fields, err)
	}
	if m, err := plan.Catalogue.Model("openai/gpt-4o"); err != nil || m.Feature != "stores" || m.ID != 1 {
		t.Errorf("in the catalogue it would be %+v, %v", m, err)
	}
	same := registry.FileOf(l, nil, now())
	same.Features, same.HasFeatures = nil, false // they would be written with the defaults that they lack here
	if again, err := (registry.Import{File: same, Prune: true}).Plan(l, now()); err != nil || again.Changes() != 0 {
		t.Errorf("its own file changes %+v, %v", again, err)
	}
}

func TestPlanRefusesUnknownGates(t *testing.T) {
	t.Parallel()
	file := registry.File{FileEntries: registry.FileEntries{
		Models: []registry.FileModel{fileModel("new", "one", "gone")}, Components: []registry.FileComponent{fileComponent("new", "", "gone")},
	}}
	_, err := registry.Import{File: file}.Plan(liveWithEntries(), now())
	const add = `There is no feature with the key "gone": add it to the file's features, or choose another.`
	if err == nil || err.Error() != "line 2, feature: "+add+"; line 3, column 4: "+add {
		t.Errorf("it gives %v", err)
	}
}

// A feature that something needs is not deleted, but retired.
func TestPruneKeepsWhatGates(t *testing.T) {
	t.Parallel()
	l := liveWithEntries()
	plan, err := registry.Import{Prune: true, File: registry.File{HasFeatures: true}}.Plan(l, now())
	if err != nil {
		t.Fatal(err)
	}
	var notes []string
	for _, f := range plan.Features {
		notes = append(notes, f.Key+" "+string(f.Outcome)+" "+f.Note)
	}
	if got := strings.Join(notes, "; "); got != "models.openai retire needed by 2 models and 2 components; stores retire needed by 1 model and 1 component" {
		t.Errorf("the features: %s", got)
	}
	gone := registry.File{HasFeatures: true, FileEntries: registry.FileEntries{HasModels: true, HasComponents: true}}
	plan, err = registry.Import{Prune: true, File: gone}.Plan(l, now())
	if err != nil || !slices.Equal(entryOutcomes(plan.Features), []string{"models.openai delete", "stores delete"}) {
		t.Errorf("with all of it gone: %v, %v", entryOutcomes(plan.Features), err)
	}
}
