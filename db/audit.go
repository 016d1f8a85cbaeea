package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"flagstone/features"
)

// ChangeSet is all that one action of one actor changed, recorded together. Its ID is the revision.
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
	UndoneBy  int64 // the latest change set that undid this one and has not been undone itself, 0 for none
	Undone    int   // how many things it and others like it put back
	Rows      int   // how many things it changed
	AdminOnly bool  // an editor may not undo it
}

// PartlyUndone reports whether an undo has put back some of the change set and left some alone.
func (c ChangeSet) PartlyUndone() bool { return c.UndoneBy != 0 && c.Undone < c.Rows }

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

	OldestFirst bool  // otherwise the newest come first
	After       int64 // oldest first, only change sets after this one: where the last page ended
}

// bind gives the filter's values in the order of the numbered parameters that its queries share.
func (f AuditFilter) bind() []any {
	return []any{f.Account, f.Feature, f.Actor, f.Action, millisOrNull(f.From), millisOrNull(f.To), f.ended()}
}

// ended is the change set that the last page ended with, 0 before the first page.
func (f AuditFilter) ended() int64 {
	if f.OldestFirst {
		return f.After
	}
	return f.Before
}

// beyond is the filter for the page that follows one that ended with a change set; 0 is for the first page.
func (f AuditFilter) beyond(id int64) AuditFilter {
	if f.OldestFirst {
		f.After = id
	} else {
		f.Before = id
	}
	return f
}

var selectChangeSets = `
	SELECT c.id, c.at, c.action, c.summary, c.reason, c.actor_kind, c.actor_name, c.ip, c.user_agent, coalesce(c.undoes, 0),
	       coalesce((SELECT max(u.id) FROM change_sets u WHERE u.undoes = c.id AND ` + inForce + `), 0),
	       coalesce((SELECT sum((` + rowsOf + `u.id)) FROM change_sets u WHERE u.undoes = c.id AND ` + inForce + `), 0),
	       (` + rowsOf + `c.id),
	       ` + adminOnly + `
	FROM `

// rowsOf is SQL that counts the rows of a change set, whose number is to follow, by their numbers: one transaction at a
// time writes them, so they follow one another.
const rowsOf = `SELECT coalesce((SELECT max(r.id) FROM audit r WHERE r.change_set_id = n.id)
	- (SELECT min(r.id) FROM audit r WHERE r.change_set_id = n.id) + 1, 0) FROM change_sets n WHERE n.id = `

// inForce is SQL for whether an undo u has not been undone itself: of its undo, the undo of that and so on, the latest
// each, the number tells.
const inForce = `(
	WITH RECURSIVE undos (id) AS (
		SELECT max(v.id) FROM change_sets v WHERE v.undoes = u.id
		UNION ALL SELECT (SELECT max(v.id) FROM change_sets v WHERE v.undoes = undos.id) FROM undos WHERE undos.id IS NOT NULL)
	SELECT count(id) % 2 = 0 FROM undos)`

func scanChangeSet(rows *sql.Rows) (c ChangeSet, err error) {
	var at int64
	err = rows.Scan(&c.ID, &at, &c.Action, &c.Summary, &c.Reason, &c.ActorKind, &c.ActorName, &c.IP, &c.UserAgent, &c.Undoes,
		&c.UndoneBy, &c.Undone, &c.Rows, &c.AdminOnly)
	c.At = fromMillis(at)
	return c, err
}

// bounds turns the times of a filter and the end of its last page into the numbers of change sets, so that a page is found by its index wherever
// in the past it lies. Numbers rise with time, as long as nobody sets the server's clock back: then a change made
// meanwhile may be listed on the day of its neighbours.
func (f AuditFilter) bounds() string {
	first, last := `0`, `CASE WHEN ?7 = 0 THEN 9223372036854775807 ELSE ?7 - 1 END`
	if f.OldestFirst {
		first, last = `?7 + 1`, `9223372036854775807`
	}
	return `bounds (first, last) AS (SELECT
	max(CASE WHEN ?5 IS NULL THEN 0
	    ELSE coalesce((SELECT id FROM change_sets WHERE at >= ?5 ORDER BY at, id LIMIT 1), 9223372036854775807) END, ` + first + `),
	min(CASE WHEN ?6 IS NULL THEN 9223372036854775807
	    ELSE coalesce((SELECT id FROM change_sets WHERE at < ?6 ORDER BY at DESC, id DESC LIMIT 1), 0) END, ` + last + `))`
}

