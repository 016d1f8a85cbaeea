package db_test

import (
	"reflect"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/registry"
)

// gpt is a model with something in every field.
func gpt() features.ModelDraft {
	return features.ModelDraft{
		Provider: "openai", ModelID: "gpt-4o", Name: awkward, Type: "chat", Family: "It's", ModelAbilities: features.ModelAbilities{Tools: true, Streaming: true},
		MaxTokens: 16384, ContextWindow: 128000, InputPrice: "0.0025", OutputPrice: "0.01", Feature: "ai_agents", Active: true,
	}
}

// chroma is a component with something in every field.
func chroma() features.ComponentDraft {
	return features.ComponentDraft{
		Key: "stores.chroma", Name: "chroma", DisplayName: awkward, Description: "It's\nlong", Category: "Stores", Subcategory: "Vectors",
		Feature: "ai_agents", Requires: []string{"knowledge_base"}, Icon: "box", DocsURL: "https://example.com/?a='b'", Beta: true, Active: true,
	}
}

func (s shop) model(t *testing.T, d features.ModelDraft) int64 {
	t.Helper()
	revision, err := s.CreateModel(t.Context(), dbtest.Actor(), d)
	return sure(t, revision, err)
}

func (s shop) component(t *testing.T, d features.ComponentDraft) int64 {
	t.Helper()
	revision, err := s.CreateComponent(t.Context(), dbtest.Actor(), d)
	return sure(t, revision, err)
}

func (s shop) onlyModel(t *testing.T) *features.Model {
	t.Helper()
	models := s.Live().Catalogue().Models()
	if len(models) != 1 {
		t.Fatalf("%d models, want 1", len(models))
	}
	return models[0]
}

func (s shop) onlyComponent(t *testing.T) *features.Component {
	t.Helper()
	components := s.Live().Catalogue().Components()
	if len(components) != 1 {
		t.Fatalf("%d components, want 1", len(components))
	}
	return components[0]
}

func (s shop) editModel(t *testing.T, change func(*features.ModelDraft)) int64 {
	t.Helper()
	m := s.onlyModel(t)
	draft := m.ModelDraft
	change(&draft)
	revision, err := s.UpdateModel(t.Context(), dbtest.Actor(), db.ModelChange{ID: m.ID, Draft: draft, Version: m.Revision})
	return sure(t, revision, err)
}

func (s shop) editComponent(t *testing.T, change func(*features.ComponentDraft)) int64 {
	t.Helper()
	c := s.onlyComponent(t)
	draft := c.ComponentDraft
	change(&draft)
	revision, err := s.UpdateComponent(t.Context(), dbtest.Actor(), db.ComponentChange{ID: c.ID, Draft: draft, Version: c.Revision})
	return sure(t, revision, err)
}

func TestModelsAndComponentsAreStoredWhole(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	revision := s.model(t, gpt())
	m := s.onlyModel(t)
	if !reflect.DeepEqual(m.ModelDraft, gpt()) || m.Revision != revision || m.CreatedAt.IsZero() || m.UpdatedAt != m.CreatedAt {
		t.Errorf("the model is %+v", m)
	}
	if s.Live().Catalogue().Revision != revision {
		t.Error("the catalogue has another revision")
	}
	row := s.rows(t, revision)[0]
	if row.Entity != "model" || row.EntityID != m.ID || row.EntityName != awkward || row.FeatureKey != "ai_agents" || row.Action != "create" {
		t.Errorf("the row is %+v", row)
	}
	component := s.component(t, chroma())
	if c := s.onlyComponent(t); !reflect.DeepEqual(c.ComponentDraft, chroma()) || c.Revision != component {
		t.Errorf("the component is %+v", c)
	}
	sets, err := s.EntryChanges(t.Context(), "model", m.ID, 5)
	if err != nil || len(sets) != 1 || sets[0].ID != revision || sets[0].Action != "model.create" {
		t.Errorf("the model's history is %+v, %v", sets, err)
	}
}

