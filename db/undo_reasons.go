package db

import (
	"strings"

	"flagstone/words"
)

// Reasons to leave a thing alone, as the database finds them. What is gone is named after a colon: "gone:tier".
const (
	leftUndone  = "undone"  // an undo has put it back before
	leftChanged = "changed" // somebody has changed it since
	leftNever   = "never"   // there is nothing on record to put back
	leftExpired = "expired" // an override whose time has passed meanwhile
	leftGone    = "gone"    // it, or what it is about, no longer exists
	leftRefers  = "refers"  // something refers to what would be deleted
	leftTaken   = "taken"   // another thing has taken its name
	leftPart    = "part"    // what it is a part of stays
	leftRule    = "rule"    // the registry would break a rule
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

// staying is SQL for the rows of change set ?1 that are known to be left unchanged.
const staying = `(SELECT value FROM json_each(?3))`

// comesBack is SQL for what change set ?1 deleted and its undo makes again, by a condition on its rows c.
func comesBack(entity, condition string) string {
	return `EXISTS (SELECT 1 FROM audit c WHERE c.entity = '` + entity + `' AND c.change_set_id = ?1 AND c.new IS NULL AND c.id NOT IN ` + staying + ` AND ` + condition + `)`
}

// gone is SQL for the entity whose absence keeps a row from being put back: it is the thing itself, or what that is
// about. It is null where nothing is missing, and what the undo makes again is not.
func gone() string {
	missing := func(when, entity, id string) string {
		return ` WHEN ` + when + ` AND ` + id + ` NOT IN (SELECT id FROM ` + kindOf(entity).table + `) AND NOT ` +
			comesBack(entity, `c.entity_id = `+id) + ` THEN '` + entity + `'`
	}
	return `CASE` +
		missing(`a.account_id IS NOT NULL`, "account", "a.account_id") +
		missing(`a.feature_id <> 0`, "feature", "a.feature_id") +
		missing(`a.entity IN ('user', 'membership')`, "user", "a.entity_id") +
		missing(`a.entity IN ('tier', 'tier_feature')`, "tier", "a.entity_id") +
		missing(`a.entity = 'model'`, "model", "a.entity_id") +
		missing(`a.entity = 'component'`, "component", "a.entity_id") +
		missing(`a.entity = 'key'`, "key", "a.entity_id") + `
		WHEN a.entity = 'account' AND a.old->>'tier' IS NOT NULL AND a.old->>'tier' NOT IN (SELECT key FROM tiers) AND NOT ` + comesBack("tier", `c.old->>'key' = a.old->>'tier'`) + ` THEN 'tier'
		WHEN a.entity IN ('model', 'component') AND ` + missesFeature() + ` THEN 'feature' END`
}

// missesFeature is SQL for a model or a component whose features, as they were, are not all there: without them it would be
// everybody's.
func missesFeature() string {
	return `EXISTS (
		SELECT 1 FROM (SELECT a.old->>'feature' AS key UNION SELECT value FROM json_each(coalesce(a.old->'required_features', '[]'))) n
		WHERE n.key IS NOT NULL AND n.key NOT IN (SELECT key FROM features) AND NOT ` + comesBack("feature", `c.old->>'key' = n.key`) + `)`
}

// wholes are the entities whose parts do not go without them.
var wholes = []struct{ entity, part, id string }{
	{"account", "('override', 'membership', 'upgrade_request')", "a.account_id"},
	{"tier", "('tier_feature')", "a.entity_id"},
}

// leftAlone is SQL for why a row a of change set ?1 is left unchanged at time ?2; it is empty where it is put back. ?3 is a
// list of the rows of the change set that are known to be left unchanged.
func leftAlone() string {
	var entities []string
	refers, taken, part := `false`, `false`, `false`
	for _, k := range kinds {
		entities = append(entities, k.entity)
		for _, r := range k.refers {
			refers += ` OR a.entity = '` + k.entity + `' AND EXISTS (SELECT 1` + r.rows() + `)`
		}
		if k.taken != "" {
			taken += ` OR a.entity = '` + k.entity + `' AND ` + k.taken
		}
	}
	for _, w := range wholes {
		part += ` OR a.entity IN ` + w.part + ` AND EXISTS (SELECT 1 FROM audit c WHERE c.entity = '` + w.entity + `'
			AND c.entity_id = ` + w.id + ` AND c.change_set_id = ?1 AND c.old IS NULL AND c.id IN ` + staying + `)`
	}
	return `CASE
		WHEN a.entity NOT IN (` + quoted(entities) + `) OR a.entity = 'user' AND a.action = 'update' AND json_type(a.new, '$.password') IS NOT NULL
		     OR a.entity = 'key' AND a.action <> 'create'
			THEN '` + leftNever + `'
		WHEN NOT EXISTS (` + leaving + ` SELECT 1 FROM leaving WHERE id IN (SELECT id FROM again))
			THEN iif(EXISTS (` + leaving + ` SELECT 1 FROM leaving JOIN change_sets s ON s.id = leaving.id WHERE s.undoes IN (SELECT id FROM again)),
				'` + leftUndone + `', '` + leftChanged + `')
		WHEN a.entity = 'override' AND coalesce(a.new, ` + restored + `) IS NULL THEN '` + leftExpired + `'
		WHEN ` + gone() + ` IS NOT NULL THEN '` + leftGone + `:' || ` + gone() + `
		WHEN a.old IS NULL AND (` + refers + `) THEN '` + leftRefers + `'
		WHEN a.old IS NULL AND (` + part + `) THEN '` + leftPart + `'
		WHEN a.old IS NOT NULL AND (` + taken + `) THEN '` + leftTaken + `'
		ELSE '' END`
}

// quoted is SQL for a list of our own words.
func quoted(words []string) string { return `'` + strings.Join(words, `', '`) + `'` }

// rows is SQL for the rows r that refer to what a row a of the log is about, but for those that the undo of change set ?1
// puts back: as they were before it, they did not.
func (r reference) rows() string {
	var same []string
	for _, c := range kindOf(r.entity).key {
		same = append(same, `r.`+c.name+` = `+strings.Replace(c.value, "a.", "c.", 1))
	}
	return ` FROM ` + r.table + ` r WHERE r.` + r.column + ` = a.entity_id AND NOT EXISTS (SELECT 1 FROM audit c
		WHERE c.entity = '` + r.entity + `' AND c.change_set_id = ?1 AND ` + strings.Join(same, " AND ") + ` AND c.id NOT IN ` + staying + `)`
}

// referring says what refers to the thing of a row of the log, but for its parts that stay with it: "has 3 overrides and
// 1 user".
func (p *undoPlanner) referring(row undoRow) (string, error) {
	var users []string
	for _, r := range kindOf(row.Entity).refers {
		var n int
		err := p.tx.QueryRowContext(p.ctx, `SELECT (SELECT count(*)`+r.rows()+`) FROM audit a WHERE a.id = ?2`, p.set.ID, row.id, p.left(leftPart)).Scan(&n)
		if err != nil {
			return "", err
		}
		if n > 0 {
			users = append(users, words.Count(n, r.noun))
		}
	}
	return "has " + strings.Join(users, " and ") + " since", nil
}

// lost says what no longer exists, so that a row cannot be put back.
func (p *undoPlanner) lost(row undoRow, entity string) (string, error) {
	switch {
	case entity == row.Entity:
		return "no longer exists", nil
	case row.Entity == "model" || row.Entity == "component":
		return "a feature that it needs no longer exists", nil
	case entity == "feature":
		return "the feature " + row.featureKey + " no longer exists", nil
	case entity == "user" || row.Entity == "tier_feature":
		return "the " + entity + " no longer exists", nil
	}
	var name string
	err := p.tx.QueryRowContext(p.ctx, `
		SELECT coalesce((SELECT b.entity_name FROM audit b WHERE b.entity = ?2 AND (?2 = 'account' AND b.entity_id = a.account_id
			OR ?2 = 'tier' AND a.old->>'tier' IN (b.old->>'key', b.new->>'key')) ORDER BY b.id DESC LIMIT 1), a.old->>'tier', '')
		FROM audit a WHERE a.id = ?1`, row.id, entity).Scan(&name)
	return "the " + entity + " " + name + " no longer exists", err
}

// whyLeft says in words why a thing is left unchanged, where that is the same for all of its kind.
func whyLeft(why, entity string) string {
	switch {
	case why == leftExpired:
		return "has expired since"
	case why == leftPart && entity == "tier_feature":
		return "stays with its tier"
	case why == leftPart:
		return "stays with its account"
	case why == leftTaken && entity == "account":
		return "another account has taken its slug or external ID"
	case why == leftTaken && entity == "user":
		return "another user has taken the e-mail or external ID"
	case why == leftTaken && entity == "upgrade_request":
		return "the account has asked again since"
	case why == leftTaken:
		return "another " + entity + " has taken its key"
	case entity == "user":
		return "passwords are not kept, so the previous one cannot be restored"
	case entity == "password_link":
		return "a link to choose a password stays valid until another is created"
	case entity == "session":
		return "an ended session cannot be restored"
	case entity == "key":
		return "a revoked or removed API key cannot be restored: create another"
	}
	return "no earlier state is recorded"
}