// touched is SQL for the rows a of the log that are about the filter's account and feature.
func (f AuditFilter) touched() string {
	switch {
	case f.Feature == "":
		return `a.account_id = ?1`
	case f.Account == 0:
		return `a.feature_key = ?2`
	}
	return `a.account_id = ?1 AND a.feature_key = ?2`
}

// made is SQL for the change sets of a table that are the filter's actor's and action.
func (f AuditFilter) made(table string) (condition string) {
	if f.Actor != "" {
		condition += ` AND ` + table + `.actor_name = ?3`
	}
	if f.Action != "" {
		condition += ` AND ` + table + `.action = ?4`
	}
	return condition
}

// ids is a query for the numbers of the change sets that a filter leaves, in its order. Each kind of filter follows an
// index; of an account it jumps from one change set to the next, as one may have many rows about it.
func (f AuditFilter) ids() string {
	const within = ` BETWEEN (SELECT first FROM bounds) AND (SELECT last FROM bounds)`
	order, start, step, rest := ` DESC`, `<= bounds.last`, `<= steps.id - 1`, `steps.id >= bounds.first`
	if f.OldestFirst {
		order, start, step, rest = ``, `>= bounds.first`, `>= steps.id + 1`, `steps.id <= bounds.last`
	}
	switch {
	case f.Account != 0:
		next := func(from string) string {
			return `(SELECT a.change_set_id FROM audit a WHERE ` + f.touched() + ` AND a.change_set_id ` + from + `
				ORDER BY a.change_set_id` + order + ` LIMIT 1)`
		}
		return `WITH RECURSIVE ` + f.bounds() + `, steps (id) AS (
			SELECT ` + next(start) + ` FROM bounds
			UNION ALL SELECT ` + next(step) + ` FROM steps, bounds WHERE ` + rest + `)
			SELECT c.id FROM steps CROSS JOIN bounds JOIN change_sets c ON c.id = steps.id WHERE ` + rest + f.made("c")
	case f.Feature != "":
		return `WITH ` + f.bounds() + ` SELECT t.change_set_id AS id FROM feature_changes t
			WHERE t.feature_key = ?2 AND t.change_set_id` + within + f.made("t") + ` ORDER BY t.change_set_id` + order
	}
	return `WITH ` + f.bounds() + ` SELECT c.id FROM change_sets c WHERE c.id` + within + f.made("c") + ` ORDER BY c.id` + order
}

// list is the query for the change sets that a filter leaves, in its order, at most ?8.
func (f AuditFilter) list() string {
	return `WITH found AS (` + f.ids() + ` LIMIT ?8)` + selectChangeSets + `found CROSS JOIN change_sets c ON c.id = found.id`
}

// ChangeSets returns the first change sets that a filter leaves, at most limit.
func (d *DB) ChangeSets(ctx context.Context, f AuditFilter, limit int) ([]ChangeSet, error) {
	return collect(ctx, d.reader, scanChangeSet, f.list(), append(f.bind(), limit)...)
}