func TestModelsAreRefused(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	s.model(t, gpt())
	for name, c := range map[string]struct {
		change         func(*features.ModelDraft)
		field, message string
	}{
		"an ID that is taken": {func(*features.ModelDraft) {}, "model_id", "The model openai/gpt-4o already exists."},
		"an unknown feature":  {func(d *features.ModelDraft) { d.ModelID, d.Feature = "b", "gone" }, "feature", `There is no feature with the key "gone".`},
		"a negative price": {
			func(d *features.ModelDraft) { d.ModelID, d.InputPrice = "b", "-1" }, "input_price",
			"Enter a price per 1,000 tokens as a decimal, such as 0.0025, or leave it empty.",
		},
	} {
		draft := gpt()
		c.change(&draft)
		s.refuses(t, name, features.Error{Kind: features.Invalid, Field: c.field, Message: c.message}, func() error {
			_, err := s.CreateModel(t.Context(), dbtest.Actor(), draft)
			return err
		})
	}
	m := s.onlyModel(t)
	s.editModel(t, func(d *features.ModelDraft) { d.Name = "Renamed" })
	s.refuses(t, "an old version", features.Error{Kind: features.Conflict, Field: "version", Message: "tester has saved this since you opened it. Compare both versions before you save."}, func() error {
		_, err := s.UpdateModel(t.Context(), dbtest.Actor(), db.ModelChange{ID: m.ID, Draft: gpt(), Version: m.Revision})
		return err
	})
	gone := features.Error{Kind: features.NotFound, Message: "There is no such model."}
	s.refuses(t, "editing none", gone, func() error {
		_, err := s.UpdateModel(t.Context(), dbtest.Actor(), db.ModelChange{ID: 99, Draft: gpt()})
		return err
	})
	s.refuses(t, "stopping none", gone, func() error {
		_, err := s.SetModelActive(t.Context(), dbtest.Actor(), 99, false, "")
		return err
	})
	s.refuses(t, "deleting none", gone, func() error {
		_, err := s.DeleteModel(t.Context(), dbtest.Actor(), 99, "")
		return err
	})
}

func TestComponentsAreRefused(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	s.component(t, chroma())
	for name, c := range map[string]struct {
		change         func(*features.ComponentDraft)
		field, message string
	}{
		"a key that is taken": {func(*features.ComponentDraft) {}, "key", "The key stores.chroma is taken."},
		"an unknown feature":  {func(d *features.ComponentDraft) { d.Key, d.Requires = "b", []string{"gone"} }, "required_features", `There is no feature with the key "gone".`},
		"a feature twice": {
			func(d *features.ComponentDraft) { d.Key, d.Requires = "b", []string{"ai_agents", "ai_agents"} }, "required_features",
			"ai_agents is listed twice. Remove one.",
		},
	} {
		draft := chroma()
		c.change(&draft)
		s.refuses(t, name, features.Error{Kind: features.Invalid, Field: c.field, Message: c.message}, func() error {
			_, err := s.CreateComponent(t.Context(), dbtest.Actor(), draft)
			return err
		})
	}
	c := s.onlyComponent(t)
	if err := s.keepsAll(t, "the same again", func() error {
		_, err := s.UpdateComponent(t.Context(), dbtest.Actor(), db.ComponentChange{ID: c.ID, Draft: chroma(), Version: c.Revision})
		return err
	}); err != nil {
		t.Error(err)
	}
	if err := s.keepsAll(t, "active already", func() error {
		_, err := s.SetComponentActive(t.Context(), dbtest.Actor(), c.ID, true, "")
		return err
	}); err != nil {
		t.Error(err)
	}
	revision, err := s.SetComponentActive(t.Context(), dbtest.Actor(), c.ID, false, "")
	sure(t, revision, err)
	if s.onlyComponent(t).Active {
		t.Error("the component is active")
	}
}

// What requires a feature follows its overrides, and a feature that something requires cannot be deleted.
func TestGatingFollowsTheFeature(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	s.model(t, gpt())
	s.component(t, chroma())
	may := func() (model, component bool) {
		who, catalogue := &features.Context{Account: s.Live().Accounts().ByID(s.accounts[0])}, s.Live().Catalogue()
		return len(catalogue.ModelsFor(who, time.Now())) > 0, len(catalogue.ComponentsFor(who, time.Now())) > 0
	}
	if model, component := may(); model || component {
		t.Errorf("with nothing on: %v, %v", model, component)
	}
	s.set(t, s.accounts[0], "ai_agents", true)
	if model, component := may(); !model || component {
		t.Errorf("with the feature on: %v, %v", model, component)
	}
	s.set(t, s.accounts[0], "knowledge_base", true)
	if model, component := may(); !model || !component {
		t.Errorf("with both on: %v, %v", model, component)
	}
}

func TestFeaturesInUseStay(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	m, c := gpt(), chroma()
	m.Name, c.DisplayName = "GPT-4o", ""
	s.model(t, m)
	s.component(t, c)
	for _, id := range []string{"a", "b"} {
		s.model(t, features.ModelDraft{Provider: "x", ModelID: id, Name: "Model " + id, Feature: "additional_services", Active: true})
	}
	for key, uses := range map[string]string{
		"ai_agents": "the model GPT-4o, the component chroma", "knowledge_base": "the component chroma",
		"additional_services": "the model Model a, the model Model b",
	} {
		message := s.feature(t, key).Name + " is used by " + uses + ". Change these first, or retire the feature."
		s.refuses(t, key, features.Error{Kind: features.Conflict, Message: message}, func() error {
			_, err := s.DeleteFeature(t.Context(), dbtest.Actor(), key, "")
			return err
		})
	}
}

