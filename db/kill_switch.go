package db

import (
	"context"
	"slices"

	"flagstone/features"
)

// KillSwitch asks for the kill switch of some features to be put in one position.
type KillSwitch struct {
	ChangeOptions
	Keys    []string
	Enabled bool // true lets them live again
}

// SetKillSwitch flips the kill switch of features (docs/evaluation.md §2, rule 2) and gives the revision of the change,
// 0 when all were so already. It refuses unknown keys. It goes ahead of every other write that waits.
func (d *DB) SetKillSwitch(ctx context.Context, by features.Actor, k KillSwitch) (int64, error) {
	r, err := d.Apply(ctx, by, &k)
	return r.Revision, err
}

// Kind is "feature_kill_switch".
func (*KillSwitch) Kind() string { return "feature_kill_switch" }

func (*KillSwitch) urgent() bool { return true }

func (c *KillSwitch) apply(t *tx, _ *Result) error {
	changing, err := t.switching(*c)
	if err != nil {
		return err
	}
	return t.switchFeatures(killAction(c.Enabled), changing, c.Reason)
}

func (c *KillSwitch) preview(ctx context.Context, d *DB, by features.Actor) (Result, error) {
	bulk := FeatureBulkChange{ChangeOptions: c.ChangeOptions, Unseen: true}
	bulk.Action, bulk.Keys = killAction(c.Enabled), c.Keys
	return bulk.preview(ctx, d, by)
}

func killAction(enabled bool) features.FeatureAction {
	if enabled {
		return features.ReviveFeatures
	}
	return features.KillFeatures
}

// switching gives the features whose kill switch is not yet in the position asked for.
func (t *tx) switching(k KillSwitch) ([]*features.Feature, error) {
	keys := slices.Clone(k.Keys)
	slices.Sort(keys)
	var changing []*features.Feature
	for _, key := range slices.Compact(keys) {
		f, err := t.feature(key)
		if err != nil {
			return nil, err
		}
		if f.Enabled != k.Enabled {
			changing = append(changing, f)
		}
	}
	return changing, nil
}
