package features

import (
	"cmp"
	"slices"
	"time"
)

// Entries is models and components.
type Entries struct {
	Models     []*Model
	Components []*Component
}

// entryIndex is models and components, in order and ready to be looked up.
type entryIndex struct {
	Entries
	models     map[string]*Model     // by key
	components map[string]*Component // by key
}

// newEntryIndex puts models in order of provider and ID, and components in order of category and key.
func newEntryIndex(g Entries) entryIndex {
	is := entryIndex{
		Entries:    Entries{slices.Clone(g.Models), slices.Clone(g.Components)},
		models:     make(map[string]*Model, len(g.Models)),
		components: make(map[string]*Component, len(g.Components)),
	}
	slices.SortFunc(is.Models, func(a, b *Model) int {
		return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.ModelID, b.ModelID))
	})
	slices.SortFunc(is.Components, func(a, b *Component) int {
		return cmp.Or(cmp.Compare(a.Category, b.Category), cmp.Compare(a.Key, b.Key))
	})
	for _, m := range is.Models {
		is.models[m.Key()] = m
	}
	for _, c := range is.Components {
		is.components[c.Key] = c
	}
	return is
}

// Models gives every model by provider and ID. The caller must not change the slice.
func (c *Catalogue) Models() []*Model { return c.entries.Models }

// Components gives every component by category and key. The caller must not change the slice.
func (c *Catalogue) Components() []*Component { return c.entries.Components }

// Model finds a model by its key, such as openai/gpt-4o, or refuses with NotFound.
func (c *Catalogue) Model(key string) (*Model, error) {
	if m := c.entries.models[key]; m != nil {
		return m, nil
	}
	return nil, notFound("There is no model " + quote(key) + ".")
}

// ModelByID finds a model by its number, or refuses with NotFound.
func (c *Catalogue) ModelByID(id int64) (*Model, error) {
	for _, m := range c.entries.Models {
		if m.ID == id {
			return m, nil
		}
	}
	return nil, notFound("There is no such model.")
}

// Component finds a component by its key, or refuses with NotFound.
func (c *Catalogue) Component(key string) (*Component, error) {
	if found := c.entries.components[key]; found != nil {
		return found, nil
	}
	return nil, notFound("There is no component with the key " + quote(key) + ".")
}

// ModelsOf gives the models that require a feature.
func (c *Catalogue) ModelsOf(feature string) (models []*Model) {
	for _, m := range c.entries.Models {
		if m.Feature == feature {
			models = append(models, m)
		}
	}
	return models
}

// ComponentsOf gives the components that require a feature, or that require it.
func (c *Catalogue) ComponentsOf(feature string) (components []*Component) {
	for _, one := range c.entries.Components {
		if one.Feature == feature || slices.Contains(one.Requires, feature) {
			components = append(components, one)
		}
	}
	return components
}

// access is what one context may use at one moment. It asks for each feature once.
type access struct {
	catalogue *Catalogue
	who       *Context
	at        time.Time
	known     map[string]bool
}

func (c *Catalogue) access(who *Context, at time.Time) access {
	return access{c, who, at, make(map[string]bool)}
}

// has tells whether a feature is on; "" is no feature, which an account that is served always has.
func (a access) has(key string) bool {
	if on, known := a.known[key]; known {
		return on
	}
	on := key == "" && (a.who.Account == nil || a.who.Account.Status == Active)
	if n := a.catalogue.nodeByKey[key]; n != nil {
		on = a.catalogue.Evaluate(n.feature, a.who, a.at).Value.Enabled
	}
	a.known[key] = on
	return on
}

func (a access) toModel(m *Model) bool { return m.Active && a.has(m.Feature) }

func (a access) toComponent(c *Component) bool {
	return c.Active && a.has(c.Feature) && !slices.ContainsFunc(c.Requires, func(key string) bool { return !a.has(key) })
}

// ModelsFor gives the models that a context may use: those that are active and whose feature is on.
func (c *Catalogue) ModelsFor(who *Context, at time.Time) []*Model {
	access := c.access(who, at)
	return slices.DeleteFunc(slices.Clone(c.entries.Models), func(m *Model) bool { return !access.toModel(m) })
}

// ComponentsFor gives the components that a context may use: those that are active, whose feature is on and so is every
// feature that they require.
func (c *Catalogue) ComponentsFor(who *Context, at time.Time) []*Component {
	access := c.access(who, at)
	return slices.DeleteFunc(slices.Clone(c.entries.Components), func(one *Component) bool { return !access.toComponent(one) })
}

// CheckFeatures refuses the features that a model names and that there are not.
func (d ModelDraft) CheckFeatures(known func(key string) bool) error {
	var problems Problems
	problems.checkKnown("feature", known, d.Feature)
	return problems.Err()
}

// CheckFeatures refuses the features that a component names and that there are not.
func (d ComponentDraft) CheckFeatures(known func(key string) bool) error {
	var problems Problems
	problems.checkKnown("feature", known, d.Feature)
	problems.checkKnown("required_features", known, d.Requires...)
	return problems.Err()
}

func (p *Problems) checkKnown(field string, known func(key string) bool, keys ...string) {
	for _, key := range keys {
		if key != "" && !known(key) {
			p.add(field, "There is no feature with the key "+quote(key)+".")
		}
	}
}
