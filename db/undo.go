package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"flagstone/features"
)

// Reversal is one thing that an undo puts back: State is what it is to be again, nil where it is to be removed.
type Reversal struct {
	Entity, EntityName             string
	EntityID, FeatureID, AccountID int64
	Action                         string // create, update, delete
	State                          json.RawMessage
}

// reversed is SQL for what is done to a row a of the log, as the undo's own row records it.
const reversed = `CASE WHEN ` + present + ` IS NULL THEN 'create' WHEN ` + restored + ` IS NULL THEN 'delete' ELSE 'update' END`

// Reversals tells, one by one and in the order of the log, what undoing a change set would put back.
func (d *DB) Reversals(ctx context.Context, id int64, tell func(Reversal) error) error {
	return d.read(ctx, func(tx *sql.Tx) error {
		p, err := planUndo(ctx, tx, id, time.Now())
		if err != nil {
			return err
		}
		return p.reversals(tell)
	})
}

func (p *undoPlanner) reversals(tell func(Reversal) error) error {
	rows, err := p.tx.QueryContext(p.ctx, `
		SELECT a.entity, a.entity_name, a.entity_id, a.feature_id, coalesce(a.account_id, 0), `+reversed+`, `+restored+`
		FROM audit a WHERE a.change_set_id = ?1 AND a.id NOT IN `+staying+` ORDER BY a.id`, p.set.ID, p.at.UnixMilli(), p.left())
	if err != nil {
		return err
	}
	defer closeRows(rows)
	for rows.Next() {
		var r Reversal
		var state sql.NullString
		if err := rows.Scan(&r.Entity, &r.EntityName, &r.EntityID, &r.FeatureID, &r.AccountID, &r.Action, &state); err != nil {
			return err
		}
		if state.Valid {
			r.State = json.RawMessage(state.String)
		}
		if err := tell(r); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Undo puts back everything that a change set changed and that has not changed since (docs/admin-guide.md, "Undo"), as
// a change set of its own, which can be undone in turn. It refuses a change set that is undone already or that has
// nothing to undo, one that only an admin may undo, and to leave no admin who can sign in.
func (d *DB) Undo(ctx context.Context, by features.Actor, id int64, reason string) (plan UndoPlan, revision int64, err error) {
	r, err := d.Apply(ctx, by, &Undo{ChangeOptions: ChangeOptions{Reason: reason}, ID: id})
	plan, _ = r.Details.(UndoPlan)
	return plan, r.Revision, err
}

// Undo asks for what a change set changed to be put back.
type Undo struct {
	ChangeOptions
	ID int64 // of the change set
}

// Kind is "undo".
func (*Undo) Kind() string { return "undo" }

func (c *Undo) apply(t *tx, r *Result) error {
	set, err := changeSetByID(t.ctx, t, c.ID)
	if err != nil {
		return err
	}
	if err := t.mayUndo(set); err != nil {
		return err
	}
	p, err := planUndo(t.ctx, t.Tx, c.ID, t.at)
	if err != nil {
		return err
	}
	plan, err := p.plan()
	r.Details = plan
	if err != nil {
		return err
	}
	if err := t.begin(changeSet{action: "undo", summary: undoSummary(set), undoes: c.ID}); err != nil {
		return err
	}
	if err := t.recordUndo(p); err != nil {
		return err
	}
	return t.keepingAnAdmin(t.restore)
}

// undoSummary is what the undo of a change set is called; that of an undo does the change again.
func undoSummary(set ChangeSet) string {
	if summary, undo := strings.CutPrefix(set.Summary, undid); undo && set.Action == "undo" {
		return redid + summary
	}
	if summary, redo := strings.CutPrefix(set.Summary, redid); redo && set.Action == "undo" {
		return undid + summary
	}
	return undid + set.Summary
}

const undid, redid = "Undid: ", "Redid: "

// recordUndo writes the undo's own rows of the log: what each thing is, and what it is to be again. Then what they say
// is done. Of what is removed all is recorded, so that the very same can come back.
func (t *tx) recordUndo(p *undoPlanner) error {
	whole := ""
	for _, k := range kinds {
		if len(k.refers) > 0 {
			whole += ` WHEN '` + k.entity + `' THEN (SELECT ` + k.state() + ` FROM ` + k.table + ` x WHERE ` + k.match() + `)`
		}
	}
	_, err := t.exec(`
		INSERT INTO audit (change_set_id, entity, entity_id, entity_name, account_id, feature_id, feature_key, action, old, new)
		SELECT ?4, a.entity, a.entity_id, a.entity_name, a.account_id, a.feature_id, a.feature_key, `+reversed+`,
		       CASE WHEN a.old IS NULL THEN CASE a.entity`+whole+` ELSE `+present+` END ELSE `+present+` END, `+restored+`
		FROM audit a WHERE a.change_set_id = ?1 AND a.id NOT IN `+staying+` ORDER BY a.id`, p.set.ID, t.at.UnixMilli(), p.left(), t.revision)
	return err
}

// keepingAnAdmin refuses what takes the last admin who can sign in away.
func (t *tx) keepingAnAdmin(change func() error) error {
	admin := func() (has bool, err error) {
		return has, t.row(`SELECT EXISTS (SELECT 1 FROM users WHERE ` + activeAdmin + `)`).Scan(&has)
	}
	before, err := admin()
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	after, err := admin()
	if err != nil || after || !before {
		return err
	}
	return &features.Error{Kind: features.Conflict, Message: "This would leave no admin who can sign in. Make someone else an admin first."}
}
