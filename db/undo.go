package db

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"flagstone/features"
)

// UndoPlan is what undoing a change set would do.
type UndoPlan struct {
	ChangeSet ChangeSet
	Revert    int      // things put back as they were
	Names     []string // of the first of them
	Left      []string // of the first things left alone, because they have changed since or cannot be undone
	LeftCount int
}

// undoNames is how many names a plan carries.
const undoNames = 12

// revertible is SQL for the rows of change set ?1 that can be put back at time ?2: those whose latest change is still
// this one. Creations of accounts, features and people stay; suspend, retire or disable them instead. An override that
// was removed and has expired since has nothing to come back to, nor has what was about an account or a feature that
// somebody has deleted by hand.
const revertible = `a.change_set_id = ?1
	AND (a.entity = 'override' AND coalesce(a.new, ` + restored + `) IS NOT NULL
	     OR a.entity IN ('account', 'feature') AND a.action = 'update')
	AND (a.account_id IS NULL OR EXISTS (SELECT 1 FROM accounts WHERE id = a.account_id))
	AND (a.feature_id = 0 OR EXISTS (SELECT 1 FROM features WHERE id = a.feature_id))
	AND NOT EXISTS (SELECT 1 FROM audit b WHERE b.entity = a.entity AND b.entity_id = a.entity_id
	                AND b.feature_id = a.feature_id AND b.change_set_id > a.change_set_id)`

// restored is SQL for the state that a row goes back to at time ?2; an override that has expired meanwhile stays away.
const restored = `iif(a.entity = 'override' AND json_extract(a.old, '$.expires_at') <= ?2, NULL, a.old)`

// PlanUndo says what undoing a change set would do, or refuses as Undo does.
func (d *DB) PlanUndo(ctx context.Context, id int64) (UndoPlan, error) {
	return planUndo(ctx, d.reader, id, time.Now())
}

