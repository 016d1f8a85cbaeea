package db

import (
	"context"
	"errors"
	"time"

	"flagstone/features"
)

// TierFeatureChange asks for one edit of what a tier lists. Version is the revision of the cell's latest change that the
// editor saw, 0 where there was none.
type TierFeatureChange struct {
	features.TierEdit
	Version int64
}

// TierSave asks for edits to be applied together, exactly as they were shown: Digest is the shown plan's, "" where nobody
// has looked.
type TierSave struct {
	ChangeOptions
	Changes []TierFeatureChange
	Digest  string
}

func (c TierSave) edits() []features.TierEdit {
	edits := make([]features.TierEdit, len(c.Changes))
	for i, change := range c.Changes {
		edits[i] = change.TierEdit
	}
	return edits
}

// PlanTiers works out edits of what tiers list for a preview, from the live state.
func (d *DB) PlanTiers(edits []features.TierEdit) (*features.TierPlan, error) {
	return d.live.PlanTiers(edits, time.Now())
}

// SaveTierFeatures applies edits of what tiers list, all or none, and gives the plan as applied and the revision, 0
// when there was nothing to write. It refuses as features.Live.PlanTiers does; with Conflict, by cell, what someone
// else has saved since, and, with the new plan, edits that no longer do what was shown.
func (d *DB) SaveTierFeatures(ctx context.Context, by features.Actor, c TierSave) (plan *features.TierPlan, revision int64, err error) {
	r, err := d.Apply(ctx, by, &c)
	plan, _ = r.Details.(*features.TierPlan)
	return plan, r.Revision, err
}

// Kind is "tier_features".
func (*TierSave) Kind() string { return "tier_features" }

func (c *TierSave) apply(t *tx, r *Result) error {
	if err := t.db.CatchUp(t.ctx); err != nil {
		return err
	}
	plan, err := t.db.live.PlanTiers(c.edits(), t.at)
	if err != nil {
		return err
	}
	r.Details = plan
	if err := t.checkCells(plan, *c); err != nil {
		return err
	}
	if c.Digest != "" && c.Digest != plan.Digest {
		return &features.Error{Kind: features.Conflict, Message: "Something has changed since this preview. Review the new effect before you save it."}
	}
	return t.saveTierFeatures(plan)
}

// checkCells refuses, cell by cell, what someone else has saved since.
func (t *tx) checkCells(plan *features.TierPlan, c TierSave) error {
	var problems features.Problems
	for i, e := range plan.Edits {
		if !e.Changes() {
			continue
		}
		err := t.checkVersion("tier_feature", e.Of.ID, e.For.ID, c.Changes[i].Version)
		var refusal *features.Error
		if errors.As(err, &refusal) {
			problems = append(problems, &features.Error{Kind: refusal.Kind, Field: e.Field("version"), Message: refusal.Message})
		} else if err != nil {
			return err
		}
	}
	return problems.Err()
}

func (t *tx) saveTierFeatures(plan *features.TierPlan) error {
	for _, e := range plan.Edits {
		if !e.Changes() {
			continue
		}
		if t.revision == 0 {
			if err := t.begin(changeSet{action: tierAction(plan), summary: plan.Summary()}); err != nil {
				return err
			}
		}
		var err error
		if e.Is == nil {
			err = t.clearTierFeature(e.Of, e.For, *e.Was)
		} else {
			err = t.setTierFeature(e.Of, e.For, e.Was, *e.Is)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func tierAction(plan *features.TierPlan) string {
	for _, e := range plan.Edits {
		if e.Is != nil {
			return "tier.feature"
		}
	}
	return "tier.feature.clear"
}

// SetTierFeature makes one edit of what a tier lists, and gives the revision, 0 when it is so already. It refuses as
// SaveTierFeatures does, at the fields value, allow_upgrade and version.
func (d *DB) SetTierFeature(ctx context.Context, by features.Actor, c TierFeatureChange, reason string) (int64, error) {
	r, err := d.Apply(ctx, by, &SetTierFeature{ChangeOptions: ChangeOptions{Reason: reason}, TierFeatureChange: c})
	return r.Revision, err
}

// SetTierFeature asks for one edit of what a tier lists.
type SetTierFeature struct {
	ChangeOptions
	TierFeatureChange
}

// Kind is "tier_feature_set".
func (*SetTierFeature) Kind() string { return "tier_feature_set" }

func (c *SetTierFeature) apply(t *tx, r *Result) error {
	save := TierSave{Changes: []TierFeatureChange{c.TierFeatureChange}}
	return ofOneCell(c.TierFeatureChange, save.apply(t, r))
}

// ofOneCell names the fields of a refusal as the editor of one cell does.
func ofOneCell(c TierFeatureChange, err error) error {
	var problems features.Problems
	if !errors.As(err, &problems) {
		return err
	}
	own := make(features.Problems, len(problems))
	for i, problem := range problems {
		one := *problem
		for _, field := range []string{"value", "allow_upgrade", "version"} {
			if one.Field == c.Field(field) {
				one.Field = field
			}
		}
		own[i] = &one
	}
	if len(own) == 1 {
		return own[0]
	}
	return own
}

// TierCell names what one tier lists of one feature.
type TierCell struct{ Tier, Feature int64 }

// TierCellVersions returns the revision of the latest change of each cell of some tiers and features. A cell that was never
// changed is not in the map.
func (d *DB) TierCellVersions(ctx context.Context, tiers, wanted []int64) (map[TierCell]int64, error) {
	versions := make(map[TierCell]int64)
	rows, err := d.reader.QueryContext(ctx, `
		SELECT t.value, f.value, (
			SELECT coalesce(max(change_set_id), 0) FROM audit
			WHERE entity = 'tier_feature' AND entity_id = t.value AND feature_id = f.value)
		FROM json_each(?1) t JOIN json_each(?2) f`, idList(tiers), idList(wanted))
	if err != nil {
		return nil, err
	}
	defer closeRows(rows)
	for rows.Next() {
		var cell TierCell
		var revision int64
		if err := rows.Scan(&cell.Tier, &cell.Feature, &revision); err != nil {
			return nil, err
		}
		if revision != 0 {
			versions[cell] = revision
		}
	}
	return versions, rows.Err()
}

// TierChanges gives the newest change sets about a tier and what it lists, at most limit.
func (d *DB) TierChanges(ctx context.Context, tier int64, limit int) ([]ChangeSet, error) {
	return collect(ctx, d.reader, scanChangeSet, `
		WITH found (id) AS (
			SELECT DISTINCT change_set_id FROM audit WHERE entity IN ('tier', 'tier_feature') AND entity_id = ?1
			ORDER BY change_set_id DESC LIMIT ?2)`+selectChangeSets+`found JOIN change_sets c ON c.id = found.id ORDER BY c.id DESC`, tier, limit)
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
