package db

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"flagstone/features"
	"flagstone/words"
)

// BulkChange asks for a bulk action to be applied exactly as it was shown: Digest is the shown plan's. With Unseen nobody
// has looked: it is applied whatever it does.
type BulkChange struct {
	ChangeOptions
	features.Bulk
	Digest   string
	Unseen   bool
	Progress func(done, total int) `json:"-"` // called now and then with accounts written; may be nil
}

// bulkStep is how many accounts are written by one statement.
const bulkStep = 5000

// ApplyBulk applies a bulk action and gives the plan as applied and the revision of the change, 0 when there was
// nothing to write. The plan is worked out anew inside the transaction; when it is not the one that was shown, nothing
// is applied and the new plan comes back with a Conflict.
func (d *DB) ApplyBulk(ctx context.Context, by features.Actor, b BulkChange) (*features.BulkPlan, int64, error) {
	r, err := d.Apply(ctx, by, &b)
	plan, _ := r.Details.(*features.BulkPlan)
	return plan, r.Revision, err
}

// Kind is "bulk".
func (*BulkChange) Kind() string { return "bulk" }

func (c *BulkChange) apply(t *tx, r *Result) error {
	plan, err := t.db.planNow(t.ctx, *c, t.at)
	r.Details = plan
	if err != nil || len(plan.Writes) == 0 {
		return err
	}
	if err := t.begin(bulkChangeSet(plan, c.Reason)); err != nil {
		return err
	}
	return t.applyPlan(plan, *c)
}

// planNow works a bulk action out from all that is committed. Where the plan is not the one that was shown, it comes with a
// Conflict.
func (d *DB) planNow(ctx context.Context, b BulkChange, at time.Time) (*features.BulkPlan, error) {
	if err := d.CatchUp(ctx); err != nil {
		return nil, err
	}
	plan, err := d.live.PlanBulk(b.Bulk, at)
	if err != nil {
		return nil, err
	}
	return plan, checkShown(plan.Digest, b.Digest, b.Unseen)
}

// checkShown refuses, with Conflict, a change whose digest is no longer the one that was shown.
func checkShown(digest, shown string, unseen bool) error {
	if digest == shown || unseen {
		return nil
	}
	return &features.Error{Kind: features.Conflict, Message: "Something has changed since this preview. Review the new effect before you apply it."}
}

func bulkChangeSet(p *features.BulkPlan, reason string) changeSet {
	return changeSet{action: "bulk." + string(p.Action), summary: bulkSummary(p), reason: reason}
}

// applyPlan writes a plan feature by feature and value by value, a few thousand accounts at a time, in the order in which the
// tables and their indexes keep them.
func (t *tx) applyPlan(p *features.BulkPlan, b BulkChange) error {
	done := 0
	for writes := range alike(p.Writes) {
		accounts := make([]int64, len(writes))
		for i, w := range writes {
			accounts[i] = w.Account.ID
		}
		for step := range slices.Chunk(accounts, bulkStep) {
			if err := t.applyStep(p, writes[0], idList(step), b.Reason); err != nil {
				return err
			}
			done += len(step)
			if b.Progress != nil {
				b.Progress(done, len(p.Writes))
			}
		}
	}
	return nil
}

// alike cuts a list of writes, which are by feature, into those of one feature and value, by account number.
func alike(writes []features.Write) iter.Seq[[]features.Write] {
	writes = slices.Clone(writes)
	same := func(a, b features.Write) bool {
		return a.Feature == b.Feature && (a.Value == b.Value || *a.Value == *b.Value)
	}
	return func(yield func([]features.Write) bool) {
		for len(writes) > 0 {
			of := func(w features.Write) bool { return w.Feature != writes[0].Feature }
			slices.SortFunc(writes[:end(writes, of)], func(a, b features.Write) int {
				return cmp.Or(cmp.Compare(writtenData(a), writtenData(b)), cmp.Compare(a.Account.ID, b.Account.ID))
			})
			one := writes[:end(writes, func(w features.Write) bool { return !same(w, writes[0]) })]
			if !yield(one) {
				return
			}
			writes = writes[len(one):]
		}
	}
}

// writtenData is the data of the value that is written; "" where none is.
func writtenData(w features.Write) features.JSON {
	if w.Value == nil {
		return ""
	}
	return w.Value.Data
}

// end returns the place of the first write of a kind, or the end.
func end(writes []features.Write, other func(features.Write) bool) int {
	if place := slices.IndexFunc(writes, other); place >= 0 {
		return place
	}
	return len(writes)
}

func (t *tx) applyStep(p *features.BulkPlan, w features.Write, accounts, reason string) error {
	switch p.Action {
	case features.SetTier:
		return t.setTier(p.Tier, accounts)
	case features.ClearOverrides:
		return t.clearOverrides(w.Feature, accounts)
	}
	return t.setOverrides(w.Feature, accounts, OverrideChange{Value: *w.Value, ChangeOptions: ChangeOptions{Reason: reason}})
}

// stepRows is what applyStep records.
func (t *tx) stepRows(p *features.BulkPlan, w features.Write, accounts, reason string) auditRows {
	switch p.Action {
	case features.SetTier:
		return t.tierRows(p.Tier, accounts)
	case features.ClearOverrides:
		return t.clearedRows(w.Feature, accounts)
	}
	return t.overrideRows(w.Feature, accounts, OverrideChange{Value: *w.Value, ChangeOptions: ChangeOptions{Reason: reason}})
}

// tierRows is what setTier records.
func (t *tx) tierRows(tier features.Tier, accounts string) auditRows {
	return auditRows{`
		SELECT ?1, 'account', a.id, a.name, a.id, 0, NULL, 'update',
		       json_object('tier', (SELECT key FROM tiers WHERE id = a.tier_id)), json_object('tier', nullif(?2, ''))
		FROM json_each(?3) j JOIN accounts a ON a.id = j.value`, []any{t.revision, tier.Key, accounts}}
}

// setTier moves a list of accounts to a tier; the zero tier takes theirs away.
func (t *tx) setTier(tier features.Tier, accounts string) error {
	if err := t.recordAll(t.tierRows(tier, accounts)); err != nil {
		return err
	}
	_, err := t.exec(`
		UPDATE accounts SET tier_id = nullif(?1, 0), updated_at = ?2, revision = ?3
		WHERE id IN (SELECT value FROM json_each(?4))`, tier.ID, t.at.UnixMilli(), t.revision, accounts)
	return err
}

func bulkSummary(p *features.BulkPlan) string {
	accounts := words.Count(len(p.Changed), "account")
	switch p.Action {
	case features.EnableFeature:
		return "Switched " + p.Feature.Name + " on for " + accounts
	case features.DisableFeature:
		return "Switched " + p.Feature.Name + " off for " + accounts
	case features.DisableAll:
		return "Switched every feature off for " + accounts
	case features.SetTier:
		if p.Tier.ID == 0 {
			return "Removed the tier from " + accounts
		}
		return fmt.Sprintf("Moved %s to the tier %s", accounts, p.Tier.Name)
	}
	if p.Feature == nil {
		return "Cleared every override of " + accounts
	}
	return "Cleared the override of " + p.Feature.Name + " for " + accounts
}

// PlanBulk works out a bulk action for its confirmation, from the live state.
func (d *DB) PlanBulk(b features.Bulk) (*features.BulkPlan, error) {
	return d.live.PlanBulk(b, time.Now())
}
