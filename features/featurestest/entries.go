package featurestest

import "flagstone/features"

// EntriesCatalogue has two features, the first on, and what requires them.
func EntriesCatalogue() *features.Catalogue {
	llm := &features.Feature{ID: 1, Key: "models.openai", Name: "Models", Active: true, Enabled: true, DisplayOrder: 1, Default: features.Value{Enabled: true}}
	store := &features.Feature{ID: 2, Key: "stores", Name: "Stores", Active: true, Enabled: true, DisplayOrder: 2}
	model := func(id int64, provider, modelID, release string, active bool) *features.Model {
		return &features.Model{ID: id, ModelDraft: features.ModelDraft{Provider: provider, ModelID: modelID, Name: modelID, Feature: release, Active: active}}
	}
	component := func(id int64, key, release string, required ...string) *features.Component {
		return &features.Component{ID: id, ComponentDraft: features.ComponentDraft{Key: key, Name: key, Feature: release, Requires: required, Active: true}}
	}
	return features.NewCatalogue(features.Registry{
		Features: []*features.Feature{llm, store}, Settings: features.Settings{Mode: features.ModeLive},
		Entries: features.Entries{
			Models: []*features.Model{
				model(1, "openai", "gpt-4o", "models.openai", true), model(2, "openai", "gpt-4", "models.openai", false),
				model(3, "mistral", "large", "stores", true), model(4, "local", "llama/8b", "", true),
			},
			Components: []*features.Component{
				component(1, "rag", "models.openai", "stores"), component(2, "chat", "models.openai"), component(3, "lost", "", "gone"),
			},
		},
	})
}
