package db

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"flagstone/features"
)

// UndoPlan is what undoing a change set would do. What an undo has put back before is not part of it.
type UndoPlan struct {
	ChangeSet    ChangeSet
	Revert       int         // things put back as they were
	Names        []string    // that the first of them have
	Unnamed      int         // how many are beyond these names; 0 where these are all
	Left         []LeftAlone // the first things left unchanged
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

// PlanUndo says what undoing a change set would do. Where that is nothing, it refuses as Undo does, and the plan says
// why each thing would be left unchanged.
func (d *DB) PlanUndo(ctx context.Context, id int64) (plan UndoPlan, err error) {
	err = d.read(ctx, func(tx *sql.Tx) error {
		p, err := planUndo(ctx, tx, id, time.Now())
		if err != nil {
			return err
		}
		plan, err = p.plan()
		return err
	})
	return plan, err
}

// CanUndo reports whether undoing a change set would put anything back, with the registry as it is served.
func (d *DB) CanUndo(ctx context.Context, id int64) (can bool, err error) {
	err = d.read(ctx, func(tx *sql.Tx) error {
		p := &undoPlanner{ctx: ctx, tx: tx, at: time.Now(), stored: d.live.Catalogue()}
		can, err = p.work(id)
		return err
	})
	return can, err
}

// read runs several queries on one state of the database.
func (d *DB) read(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := d.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	return fn(tx)
}

// undoPlanner works out which rows of a change set can be put back. Whatever keeps one from it keeps that one alone, and
// what cannot be without it: all others are put back.
type undoPlanner struct {
	ctx     context.Context
	tx      *sql.Tx
	set     ChangeSet
	at      time.Time
	rows    []undoRow
	settled int                 // how many were known to be left unchanged when the references were last followed
	stored  *features.Catalogue // nil until it is needed
}

// undoRow is one row of the log under undo.
type undoRow struct {
	id int64
	Reversal
	featureKey string
	user       userReversal
	why        string // it is left unchanged; "" where it is put back
	words      string // why, where a rule says so
}

// userReversal is what an undo does to a user beyond what the row says.
type userReversal struct{ ended, passwordless bool }

// planUndo works out an undo on one state of the database.
func planUndo(ctx context.Context, tx *sql.Tx, id int64, at time.Time) (*undoPlanner, error) {
	p := &undoPlanner{ctx: ctx, tx: tx, at: at}
	_, err := p.work(id)
	return p, err
}

// work works out the undo of a change set, and reports whether it puts anything back.
func (p *undoPlanner) work(id int64) (some bool, err error) {
	if p.set, err = changeSetByID(p.ctx, p.tx, id); err != nil {
		return false, err
	}
	if err := p.readRows(); err != nil {
		return false, err
	}
	err = p.settle()
	return p.leftCount() < len(p.rows), err
}

// ruled is SQL for the rows a whose states rules look at.
const ruled = `a.entity IN ('feature', 'tier', 'tier_feature', 'override')`

func (p *undoPlanner) readRows() (err error) {
	p.rows, err = collect(p.ctx, p.tx, func(rows *sql.Rows) (r undoRow, err error) {
		var state sql.NullString
		err = rows.Scan(&r.id, &r.why, &r.Entity, &r.EntityName, &r.EntityID, &r.FeatureID, &r.AccountID, &r.featureKey, &r.Action,
			&r.user.ended, &r.user.passwordless, &state)
		if state.Valid {
			r.State = []byte(state.String)
		}
		return r, err
	}, undoing+`
		SELECT a.id, `+leftAlone()+`, a.entity, a.entity_name, a.entity_id, a.feature_id, coalesce(a.account_id, 0), coalesce(a.feature_key, ''),
		       `+reversed+`, a.entity = 'user' AND (a.old IS NULL OR coalesce(a.old->>'disabled', 0)), a.entity = 'user' AND a.new IS NULL,
		       iif(`+ruled+`, `+restored+`, NULL)
		FROM audit a WHERE a.change_set_id = ?1 ORDER BY a.id`, p.set.ID, p.at.UnixMilli(), p.left())
	return err
}

// left lists the rows that are left unchanged, for SQL, but for those with some reasons.
func (p *undoPlanner) left(but ...string) string {
	var ids []int64
	for _, r := range p.rows {
		if r.why != "" && !slices.Contains(but, r.why) {
			ids = append(ids, r.id)
		}
	}
	return idList(ids)
}

// settle leaves rows alone until those that remain can be put back together.
func (p *undoPlanner) settle() error {
	for {
		if err := p.followReferences(); err != nil {
			return err
		}
		found, err := p.applyRules()
		if err != nil || !found {
			return err
		}
	}
}

// followReferences leaves alone what refers to, or is used by, something that is left unchanged.
func (p *undoPlanner) followReferences() error {
	for p.mayRefer() {
		p.settled = p.leftCount()
		found, err := collect(p.ctx, p.tx, func(rows *sql.Rows) (r undoRow, err error) { return r, rows.Scan(&r.id, &r.why) }, undoing+`
			SELECT * FROM (SELECT a.id, `+leftAlone()+` AS why FROM audit a WHERE a.change_set_id = ?1 AND a.id NOT IN `+staying+`)
			WHERE why <> '' ORDER BY id`, p.set.ID, p.at.UnixMilli(), p.left())
		if err != nil {
			return err
		}
		for _, f := range found {
			at, _ := slices.BinarySearchFunc(p.rows, f.id, func(r undoRow, id int64) int { return cmp.Compare(r.id, id) })
			p.rows[at].why = f.why
		}
	}
	return nil
}

// mayRefer reports whether a row has been left unchanged since references were last followed, in a change set that made or
// deleted what others refer to.
func (p *undoPlanner) mayRefer() bool {
	return p.leftCount() > p.settled && slices.ContainsFunc(p.rows, func(r undoRow) bool {
		return r.Action != "update" && slices.ContainsFunc(kinds, func(k kind) bool { return k.entity == r.Entity && len(k.refers) > 0 })
	})
}

func (p *undoPlanner) leftCount() (n int) {
	for _, r := range p.rows {
		if r.why != "" {
			n++
		}
	}
	return n
}

// plan tells what there is to do, and refuses where that is nothing.
func (p *undoPlanner) plan() (plan UndoPlan, err error) {
	plan.ChangeSet = p.set
	for _, r := range p.rows {
		switch r.why {
		case "":
			plan.add(r)
		case leftUndone:
		default:
			if plan.LeftCount++; plan.LeftCount > undoNames {
				continue
			}
			left, err := p.leftThing(r)
			if err != nil {
				return plan, err
			}
			plan.Left = append(plan.Left, left)
		}
	}
	if len(plan.Names) == undoNames {
		plan.Unnamed = plan.Revert - undoNames
	}
	if plan.Revert == 0 {
		return plan, plan.refusal()
	}
	return plan, nil
}

// add counts a thing that is put back.
func (plan *UndoPlan) add(r undoRow) {
	plan.Revert++
	if len(plan.Names) < undoNames && !slices.Contains(plan.Names, r.EntityName) {
		plan.Names = append(plan.Names, r.EntityName)
	}
	if r.user.ended {
		plan.Ended++
	}
	if r.user.passwordless {
		plan.Passwordless++
	}
}

// leftThing is a thing that is left unchanged, with why.
func (p *undoPlanner) leftThing(r undoRow) (left LeftAlone, err error) {
	left = LeftAlone{Entity: r.Entity, Name: r.EntityName, FeatureKey: r.featureKey}
	switch reason, entity, _ := strings.Cut(r.why, ":"); reason {
	case leftChanged:
		left.Why = "changed since"
		left.Since, err = p.changedSince(r)
	case leftRefers:
		left.Why, err = p.referring(r)
	case leftGone:
		left.Why, err = p.lost(r, entity)
	case leftRule:
		left.Why = r.words
	default:
		left.Why = whyLeft(r.why, r.Entity)
	}
	return left, err
}

// changedSince is the latest change set about a row's thing that is not undone.
func (p *undoPlanner) changedSince(r undoRow) (*ChangeSet, error) {
	var id int64
	err := p.tx.QueryRowContext(p.ctx, `SELECT (`+leaving+` SELECT min(id) FROM leaving) FROM audit a WHERE a.id = ?1`, r.id).Scan(&id)
	if err != nil {
		return nil, err
	}
	set, err := changeSetByID(p.ctx, p.tx, id)
	return &set, err
}

// refusal says why there is nothing to undo.
func (plan *UndoPlan) refusal() error {
	message := "There is nothing to undo: everything in this change has been changed since, or cannot be undone."
	switch undone := plan.LeftCount < plan.ChangeSet.Rows; {
	case plan.LeftCount == 1 && undone:
		message = fmt.Sprintf("This change has been undone already, except for %s: %s.", plan.Left[0].Name, plan.Left[0].Why)
	case plan.LeftCount == 1:
		message = fmt.Sprintf("There is nothing to undo. %s: %s.", plan.Left[0].Name, plan.Left[0].Why)
	case plan.LeftCount > 0 && undone:
		message = "This change has been undone already. The rest has been changed since, or cannot be undone."
	case undone:
		message = "This change has been undone already."
	}
	return &features.Error{Kind: features.Conflict, Message: message}
}
