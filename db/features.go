package db

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
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
// breaks a rule for its fields, and a key whose derived names another feature has.
func (d *DB) CreateFeature(ctx context.Context, by features.Actor, draft features.FeatureDraft) (int64, error) {
	r, err := d.Apply(ctx, by, &CreateFeature{Draft: draft})
	return r.Revision, err
}

// CreateFeature asks for a feature to be added.
type CreateFeature struct {
	ChangeOptions
	Draft features.FeatureDraft
}

// Kind is "feature_create".
func (*CreateFeature) Kind() string { return "feature_create" }

func (c *CreateFeature) prepare(*DB) error {
	c.Draft = c.Draft.Normalize()
	return c.Draft.Validate()
}

func (c *CreateFeature) apply(t *tx, _ *Result) (err error) {
	if err := t.begin(changeSet{action: "feature.create", summary: "Created feature " + c.Draft.Name}); err != nil {
		return err
	}
	if err := t.checkDerivedNames(c.Draft.Key); err != nil {
		return err
	}
	if err := t.checkLinks(&features.Feature{}, c.Draft); err != nil {
		return err
	}
	if c.Draft.DisplayOrder == 0 {
		if c.Draft.DisplayOrder, err = t.nextOrder(); err != nil {
			return err
		}
	}
	return t.insertFeature(c.Draft, releaseState{enabled: true, active: true})
}

// releaseState is what a draft leaves out: whether a feature lives, and whether it is in use.
type releaseState struct{ enabled, active bool }

// insertFeature adds a feature whose draft has been checked.
func (t *tx) insertFeature(draft features.FeatureDraft, s releaseState) error {
	feature := &features.Feature{Key: draft.Key, Name: draft.Name}
	given := append(draftColumns(draft), s.enabled, s.active, t.at.UnixMilli(), t.by.Name, t.revision)
	n := len(draftNames)
	err := t.row(fmt.Sprintf(`
		INSERT INTO features (%s, enabled, active, created_at, updated_at, updated_by, revision)
		VALUES (%s, ?%d, ?%d, ?%d, ?%d, ?%d, ?%d) RETURNING id`,
		strings.Join(draftNames, ", "), strings.Join(numbered("?%d"), ", "), n+1, n+2, n+3, n+3, n+4, n+5), given...).Scan(&feature.ID)
	if err != nil {
		return err
	}
	after := draftState(draft)
	after["key"], after["enabled"], after["active"], after["created_at"] = draft.Key, s.enabled, s.active, t.at.UnixMilli()
	if err := t.record(entry{entity: "feature", id: feature.ID, name: draft.Name, feature: feature, action: "create", new: after}); err != nil {
		return err
	}
	return t.touchCatalogue()
}

// nextOrder is the place behind every feature.
func (t *tx) nextOrder() (order int, err error) {
	err = t.row(`SELECT coalesce(max(display_order), 0) + 1 FROM features`).Scan(&order)
	return order, err
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
				Message: fmt.Sprintf("In the portal this key would have the same name as %s (%s). Choose another key.", other, features.FlagName(other)),
			}
		}
	}
	return nil
}

// FeatureChange asks for a feature to be as a person wrote it; Draft.Key names it. Version is the revision of the
// feature's latest change that the editor saw.
type FeatureChange struct {
	ChangeOptions
	Draft   features.FeatureDraft
	Active  *bool // whether it is in use; nil where that stays
	Enabled *bool // the kill switch; nil where that stays
	Version int64
}

// feature is a feature as it is to be.
func (c FeatureChange) feature(was *features.Feature) *features.Feature {
	return c.Draft.Feature(was).With(func(f *features.Feature) {
		setIf(&f.Enabled, c.Enabled)
		setIf(&f.Active, c.Active)
	})
}

// UpdateFeature saves what a person wrote of a feature; the key stays. It refuses as CreateFeature does, a variant taken
// away that overrides force, and, with Conflict, a feature that someone else has saved since. It gives the revision, 0
// when nothing changed.
func (d *DB) UpdateFeature(ctx context.Context, by features.Actor, c FeatureChange) (int64, error) {
	r, err := d.Apply(ctx, by, &c)
	return r.Revision, err
}

// Kind is "feature_update".
func (*FeatureChange) Kind() string { return "feature_update" }

func (c *FeatureChange) prepare(*DB) error {
	c.Draft = c.Draft.Normalize()
	return c.Draft.Validate()
}

