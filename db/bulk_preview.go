package db

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"flagstone/features"
)

// PreviewBulk returns the plan of a bulk action and what applying it now would record and change. It refuses as ApplyBulk
// does, but it only reads: it makes no write wait.
func (d *DB) PreviewBulk(ctx context.Context, by features.Actor, b BulkChange) (plan *features.Plan, p Preview, err error) {
	at := time.Now()
	if plan, err = d.planNow(ctx, b, at); err != nil || len(plan.Writes) == 0 {
		return plan, p, err
	}
	set := bulkChangeSet(plan, b.Reason)
	if err := set.giveReason(ctx); err != nil {
		return plan, p, err
	}
	reading, err := d.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return plan, p, err
	}
	defer func() { _ = reading.Rollback() }() // it only reads
	p.ChangeSet = ChangeSet{
		At: at, Action: set.action, Summary: set.summary, Reason: set.reason, ActorKind: by.Kind, ActorName: by.Name, Rows: len(plan.Writes),
	}
	p.Effects = changing(slices.Clone(plan.Effects))
	p.Rows, err = (&tx{Tx: reading, ctx: ctx, by: by, at: at}).planRows(plan, b.Reason)
	return plan, p, err
}

// planRows returns the first rows of the log that applying a plan would write, in the order of applyPlan.
func (t *tx) planRows(p *features.Plan, reason string) (rows []AuditRow, err error) {
	for writes := range alike(p.Writes) {
		accounts := make([]int64, min(len(writes), previewRows-len(rows)))
		for i := range accounts {
			accounts[i] = writes[i].Account.ID
		}
		planned := t.stepRows(p, writes[0], idList(accounts), reason)
		some, err := collect(t.ctx, t, scanAudit, `
			WITH planned (`+auditColumns+`) AS (`+planned.query+`), audit AS (SELECT 0 AS id, planned.* FROM planned)`+
			selectAudit+` ORDER BY a.account_id`, planned.args...)
		if err != nil {
			return nil, err
		}
		if rows = append(rows, some...); len(rows) >= previewRows {
			break
		}
	}
	return rows, nil
}
