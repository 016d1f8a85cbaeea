package features

import (
	"cmp"
	"slices"
)

// Registry is a catalogue as it is stored.
type Registry struct {
	Features     []*Feature
	Tiers        []Tier
	TierFeatures []TierFeature
	Entries
	Settings Settings
	Revision int64 // of its latest change
}

// Catalogue is everything evaluation needs besides the accounts: immutable, replaced whole when it changes.
type Catalogue struct {
	Revision     int64 // of its latest change
	Settings     Settings
	features     []*Feature
	byID         map[int64]*Feature
	nodes        []*node // of the features, in their order
	nodeByKey    map[string]*node
	linked       *linkGroup // the features that are linked to others; nil where there are none
	tiers        []Tier
	tiersByID    map[int64]Tier
	tierFeatures []TierFeature // by tier, then by feature
	entries      entryIndex
}

// NewCatalogue builds a catalogue from the stored registry and makes its features ready to be evaluated: they belong to
// it from now on. It keeps them in display order, then by key.
func NewCatalogue(r Registry) *Catalogue {
	c := &Catalogue{
		Revision:     r.Revision,
		Settings:     r.Settings,
		features:     slices.Clone(r.Features),
		byID:         make(map[int64]*Feature, len(r.Features)),
		nodeByKey:    make(map[string]*node, len(r.Features)),
		tiers:        slices.Clone(r.Tiers),
		tiersByID:    make(map[int64]Tier, len(r.Tiers)),
		tierFeatures: slices.Clone(r.TierFeatures),
		entries:      newEntryIndex(r.Entries),
	}
	slices.SortFunc(c.features, func(a, b *Feature) int {
		return cmp.Or(cmp.Compare(a.DisplayOrder, b.DisplayOrder), cmp.Compare(a.Key, b.Key))
	})
	slices.SortFunc(c.tiers, func(a, b Tier) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Key, b.Key))
	})
	for _, t := range c.tiers {
		c.tiersByID[t.ID] = t
	}
	for i, f := range c.features {
		if f.releaseRule == nil {
			f.releaseRule = newReleaseRule(f)
		}
		n := &node{feature: f, place: i}
		c.nodes, c.nodeByKey[f.Key], c.byID[f.ID] = append(c.nodes, n), n, f
	}
	c.addTierFeatures()
	c.link()
	return c
}

// Features gives every feature in display order. The caller must not change the slice.
func (c *Catalogue) Features() []*Feature { return c.features }

// Feature finds a feature by its key, or refuses with NotFound (docs/evaluation.md §2).
func (c *Catalogue) Feature(key string) (*Feature, error) {
	if f := c.feature(key); f != nil {
		return f, nil
	}
	return nil, notFound("There is no feature with the key " + quote(key) + ".")
}

// feature finds a feature by its key; nil when there is none.
func (c *Catalogue) feature(key string) *Feature {
	if n := c.nodeByKey[key]; n != nil {
		return n.feature
	}
	return nil
}

// node gives a feature as the catalogue evaluates it, nil where it has no feature of that key.
func (c *Catalogue) node(f *Feature) *node { return c.nodeByKey[f.Key] }

// FeatureByID finds a feature by its number; nil when there is none.
func (c *Catalogue) FeatureByID(id int64) *Feature { return c.byID[id] }

// With gives the catalogue as it would be with some features replaced: what a change not yet saved is judged by.
func (c *Catalogue) With(changed ...*Feature) *Catalogue {
	registry := c.Registry()
	for _, f := range changed {
		if i := slices.IndexFunc(registry.Features, func(o *Feature) bool { return o.Key == f.Key }); i >= 0 {
			registry.Features[i] = f
		} else {
			registry.Features = append(registry.Features, f)
		}
	}
	return NewCatalogue(registry)
}

// Without gives the catalogue as it would be without a feature.
func (c *Catalogue) Without(key string) *Catalogue {
	registry := c.Registry()
	registry.Features = slices.DeleteFunc(registry.Features, func(f *Feature) bool { return f.Key == key })
	// What the tiers give of it goes with it, as NewCatalogue lists no feature that is not there.
	return NewCatalogue(registry)
}

// InMode gives the catalogue as it would be in another mode.
func (c *Catalogue) InMode(m Mode) *Catalogue {
	registry := c.Registry()
	registry.Settings.Mode = m
	return NewCatalogue(registry)
}

// Registry gives what the catalogue was built from.
func (c *Catalogue) Registry() Registry {
	return Registry{slices.Clone(c.features), slices.Clone(c.tiers), slices.Clone(c.tierFeatures), c.entries.Entries, c.Settings, c.Revision}
}
