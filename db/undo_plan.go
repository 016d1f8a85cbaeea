package db

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"flagstone/features"
)

// UndoPlan is what undoing a change set would do.
type UndoPlan struct {
	ChangeSet    ChangeSet
	Revert       int         // things put back as they were
	Names        []string    // that the first of them have
	Unnamed      int         // how many are beyond these names; 0 where these are all
	Left         []LeftAlone // the first things left alone
	LeftCount    int
	Ended        int // users who are removed or disabled: their sessions end
	Passwordless int // users who come back, without the password that they may have had
}

// LeftAlone is a thing that an undo leaves as it is.
type LeftAlone struct {
	Entity     string
	Name       string
	FeatureKey string     // of an override
	Why        string     // "has 3 overrides since", "changed since"
	Since      *ChangeSet // the latest change that it has seen since and that is not undone; nil when that is not why
}

// undoNames is how many names a plan carries.
const undoNames = 12

// Reasons to leave a thing alone, as the database finds them.
const (
	leftChanged = "changed" // somebody has changed it since
	leftNever   = "never"   // there is nothing on record to put back
	leftExpired = "expired" // an override whose time has passed meanwhile
	leftGone    = "gone"    // it, or what it is about, has been deleted by hand
	leftRefers  = "refers"  // something refers to what would be deleted
	leftTaken   = "taken"   // another thing has taken its name
)

// undoing is SQL for change set ?1 and those that did again what it had done, by undoing its undo: whoever left a thing
// so, left it as the change set did.
const undoing = `WITH RECURSIVE again (id) AS (
	SELECT ?1 UNION SELECT r.id FROM again JOIN change_sets u ON u.undoes = again.id JOIN change_sets r ON r.undoes = u.id)`

// about is SQL for the rows b of the log that are about the same thing as a row a.
const about = `b.entity = a.entity AND b.entity_id = a.entity_id AND b.feature_id = a.feature_id
	AND (a.entity <> 'membership' OR b.account_id = a.account_id) AND (a.entity <> 'setting' OR b.entity_name = a.entity_name)`

// leaving is SQL for the change sets that left what a row a of the log is about as it is now, the latest first: where that
// is an undo which put all of it back, whoever had left it so before what was undone did, too.
const leaving = `WITH RECURSIVE leaving (id) AS (
	SELECT max(b.change_set_id) FROM audit b WHERE ` + about + `
	UNION ALL
	SELECT (SELECT max(b.change_set_id) FROM audit b WHERE ` + about + ` AND b.change_set_id < s.undoes)
	FROM leaving JOIN change_sets s ON s.id = leaving.id
	WHERE s.undoes IS NOT NULL AND (SELECT b.new FROM audit b WHERE ` + about + ` AND b.change_set_id = s.id)
	      IS (SELECT b.old FROM audit b WHERE ` + about + ` AND b.change_set_id = s.undoes))`

// present and restored are SQL for the states that a row leaves and goes back to at time ?2. An override that has
// expired meanwhile stays away; a setting without a value is none.
const (
	present  = `iif(a.entity = 'setting' AND a.new->>'value' IS NULL, NULL, a.new)`
	restored = `CASE a.entity WHEN 'override' THEN iif(json_extract(a.old, '$.expires_at') <= ?2, NULL, a.old)
		WHEN 'setting' THEN iif(a.old->>'value' IS NULL, NULL, a.old)
		WHEN 'user' THEN iif(a.new IS NULL, json_remove(a.old, '$.password'), a.old) ELSE a.old END`
)

// gone is SQL for a row whose thing cannot be put back because something has been deleted that it is, or is about. What
// the same change set deleted comes back with it.
func gone() string {
	missing := func(entity, table, id string) string {
		return id + ` NOT IN (SELECT id FROM ` + table + `) AND NOT EXISTS (SELECT 1 FROM audit c
			WHERE c.entity = '` + entity + `' AND c.entity_id = ` + id + ` AND c.change_set_id = ?1 AND c.new IS NULL)`
	}
	return `(a.account_id IS NOT NULL AND ` + missing("account", "accounts", "a.account_id") + `
		OR a.feature_id <> 0 AND ` + missing("feature", "features", "a.feature_id") + `
		OR a.entity IN ('user', 'membership') AND ` + missing("user", "users", "a.entity_id") + `
		OR a.entity IN ('tier', 'tier_feature') AND ` + missing("tier", "tiers", "a.entity_id") + `
		OR a.entity = 'account' AND a.old->>'tier' IS NOT NULL AND a.old->>'tier' NOT IN (SELECT key FROM tiers) AND NOT EXISTS (SELECT 1 FROM audit c
			WHERE c.entity = 'tier' AND c.change_set_id = ?1 AND c.new IS NULL AND c.old->>'key' = a.old->>'tier')
		OR a.entity = 'model' AND ` + missing("model", "models", "a.entity_id") + `
		OR a.entity = 'component' AND ` + missing("component", "components", "a.entity_id") + `
		OR a.entity IN ('model', 'component') AND ` + ungated + `
		OR a.entity = 'key' AND ` + missing("key", "api_keys", "a.entity_id") + `)`
}

