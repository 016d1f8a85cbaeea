package features

import (
	"regexp"
	"slices"
	"time"
)

// Model is an AI model that accounts may use once the feature that it requires is on.
type Model struct {
	ID int64
	ModelDraft
	CreatedAt time.Time
	UpdatedAt time.Time
	Revision  int64 // of its latest change
}

// ModelDraft is what a person may write of a model. Provider and ModelID count only when it is created.
type ModelDraft struct {
	Provider, ModelID, Name string
	Type                    ModelType
	Family                  string
	ModelAbilities
	MaxTokens, ContextWindow int    // 0 for unknown
	InputPrice, OutputPrice  string // per 1,000 tokens, as decimals; "" for unknown
	Feature                  string // the key of the feature that it requires; "" for none
	Active, Deprecated       bool
}

// ModelAbilities are what a model can do beside its type.
type ModelAbilities struct{ Tools, Vision, Streaming bool }

// ModelType is what a model makes of what it is given.
type ModelType string

// ModelTypes gives the types that a model may have.
func ModelTypes() []ModelType {
	return []ModelType{"chat", "completion", "embedding", "image", "audio"}
}

// Key is the name that a portal knows a model by: openai/gpt-4o.
func (d ModelDraft) Key() string { return d.Provider + "/" + d.ModelID }

// modelColumns are the fields of a model in the order in which files and forms have them.
var modelColumns = []textColumn[ModelDraft]{
	wordsColumn("provider", func(d *ModelDraft) *string { return &d.Provider }),
	wordsColumn("model_id", func(d *ModelDraft) *string { return &d.ModelID }),
	wordsColumn("name", func(d *ModelDraft) *string { return &d.Name }),
	wordsColumn("type", func(d *ModelDraft) *string { return (*string)(&d.Type) }),
	wordsColumn("family", func(d *ModelDraft) *string { return &d.Family }),
	wordsColumn("feature", func(d *ModelDraft) *string { return &d.Feature }),
	flagColumn("tools", false, func(d *ModelDraft) *bool { return &d.Tools }),
	flagColumn("vision", false, func(d *ModelDraft) *bool { return &d.Vision }),
	flagColumn("streaming", false, func(d *ModelDraft) *bool { return &d.Streaming }),
	countColumn("max_tokens", func(d *ModelDraft) *int { return &d.MaxTokens }),
	countColumn("context_window", func(d *ModelDraft) *int { return &d.ContextWindow }),
	wordsColumn("input_price", func(d *ModelDraft) *string { return &d.InputPrice }),
	wordsColumn("output_price", func(d *ModelDraft) *string { return &d.OutputPrice }),
	flagColumn("active", true, func(d *ModelDraft) *bool { return &d.Active }),
	flagColumn("deprecated", false, func(d *ModelDraft) *bool { return &d.Deprecated }),
}

// ModelColumns gives the names of a model's fields in files and forms.
func ModelColumns() []string { return columnNames(modelColumns) }

// Texts gives the fields of a model by column.
func (d ModelDraft) Texts() map[string]string { return texts(modelColumns, &d) }

// Written gives a model with texts written into it, or the Problems of its fields.
func (d ModelDraft) Written(texts map[string]string) (ModelDraft, error) {
	problems := writeTexts(modelColumns, &d, texts)
	d = d.Normalize()
	return d, Together(problems.Err(), d.Validate())
}

var (
	providerName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)
	modelID      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$`)
	decimal      = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})(\.[0-9]{1,12})?$`)
)

// mostTokens is the largest number of tokens that a model may be said to take.
const mostTokens = 1_000_000_000

// Normalize tidies what people type.
func (d ModelDraft) Normalize() ModelDraft {
	for _, s := range []*string{
		&d.Provider, &d.ModelID, &d.Name, (*string)(&d.Type), &d.Family, &d.InputPrice, &d.OutputPrice, &d.Feature,
	} {
		*s = Tidy(*s)
	}
	if d.Type == "" {
		d.Type = "chat"
	}
	return d
}

// Validate gives Problems for every field that breaks a rule, or nil. Whether the feature exists only the catalogue can
// say.
func (d ModelDraft) Validate() error {
	var problems Problems
	if !providerName.MatchString(d.Provider) || len(d.Provider) > maxIdentifier {
		problems.add("provider", "Name the provider in lower-case letters, digits, hyphens, dots and underscores, such as openai.")
	}
	if !modelID.MatchString(d.ModelID) || len(d.ModelID) > maxIdentifier {
		problems.add("model_id", "Enter the model's ID as its provider writes it, in letters, digits and . _ : / @ + -, such as gpt-4o.")
	}
	problems.checkName(d.Name)
	if !slices.Contains(ModelTypes(), d.Type) {
		problems.add("type", "Choose chat, completion, embedding, image or audio.")
	}
	problems.checkLine("family", d.Family, maxName)
	problems.checkTokens("max_tokens", d.MaxTokens)
	problems.checkTokens("context_window", d.ContextWindow)
	problems.checkPrice("input_price", d.InputPrice)
	problems.checkPrice("output_price", d.OutputPrice)
	problems.checkFeatureName("feature", d.Feature)
	return problems.Err()
}

func (p *Problems) checkTokens(field string, n int) {
	if n < 0 || n > mostTokens {
		p.add(field, "Enter a whole number from 0 to 1,000,000,000, or leave it empty.")
	}
}

func (p *Problems) checkPrice(field, price string) {
	if price != "" && !decimal.MatchString(price) {
		p.add(field, "Enter a price per 1,000 tokens as a decimal, such as 0.0025, or leave it empty.")
	}
}

// checkFeatureName refuses what cannot be a feature's key; "" is none.
func (p *Problems) checkFeatureName(field, key string) {
	if key != "" && !featureKey.MatchString(key) {
		p.add(field, quote(key)+" is not a valid feature key. Use one such as models.openai.")
	}
}
