package db

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"flagstone/features"
	"flagstone/words"
)

// checkDraft refuses what a feature cannot become, for what is stored beside it.
func (t *tx) checkDraft(f *features.Feature, draft features.FeatureDraft) error {
	checks := []func(*features.Feature, features.FeatureDraft) error{t.checkType, t.checkForced, t.checkLinks}
	if !f.AllowsTheSame(draft.Feature(f)) { // else the overrides of every account need not be looked at
		checks = append(checks, t.checkValues)
	}
	for _, check := range checks {
		if err := check(f, draft); err != nil {
			return err
		}
	}
	return nil
}

// checkType refuses another type for a feature that anything refers to.
func (t *tx) checkType(f *features.Feature, draft features.FeatureDraft) error {
	if f.Type == draft.Type {
		return nil
	}
	uses, err := usesOf(t.ctx, t, f)
	if err != nil || len(uses) == 0 {
		return err
	}
	return &features.Error{
		Kind: features.Invalid, Field: "type",
		Message: "The type stays " + string(f.Type) + " while " + f.Name + " is used by " + strings.Join(uses, ", ") + ". Change these first.",
	}
}

// catalogue reads the catalogue as the transaction sees it.
func (t *tx) catalogue() (*features.Catalogue, error) { return loadCatalogue(t.ctx, t.Tx) }

// checkLinks refuses dependencies and conflicts that break a rule of docs/evaluation.md §11, where the draft changes
// them.
func (t *tx) checkLinks(f *features.Feature, draft features.FeatureDraft) error {
	if slices.Equal(f.DependsOn, draft.DependsOn) && slices.Equal(f.ConflictsWith, draft.ConflictsWith) {
		return nil
	}
	catalogue, err := t.catalogue()
	if err != nil {
		return err
	}
	return catalogue.With(draft.Feature(f)).CheckLinks(draft.Key)
}

// exception is SQL for which rows x of a table are not looked at, beginning with AND: "" for none. It is given what they
// are in the log, and the column of their first number.
type exception func(entity, id string) string

func noException(string, string) string { return "" }

// checkValues refuses a type, constraints or variants that stored values of the feature break.
func (t *tx) checkValues(f *features.Feature, draft features.FeatureDraft) error {
	return checkValues(t.ctx, t, f, draft.Feature(f), noException)
}

func checkValues(ctx context.Context, q querier, was, is *features.Feature, but exception, args ...any) error {
	check := is.ValueCheck()
	field := "min"
	switch {
	case was.Type != is.Type:
		field = "type"
	case is.Constraints.Schema != was.Constraints.Schema:
		field = "schema"
	case len(was.Variants) != len(is.Variants):
		field = "variants"
	}
	type stored struct {
		value    features.Value
		accounts int
		tier     string
	}
	values, err := collect(ctx, q, func(rows *sql.Rows) (s stored, err error) {
		return s, rows.Scan(&s.value.Enabled, &s.value.Data, &s.accounts, &s.tier)
	}, `
		SELECT enabled, value, count(*), '' FROM overrides x WHERE feature_id = ?1 AND variant = ''`+but("override", "x.account_id")+` GROUP BY enabled, value
		UNION ALL
		SELECT x.enabled, x.value, 0, t.name FROM tier_features x JOIN tiers t ON t.id = x.tier_id WHERE x.feature_id = ?1`+but("tier_feature", "x.tier_id"),
		append([]any{is.ID}, args...)...)
	if err != nil {
		return err
	}
	for _, s := range values {
		who := "the tier " + s.tier
		if s.accounts > 0 {
			who = "overrides of " + words.Count(s.accounts, "account")
		}
		if fault := check.Fault(s.value); fault != "" {
			return &features.Error{
				Kind: features.Invalid, Field: field,
				Message: fmt.Sprintf("Existing values would become invalid (%s, %s). Change them first. %s", who, s.value.Words(), fault),
			}
		}
	}
	return nil
}

