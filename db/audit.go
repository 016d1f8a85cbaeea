package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"flagstone/features"
)

// ChangeSet is all that one action of one actor changed, recorded together (spec §1). Its ID is the revision.
type ChangeSet struct {
	ID        int64
	At        time.Time
	Action    string // such as "override.set"
	Summary   string
	Reason    string
	ActorKind features.ActorKind
	ActorName string
	IP        string
	UserAgent string
	Undoes    int64 // the change set that this one undid, 0 for none
	UndoneBy  int64 // the change set that undid this one, 0 for none
	Rows      int   // how many things it changed
}

// AuditRow is one thing that a change set changed, with its name as it was then. Old and New are JSON objects of the
// fields that changed; nil where the thing was or is not there.
type AuditRow struct {
	ID         int64
	ChangeSet  int64
	Entity     string
	EntityID   int64
	EntityName string
	AccountID  int64
	FeatureKey string
	Action     string // create, update, delete
	Old, New   json.RawMessage
}

// AuditFilter narrows the audit log. Its zero value is everything.
type AuditFilter struct {
	Account  int64
	Feature  string
	Actor    string
	Action   string
	From, To time.Time // From inclusive, To exclusive; zero for open
	Before   int64     // only change sets before this one: where the last page ended; 0 for the newest
}

// bind gives the filter's values in the order of the numbered parameters that its queries share.
func (f AuditFilter) bind() []any {
	return []any{f.Account, f.Feature, f.Actor, f.Action, expiry(f.From), expiry(f.To), f.Before}
}

const selectChangeSets = `
	SELECT c.id, c.at, c.action, c.summary, c.reason, c.actor_kind, c.actor_name, c.ip, c.user_agent, coalesce(c.undoes, 0),
	       coalesce((SELECT max(u.id) FROM change_sets u WHERE u.undoes = c.id), 0),
	       (SELECT count(*) FROM audit a WHERE a.change_set_id = c.id)
	FROM `

func scanChangeSet(rows *sql.Rows) (c ChangeSet, err error) {
	var at int64
	err = rows.Scan(&c.ID, &at, &c.Action, &c.Summary, &c.Reason, &c.ActorKind, &c.ActorName, &c.IP, &c.UserAgent, &c.Undoes,
		&c.UndoneBy, &c.Rows)
	c.At = fromMillis(at)
	return c, err
}

// auditBounds turns the times of a filter into the numbers of change sets, which rise with time, so that a page is
// found by its index wherever in the past it lies.
const auditBounds = `bounds (first, last) AS (SELECT
	CASE WHEN ?5 IS NULL THEN 0 ELSE coalesce((SELECT id FROM change_sets WHERE at >= ?5 ORDER BY at, id LIMIT 1), 9223372036854775807) END,
	min(CASE WHEN ?6 IS NULL THEN 9223372036854775807
	    ELSE coalesce((SELECT id FROM change_sets WHERE at < ?6 ORDER BY at DESC, id DESC LIMIT 1), 0) END,
	    CASE WHEN ?7 = 0 THEN 9223372036854775807 ELSE ?7 - 1 END))`

// changeSetOf is SQL that finds the newest change set up to a bound that touched the filter's account or feature, by
// one look into an index.
func (f AuditFilter) changeSetOf(bound string) string {
	condition := "a.account_id = ?1"
	switch {
	case f.Account != 0 && f.Feature != "":
		condition += " AND a.feature_key = ?2"
	case f.Feature != "":
		condition = "a.feature_key = ?2"
	}
	return `(SELECT a.change_set_id FROM audit a WHERE ` + condition + ` AND a.change_set_id <= ` + bound + ` ORDER BY a.change_set_id DESC LIMIT 1)`
}

// source is SQL for the change sets that a filter goes through, newest first. For an account or a feature it jumps from
// one change set to the next, so that a bulk change of thousands of rows costs one step.
func (f AuditFilter) source() (with, from string) {
	if f.Account == 0 && f.Feature == "" {
		return "WITH " + auditBounds, `bounds CROSS JOIN change_sets c WHERE c.id BETWEEN bounds.first AND bounds.last`
	}
	with = "WITH RECURSIVE " + auditBounds + `, hits (id) AS (
		SELECT ` + f.changeSetOf("bounds.last") + ` FROM bounds
		UNION ALL SELECT ` + f.changeSetOf("hits.id - 1") + ` FROM hits, bounds WHERE hits.id >= bounds.first)`
	return with, `hits CROSS JOIN bounds JOIN change_sets c ON c.id = hits.id WHERE hits.id >= bounds.first`
}

func (f AuditFilter) conditions() (sql string) {
	if f.Actor != "" {
		sql += ` AND c.actor_name = ?3`
	}
	if f.Action != "" {
		sql += ` AND c.action = ?4`
	}
	return sql
}

// ChangeSets gives the newest change sets that a filter leaves, at most limit.
func (d *DB) ChangeSets(ctx context.Context, f AuditFilter, limit int) ([]ChangeSet, error) {
	with, from := f.source()
	query := with + selectChangeSets + from + f.conditions()
	if f.Account == 0 && f.Feature == "" {
		query += ` ORDER BY c.id DESC`
	}
	return collect(ctx, d.reader, scanChangeSet, query+` LIMIT ?8`, append(f.bind(), limit)...)
}

