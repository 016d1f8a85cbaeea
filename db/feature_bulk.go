package db

import (
	"context"
	"slices"
	"time"

	"flagstone/features"
	"flagstone/words"
)

// FeatureBulkChange asks for an action on many features, as BulkChange does for accounts.
type FeatureBulkChange struct {
	ChangeOptions
	features.FeatureBulk
	Digest string
	Unseen bool
}

// ApplyFeatureBulk applies an action to many features and returns the plan as applied and the revision of the change, 0 when
// all were so already. When the plan is not the one that was shown, nothing is applied and the new plan comes back with a
// Conflict. Kill switches go ahead of every other write that waits.
func (d *DB) ApplyFeatureBulk(ctx context.Context, by features.Actor, b FeatureBulkChange) (plan *features.FeaturePlan, revision int64, err error) {
	r, err := d.Apply(ctx, by, &b)
	plan, _ = r.Details.(*features.FeaturePlan)
	return plan, r.Revision, err
}

// Kind is "feature_bulk".
func (*FeatureBulkChange) Kind() string { return "feature_bulk" }

func (c *FeatureBulkChange) urgent() bool {
	name, _ := c.Action.Switch()
	return name == "enabled"
}

func (c *FeatureBulkChange) apply(t *tx, r *Result) error {
	plan, err := t.db.planFeatures(t.ctx, *c, t.at, !c.Unseen)
	r.Details = plan
	if err != nil {
		return err
	}
	return t.switchFeatures(plan.Action, plan.Changed, c.Reason)
}

// PreviewFeatureBulk returns the plan of an action on features and what applying it now would record and change. It refuses
// as ApplyFeatureBulk does, but it only reads: it makes no write wait.
func (d *DB) PreviewFeatureBulk(ctx context.Context, by features.Actor, b FeatureBulkChange) (plan *features.FeaturePlan, p Preview, err error) {
	at := time.Now()
	if plan, err = d.planFeatures(ctx, b, at, true); err != nil || len(plan.Changed) == 0 {
		return plan, p, err
	}
	p, err = d.previewPlan(ctx, by, at, switchChangeSet(plan.Action, plan.Changed, b.Reason), func(t *tx) ([]AuditRow, error) {
		return t.toRecord(t.switchRows(plan.Action, plan.Changed))
	})
	p.ChangeSet.Rows, p.Effects = len(plan.Changed), plan.Effects
	return plan, p, err
}

func (c *FeatureBulkChange) preview(ctx context.Context, d *DB, by features.Actor) (Result, error) {
	plan, p, err := d.PreviewFeatureBulk(ctx, by, *c)
	return Result{Details: plan, Preview: p}, err
}

// planFeatures works an action out from all that is committed, with its effects where they are wanted. Where the plan is not
// the one that was shown, it comes with a Conflict.
func (d *DB) planFeatures(ctx context.Context, b FeatureBulkChange, at time.Time, effects bool) (*features.FeaturePlan, error) {
	if err := d.CatchUp(ctx); err != nil {
		return nil, err
	}
	plan, err := d.live.PlanFeatures(b.FeatureBulk)
	if err != nil {
		return nil, err
	}
	if effects {
		d.live.AddEffects(plan, at)
	}
	return plan, checkShown(plan.Digest, b.Digest, b.Unseen)
}

// switchFeatures moves a switch of features that are not so yet, in one change set; of none it does nothing.
func (t *tx) switchFeatures(action features.FeatureAction, changing []*features.Feature, reason string) error {
	if len(changing) == 0 {
		return nil
	}
	if err := t.begin(switchChangeSet(action, changing, reason)); err != nil {
		return err
	}
	if err := t.recordAll(t.switchRows(action, changing)); err != nil {
		return err
	}
	column, on := action.Switch()
	_, err := t.exec(`
		UPDATE features SET `+column+` = ?1, updated_at = ?2, updated_by = ?3, revision = ?4
		WHERE id IN (SELECT value FROM json_each(?5))`, on, t.at.UnixMilli(), t.by.Name, t.revision, featureIDs(changing))
	if err != nil {
		return err
	}
	return t.touchCatalogue()
}

// switchRows is what switchFeatures records.
func (t *tx) switchRows(action features.FeatureAction, changing []*features.Feature) auditRows {
	column, on := action.Switch()
	return auditRows{`
		SELECT ?1, 'feature', f.id, f.name, NULL, f.id, f.key, 'update',
		       json_object('` + column + `', json(iif(f.` + column + `, 'true', 'false'))),
		       json_object('` + column + `', json(iif(?2, 'true', 'false')))
		FROM json_each(?3) j JOIN features f ON f.id = j.value`, []any{t.revision, on, featureIDs(changing)}}
}

// featureIDs is a list of features as the set-based statements take it, in the order of their numbers.
func featureIDs(list []*features.Feature) string {
	ids := make([]int64, len(list))
	for i, f := range list {
		ids[i] = f.ID
	}
	slices.Sort(ids)
	return idList(ids)
}

func switchChangeSet(action features.FeatureAction, changing []*features.Feature, reason string) changeSet {
	names := make([]string, len(changing))
	for i, f := range changing {
		names[i] = f.Name
	}
	name, summary := switchWords(action, names...)
	return changeSet{action: name, summary: summary, reason: reason}
}

// mostInSummary is how many features the summary of a change set names.
const mostInSummary = 20

// switchWords name an action on features in the log.
func switchWords(action features.FeatureAction, names ...string) (name, summary string) {
	noun, list := "feature ", words.ListSome(names[:min(len(names), mostInSummary)], len(names))
	if len(names) > 1 {
		noun = "features "
	}
	switch action {
	case features.KillFeatures:
		summary = "Switched off everywhere: " + list
	case features.ReviveFeatures:
		summary = "Switched on again: " + list
	case features.RetireFeatures:
		summary = "Retired the " + noun + list
	case features.RestoreFeatures:
		summary = "Reactivated the " + noun + list
	}
	return "feature." + string(action), summary
}