func (c *FeatureChange) apply(t *tx, _ *Result) error { return t.updateFeature(*c, nil) }

// updateFeature saves a feature where it changes; tiers is what is saved with it, nil for nothing.
func (t *tx) updateFeature(c FeatureChange, tiers *features.TierPlan) error {
	f, err := t.feature(c.Draft.Key)
	if err != nil {
		return err
	}
	is := c.feature(f)
	_, after := changedFields(featureState(f), featureState(is))
	if len(after) == 0 {
		return nil
	}
	if err := t.checkVersion("feature", f.ID, f.ID, c.Version); err != nil {
		return err
	}
	if err := t.checkDraft(f, c.Draft); err != nil {
		return err
	}
	action, summary := updateWords(c.Draft, after, tiers)
	if err := t.begin(changeSet{action: action, summary: summary}); err != nil {
		return err
	}
	return t.replaceFeature(f, is)
}

// replaceFeature makes a feature what it is to be, recorded as one update.
func (t *tx) replaceFeature(was, is *features.Feature) error {
	if err := t.storeFeature(is); err != nil {
		return err
	}
	before, after := changedFields(featureState(was), featureState(is))
	return t.recordFeature(was, before, after)
}

func (t *tx) storeFeature(is *features.Feature) error {
	n := len(draftNames)
	_, err := t.exec(fmt.Sprintf(`
		UPDATE features SET %s, enabled = ?%d, active = ?%d, updated_at = ?%d, updated_by = ?%d, revision = ?%d WHERE key = ?1`,
		strings.Join(numbered("%s = ?%d")[1:], ", "), n+1, n+2, n+3, n+4, n+5),
		append(draftColumns(is.Draft()), is.Enabled, is.Active, t.at.UnixMilli(), t.by.Name, t.revision)...)
	return err
}

// updateWords name a change of a feature by what it changes: its life, whom it is released to, or anything else.
func updateWords(d features.FeatureDraft, changed map[string]any, tiers *features.TierPlan) (action, summary string) {
	if active, ok := changed["active"].(bool); ok && len(changed) == 1 {
		return switchWords(activeAction(active), d.Name)
	}
	if enabled, ok := changed["enabled"].(bool); ok && len(changed) == 1 {
		return switchWords(killAction(enabled), d.Name)
	}
	for field := range changed {
		if !slices.Contains(releaseFields, field) {
			return "feature.update", "Edited feature " + d.Name
		}
	}
	return "feature.rollout", releaseWords(d, changed, tiers)
}

func (t *tx) recordFeature(f *features.Feature, before, after map[string]any) error {
	err := t.record(entry{entity: "feature", id: f.ID, name: f.Name, feature: f, action: "update", old: before, new: after})
	if err != nil {
		return err
	}
	return t.touchCatalogue()
}

// draftNames are the columns of a draft, the key first.
var draftNames = []string{
	"key", "name", "description", "category", "subcategory", "icon", "help_url", "owner", "display_order", "type", "constraints",
	"default_enabled", "default_value", "strategy", "percentage", "rollout_by", "target", "variants", "depends_on",
	"conflicts_with", "permanent", "premium", "requires_setup", "deprecated", "deprecation_message", "metadata",
}

// numbered gives a piece of SQL for each of draftNames, from its number and, where the form has room, its name.
func numbered(form string) []string {
	pieces := make([]string, len(draftNames))
	for i, name := range draftNames {
		if strings.Contains(form, "%s") {
			pieces[i] = fmt.Sprintf(form, name, i+1)
		} else {
			pieces[i] = fmt.Sprintf(form, i+1)
		}
	}
	return pieces
}

// draftColumns are the values of draftNames.
func draftColumns(d features.FeatureDraft) []any {
	state := draftState(d)
	state["key"], state["default_value"] = d.Key, string(d.Default.Data)
	columns := make([]any, len(draftNames))
	for i, name := range draftNames {
		columns[i] = state[name]
		if text, ok := state[name].(encodedJSON); ok {
			columns[i] = string(text)
		}
	}
	return columns
}