// CountChangeSets tells how many change sets a filter leaves, wherever a page of them begins; it stops counting at most.
func (d *DB) CountChangeSets(ctx context.Context, f AuditFilter, most int) (n int, err error) {
	f.Before = 0
	with, from := f.source()
	err = d.reader.QueryRowContext(ctx, with+` SELECT count(*) FROM (SELECT 1 FROM `+from+f.conditions()+` LIMIT ?8)`,
		append(f.bind(), most)...).Scan(&n)
	return n, err
}

// ChangeSet gives one change set, or refuses with NotFound.
func (d *DB) ChangeSet(ctx context.Context, id int64) (ChangeSet, error) {
	return changeSetByID(ctx, d.reader, id)
}

func changeSetByID(ctx context.Context, q querier, id int64) (ChangeSet, error) {
	found, err := collect(ctx, q, scanChangeSet, selectChangeSets+`change_sets c WHERE c.id = ?1`, id)
	if err != nil {
		return ChangeSet{}, err
	}
	if len(found) == 0 {
		return ChangeSet{}, &features.Error{Kind: features.NotFound, Message: "There is no such change."}
	}
	return found[0], nil
}

const selectAudit = `
	SELECT a.id, a.change_set_id, a.entity, a.entity_id, a.entity_name, coalesce(a.account_id, 0), coalesce(a.feature_key, ''),
	       a.action, a.old, a.new
	FROM audit a`

func scanAudit(rows *sql.Rows) (r AuditRow, err error) {
	var old, now sql.NullString
	err = rows.Scan(&r.ID, &r.ChangeSet, &r.Entity, &r.EntityID, &r.EntityName, &r.AccountID, &r.FeatureKey, &r.Action, &old, &now)
	if old.Valid {
		r.Old = json.RawMessage(old.String)
	}
	if now.Valid {
		r.New = json.RawMessage(now.String)
	}
	return r, err
}

// AuditRows gives what one change set changed, beyond a row, at most limit.
func (d *DB) AuditRows(ctx context.Context, changeSet, after int64, limit int) ([]AuditRow, error) {
	return collect(ctx, d.reader, scanAudit, selectAudit+` WHERE a.change_set_id = ?1 AND a.id > ?2 ORDER BY a.id LIMIT ?3`,
		changeSet, after, limit)
}

// ExportAudit gives every row that a filter leaves, newest change set first, one by one, so that a log of any length
// streams. It stops at the first error of tell.
func (d *DB) ExportAudit(ctx context.Context, f AuditFilter, tell func(ChangeSet, AuditRow) error) error {
	for {
		page, err := d.ChangeSets(ctx, f, exportPage)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, c := range page {
			if err := d.exportChangeSet(ctx, f, c, tell); err != nil {
				return err
			}
		}
		f.Before = page[len(page)-1].ID
	}
}

const exportPage = 500

func (d *DB) exportChangeSet(ctx context.Context, f AuditFilter, c ChangeSet, tell func(ChangeSet, AuditRow) error) error {
	for after := int64(0); ; {
		rows, err := d.AuditRows(ctx, c.ID, after, exportPage)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			after = r.ID
			if f.Account != 0 && r.AccountID != f.Account || f.Feature != "" && r.FeatureKey != f.Feature {
				continue
			}
			if err := tell(c, r); err != nil {
				return err
			}
		}
	}
}

// AuditNames gives the names to choose from in the filters of the audit log: who ever changed something, and how.
func (d *DB) AuditNames(ctx context.Context) (actors, actions []string, err error) {
	actors, err = d.distinct(ctx, "actor_name")
	if err != nil {
		return nil, nil, err
	}
	actions, err = d.distinct(ctx, "action")
	return actors, actions, err
}

// distinct gives the values of an indexed column of the change sets, one look into the index for each.
func (d *DB) distinct(ctx context.Context, column string) ([]string, error) {
	return collect(ctx, d.reader, func(rows *sql.Rows) (v string, err error) { return v, rows.Scan(&v) }, `
		WITH RECURSIVE names (v) AS (
			SELECT min(`+column+`) FROM change_sets
			UNION ALL SELECT (SELECT min(`+column+`) FROM change_sets WHERE `+column+` > names.v) FROM names WHERE names.v IS NOT NULL)
		SELECT v FROM names WHERE v IS NOT NULL`)
}

// LastChange is who last changed something, and when.
type LastChange struct {
	At        time.Time
	ActorName string
}

// LastChanges gives, by revision, who made some change sets and when.
func (d *DB) LastChanges(ctx context.Context, revisions []int64) (map[int64]LastChange, error) {
	changes := make(map[int64]LastChange, len(revisions))
	rows, err := d.reader.QueryContext(ctx, `
		SELECT id, at, actor_name FROM change_sets WHERE id IN (SELECT value FROM json_each(?1))`, idList(revisions))
	if err != nil {
		return nil, err
	}
	defer closeRows(rows)
	for rows.Next() {
		var id, at int64
		var c LastChange
		if err := rows.Scan(&id, &at, &c.ActorName); err != nil {
			return nil, err
		}
		c.At = fromMillis(at)
		changes[id] = c
	}
	return changes, rows.Err()
}
