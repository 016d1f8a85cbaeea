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

func (t *tx) deleteTier(tier features.Tier) error {
	if _, err := t.exec(`DELETE FROM tiers WHERE id = ?1`, tier.ID); err != nil {
		return err
	}
	before := tierState(tier)
	before["key"] = tier.Key
	return t.recordTier(entry{id: tier.ID, name: tier.Name, action: "delete", old: before})
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
