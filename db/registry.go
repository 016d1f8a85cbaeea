package db

import (
	"context"
	"time"

	"flagstone/features"
	"flagstone/registry"
)

// ExportRegistry gives the registry as a file has it, with accounts and overrides where asked to.
func (d *DB) ExportRegistry(ctx context.Context, accounts bool) (registry.File, error) {
	if err := d.CatchUp(ctx); err != nil {
		return registry.File{}, err
	}
	if !accounts {
		return registry.FileOf(d.live, nil, time.Now()), nil
	}
	reasons, err := overrideReasons(ctx, d.reader)
	return registry.FileOf(d.live, reasons, time.Now()), err
}

// overrideReasons gives why overrides are set, of those for which somebody said so.
func overrideReasons(ctx context.Context, q querier) (map[registry.Cell]string, error) {
	reasons := make(map[registry.Cell]string)
	rows, err := q.QueryContext(ctx, `SELECT account_id, feature_id, reason FROM overrides WHERE reason <> ''`)
	if err != nil {
		return nil, err
	}
	defer closeRows(rows)
	for rows.Next() {
		var cell registry.Cell
		var reason string
		if err := rows.Scan(&cell.Account, &cell.Feature, &reason); err != nil {
			return nil, err
		}
		reasons[cell] = reason
	}
	return reasons, rows.Err()
}

// PlanRegistry works out what a file would make of the registry, without writing anything. It refuses with the places in
// the file.
func (d *DB) PlanRegistry(ctx context.Context, i registry.Import) (*registry.ImportPlan, error) {
	if err := d.CatchUp(ctx); err != nil {
		return nil, err
	}
	return d.planRegistry(ctx, d.reader, i, time.Now())
}

func (d *DB) planRegistry(ctx context.Context, q querier, i registry.Import, at time.Time) (plan *registry.ImportPlan, err error) {
	if i.Accounts && len(i.File.Overrides) > 0 {
		if i.Reasons, err = overrideReasons(ctx, q); err != nil {
			return nil, err
		}
	}
	if i.Prune {
		if i.Requests, err = upgradesByFeature(ctx, q); err != nil {
			return nil, err
		}
	}
	return i.Plan(d.live, at)
}

// RegistryChange asks for a file to be applied exactly as it was shown: Digest is the shown plan's.
type RegistryChange struct {
	ChangeOptions
	registry.Import
	Name   string // of the file, for the audit log
	Digest string
}

// ImportRegistry makes a file the registry (docs/registry-file.md), all of it in one change set, and gives the plan as
// applied and the revision, 0 when there was nothing to write. The plan is worked out anew inside the transaction; when
// it is not the one that was shown, nothing is applied and the new plan comes back with a Conflict.
func (d *DB) ImportRegistry(ctx context.Context, by features.Actor, c RegistryChange) (plan *registry.ImportPlan, revision int64, err error) {
	r, err := d.Apply(ctx, by, &c)
	plan, _ = r.Details.(*registry.ImportPlan)
	return plan, r.Revision, err
}

// Kind is "registry_import".
func (*RegistryChange) Kind() string { return "registry_import" }

func (c *RegistryChange) apply(t *tx, r *Result) error {
	if err := t.db.CatchUp(t.ctx); err != nil {
		return err
	}
	plan, err := t.db.planRegistry(t.ctx, t, c.Import, t.at)
	if err != nil {
		return err
	}
	r.Details = plan
	if plan.Digest != c.Digest {
		return &features.Error{Kind: features.Conflict, Message: "Something has changed since this preview. Review the new plan before you apply it."}
	}
	if plan.Changes() == 0 {
		return nil
	}
	if err := t.begin(changeSet{action: "registry.import", summary: "Imported " + c.Name + ": " + plan.Summary()}); err != nil {
		return err
	}
	return t.applyRegistry(plan)
}

// applyRegistry writes a plan: what others refer to before them, and what goes at the end.
func (t *tx) applyRegistry(plan *registry.ImportPlan) error {
	for _, step := range []func(*registry.ImportPlan) error{
		t.applyTiers, t.applyFeatures, t.applyListed, t.applyGated, t.applyAccounts, t.applyOverrides, t.pruneFeatures, t.pruneTiers,
	} {
		if err := step(plan); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) applyTiers(plan *registry.ImportPlan) (err error) {
	for _, p := range plan.Tiers {
		switch p.Outcome {
		case registry.Created:
			err = t.insertTier(p.Is)
		case registry.Updated:
			err = t.updateTier(p.Was, p.Is)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// applyListed writes what tiers list. Tiers and features that are new have their numbers by now.
func (t *tx) applyListed(plan *registry.ImportPlan) error {
	for _, p := range plan.TierFeatures {
		if !p.Changes() {
			continue
		}
		f, err := t.feature(p.Is.Feature)
		if err != nil {
			return err
		}
		tier, err := t.tier(p.Is.Tier.Key)
		if err != nil {
			return err
		}
		switch p.Outcome {
		case registry.Created:
			err = t.setTierFeature(tier, f, nil, p.Is.TierFeature)
		case registry.Updated:
			err = t.setTierFeature(tier, f, &p.Was.TierFeature, p.Is.TierFeature)
		default:
			err = t.clearTierFeature(tier, f, p.Was.TierFeature)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) pruneTiers(plan *registry.ImportPlan) error {
	for _, p := range plan.Tiers {
		if p.Outcome == registry.Deleted {
			if err := t.deleteTier(p.Was); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *tx) applyFeatures(plan *registry.ImportPlan) (err error) {
	for _, p := range plan.Features {
		switch p.Outcome {
		case registry.Created:
			err = t.insertFeature(p.Is.Draft(), releaseState{p.Is.Enabled, p.Is.Active})
		case registry.Updated, registry.Retired:
			err = t.replaceFeature(p.Was, p.Is)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) pruneFeatures(plan *registry.ImportPlan) error {
	for _, p := range plan.Features {
		if p.Outcome == registry.Deleted {
			if err := t.deleteFeature(p.Was); err != nil {
				return err
			}
		}
	}
	return nil
}
