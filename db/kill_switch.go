package db

import (
	"context"
	"slices"
	"strings"

	"flagstone/features"
)

// KillSwitch asks for the kill switch of some features to be put in one position.
type KillSwitch struct {
	Keys    []string
	Enabled bool // true lets them live again
	Reason  string
}

// SetKillSwitch flips the kill switch of features (docs/evaluation.md §2, rule 2) and gives the revision of the change,
// 0 when all were so already. It refuses unknown keys. It goes ahead of every other write that waits.
func (d *DB) SetKillSwitch(ctx context.Context, by features.Actor, k KillSwitch) (int64, error) {
	return d.writeFirst(ctx, by, func(t *tx) error {
		changing, err := t.switching(k)
		if err != nil || len(changing) == 0 {
			return err
		}
		names := make([]string, len(changing))
		for i, f := range changing {
			names[i] = f.Name
		}
		action, summary := killWords(k.Enabled, names...)
		if err := t.begin(changeSet{action: action, summary: summary, reason: k.Reason}); err != nil {
			return err
		}
		for _, f := range changing {
			_, err := t.exec(`UPDATE features SET enabled = ?2, updated_at = ?3, updated_by = ?4, revision = ?5 WHERE id = ?1`,
				f.ID, k.Enabled, t.at.UnixMilli(), t.by.Name, t.revision)
			if err != nil {
				return err
			}
			if err := t.recordFeature(f, map[string]any{"enabled": f.Enabled}, map[string]any{"enabled": k.Enabled}); err != nil {
				return err
			}
		}
		return nil
	})
}

func killWords(enabled bool, names ...string) (action, summary string) {
	if enabled {
		return "feature.revive", "Switched on again: " + strings.Join(names, ", ")
	}
	return "feature.kill", "Switched off everywhere: " + strings.Join(names, ", ")
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
