package db

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"flagstone/features"
)

// feature reads a feature as the transaction sees it, or refuses with NotFound.
func (t *tx) feature(key string) (*features.Feature, error) {
	found, err := collect(t.ctx, t, scanFeature, selectFeatures+` WHERE key = ?1`, key)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, &features.Error{Kind: features.NotFound, Field: "feature", Message: fmt.Sprintf("There is no feature with the key %q.", key)}
	}
	return found[0], nil
}

// CreateFeature adds a feature to the registry and gives the revision of the change. It refuses, field by field, what
// breaks the rules of spec §2, and a key whose derived names another feature has.
func (d *DB) CreateFeature(ctx context.Context, by features.Actor, draft features.FeatureDraft) (int64, error) {
	draft = draft.Normalize()
	if err := draft.Validate(); err != nil {
		return 0, err
	}
	return d.write(ctx, by, func(t *tx) error {
		if err := t.begin(changeSet{action: "feature.create", summary: "Created the feature " + draft.Name}); err != nil {
			return err
		}
		return t.insertFeature(draft, true)
	})
}

// LoadFeatures adds the features of a catalogue that are not there yet, in one change set, and leaves the others as they
// are. It gives how many were added.
func (d *DB) LoadFeatures(ctx context.Context, by features.Actor, catalogue string, entries []features.CatalogueEntry) (added int, err error) {
	_, err = d.write(ctx, by, func(t *tx) error {
		for _, e := range entries {
			var there bool
			err := t.row(`SELECT EXISTS (SELECT 1 FROM features WHERE key = ?1)`, e.Draft.Key).Scan(&there)
			if err != nil {
				return err
			}
			if there {
				continue
			}
			if err := e.Draft.Validate(); err != nil {
				return fmt.Errorf("feature %s: %w", e.Draft.Key, err)
			}
			if t.revision == 0 {
				if err := t.begin(changeSet{action: "catalogue.load", summary: "Loaded the catalogue " + catalogue}); err != nil {
					return err
				}
			}
			if err := t.insertFeature(e.Draft, e.Enabled); err != nil {
				return err
			}
			added++
		}
		return nil
	})
	return added, err
}

func (t *tx) insertFeature(draft features.FeatureDraft, enabled bool) error {
	if err := t.checkDerivedNames(draft.Key); err != nil {
		return err
	}
	now := t.at.UnixMilli()
	feature := &features.Feature{Key: draft.Key, Name: draft.Name}
	err := t.row(`
		INSERT INTO features (key, name, description, category, subcategory, icon, help_url, owner, display_order,
			default_enabled, enabled, created_at, updated_at, updated_by, revision)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, coalesce(nullif(?9, 0), (SELECT coalesce(max(display_order), 0) + 1 FROM features)),
			?10, ?11, ?12, ?12, ?13, ?14)
		RETURNING id, display_order`,
		draft.Key, draft.Name, draft.Description, draft.Category, draft.Subcategory, draft.Icon, draft.HelpURL, draft.Owner,
		draft.DisplayOrder, draft.Default.Enabled, enabled, now, t.by.Name, t.revision).
		Scan(&feature.ID, &draft.DisplayOrder)
	if err != nil {
		return err
	}
	after := draftState(draft)
	after["key"], after["enabled"], after["active"] = draft.Key, enabled, true
	if err := t.record(entry{entity: "feature", id: feature.ID, name: draft.Name, feature: feature, action: "create", new: after}); err != nil {
		return err
	}
	return t.touchCatalogue()
}

func (t *tx) checkDerivedNames(key string) error {
	keys, err := collect(t.ctx, t, func(rows *sql.Rows) (k string, err error) { return k, rows.Scan(&k) }, `SELECT key FROM features`)
	if err != nil {
		return err
	}
	for _, other := range keys {
		if other == key {
			return &features.Error{Kind: features.Invalid, Field: "key", Message: fmt.Sprintf("The key %s is taken.", key)}
		}
		if features.SameNames(key, other) {
			return &features.Error{
				Kind: features.Invalid, Field: "key",
				Message: fmt.Sprintf("In the portal this key would have the same name as %s, %s: choose another.", other, features.FlagName(other)),
			}
		}
	}
	return nil
}