// CountChangeSets tells how many change sets a filter leaves, wherever a page of them begins; it stops counting at most.
func (d *DB) CountChangeSets(ctx context.Context, f AuditFilter, most int) (n int, err error) {
	f = f.beyond(0)
	err = d.reader.QueryRowContext(ctx, `SELECT count(*) FROM (`+f.ids()+` LIMIT ?8)`, append(f.bind(), most)...).Scan(&n)
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

// AuditRows gives what one change set changed of a filter's account and feature, beyond a row, at most limit.
func (d *DB) AuditRows(ctx context.Context, f AuditFilter, changeSet, after int64, limit int) ([]AuditRow, error) {
	return collect(ctx, d.reader, scanAudit, selectAudit+f.within()+` AND a.id > ?4 ORDER BY a.id LIMIT ?5`,
		f.Account, f.Feature, changeSet, after, limit)
}

// CountAuditRows tells how many things one change set changed of a filter's account and feature.
func (d *DB) CountAuditRows(ctx context.Context, f AuditFilter, changeSet int64) (n int, err error) {
	err = d.reader.QueryRowContext(ctx, `SELECT count(*) FROM audit a`+f.within(), f.Account, f.Feature, changeSet).Scan(&n)
	return n, err
}

// within is SQL for the rows a of change set ?3 that are about the filter's account and feature.
func (f AuditFilter) within() string {
	condition := ` WHERE a.change_set_id = ?3`
	if f.Account != 0 || f.Feature != "" {
		condition += ` AND ` + f.touched()
	}
	return condition
}

// ExportAudit passes every row that a filter leaves to tell, change set by change set in the filter's order, one by one, so
// that a log of any length streams. It stops at the first error of tell.
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
		f = f.beyond(page[len(page)-1].ID)
	}
}

const exportPage = 500

func (d *DB) exportChangeSet(ctx context.Context, f AuditFilter, c ChangeSet, tell func(ChangeSet, AuditRow) error) error {
	for after := int64(0); ; {
		rows, err := d.AuditRows(ctx, f, c.ID, after, exportPage)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			after = r.ID
			if err := tell(c, r); err != nil {
				return err
			}
		}
	}
}

// AuditNames are the names to choose from in the filters of the audit log.
type AuditNames struct {
	Actors   []string // who ever changed something
	Actions  []string // and how
	Features []string // keys of the features that were changed, those that are gone included
}

// AuditNames gives the names that the audit log knows.
func (d *DB) AuditNames(ctx context.Context) (names AuditNames, err error) {
	for _, of := range []struct {
		into          *[]string
		table, column string
	}{
		{&names.Actors, "change_sets", "actor_name"}, {&names.Actions, "change_sets", "action"}, {&names.Features, "feature_changes", "feature_key"},
	} {
		if *of.into, err = d.distinct(ctx, of.table, of.column); err != nil {
			return names, err
		}
	}
	return names, nil
}

// DeletedAccount finds an account that is gone, as the audit log remembers it by name, slug or external ID: the last of
// that name. It refuses with NotFound.
func (d *DB) DeletedAccount(ctx context.Context, text string) (*features.Account, error) {
	found, err := collect(ctx, d.reader, func(rows *sql.Rows) (*features.Account, error) {
		a := features.Account{Slug: text}
		return &a, rows.Scan(&a.ID, &a.Name)
	}, `
		SELECT a.entity_id, a.entity_name FROM audit a
		WHERE a.entity = 'account' AND a.entity_id NOT IN (SELECT id FROM accounts) AND a.action = 'delete'
		      AND (a.entity_name = ?1 COLLATE NOCASE OR ?1 IN (a.old->>'slug', a.old->>'external_id'))
		ORDER BY a.change_set_id DESC LIMIT 1`, text)
	if err == nil && len(found) == 0 {
		return nil, &features.Error{Kind: features.NotFound, Message: "There is no such account."}
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// distinct gives the values of an indexed column, one look into the index for each.
func (d *DB) distinct(ctx context.Context, table, column string) ([]string, error) {
	return collect(ctx, d.reader, func(rows *sql.Rows) (v string, err error) { return v, rows.Scan(&v) }, `
		WITH RECURSIVE names (v) AS (
			SELECT min(`+column+`) FROM `+table+`
			UNION ALL SELECT (SELECT min(`+column+`) FROM `+table+` WHERE `+column+` > names.v) FROM names WHERE names.v IS NOT NULL)
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
