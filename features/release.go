package features

// TiersGiving returns, in their order, the tiers that give a feature of the catalogue (docs/evaluation.md §2, rule 7).
func (c *Catalogue) TiersGiving(f *Feature) (giving []Tier) {
	for _, t := range c.tiers {
		if tierFeature, ok := c.TierFeature(t.ID, f); ok && tierFeature.Value.Enabled {
			giving = append(giving, t)
		}
	}
	return giving
}

// ReleaseGives reports whether a feature of the catalogue reaches anybody whom it is released to without an override:
// its default is on, or a variant that is dealt, or what some tier gives (docs/evaluation.md §2, rules 7 to 9).
func (c *Catalogue) ReleaseGives(f *Feature) bool {
	return f.GivesByItself() || len(c.TiersGiving(f)) > 0
}

// GivesByItself reports whether the default or a variant that is dealt is on.
func (f *Feature) GivesByItself() bool {
	for _, v := range f.Variants {
		if v.Value.Enabled && v.Weight > 0 {
			return true
		}
	}
	return f.Default.Enabled && len(f.Variants) == 0
}