// ungated is SQL for a model or a component whose features, as they were, are not all there: without them it would be
// everybody's. What the same change set deleted comes back with it.
const ungated = `EXISTS (
	SELECT 1 FROM (SELECT a.old->>'feature' AS key UNION SELECT value FROM json_each(coalesce(a.old->'required_features', '[]'))) n
	WHERE n.key IS NOT NULL AND n.key NOT IN (SELECT key FROM features) AND NOT EXISTS (SELECT 1 FROM audit c
		WHERE c.entity = 'feature' AND c.change_set_id = ?1 AND c.new IS NULL AND c.old->>'key' = n.key))`

// leftAlone is SQL for why a row a of change set ?1 is left alone at time ?2; it is empty where it is put back.
func leftAlone() string {
	var entities []string
	refers, taken := `false`, `false`
	for _, k := range kinds {
		entities = append(entities, k.entity)
		for _, r := range k.refers {
			refers += ` OR a.entity = '` + k.entity + `' AND EXISTS (SELECT 1` + r.rows() + `)`
		}
		if k.taken != "" {
			taken += ` OR a.entity = '` + k.entity + `' AND ` + k.taken
		}
	}
	return `CASE
		WHEN a.entity NOT IN (` + quoted(entities) + `) OR a.entity = 'user' AND a.action = 'update' AND json_type(a.new, '$.password') IS NOT NULL
		     OR a.entity = 'key' AND a.action <> 'create'
			THEN '` + leftNever + `'
		WHEN NOT EXISTS (` + leaving + ` SELECT 1 FROM leaving WHERE id IN (SELECT id FROM again)) THEN '` + leftChanged + `'
		WHEN a.entity = 'override' AND coalesce(a.new, ` + restored + `) IS NULL THEN '` + leftExpired + `'
		WHEN ` + gone() + ` THEN '` + leftGone + `'
		WHEN a.old IS NULL AND (` + refers + `) THEN '` + leftRefers + `'
		WHEN a.old IS NOT NULL AND (` + taken + `) THEN '` + leftTaken + `'
		ELSE '' END`
}

// quoted is SQL for a list of our own words.
func quoted(words []string) string { return `'` + strings.Join(words, `', '`) + `'` }

// rows is SQL for the rows r that refer to what a row a of the log is about, but for those that go with it.
func (r reference) rows() string {
	return ` FROM ` + r.table + ` r WHERE r.` + r.column + ` = a.entity_id AND ` + r.since + ` NOT IN (SELECT id FROM again)`
}

// PlanUndo says what undoing a change set would do. Where that is nothing, it refuses as Undo does, and the plan says
// why each thing would be left alone.
func (d *DB) PlanUndo(ctx context.Context, id int64) (UndoPlan, error) {
	return planUndo(ctx, d.reader, id, time.Now())
}

// CanUndo tells whether undoing a change set would put anything back.
func (d *DB) CanUndo(ctx context.Context, id int64) (can bool, err error) {
	err = d.reader.QueryRowContext(ctx, undoing+` SELECT EXISTS (SELECT 1 FROM audit a WHERE a.change_set_id = ?1 AND `+leftAlone()+` = '')`,
		id, time.Now().UnixMilli()).Scan(&can)
	return can, err
}

func planUndo(ctx context.Context, q querier, id int64, at time.Time) (plan UndoPlan, err error) {
	if plan.ChangeSet, err = changeSetByID(ctx, q, id); err != nil {
		return plan, err
	}
	if err := plan.count(ctx, q, at); err != nil {
		return plan, err
	}
	plan.Names, err = collect(ctx, q, func(rows *sql.Rows) (n string, err error) { return n, rows.Scan(&n) },
		undoing+` SELECT DISTINCT a.entity_name FROM audit a WHERE a.change_set_id = ?1 AND `+leftAlone()+` = '' ORDER BY a.id LIMIT ?3`,
		id, at.UnixMilli(), undoNames)
	if err != nil {
		return plan, err
	}
	if len(plan.Names) == undoNames {
		plan.Unnamed = plan.Revert - undoNames
	}
	if plan.LeftCount > 0 {
		if plan.Left, err = leftThings(ctx, q, id, at); err != nil {
			return plan, err
		}
	}
	if plan.Revert == 0 {
		return plan, plan.refusal()
	}
	return plan, nil
}

