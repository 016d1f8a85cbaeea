package db

import (
	"fmt"

	"flagstone/features"
)

// Preview is what a use case would do: what the log would say of it, and what that means for whoever has features.
type Preview struct {
	ChangeSet ChangeSet         // as it would be; the zero one where nothing would change
	Rows      []AuditRow        // the first things that it would change
	Effects   []features.Effect // one for each feature that it changes for somebody
}

// previewRows is how many of the things that would change a preview carries.
const previewRows = 100

// preview reads what a use case has written, takes it back, and says what it would have done to the state that serves,
// which nobody can change meanwhile.
func (d *DB) preview(t *tx, p *Preview) (err error) {
	*p = Preview{}
	if t.revision == 0 {
		return nil
	}
	if err := t.checkReferences(); err != nil {
		return err
	}
	if err := d.CatchUp(t.ctx); err != nil {
		return err
	}
	if p.ChangeSet, err = changeSetByID(t.ctx, t, t.revision); err != nil {
		return err
	}
	p.Rows, err = collect(t.ctx, t, scanAudit, selectAudit+` WHERE a.change_set_id = ?1 ORDER BY a.id LIMIT ?2`, t.revision, previewRows)
	if err != nil {
		return err
	}
	state := newPastState(d.live)
	if err := state.redo(t.ctx, t, selectRedo+` WHERE change_set_id = ?1 ORDER BY id`, t.revision); err != nil {
		return err
	}
	if err := t.Rollback(); err != nil {
		return fmt.Errorf("take back a preview: %w", err)
	}
	p.Effects = d.changes(state.proposal(), t.at)
	return nil
}
