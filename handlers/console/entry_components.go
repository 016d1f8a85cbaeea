package console

import (
	"context"
	"net/url"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/registry"
	"flagstone/views"
)

// componentEntries is the registry of components.
type componentEntries struct {
	db   *db.DB
	live *features.Live
}

func (componentEntries) words() views.EntryWords {
	return views.EntryWords{
		Title: "Components", One: "component", Many: "components", Base: "/admin/components", Icon: "components", Find: "Name, key or description",
		About: "A part of your product that accounts may use once the features it requires are on. Create one, or import a CSV file.",
	}
}

func (componentEntries) entity() string { return "component" }

func (componentEntries) fixed() []string { return []string{"key"} }

func (componentEntries) fields() []string { return features.ComponentColumns() }

func (componentEntries) facets() []facet {
	return []facet{
		{"category", "Category", "Any category"},
		{"feature", "Feature", "Any feature"},
		{"beta", "Beta", "Beta or not"},
		{"status", "State", "Any state"},
	}
}

func (kind componentEntries) all() (list []registryEntry) {
	for _, one := range kind.live.Catalogue().Components() {
		list = append(list, componentEntry(one))
	}
	return list
}

func (kind componentEntries) find(c echo.Context) (registryEntry, error) {
	one, err := kind.live.Catalogue().Component(c.Param("key"))
	if err != nil {
		return registryEntry{}, err
	}
	return componentEntry(one), nil
}

func componentEntry(one *features.Component) registryEntry {
	required, links := requiredFeatures(append([]string{one.Feature}, one.Requires...)...)
	status, badges := "active", []views.BadgeModel{{Text: "Active", Kind: "good"}}
	if !one.Active {
		status, badges = "inactive", []views.BadgeModel{{Text: "Inactive"}}
	}
	facets := map[string][]string{"feature": required, "status": {status}}
	if one.Category != "" {
		facets["category"] = []string{one.Category}
	}
	if one.Beta {
		facets["beta"] = []string{"beta"}
		badges = append(badges, views.BadgeModel{Text: "Beta"})
	}
	return registryEntry{
		id: one.ID, key: one.Key, title: one.Title(), url: "/admin/components/" + url.PathEscape(one.Key), about: one.Description,
		active: one.Active, revision: one.Revision, badges: badges, facets: facets, texts: one.Texts(),
		cells: []views.EntryCell{
			{Label: "Category", Text: one.Category, Small: one.Subcategory},
			{Label: requiresHead, Links: links},
		},
	}
}

func (componentEntries) blank() map[string]string {
	return features.ComponentDraft{Active: true}.Texts()
}

func (kind componentEntries) create(ctx context.Context, by features.Actor, texts map[string]string) (registryEntry, error) {
	draft, err := features.ComponentDraft{}.Written(texts)
	if err != nil {
		return registryEntry{}, err
	}
	if _, err := kind.db.CreateComponent(ctx, by, draft); err != nil {
		return registryEntry{}, err
	}
	one, err := kind.live.Catalogue().Component(draft.Key)
	if err != nil {
		return registryEntry{}, err
	}
	return componentEntry(one), nil
}

func (kind componentEntries) update(ctx context.Context, by features.Actor, e registryEntry, texts map[string]string, version int64) (int64, error) {
	texts["key"] = e.key
	draft, err := features.ComponentDraft{}.Written(texts)
	if err != nil {
		return 0, err
	}
	return kind.db.UpdateComponent(ctx, by, db.ComponentChange{ID: e.id, Draft: draft, Version: version})
}

func (kind componentEntries) setActive(ctx context.Context, by features.Actor, e registryEntry, active bool, reason string) (int64, error) {
	return kind.db.SetComponentActive(ctx, by, e.id, active, reason)
}

func (kind componentEntries) remove(ctx context.Context, by features.Actor, e registryEntry, reason string) (int64, error) {
	return kind.db.DeleteComponent(ctx, by, e.id, reason)
}

func (kind componentEntries) read(csv []byte) (registry.File, error) {
	return registry.ReadComponents(kind.live.Catalogue(), csv)
}

func (componentEntries) sample() []string {
	return []string{"stores.chroma", "chroma", "Chroma", "package", "Keeps vectors in Chroma.", "Stores", "Vectors", "", "", "https://example.com/chroma", "false", "true"}
}
