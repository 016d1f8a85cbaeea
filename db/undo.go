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
		for _, revert := range []func(int64) error{t.revertOverrides, t.revertAccounts, t.revertFeatures, t.recordUndo} {
			if err := revert(id); err != nil {
				return err
			}
		}
		return nil
	})
	return plan, revision, err
}

func (t *tx) revertOverrides(id int64) error {
	_, err := t.exec(`
		UPDATE accounts SET revision = ?3
		WHERE id IN (SELECT a.entity_id FROM audit a WHERE a.entity = 'override' AND `+restored+` IS NULL AND `+revertible+`)`,
		id, t.at.UnixMilli(), t.revision)
	if err != nil {
		return err
	}
	_, err = t.exec(`
		DELETE FROM overrides WHERE (account_id, feature_id) IN (
			SELECT a.entity_id, a.feature_id FROM audit a WHERE a.entity = 'override' AND `+restored+` IS NULL AND `+revertible+`)`,
		id, t.at.UnixMilli())
	if err != nil {
		return err
	}
	_, err = t.exec(`
		INSERT INTO overrides (account_id, feature_id, enabled, reason, expires_at, set_by, set_at, revision)
		SELECT a.entity_id, a.feature_id, json_extract(a.old, '$.enabled'), json_extract(a.old, '$.reason'),
		       json_extract(a.old, '$.expires_at'), json_extract(a.old, '$.set_by'), json_extract(a.old, '$.set_at'), ?3
		FROM audit a WHERE a.entity = 'override' AND `+restored+` IS NOT NULL AND `+revertible+`
		ON CONFLICT (account_id, feature_id) DO UPDATE SET enabled = excluded.enabled, reason = excluded.reason,
			expires_at = excluded.expires_at, set_by = excluded.set_by, set_at = excluded.set_at, revision = excluded.revision`,
		id, t.at.UnixMilli(), t.revision)
	return err
}

// back is SQL for a field as a row of the log had it, or as it is where the row does not name it.
func back(field string) string {
	return `iif(json_type(a.old, '$.` + field + `') IS NULL, x.` + field + `, json_extract(a.old, '$.` + field + `'))`
}

func (t *tx) revertAccounts(id int64) error {
	_, err := t.exec(`
		UPDATE accounts AS x SET slug = `+back("slug")+`, external_id = `+back("external_id")+`, name = `+back("name")+`,
			contact_email = `+back("contact_email")+`, postal_code = `+back("postal_code")+`, status = `+back("status")+`,
			tier_id = iif(json_type(a.old, '$.tier') IS NULL, x.tier_id, (SELECT id FROM tiers WHERE key = json_extract(a.old, '$.tier'))),
			updated_at = ?2, revision = ?3
		FROM audit a WHERE a.entity = 'account' AND a.entity_id = x.id AND `+revertible, id, t.at.UnixMilli(), t.revision)
	taken := violatesUnique(err)
	if err == nil {
		taken, err = t.revertClashes(id)
	}
	if taken {
		return &features.Error{Kind: features.Conflict, Message: "Another account has taken the slug or external id that this would bring back."}
	}
	return err
}

// revertClashes tells whether an account that has its slug or external id back is now known by a name of another.
func (t *tx) revertClashes(id int64) (clash bool, err error) {
	err = t.row(`
		SELECT EXISTS (
			SELECT 1 FROM audit a JOIN accounts x ON x.id = a.entity_id JOIN accounts y ON y.id <> x.id
				AND (y.slug = x.external_id OR y.external_id = x.slug OR y.targeting_key IN (x.slug, x.external_id))
			WHERE a.entity = 'account' AND coalesce(json_type(a.old, '$.slug'), json_type(a.old, '$.external_id')) IS NOT NULL
				AND `+revertible+`)`, id, t.at.UnixMilli()).Scan(&clash)
	return clash, err
}

func (t *tx) revertFeatures(id int64) error {
	result, err := t.exec(`
		UPDATE features AS x SET name = `+back("name")+`, description = `+back("description")+`, category = `+back("category")+`,
			subcategory = `+back("subcategory")+`, icon = `+back("icon")+`, help_url = `+back("help_url")+`, owner = `+back("owner")+`,
			display_order = `+back("display_order")+`, default_enabled = `+back("default_enabled")+`, enabled = `+back("enabled")+`,
			updated_at = ?2, updated_by = ?4, revision = ?3
		FROM audit a WHERE a.entity = 'feature' AND a.entity_id = x.id AND `+revertible, id, t.at.UnixMilli(), t.revision, t.by.Name)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return t.touchCatalogue()
}

// recordUndo writes the undo's own rows: what each thing was before it, and what it is again.
func (t *tx) recordUndo(id int64) error {
	_, err := t.exec(`
		INSERT INTO audit (change_set_id, entity, entity_id, entity_name, account_id, feature_id, feature_key, action, old, new)
		SELECT ?3, a.entity, a.entity_id, a.entity_name, a.account_id, a.feature_id, a.feature_key,
		       CASE WHEN a.new IS NULL THEN 'create' WHEN `+restored+` IS NULL THEN 'delete' ELSE 'update' END, a.new, `+restored+`
		FROM audit a WHERE `+revertible, id, t.at.UnixMilli(), t.revision)
	return err
}
