package features

import (
	"cmp"
	"slices"
)

// Tier is a licence plan: what a customer pays for.
type Tier struct {
	ID          int64
	Key         string
	Name        string
	Description string
	Position    int // plans are listed by it, the smallest first
}

// Registry is a catalogue as it is stored.
type Registry struct {
	Features []*Feature
	Tiers    []Tier
	Gated
	Settings Settings
	Revision int64 // of its latest change
}

// Catalogue is everything evaluation needs besides the accounts: immutable, replaced whole when it changes.
type Catalogue struct {
	Revision  int64 // of its latest change
	Settings  Settings
	features  []*Feature
	byKey     map[string]*Feature
	byID      map[int64]*Feature
	tiers     []Tier
	tiersByID map[int64]Tier
	gated     gated
}

// NewCatalogue builds a catalogue from the stored registry and makes its features ready to be evaluated: they belong to
// it from now on. It keeps them in display order, then by key.
func NewCatalogue(r Registry) *Catalogue {
	c := &Catalogue{
		Revision:  r.Revision,
		Settings:  r.Settings,
		features:  slices.Clone(r.Features),
		byKey:     make(map[string]*Feature, len(r.Features)),
		byID:      make(map[int64]*Feature, len(r.Features)),
		tiers:     slices.Clone(r.Tiers),
		tiersByID: make(map[int64]Tier, len(r.Tiers)),
		gated:     newGated(r.Gated),
	}
	slices.SortFunc(c.features, func(a, b *Feature) int {
		return cmp.Or(cmp.Compare(a.DisplayOrder, b.DisplayOrder), cmp.Compare(a.Key, b.Key))
	})
	slices.SortFunc(c.tiers, func(a, b Tier) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Key, b.Key))
	})
	for _, f := range c.features {
		c.byKey[f.Key], c.byID[f.ID] = f, f
		if f.gate == nil {
			f.gate = newGate(f)
		}
	}
	for _, t := range c.tiers {
		c.tiersByID[t.ID] = t
	}
	return c
}

// Features gives every feature in display order. The caller must not change the slice.
func (c *Catalogue) Features() []*Feature { return c.features }

// Feature finds a feature by its key, or refuses with NotFound (spec §3, rule 1: FLAG_NOT_FOUND).
func (c *Catalogue) Feature(key string) (*Feature, error) {
	if f := c.byKey[key]; f != nil {
		return f, nil
	}
	return nil, notFound("There is no feature with the key " + quote(key) + ".")
}

// FeatureByID finds a feature by its number; nil when there is none.
func (c *Catalogue) FeatureByID(id int64) *Feature { return c.byID[id] }

// Tiers gives every tier in its order. The caller must not change the slice.
func (c *Catalogue) Tiers() []Tier { return c.tiers }

// Tier finds the tier with a number; ok is false when there is none, as for an account without a tier.
func (c *Catalogue) Tier(id int64) (tier Tier, ok bool) {
	tier, ok = c.tiersByID[id]
	return tier, ok
}

// TierByKey finds a tier by its key, or refuses with NotFound.
func (c *Catalogue) TierByKey(key string) (Tier, error) {
	for _, t := range c.tiers {
		if t.Key == key {
			return t, nil
		}
	}
	return Tier{}, notFound("There is no tier with the key " + quote(key) + ".")
}

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
	return Registry{slices.Clone(c.features), c.tiers, c.gated.Gated, c.Settings, c.Revision}
}
