package registry_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flagstone/features"
	"flagstone/registry"
)

func fileWithEntries() registry.File {
	return registry.File{HasFeatures: true, HasTiers: true, FileEntries: registry.FileEntries{
		HasModels: true, HasComponents: true,
		Models: []registry.FileModel{
			{Draft: features.ModelDraft{Provider: "local", ModelID: "llama/8b", Name: "Llama", Type: "chat"}},
			{Draft: features.ModelDraft{
				Provider: "openai", ModelID: "gpt-4o", Name: "GPT-4o", Type: "embedding", Family: "4", ModelAbilities: features.ModelAbilities{Tools: true, Vision: true, Streaming: true},
				MaxTokens: 16384, ContextWindow: 128000, InputPrice: "0.0025", OutputPrice: "0.010", Feature: "models.openai", Active: true, Deprecated: true,
			}},
		},
		Components: []registry.FileComponent{
			{Draft: features.ComponentDraft{Key: "chat", Name: "Chat", Requires: []string{}, Active: true}},
			{Draft: features.ComponentDraft{
				Key: "stores.chroma", Name: "chroma", DisplayName: "Chroma", Description: "Keeps\nvectors.", Category: "Stores", Subcategory: "Vectors",
				Feature: "components.rag", Requires: []string{"a.b", "c"}, Icon: "box", DocsURL: "https://example.com/", Beta: true,
			}},
		},
	}}
}

func TestModelsAndComponentsInAFile(t *testing.T) {
	t.Parallel()
	const want = `# A registry of Flagstone, as flagstone features export writes it.
features: []
tiers: []
models:
  - provider: local
    model_id: llama/8b
    name: Llama
    type: chat
    active: false
  - provider: openai
    model_id: gpt-4o
    name: GPT-4o
    type: embedding
    family: "4"
    tools: true
    vision: true
    streaming: true
    max_tokens: 16384
    context_window: 128000
    input_price: "0.0025"
    output_price: "0.010"
    feature: models.openai
    deprecated: true
components:
  - key: chat
    name: Chat
  - key: stores.chroma
    name: chroma
    display_name: Chroma
    description: "Keeps\nvectors."
    category: Stores
    subcategory: Vectors
    feature: components.rag
    required_features: [a.b, c]
    icon: box
    docs_url: "https://example.com/"
    beta: true
    active: false
`
	text := registry.WriteYAML(fileWithEntries())
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("the file differs:\n%s", diff)
	}
	back, err := registry.ReadYAML(text)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "what is read back", fileWithEntries(), back)
	byHand, err := registry.ReadYAML([]byte("models:\n  - {provider: openai, model_id: 4, name: A, input_price: 0.0025, output_price: 1}\ncomponents:\n"))
	if err != nil {
		t.Fatal(err)
	}
	if m := byHand.Models[0]; m.Draft.InputPrice != "0.0025" || m.Draft.OutputPrice != "1" || m.Draft.ModelID != "4" || !m.Draft.Active || byHand.HasComponents {
		t.Errorf("the model is %+v", m)
	}
}

func TestBadModelsAndComponents(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"models: [a]\n": "line 1, column 10: a model must be a mapping with the keys provider, model_id,",
		"models:\n  - {provider: openai, model_id: a, name: A, max_tokens: many}\n":                   "line 2, column 58: max_tokens must be a whole number",
		"models:\n  - {provider: openai, model_id: a, name: A, input_price: -1}\n":                    "line 2, column 59: Enter a price per 1,000 tokens",
		"models:\n  - {provider: openai, model_id: a, name: A, colour: red}\n":                        `line 2, column 46: There is no key "colour" in a model.`,
		"models:\n  - {provider: o, model_id: a, name: A}\n  - {provider: o, model_id: a, name: B}\n": "line 3, column 29: The model o/a is also on line 2 too.",
		"components: [a]\n":                                               "line 1, column 14: a component must be a mapping with the keys key, name,",
		"components:\n  - {key: A b, name: A}\n":                          "line 2, column 11: Use lower-case letters",
		"components:\n  - {key: a, name: A, required_features: [b, b]}\n": "line 2, column 42: b is listed twice.",
		"components:\n  - {key: a, name: A}\n  - {key: a, name: B}\n":     "line 3, column 11: The component a is also on line 2 too.",
	} {
		problems := problemsOf(t, text)
		if len(problems) != 1 || !strings.HasPrefix(problems[0], want) {
			t.Errorf("%s: %q, want one problem %q", text, problems, want)
		}
	}
}