// count tells apart what is put back and what is left alone.
func (p *UndoPlan) count(ctx context.Context, q querier, at time.Time) error {
	rows, err := q.QueryContext(ctx, undoing+`
		SELECT why = '', ended, passwordless, count(*) FROM (
			SELECT `+leftAlone()+` AS why, a.entity = 'user' AND a.new IS NULL AS passwordless,
			       a.entity = 'user' AND (a.old IS NULL OR coalesce(a.old->>'disabled', 0)) AS ended
			FROM audit a WHERE a.change_set_id = ?1)
		GROUP BY 1, 2, 3`, p.ChangeSet.ID, at.UnixMilli())
	if err != nil {
		return err
	}
	defer closeRows(rows)
	for rows.Next() {
		var back, ended, passwordless bool
		var n int
		if err := rows.Scan(&back, &ended, &passwordless, &n); err != nil {
			return err
		}
		if !back {
			p.LeftCount += n
			continue
		}
		p.Revert += n
		if ended {
			p.Ended += n
		}
		if passwordless {
			p.Passwordless += n
		}
	}
	return rows.Err()
}

// leftThings gives the first things that an undo leaves alone, with why.
func leftThings(ctx context.Context, q querier, id int64, at time.Time) ([]LeftAlone, error) {
	type found struct {
		row         int64
		why, entity string
		since       int64
		LeftAlone
	}
	things, err := collect(ctx, q, func(rows *sql.Rows) (f found, err error) {
		return f, rows.Scan(&f.row, &f.why, &f.entity, &f.Name, &f.FeatureKey, &f.since)
	}, undoing+`
		SELECT * FROM (
			SELECT a.id, `+leftAlone()+` AS why, a.entity, a.entity_name, coalesce(a.feature_key, ''), (`+leaving+` SELECT min(id) FROM leaving)
			FROM audit a WHERE a.change_set_id = ?1)
		WHERE why <> '' ORDER BY id LIMIT ?3`, id, at.UnixMilli(), undoNames)
	if err != nil {
		return nil, err
	}
	left := make([]LeftAlone, len(things))
	for i, f := range things {
		switch f.why {
		case leftChanged:
			since, err := changeSetByID(ctx, q, f.since)
			if err != nil {
				return nil, err
			}
			f.Why, f.Since = "changed since", &since
		case leftRefers:
			if f.Why, err = referring(ctx, q, f.entity, id, f.row); err != nil {
				return nil, err
			}
		default:
			f.Why = whyLeft(f.why, f.entity)
		}
		left[i] = f.LeftAlone
		left[i].Entity = f.entity
	}
	return left, nil
}

// referring says what refers to the thing of a row of the log: "has 3 overrides and 1 user".
func referring(ctx context.Context, q querier, entity string, id, row int64) (string, error) {
	var users []string
	for _, k := range kinds {
		if k.entity != entity {
			continue
		}
		for _, r := range k.refers {
			var n int
			err := q.QueryRowContext(ctx, undoing+` SELECT (SELECT count(*)`+r.rows()+`) FROM audit a WHERE a.id = ?2`, id, row).Scan(&n)
			if err != nil {
				return "", err
			}
			if n > 0 {
				users = append(users, count(n, r.noun))
			}
		}
	}
	return "has " + strings.Join(users, " and ") + " since", nil
}

// whyLeft says in words why a thing is left alone, where that is the same for all of its kind.
func whyLeft(why, entity string) string {
	switch {
	case why == leftExpired:
		return "has expired since"
	case why == leftGone && (entity == "model" || entity == "component"):
		return "it, or a feature that it needs, no longer exists"
	case why == leftGone:
		return "no longer exists"
	case why == leftTaken && entity == "account":
		return "another account has taken its slug or external ID"
	case why == leftTaken && entity == "user":
		return "another user has taken the e-mail or external ID"
	case why == leftTaken && entity == "upgrade_request":
		return "the account has asked again since"
	case why == leftTaken:
		return "another " + entity + " has taken its key"
	case entity == "user":
		return "a password is not kept, so the one before cannot come back"
	case entity == "session":
		return "a session that has ended stays ended"
	case entity == "key":
		return "an API key that is revoked or removed stays dead: create another"
	}
	return "nothing is on record that could be put back"
}

// refusal says why there is nothing to undo.
func (p *UndoPlan) refusal() error {
	message := "There is nothing to undo: everything in this change has been changed since, or cannot be taken back."
	switch {
	case p.ChangeSet.UndoneBy != 0:
		message = "This change has been undone already."
	case p.LeftCount == 1:
		message = fmt.Sprintf("There is nothing to undo. %s: %s.", p.Left[0].Name, p.Left[0].Why)
	}
	return &features.Error{Kind: features.Conflict, Message: message}
}
