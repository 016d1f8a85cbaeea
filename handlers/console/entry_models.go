package console

import (
	"context"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/registry"
	"flagstone/views"
	"flagstone/words"
)

// modelEntries is the registry of models.
type modelEntries struct {
	db   *db.DB
	live *features.Live
}

func (modelEntries) words() views.EntryWords {
	return views.EntryWords{
		Title: "Models", One: "model", Many: "models", Base: "/admin/models", Icon: "models", Find: "Name, provider or ID",
		About: "A model that accounts may use once the feature it requires is on. Create one, or import a CSV file.",
	}
}

func (modelEntries) entity() string { return "model" }

func (modelEntries) fixed() []string { return []string{"provider", "model_id"} }

func (modelEntries) fields() []string { return features.ModelColumns() }

func (modelEntries) facets() []facet {
	return []facet{
		{"provider", "Provider", "Any provider"},
		{"type", "Type", "Any type"},
		{"feature", "Feature", "Any feature"},
		{"status", "State", "Any state"},
	}
}

func (kind modelEntries) all() (list []registryEntry) {
	for _, m := range kind.live.Catalogue().Models() {
		list = append(list, modelEntry(m))
	}
	return list
}

func (kind modelEntries) find(c echo.Context) (registryEntry, error) {
	m, err := kind.live.Catalogue().ModelByID(web.PathNumber(c, "id"))
	if err != nil {
		return registryEntry{}, err
	}
	return modelEntry(m), nil
}

func modelEntry(m *features.Model) registryEntry {
	required, links := requiredFeatures(m.Feature)
	status, badges := "active", []views.BadgeModel{{Text: "Active", Kind: "good"}}
	if !m.Active {
		status, badges = "inactive", []views.BadgeModel{{Text: "Inactive"}}
	}
	statuses := []string{status}
	if m.Deprecated {
		statuses = append(statuses, "deprecated")
		badges = append(badges, views.BadgeModel{Text: "Deprecated", Kind: "warn", Icon: "warning"})
	}
	return registryEntry{
		id: m.ID, key: m.Key(), title: m.Name, url: "/admin/models/" + strconv.FormatInt(m.ID, 10), about: m.Family, active: m.Active,
		revision: m.Revision, badges: badges, texts: m.Texts(),
		facets: map[string][]string{"provider": {m.Provider}, "type": {string(m.Type)}, "feature": required, "status": statuses},
		cells: []views.EntryCell{
			{Label: "Type", Text: words.Capital(string(m.Type)), Small: abilities(m.ModelAbilities)},
			{Label: "Context", Text: tokens(m.ContextWindow), Small: answered(m.MaxTokens)},
			priceCell(m.InputPrice, m.OutputPrice),
			{Label: requiresHead, Links: links},
		},
	}
}

// abilities are what a model can do in words: "tools, vision".
func abilities(a features.ModelAbilities) string {
	var words []string
	for _, ability := range []struct {
		has  bool
		word string
	}{{a.Tools, "tools"}, {a.Vision, "vision"}, {a.Streaming, "streaming"}} {
		if ability.has {
			words = append(words, ability.word)
		}
	}
	return strings.Join(words, ", ")
}

func tokens(n int) string {
	if n == 0 {
		return ""
	}
	return words.Count(n, "token")
}

func answered(most int) string {
	if most == 0 {
		return ""
	}
	return "answers up to " + words.Number(most)
}

func priceCell(input, output string) views.EntryCell {
	cell := views.EntryCell{Label: "Price per 1,000 tokens"}
	if input != "" {
		cell.Text = input + " in"
	}
	if output != "" {
		cell.Small = output + " out"
	}
	if cell.Text == "" {
		cell.Text, cell.Small = cell.Small, ""
	}
	return cell
}

func (modelEntries) blank() map[string]string {
	return features.ModelDraft{Type: "chat", Active: true}.Texts()
}

func (kind modelEntries) create(ctx context.Context, by features.Actor, texts map[string]string) (registryEntry, error) {
	draft, err := features.ModelDraft{}.Written(texts)
	if err != nil {
		return registryEntry{}, err
	}
	if _, err := kind.db.CreateModel(ctx, by, draft); err != nil {
		return registryEntry{}, err
	}
	m, err := kind.live.Catalogue().Model(draft.Key())
	if err != nil {
		return registryEntry{}, err
	}
	return modelEntry(m), nil
}

func (kind modelEntries) update(ctx context.Context, by features.Actor, e registryEntry, texts map[string]string, version int64) (int64, error) {
	for _, name := range kind.fixed() {
		texts[name] = e.texts[name]
	}
	draft, err := features.ModelDraft{}.Written(texts)
	if err != nil {
		return 0, err
	}
	return kind.db.UpdateModel(ctx, by, db.ModelChange{ID: e.id, Draft: draft, Version: version})
}

func (kind modelEntries) setActive(ctx context.Context, by features.Actor, e registryEntry, active bool, reason string) (int64, error) {
	return kind.db.SetModelActive(ctx, by, e.id, active, reason)
}

func (kind modelEntries) remove(ctx context.Context, by features.Actor, e registryEntry, reason string) (int64, error) {
	return kind.db.DeleteModel(ctx, by, e.id, reason)
}

func (kind modelEntries) read(csv []byte) (registry.File, error) {
	return registry.ReadModels(kind.live.Catalogue(), csv)
}

func (modelEntries) sample() []string {
	return []string{"openai", "gpt-4o", "GPT-4o", "chat", "gpt-4", "", "true", "true", "true", "16384", "128000", "0.0025", "0.01", "true", "false"}
}