// checkForced refuses to leave a feature without a variant that some override forces.
func (t *tx) checkForced(f *features.Feature, draft features.FeatureDraft) error {
	return checkForced(t.ctx, t, draft.Feature(f), noException)
}

func checkForced(ctx context.Context, q querier, is *features.Feature, but exception, args ...any) error {
	type forced struct {
		variant  string
		accounts int
	}
	all, err := collect(ctx, q, func(rows *sql.Rows) (o forced, err error) { return o, rows.Scan(&o.variant, &o.accounts) },
		`SELECT variant, count(*) FROM overrides x WHERE feature_id = ?1 AND variant <> ''`+but("override", "x.account_id")+` GROUP BY variant`,
		append([]any{is.ID}, args...)...)
	for _, o := range all {
		if !hasVariant(is, o.variant) {
			return &features.Error{
				Kind: features.Invalid, Field: "variants",
				Message: fmt.Sprintf("The overrides of %s force the variant %s: reset them first.", words.Count(o.accounts, "account"), o.variant),
			}
		}
	}
	return err
}

func hasVariant(f *features.Feature, key string) bool {
	return slices.ContainsFunc(f.Variants, func(v features.Variant) bool { return v.Key == key })
}

// usesOf lists what refers to a feature, in words: "overrides of 3 accounts", "the tier Pro", "the feature api.webhooks".
func usesOf(ctx context.Context, q querier, f *features.Feature) (uses []string, err error) {
	var overrides int
	if err := q.QueryRowContext(ctx, `SELECT count(*) FROM overrides WHERE feature_id = ?1`, f.ID).Scan(&overrides); err != nil {
		return nil, err
	}
	if overrides > 0 {
		uses = append(uses, "overrides of "+words.Count(overrides, "account"))
	}
	others, err := collect(ctx, q, func(rows *sql.Rows) (use string, err error) { return use, rows.Scan(&use) }, `
		SELECT 'the tier ' || t.name FROM tier_features x JOIN tiers t ON t.id = x.tier_id WHERE x.feature_id = ?1
		UNION ALL
		SELECT 'the feature ' || f.key FROM features f
		WHERE f.id <> ?1 AND (?2 IN (SELECT value FROM json_each(f.depends_on)) OR ?2 IN (SELECT value FROM json_each(f.conflicts_with)))
		UNION ALL
		SELECT 'the model ' || name FROM models WHERE feature_id = ?1
		UNION ALL
		SELECT 'the component ' || iif(display_name = '', name, display_name) FROM components
		WHERE feature_id = ?1 OR ?2 IN (SELECT value FROM json_each(required_features))`, f.ID, f.Key)
	if err != nil {
		return nil, err
	}
	var requests int
	if err := q.QueryRowContext(ctx, `SELECT count(*) FROM upgrade_requests WHERE feature_id = ?1`, f.ID).Scan(&requests); err != nil {
		return nil, err
	}
	if uses = append(uses, others...); requests > 0 {
		uses = append(uses, words.Count(requests, "upgrade request"))
	}
	return uses, nil
}

// checkUnused refuses to delete a feature that anything refers to.
func checkUnused(ctx context.Context, q querier, f *features.Feature) error {
	uses, err := usesOf(ctx, q, f)
	if err != nil || len(uses) == 0 {
		return err
	}
	return &features.Error{
		Kind:    features.Conflict,
		Message: f.Name + " is used by " + strings.Join(uses, ", ") + ". Change these first, or retire the feature.",
	}
}

// CheckUnused returns a conflict that lists what refers to a feature: the one with which its deletion would be refused.
func (d *DB) CheckUnused(ctx context.Context, f *features.Feature) error {
	return checkUnused(ctx, d.reader, f)
}

// FeatureUses lists what refers to a feature, in words; while anything does, its type is fixed and it cannot be deleted.
func (d *DB) FeatureUses(ctx context.Context, f *features.Feature) ([]string, error) {
	return usesOf(ctx, d.reader, f)
}