// UpdateFeature saves what a person wrote of a feature; the key stays. It refuses as CreateFeature does and, with
// Conflict, a feature that someone else has saved since version. It gives the revision, 0 when nothing changed.
func (d *DB) UpdateFeature(ctx context.Context, by features.Actor, draft features.FeatureDraft, version int64) (int64, error) {
	draft = draft.Normalize()
	if err := draft.Validate(); err != nil {
		return 0, err
	}
	return d.write(ctx, by, func(t *tx) error {
		f, err := t.feature(draft.Key)
		if err != nil {
			return err
		}
		before, after := changedFields(draftState(draftOf(f)), draftState(draft))
		if len(after) == 0 {
			return nil
		}
		if err := t.checkVersion("feature", f.ID, f.ID, version); err != nil {
			return err
		}
		if err := t.begin(changeSet{action: "feature.update", summary: "Edited the feature " + draft.Name}); err != nil {
			return err
		}
		_, err = t.exec(`
			UPDATE features SET name = ?2, description = ?3, category = ?4, subcategory = ?5, icon = ?6, help_url = ?7,
				owner = ?8, display_order = ?9, default_enabled = ?10, updated_at = ?11, updated_by = ?12, revision = ?13
			WHERE id = ?1`,
			f.ID, draft.Name, draft.Description, draft.Category, draft.Subcategory, draft.Icon, draft.HelpURL, draft.Owner,
			draft.DisplayOrder, draft.Default.Enabled, t.at.UnixMilli(), t.by.Name, t.revision)
		if err != nil {
			return err
		}
		return t.recordFeature(f, before, after)
	})
}

func (t *tx) recordFeature(f *features.Feature, before, after map[string]any) error {
	err := t.record(entry{entity: "feature", id: f.ID, name: f.Name, feature: f, action: "update", old: before, new: after})
	if err != nil {
		return err
	}
	return t.touchCatalogue()
}

func draftOf(f *features.Feature) features.FeatureDraft {
	return features.FeatureDraft{
		Key: f.Key, Name: f.Name, Description: f.Description, Category: f.Category, Subcategory: f.Subcategory,
		Icon: f.Icon, HelpURL: f.HelpURL, Owner: f.Owner, DisplayOrder: f.DisplayOrder, Default: f.Default,
	}
}

func draftState(d features.FeatureDraft) map[string]any {
	return map[string]any{
		"name": d.Name, "description": d.Description, "category": d.Category, "subcategory": d.Subcategory, "icon": d.Icon,
		"help_url": d.HelpURL, "owner": d.Owner, "display_order": d.DisplayOrder, "default_enabled": d.Default.Enabled,
	}
}

// KillSwitch asks for the kill switch of some features to be put in one position.
type KillSwitch struct {
	Keys    []string
	Enabled bool // true lets them live again
	Reason  string
}

// SetKillSwitch flips the kill switch of features (spec §3, rule 3) and gives the revision of the change, 0 when all
// were so already. It refuses unknown keys.
func (d *DB) SetKillSwitch(ctx context.Context, by features.Actor, k KillSwitch) (int64, error) {
	return d.write(ctx, by, func(t *tx) error {
		changing, err := t.switching(k)
		if err != nil || len(changing) == 0 {
			return err
		}
		names := make([]string, len(changing))
		for i, f := range changing {
			names[i] = f.Name
		}
		action, verb := "feature.kill", "Switched off everywhere: "
		if k.Enabled {
			action, verb = "feature.revive", "Switched on again: "
		}
		if err := t.begin(changeSet{action: action, summary: verb + strings.Join(names, ", "), reason: k.Reason}); err != nil {
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

// FeatureKeys gives the keys of every feature, or of those in one category. It refuses a category that has none.
func (d *DB) FeatureKeys(ctx context.Context, category string) ([]string, error) {
	keys, err := collect(ctx, d.reader, func(rows *sql.Rows) (k string, err error) { return k, rows.Scan(&k) },
		`SELECT key FROM features WHERE ?1 = '' OR category = ?1 ORDER BY display_order, key`, category)
	if err == nil && len(keys) == 0 && category != "" {
		return nil, &features.Error{Kind: features.NotFound, Message: fmt.Sprintf("There is no feature in the category %q.", category)}
	}
	return keys, err
}