func planUndo(ctx context.Context, q querier, id int64, at time.Time) (plan UndoPlan, err error) {
	if plan.ChangeSet, err = changeSetByID(ctx, q, id); err != nil {
		return plan, err
	}
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM audit a WHERE `+revertible, id, at.UnixMilli()).Scan(&plan.Revert)
	if err != nil {
		return plan, err
	}
	plan.LeftCount = plan.ChangeSet.Rows - plan.Revert
	if plan.Revert == 0 {
		return plan, refuseUndo(plan.ChangeSet)
	}
	names := func(condition string) ([]string, error) {
		return collect(ctx, q, func(rows *sql.Rows) (n string, err error) { return n, rows.Scan(&n) },
			`SELECT DISTINCT a.entity_name FROM audit a WHERE `+condition+` ORDER BY a.id LIMIT ?3`, id, at.UnixMilli(), undoNames)
	}
	if plan.Names, err = names(revertible); err != nil {
		return plan, err
	}
	plan.Left, err = names(`a.change_set_id = ?1 AND NOT (` + revertible + `)`)
	return plan, err
}

func refuseUndo(c ChangeSet) error {
	if c.UndoneBy != 0 {
		return &features.Error{Kind: features.Conflict, Message: "This change has been undone already."}
	}
	return &features.Error{
		Kind:    features.Conflict,
		Message: "There is nothing to undo: everything in this change has been changed since, or cannot be taken back.",
	}
}

// Undo puts back everything that a change set changed and that has not changed since (spec §4.10), as a change set of
// its own, which can be undone in turn. It refuses a change set that is undone already or that has nothing to undo.
func (d *DB) Undo(ctx context.Context, by features.Actor, id int64, reason string) (plan UndoPlan, revision int64, err error) {
	revision, err = d.write(ctx, by, func(t *tx) error {
		if plan, err = planUndo(ctx, t, id, t.at); err != nil {
			return err
		}
		summary := fmt.Sprintf("Undid: %s", plan.ChangeSet.Summary)
		if err := t.begin(changeSet{action: "undo", summary: summary, reason: reason, undoes: id}); err != nil {
			return err
		}
		if err := t.recordUndo(id); err != nil {
			return err
		}
		for _, restore := range []func() error{t.restoreOverrides, t.restoreAccounts, t.restoreFeatures} {
			if err := restore(); err != nil {
				return err
			}
		}
		return nil
	})
	return plan, revision, err
}

// recordUndo writes the undo's own rows of the log: what each thing is, and what it is to be again. Then what they say
// is done.
func (t *tx) recordUndo(id int64) error {
	_, err := t.exec(`
		INSERT INTO audit (change_set_id, entity, entity_id, entity_name, account_id, feature_id, feature_key, action, old, new)
		SELECT ?3, a.entity, a.entity_id, a.entity_name, a.account_id, a.feature_id, a.feature_key,
		       CASE WHEN a.new IS NULL THEN 'create' WHEN `+restored+` IS NULL THEN 'delete' ELSE 'update' END, a.new, `+restored+`
		FROM audit a WHERE `+revertible+` ORDER BY a.id`, id, t.at.UnixMilli(), t.revision)
	return err
}

// restoreOverrides does what the open change set has recorded for overrides.
func (t *tx) restoreOverrides() error {
	for _, statement := range []string{`
		UPDATE accounts SET revision = ?1
		WHERE id IN (SELECT entity_id FROM audit WHERE change_set_id = ?1 AND entity = 'override' AND new IS NULL)`, `
		DELETE FROM overrides WHERE (account_id, feature_id) IN (
			SELECT entity_id, feature_id FROM audit WHERE change_set_id = ?1 AND entity = 'override' AND new IS NULL)`, `
		INSERT INTO overrides (account_id, feature_id, enabled, reason, expires_at, set_by, set_at, revision, variant)
		SELECT entity_id, feature_id, new->>'enabled', new->>'reason', new->>'expires_at', new->>'set_by', new->>'set_at', ?1,
		       coalesce(new->>'variant', '')
		FROM audit WHERE change_set_id = ?1 AND entity = 'override' AND new IS NOT NULL
		ON CONFLICT (account_id, feature_id) DO UPDATE SET enabled = excluded.enabled, reason = excluded.reason,
			expires_at = excluded.expires_at, set_by = excluded.set_by, set_at = excluded.set_at, revision = excluded.revision,
			variant = excluded.variant`} {
		if _, err := t.exec(statement, t.revision); err != nil {
			return err
		}
	}
	return nil
}

// recorded is SQL for a field as the row a of the log records it, or as it is in x where the row does not name it.
func recorded(field string) string {
	return `iif(json_type(a.new, '$.` + field + `') IS NULL, x.` + field + `, a.new->>'` + field + `')`
}

// restoreAccounts does what the open change set has recorded for accounts.
func (t *tx) restoreAccounts() error {
	_, err := t.exec(`
		UPDATE accounts AS x SET slug = `+recorded("slug")+`, external_id = `+recorded("external_id")+`, name = `+recorded("name")+`,
			contact_email = `+recorded("contact_email")+`, postal_code = `+recorded("postal_code")+`, status = `+recorded("status")+`,
			tier_id = iif(json_type(a.new, '$.tier') IS NULL, x.tier_id, (SELECT id FROM tiers WHERE key = a.new->>'tier')),
			updated_at = ?2, revision = ?1
		FROM audit a WHERE a.change_set_id = ?1 AND a.entity = 'account' AND a.entity_id = x.id`, t.revision, t.at.UnixMilli())
	taken := violatesUnique(err)
	if err == nil {
		taken, err = t.identifiersClash()
	}
	if taken {
		return &features.Error{Kind: features.Conflict, Message: "Another account has taken the slug or external id that this would bring back."}
	}
	return err
}

// identifiersClash tells whether an account whose slug or external id the open change set has recorded is now known by
// a name of another.
func (t *tx) identifiersClash() (clash bool, err error) {
	err = t.row(`
		SELECT EXISTS (
			SELECT 1 FROM audit a JOIN accounts x ON x.id = a.entity_id JOIN accounts y ON y.id <> x.id
				AND (y.slug = x.external_id OR y.external_id = x.slug OR y.targeting_key IN (x.slug, x.external_id))
			WHERE a.change_set_id = ?1 AND a.entity = 'account'
				AND coalesce(json_type(a.new, '$.slug'), json_type(a.new, '$.external_id')) IS NOT NULL)`, t.revision).Scan(&clash)
	return clash, err
}

// restoreFeatures does what the open change set has recorded for features.
func (t *tx) restoreFeatures() error {
	result, err := t.exec(`
		UPDATE features AS x SET name = `+recorded("name")+`, description = `+recorded("description")+`,
			category = `+recorded("category")+`, subcategory = `+recorded("subcategory")+`, icon = `+recorded("icon")+`,
			help_url = `+recorded("help_url")+`, owner = `+recorded("owner")+`, display_order = `+recorded("display_order")+`,
			default_enabled = `+recorded("default_enabled")+`, enabled = `+recorded("enabled")+`, active = `+recorded("active")+`,
			strategy = `+recorded("strategy")+`, percentage = `+recorded("percentage")+`, rollout_by = `+recorded("rollout_by")+`,
			target = `+recorded("target")+`, variants = `+recorded("variants")+`, permanent = `+recorded("permanent")+`,
			updated_at = ?2, updated_by = ?3, revision = ?1
		FROM audit a WHERE a.change_set_id = ?1 AND a.entity = 'feature' AND a.entity_id = x.id`, t.revision, t.at.UnixMilli(), t.by.Name)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return t.touchCatalogue()
}
