package registry_test

import (
	"slices"
	"testing"

	"flagstone/features"
	"flagstone/features/featurestest"
	"flagstone/registry"
)

func TestReadModelsFromCSV(t *testing.T) {
	t.Parallel()
	c := featurestest.EntriesCatalogue()
	file, err := registry.ReadModels(c, []byte("provider,model_id,name,input_price,active\nopenai,gpt-4o,GPT-4o,0.0025,\n mistral ,small,\"Small, new\",,no\n"))
	if err != nil || len(file.Models) != 2 || file.HasModels {
		t.Fatalf("it is %+v, %v", file, err)
	}
	want := features.ModelDraft{Provider: "openai", ModelID: "gpt-4o", Name: "GPT-4o", Type: "chat", InputPrice: "0.0025", Feature: "models.openai", Active: true}
	if file.Models[0].Draft != want || file.Models[0].FeatureAt.String() != "line 2, feature" {
		t.Errorf("the first is %+v", file.Models[0])
	}
	want = features.ModelDraft{Provider: "mistral", ModelID: "small", Name: "Small, new", Type: "chat"}
	if file.Models[1].Draft != want {
		t.Errorf("the second is %+v", file.Models[1])
	}
	plan, err := registry.Import{File: file}.Plan(liveWithEntries(), now())
	if err != nil || !slices.Equal(entryOutcomes(plan.Models)[:2], []string{"openai/gpt-4o update", "mistral/small create"}) {
		t.Errorf("the plan is %v, %v", entryOutcomes(plan.Models), err)
	}
}

func TestReadComponentsFromCSV(t *testing.T) {
	t.Parallel()
	file, err := registry.ReadComponents(featurestest.EntriesCatalogue(), []byte("key,beta\nrag,yes\nchat,no\n"))
	if err != nil || len(file.Components) != 2 {
		t.Fatalf("it is %+v, %v", file, err)
	}
	if one := file.Components[0]; !one.Draft.Beta || !slices.Equal(one.Draft.Requires, []string{"stores"}) || one.RequiresAt.String() != "line 2, required_features" {
		t.Errorf("the first is %+v", one)
	}
}

func TestBadCSVOfModelsAndComponents(t *testing.T) {
	t.Parallel()
	c := featurestest.EntriesCatalogue()
	for file, want := range map[string]string{
		"":                                "line 1: The file is empty. Its first line must name the columns: provider, model_id, name, type, family, feature, tools, vision, streaming, max_tokens, context_window, input_price, output_price, active, deprecated.",
		"provider\nopenai\n":              "line 1, model_id: This column is missing. The first line must name the columns.",
		"provider,model_id\n":             "line 1: The file has no models below the line of column names.",
		"provider,model_id\nopenai\n":     "line 2: The first line has 2 columns, but this line has 1.",
		"provider,model_id\nopenai,new\n": "line 2, name: Enter a name.",
		"provider,model_id,tools\nopenai,gpt-4o,perhaps\n":        "line 2, tools: Write true or false.",
		"provider,model_id\nopenai,gpt-4o\nopenai,gpt-4o\n":       "line 3: openai/gpt-4o is also on line 2. Remove one of them.",
		"provider,model_id,name\nopenai,gpt-4o,\"A\n":             "line 2, character 17: A quoted field is not closed, or text follows its closing quotation mark. Double each quotation mark that is part of the text.",
		"provider,model_id,max_tokens\nopenai,gpt-4o,10.5\n":      "line 2, max_tokens: Enter a whole number in digits, such as 128000, or leave it empty.",
		"provider,model_id,context_window\nopenai,gpt-4o,-1\n":    "line 2, context_window: Enter a whole number from 0 to 1,000,000,000, or leave it empty.",
		"provider,model_id,feature,name\nopenai,gpt-4o,A B,GPT\n": `line 2, feature: "A B" is not a valid feature key. Use one such as models.openai.`,
	} {
		if _, err := registry.ReadModels(c, []byte(file)); err == nil || err.Error() != want {
			t.Errorf("%q gives %v, want %s", file, err, want)
		}
	}
	if _, err := registry.ReadComponents(c, []byte("key,required_features\nrag,a a\n")); err == nil || err.Error() != "line 2, required_features: a is listed twice. Remove one." {
		t.Errorf("it gives %v", err)
	}
}
