package db

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"time"

	"flagstone/features"
)

// PreviewBulk returns the plan of a bulk action and what applying it now would record and change. It refuses as ApplyBulk
// does, but it only reads: it makes no write wait.
func (d *DB) PreviewBulk(ctx context.Context, by features.Actor, b BulkChange) (plan *features.BulkPlan, p Preview, err error) {
	at := time.Now()
	if plan, err = d.planNow(ctx, b, at); err != nil || len(plan.Writes) == 0 {
		return plan, p, err
	}
	p, err = d.previewPlan(ctx, by, at, bulkChangeSet(plan, b.Reason), func(t *tx) ([]AuditRow, error) {
		return t.planRows(plan, b.Reason)
	})
	p.ChangeSet.Rows, p.Effects = len(plan.Writes), changing(slices.Clone(plan.Effects))
	return plan, p, err
}

func (c *BulkChange) preview(ctx context.Context, d *DB, by features.Actor) (Result, error) {
	plan, p, err := d.PreviewBulk(ctx, by, *c)
	return Result{Details: plan, Preview: p}, err
}

// previewPlan returns the preview of a change set that a plan has been made of; read returns its first rows of the log.
func (d *DB) previewPlan(
	ctx context.Context, by features.Actor, at time.Time, set changeSet, read func(*tx) ([]AuditRow, error),
) (p Preview, err error) {
	if err := set.giveReason(ChangeOptions{}); err != nil {
		return p, err
	}
	reading, err := d.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return p, err
	}
	defer func() { _ = reading.Rollback() }() // it only reads
	p.ChangeSet = ChangeSet{At: at, Action: set.action, Summary: set.summary, Reason: set.reason, ActorKind: by.Kind, ActorName: by.Name}
	p.Rows, err = read(&tx{Tx: reading, ctx: ctx, by: by, at: at})
	return p, err
}

// planRows returns the first rows of the log that applying a plan would write, in the order of applyPlan.
func (t *tx) planRows(p *features.BulkPlan, reason string) (rows []AuditRow, err error) {
	for writes := range alike(p.Writes) {
		accounts := make([]int64, min(len(writes), previewRows-len(rows)))
		for i := range accounts {
			accounts[i] = writes[i].Account.ID
		}
		some, err := t.toRecord(t.stepRows(p, writes[0], idList(accounts), reason))
		if err != nil {
			return nil, err
		}
		if rows = append(rows, some...); len(rows) >= previewRows {
			break
		}
	}
	return rows, nil
}

// toRecord returns the first rows that recordAll would write, by what they are about.
func (t *tx) toRecord(rows auditRows) ([]AuditRow, error) {
	return collect(t.ctx, t, scanAudit, `
		WITH planned (`+auditColumns+`) AS (`+rows.query+`), audit AS (SELECT 0 AS id, planned.* FROM planned)`+
		selectAudit+` ORDER BY a.entity_id LIMIT `+strconv.Itoa(previewRows), rows.args...)
}
