package features

import (
	"cmp"
	"regexp"
	"slices"
)

// Tier is a licence plan: what a customer pays for.
type Tier struct {
	ID          int64
	Key         string // fixed when it is created
	Name        string
	Description string
	Position    int // plans are listed by it, the smallest first
}

// TierFeature is what one tier gives of one feature that it lists (docs/evaluation.md §6). Both switches are about
// single accounts: whether an override counts against it (docs/evaluation.md §2, rule 5), and whether they may ask for
// more.
type TierFeature struct {
	TierID        int64
	FeatureID     int64
	Value         Value
	AllowOverride bool // false is the lock
	AllowUpgrade  bool // only together with AllowOverride
	Revision      int64
}

var tierKey = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,99}$`)

// Normalize tidies what people type.
func (t Tier) Normalize() Tier {
	t.Key, t.Name, t.Description = Tidy(t.Key), Tidy(t.Name), Tidy(t.Description)
	return t
}

// Validate gives Problems for every field of a tier that breaks a rule, or nil.
func (t Tier) Validate() error {
	var problems Problems
	if !tierKey.MatchString(t.Key) {
		problems.add("key", "Enter a key of lower-case letters, digits, hyphens and underscores, such as pro.")
	} else if t.Key == NoTier {
		problems.add("key", "This key is reserved for accounts without a tier. Choose another, such as none-1.")
	}
	problems.checkName(t.Name)
	problems.checkText("description", t.Description, maxDescription)
	problems.checkOrder("order", t.Position)
	return problems.Err()
}

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

// Check refuses what a tier cannot list of a feature: a value that breaks the feature's type or constraints, and
// upgrade requests for what may not be overridden.
func (t TierFeature) Check(f *Feature) error {
	var problems Problems
	if fault := f.ValueCheck().Fault(t.Value); fault != "" {
		problems.add("value", fault)
	}
	if t.AllowUpgrade && !t.AllowOverride {
		problems.add("allow_upgrade", "An approved upgrade is an override: allow overrides of "+f.Name+" too, or disable its upgrade requests.")
	}
	return problems.Err()
}

// TierFeatures gives what every tier lists, by tier number, then feature number. The caller must not change the slice.
func (c *Catalogue) TierFeatures() []TierFeature { return c.tierFeatures }

// TierFeature gives what a tier lists of a feature; ok is false where it lists nothing.
func (c *Catalogue) TierFeature(tierID int64, f *Feature) (tierFeature TierFeature, ok bool) {
	if n := c.node(f); n != nil {
		if found := n.tier(tierID); found != nil {
			return *found, true
		}
	}
	return TierFeature{}, false
}

// tier gives what a tier lists of the feature; nil where it lists nothing. Tiers are few.
func (n *node) tier(id int64) *TierFeature {
	for i := range n.tiers {
		if n.tiers[i].TierID == id {
			return &n.tiers[i]
		}
	}
	return nil
}

// addTierFeatures adds to each feature what the tiers list of it, and forgets what is of no tier or feature.
func (c *Catalogue) addTierFeatures() {
	c.tierFeatures = slices.DeleteFunc(c.tierFeatures, func(t TierFeature) bool {
		_, known := c.tiersByID[t.TierID]
		return !known || c.byID[t.FeatureID] == nil
	})
	slices.SortFunc(c.tierFeatures, byTierThenFeature)
	for _, t := range c.tierFeatures {
		n := c.node(c.byID[t.FeatureID])
		n.tiers = append(n.tiers, t)
	}
}

func byTierThenFeature(a, b TierFeature) int {
	return cmp.Or(cmp.Compare(a.TierID, b.TierID), cmp.Compare(a.FeatureID, b.FeatureID))
}

// WithTierFeatures returns the catalogue as it would be with other tier features: each of some instead of what its
// tier lists of its feature.
func (c *Catalogue) WithTierFeatures(changed ...TierFeature) *Catalogue {
	registry := c.Registry()
	for _, t := range changed {
		registry.TierFeatures = append(slices.DeleteFunc(registry.TierFeatures, t.sameCell), t)
	}
	return NewCatalogue(registry)
}

// WithoutTierFeatures returns the catalogue as it would be with tiers that no longer list some features: of each of those given, its
// tier and feature count.
func (c *Catalogue) WithoutTierFeatures(gone ...TierFeature) *Catalogue {
	registry := c.Registry()
	for _, t := range gone {
		registry.TierFeatures = slices.DeleteFunc(registry.TierFeatures, t.sameCell)
	}
	return NewCatalogue(registry)
}

func (t TierFeature) sameCell(o TierFeature) bool { return byTierThenFeature(t, o) == 0 }

// Differing gives the keys of the features of which two tiers, each 0 for none, do not list the same: what may change for
// an account that moves from one to the other.
func (c *Catalogue) Differing(from, to int64) (keys []string) {
	for _, n := range c.nodes {
		a, b := n.tier(from), n.tier(to)
		if (a == nil) != (b == nil) || a != nil && (a.Value != b.Value || a.AllowOverride != b.AllowOverride) {
			keys = append(keys, n.feature.Key)
		}
	}
	return keys
}

// Locks tells whether a tier keeps overrides of a feature from counting (docs/evaluation.md §2, rule 5).
func (c *Catalogue) Locks(tierID int64, f *Feature) bool {
	tierFeature, ok := c.TierFeature(tierID, f)
	return ok && !tierFeature.AllowOverride
}