// draftState is a draft as the audit log records it.
func draftState(d features.FeatureDraft) map[string]any {
	return map[string]any{
		"name": d.Name, "description": d.Description, "category": d.Category, "subcategory": d.Subcategory, "icon": d.Icon,
		"help_url": d.HelpURL, "owner": d.Owner, "display_order": d.DisplayOrder, "type": string(d.Type),
		"constraints": encoded(d.Constraints), "default_enabled": d.Default.Enabled, "default_value": d.Default.Data,
		"strategy": string(d.Rollout.Strategy), "percentage": int(d.Rollout.Percentage), "rollout_by": string(d.Rollout.By),
		"target": encoded(d.Rollout.Target), "variants": encodedList(d.Variants), "depends_on": encodedList(d.DependsOn),
		"conflicts_with": encodedList(d.ConflictsWith), "permanent": d.Permanent, "premium": d.Premium,
		"requires_setup": d.RequiresSetup, "deprecated": d.Deprecated, "deprecation_message": d.DeprecationMessage,
		"metadata": encodedJSON(cmp.Or(d.Metadata, "{}")),
	}
}

// featureState is a feature as the audit log records it.
func featureState(f *features.Feature) map[string]any {
	state := draftState(f.Draft())
	state["enabled"], state["active"] = f.Enabled, f.Active
	return state
}

// encodedJSON is a JSON value as the database keeps it. Two of them compare, as changedFields wants it.
type encodedJSON string

// MarshalJSON gives the value itself.
func (e encodedJSON) MarshalJSON() ([]byte, error) { return []byte(e), nil }

func encoded(v any) encodedJSON {
	text, _ := json.Marshal(v) // texts, numbers and lists of them always encode
	return encodedJSON(text)
}

func encodedList[T any](list []T) encodedJSON {
	if len(list) == 0 {
		return "[]"
	}
	return encoded(list)
}

// SetFeatureActive retires a feature, which is off everywhere from then on, or takes it into use again. It gives the
// revision of the change, 0 when it was so already.
func (d *DB) SetFeatureActive(ctx context.Context, by features.Actor, key string, active bool, reason string) (int64, error) {
	r, err := d.Apply(ctx, by, &SetFeatureActive{ChangeOptions: ChangeOptions{Reason: reason}, Key: key, Active: active})
	return r.Revision, err
}

// SetFeatureActive asks for a feature to be retired, or to be taken into use again.
type SetFeatureActive struct {
	ChangeOptions
	Key    string
	Active bool
}

// Kind is "feature_active".
func (*SetFeatureActive) Kind() string { return "feature_active" }

func (c *SetFeatureActive) apply(t *tx, _ *Result) error {
	f, err := t.feature(c.Key)
	if err != nil || f.Active == c.Active {
		return err
	}
	return t.switchFeatures(activeAction(c.Active), []*features.Feature{f}, c.Reason)
}

func activeAction(active bool) features.FeatureAction {
	if active {
		return features.RestoreFeatures
	}
	return features.RetireFeatures
}

// DeleteFeature takes a feature out of the registry. It refuses, with Conflict, one that anything refers to: retire
// that instead.
func (d *DB) DeleteFeature(ctx context.Context, by features.Actor, key, reason string) (int64, error) {
	r, err := d.Apply(ctx, by, &DeleteFeature{ChangeOptions: ChangeOptions{Reason: reason}, Key: key})
	return r.Revision, err
}

// DeleteFeature asks for a feature to go.
type DeleteFeature struct {
	ChangeOptions
	Key string
}

// Kind is "feature_delete".
func (*DeleteFeature) Kind() string { return "feature_delete" }

func (c *DeleteFeature) apply(t *tx, _ *Result) error {
	f, err := t.feature(c.Key)
	if err != nil {
		return err
	}
	if err := t.begin(changeSet{action: "feature.delete", summary: "Deleted feature " + f.Name}); err != nil {
		return err
	}
	return t.deleteFeature(f)
}

func (t *tx) deleteFeature(f *features.Feature) error {
	if err := checkUnused(t.ctx, t, f); err != nil {
		return err
	}
	if _, err := t.exec(`DELETE FROM features WHERE id = ?1`, f.ID); err != nil {
		return err
	}
	before := featureState(f)
	before["key"], before["created_at"] = f.Key, f.CreatedAt.UnixMilli()
	if err := t.record(entry{entity: "feature", id: f.ID, name: f.Name, feature: f, action: "delete", old: before}); err != nil {
		return err
	}
	return t.touchCatalogue()
}

// FeatureVersion is the revision of the latest change of a feature: what an edit form is held against.
func (d *DB) FeatureVersion(ctx context.Context, id int64) (int64, error) {
	return version(ctx, d.reader, "feature", id, id)
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