// Undo never lets a model or a component come back without the feature that it requires, nor a feature go that something
// has come to need.
func TestUndoKeepsGates(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	created, err := s.CreateFeature(t.Context(), dbtest.Actor(), features.FeatureDraft{Key: "gate", Name: "Gate"})
	sure(t, created, err)
	c := chroma()
	c.Feature, c.Requires = "", []string{"gate"}
	s.component(t, c)
	if plan, err := s.PlanUndo(t.Context(), created); err == nil || plan.Left[0].Why != "has 1 component since" {
		t.Errorf("undoing the feature: %+v, %v", plan.Left, err)
	}
	deleted, err := s.DeleteComponent(t.Context(), dbtest.Actor(), s.onlyComponent(t).ID, "")
	sure(t, deleted, err)
	gone, err := s.DeleteFeature(t.Context(), dbtest.Actor(), "gate", "")
	sure(t, gone, err)
	if plan, err := s.PlanUndo(t.Context(), deleted); err == nil || plan.Left[0].Why != "a feature that it needs no longer exists" {
		t.Errorf("undoing the deletion: %+v, %v", plan.Left, err)
	}
	s.undo(t, gone)
	s.undo(t, deleted)
	if got := s.onlyComponent(t); !reflect.DeepEqual(got.Requires, []string{"gate"}) {
		t.Errorf("the component came back as %+v", got)
	}
}

// A list of required features that somebody broke by hand opens nothing.
func TestUnreadableRequirementsCloseTheComponent(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	c := chroma()
	c.Feature, c.Requires = "", nil
	s.component(t, c)
	run(t, s.DB, `UPDATE components SET required_features = '[1]'`)
	if err := s.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	who := &features.Context{Account: s.Live().Accounts().ByID(s.accounts[0])}
	if len(s.Live().Catalogue().ComponentsFor(who, time.Now())) > 0 {
		t.Error("it is available")
	}
}

// A file writes models and components with the features that they require, in one change set that undo takes back.
func TestRegistryFileOfModelsAndComponents(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	s.model(t, gpt())
	s.component(t, chroma())
	file, err := s.ExportRegistry(t.Context(), false)
	if err != nil || !reflect.DeepEqual(file.Models[0].Draft, gpt()) || !reflect.DeepEqual(file.Components[0].Draft, chroma()) {
		t.Fatalf("the export is %+v, %v", file.FileEntries, err)
	}
	before := dumpState(t, s.DB)
	changed := gpt()
	changed.Name, changed.Feature = "GPT-4o", "gate"
	file.Models = []registry.FileModel{{Draft: changed}, {Draft: features.ModelDraft{Provider: "x", ModelID: "y", Name: "Y", Type: "chat", Feature: "gate"}}}
	file.Components = []registry.FileComponent{{Draft: features.ComponentDraft{Key: "new", Name: "New", Requires: []string{"gate"}, Active: true}}}
	file.Features = []registry.FileFeature{{Draft: features.FeatureDraft{Key: "gate", Name: "Gate"}, Enabled: true, Active: true}}
	in := registry.Import{File: file, Prune: true}
	plan, err := s.PlanRegistry(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	_, revision, err := s.ImportRegistry(t.Context(), dbtest.Actor(), db.RegistryChange{Import: in, Name: "a.yaml", Digest: plan.Digest})
	sure(t, revision, err)
	catalogue := s.Live().Catalogue()
	if m, err := catalogue.Model("openai/gpt-4o"); err != nil || !reflect.DeepEqual(m.ModelDraft, changed) || m.Revision != revision || len(catalogue.Models()) != 2 {
		t.Errorf("the model is %+v, %v", m, err)
	}
	if c := s.onlyComponent(t); c.Key != "new" {
		t.Errorf("the component is %+v", c)
	}
	if got := len(catalogue.Features()); got != 1 {
		t.Errorf("%d features, want 1", got)
	}
	again, err := s.PlanRegistry(t.Context(), in)
	if err != nil || again.Changes() != 0 {
		t.Errorf("the same file again changes %s, %v", again.Summary(), err)
	}
	s.undo(t, revision)
	sameLines(t, "after undo", before, dumpState(t, s.DB))
}
