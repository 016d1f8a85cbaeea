package db

import (
	"context"
	"fmt"

	"flagstone/features"
)

// CreateTier adds a tier. It refuses a key that is taken.
func (d *DB) CreateTier(ctx context.Context, by features.Actor, tier features.Tier) (int64, error) {
	return d.write(ctx, by, func(t *tx) error {
		if err := t.begin(changeSet{action: "tier.create", summary: "Created the tier " + tier.Name}); err != nil {
			return err
		}
		return t.insertTier(tier)
	})
}

// tier reads a tier as the transaction sees it, or refuses with NotFound.
func (t *tx) tier(key string) (features.Tier, error) {
	catalogue, err := t.catalogue()
	if err != nil {
		return features.Tier{}, err
	}
	return catalogue.TierByKey(key)
}

func (t *tx) insertTier(tier features.Tier) error {
	result, err := t.exec(`INSERT INTO tiers (key, name, description, position) VALUES (?1, ?2, ?3, ?4)`,
		tier.Key, tier.Name, tier.Description, tier.Position)
	if violatesUnique(err) {
		return &features.Error{Kind: features.Invalid, Field: "key", Message: fmt.Sprintf("The key %s is taken.", tier.Key)}
	}
	if err != nil {
		return err
	}
	id, err := result.LastInsertId()
	if err != nil {
		return err
	}
	after := tierState(tier)
	after["key"] = tier.Key
	return t.recordTier(entry{id: id, name: tier.Name, action: "create", new: after})
}

func (t *tx) updateTier(was, is features.Tier) error {
	_, err := t.exec(`UPDATE tiers SET name = ?2, description = ?3, position = ?4 WHERE id = ?1`, was.ID, is.Name, is.Description, is.Position)
	if err != nil {
		return err
	}
	before, after := changedFields(tierState(was), tierState(is))
	return t.recordTier(entry{id: was.ID, name: was.Name, action: "update", old: before, new: after})
}

// deleteTier removes a tier that no account is in, with what it lists.
func (t *tx) deleteTier(tier features.Tier) error {
	catalogue, err := t.catalogue()
	if err != nil {
		return err
	}
	for _, x := range catalogue.TierFeatures() {
		if x.TierID == tier.ID {
			if err := t.clearTierFeature(tier, catalogue.FeatureByID(x.FeatureID), x); err != nil {
				return err
			}
		}
	}
	if _, err := t.exec(`DELETE FROM tiers WHERE id = ?1`, tier.ID); err != nil {
		return err
	}
	before := tierState(tier)
	before["key"] = tier.Key
	return t.recordTier(entry{id: tier.ID, name: tier.Name, action: "delete", old: before})
}

// setTierFeature makes a tier list a feature as given, and records it.
func (t *tx) setTierFeature(tier features.Tier, f *features.Feature, was *features.TierFeature, is features.TierFeature) error {
	_, err := t.exec(`
		INSERT INTO tier_features (tier_id, feature_id, enabled, value, allow_override, allow_upgrade, revision)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
		ON CONFLICT (tier_id, feature_id) DO UPDATE SET enabled = excluded.enabled, value = excluded.value,
			allow_override = excluded.allow_override, allow_upgrade = excluded.allow_upgrade, revision = excluded.revision`,
		tier.ID, f.ID, is.Value.Enabled, is.Value.Data, is.AllowOverride, is.AllowUpgrade, t.revision)
	if err != nil {
		return err
	}
	e := entry{entity: "tier_feature", id: tier.ID, name: tier.Name, feature: f, action: "create", new: tierFeatureState(is)}
	if was != nil {
		e.action, e.old = "update", tierFeatureState(*was)
	}
	if err := t.record(e); err != nil {
		return err
	}
	return t.touchCatalogue()
}

// clearTierFeature makes a tier list a feature no longer, and records it.
func (t *tx) clearTierFeature(tier features.Tier, f *features.Feature, was features.TierFeature) error {
	if _, err := t.exec(`DELETE FROM tier_features WHERE tier_id = ?1 AND feature_id = ?2`, tier.ID, f.ID); err != nil {
		return err
	}
	err := t.record(entry{entity: "tier_feature", id: tier.ID, name: tier.Name, feature: f, action: "delete", old: tierFeatureState(was)})
	if err != nil {
		return err
	}
	return t.touchCatalogue()
}

// tierFeatureState is what a tier lists of a feature as the audit log records it, whole.
func tierFeatureState(x features.TierFeature) map[string]any {
	return map[string]any{
		"enabled": x.Value.Enabled, "value": x.Value.Data, "allow_override": x.AllowOverride, "allow_upgrade": x.AllowUpgrade,
	}
}

// tierState is a tier as the audit log records it.
func tierState(tier features.Tier) map[string]any {
	return map[string]any{"name": tier.Name, "description": tier.Description, "position": tier.Position}
}

func (t *tx) recordTier(e entry) error {
	e.entity = "tier"
	if err := t.record(e); err != nil {
		return err
	}
	return t.touchCatalogue()
}
