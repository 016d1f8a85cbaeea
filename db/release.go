package db

import (
	"context"
	"strings"

	"flagstone/features"
	"flagstone/words"
)

// Release asks for who has a feature to be decided anew: its rollout and default, and what tiers give of it.
type Release struct {
	FeatureChange
	Tiers []TierFeatureChange // of this feature
}

// SaveRelease saves a release in one change set, and returns the revision, 0 when nothing changed. It refuses as
// UpdateFeature and SaveTierFeatures do.
func (d *DB) SaveRelease(ctx context.Context, by features.Actor, r Release) (int64, error) {
	result, err := d.Apply(ctx, by, &r)
	return result.Revision, err
}

// Kind is "feature_release".
func (*Release) Kind() string { return "feature_release" }

func (c *Release) apply(t *tx, _ *Result) error {
	if err := t.db.CatchUp(t.ctx); err != nil {
		return err
	}
	save := TierSave{Changes: c.Tiers}
	plan, err := t.db.live.PlanTiers(save.edits(), t.at)
	if err != nil {
		return err
	}
	if err := t.checkCells(plan, save); err != nil {
		return err
	}
	if err := t.updateFeature(c.FeatureChange, plan); err != nil {
		return err
	}
	return t.saveTierFeatures(plan)
}

// releaseFields are the fields of a feature that decide who has it, beside its variants and links.
var releaseFields = []string{"strategy", "percentage", "rollout_by", "target", "default_enabled", "default_value"}

// releaseWords say what a change of a release does: "Changed the release of AI Agents: 10% of accounts, on by default".
func releaseWords(d features.FeatureDraft, changed map[string]any, tiers *features.TierPlan) string {
	var parts []string
	for _, field := range []string{"strategy", "percentage", "rollout_by", "target"} {
		if _, ok := changed[field]; ok {
			parts = append(parts, d.Rollout.Words())
			break
		}
	}
	_, value := changed["default_value"]
	if _, ok := changed["default_enabled"]; ok || value {
		parts = append(parts, words.Clipped(d.Default.Words())+" by default")
	}
	if tiers != nil {
		parts = append(parts, tiers.Words()...)
	}
	return "Changed the release of " + d.Name + ": " + strings.Join(parts, ", ")
}
