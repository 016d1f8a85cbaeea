package features

import (
	"cmp"
	"slices"
)

// Tier is a licence plan: what a customer pays for.
type Tier struct {
	ID       int64
	Key      string
	Name     string
	Position int // plans are listed by it, the smallest first
}

// Catalogue is everything evaluation needs besides the accounts: immutable, replaced whole when it changes.
type Catalogue struct {
	Revision  int64 // of its latest change
	features  []*Feature
	byKey     map[string]*Feature
	byID      map[int64]*Feature
	tiers     []Tier
	tiersByID map[int64]Tier
}

// NewCatalogue builds a catalogue from the stored registry. It keeps the features in display order, then by key.
func NewCatalogue(registry []*Feature, tiers []Tier, revision int64) *Catalogue {
	c := &Catalogue{
		Revision:  revision,
		features:  slices.Clone(registry),
		byKey:     make(map[string]*Feature, len(registry)),
		byID:      make(map[int64]*Feature, len(registry)),
		tiers:     slices.Clone(tiers),
		tiersByID: make(map[int64]Tier, len(tiers)),
	}
	slices.SortFunc(c.features, func(a, b *Feature) int {
		return cmp.Or(cmp.Compare(a.DisplayOrder, b.DisplayOrder), cmp.Compare(a.Key, b.Key))
	})
	slices.SortFunc(c.tiers, func(a, b Tier) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Key, b.Key))
	})
	for _, f := range c.features {
		c.byKey[f.Key], c.byID[f.ID] = f, f
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

// With gives the catalogue as it would be with one feature replaced: what a change not yet saved is judged by.
func (c *Catalogue) With(changed *Feature) *Catalogue {
	registry := slices.Clone(c.features)
	for i, f := range registry {
		if f.ID == changed.ID {
			registry[i] = changed
		}
	}
	return NewCatalogue(registry, c.tiers, c.Revision)
}
