package db

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"flagstone/features"
)

// Then is how things were once a change set had been made: what the log says, done again from the beginning. What was
// changed by hand is not in it.
type Then struct {
	Revision  int64
	At        time.Time
	Catalogue *features.Catalogue
	Accounts  []*features.Account // by number
}

// Account gives an account as it was; nil where there was none of that number.
func (t Then) Account(id int64) *features.Account {
	for _, a := range t.Accounts {
		if a.ID == id {
			return a
		}
	}
	return nil
}

// RevisionAt gives the latest change set that had been made at a moment. It refuses a moment before the first.
func (d *DB) RevisionAt(ctx context.Context, at time.Time) (revision int64, err error) {
	err = d.reader.QueryRowContext(ctx, `SELECT id FROM change_sets WHERE at <= ?1 ORDER BY at DESC, id DESC LIMIT 1`, at.UnixMilli()).Scan(&revision)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, &features.Error{Kind: features.Invalid, Field: "at", Message: "Nothing was recorded before then. Choose a later time."}
	}
	return revision, err
}

// ChangeAfter gives the next change set about an account after a revision; 0 when there is none yet.
func (d *DB) ChangeAfter(ctx context.Context, account, revision int64) (next int64, err error) {
	err = d.reader.QueryRowContext(ctx, `SELECT coalesce(min(change_set_id), 0) FROM audit WHERE account_id = ?1 AND change_set_id > ?2`,
		account, revision).Scan(&next)
	return next, err
}

// AsOf gives how things were at a revision: the registry, and one account or, with 0, every account. It refuses, with
// NotFound, a revision that there is not.
func (d *DB) AsOf(ctx context.Context, revision, account int64) (then Then, err error) {
	var at int64
	err = d.reader.QueryRowContext(ctx, `SELECT at FROM change_sets WHERE id = ?1`, revision).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return then, &features.Error{Kind: features.NotFound, Field: "revision", Message: "There is no such change."}
	}
	if err != nil {
		return then, err
	}
	p := newPastState(features.NewLive())
	if err := d.replay(ctx, p, revision, account); err != nil {
		return then, err
	}
	p.catalogue = true
	proposal := p.proposal()
	slices.SortFunc(proposal.Accounts, func(a, b *features.Account) int { return cmp.Compare(a.ID, b.ID) })
	return Then{Revision: revision, At: fromMillis(at), Catalogue: proposal.Catalogue, Accounts: proposal.Accounts}, nil
}

// replay does again what the log says up to a revision. Of the registry it reads everything, by the index of what rows
// are about, and of accounts one alone where it is asked for.
func (d *DB) replay(ctx context.Context, p *pastState, revision, account int64) error {
	return p.redo(ctx, d.reader, selectRedo+`
		WHERE entity IN ('tier', 'feature', 'tier_feature', 'setting') AND change_set_id <= ?1
		UNION ALL`+selectRedo+`
		WHERE ?2 <> 0 AND account_id = ?2 AND entity IN ('account', 'override') AND change_set_id <= ?1
		UNION ALL`+selectRedo+`
		WHERE ?2 = 0 AND entity IN ('account', 'override') AND change_set_id <= ?1
		ORDER BY id`, revision, account)
}

// selectRedo reads what rows of the log did, as redo takes it.
const selectRedo = `
	SELECT id, entity, entity_id, entity_name, feature_id, coalesce(account_id, 0), action, new FROM audit`

// redo does again what some rows of the log did.
func (p *pastState) redo(ctx context.Context, q querier, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer closeRows(rows)
	for rows.Next() {
		var r Reversal
		var id int64
		var state sql.NullString
		if err := rows.Scan(&id, &r.Entity, &r.EntityID, &r.EntityName, &r.FeatureID, &r.AccountID, &r.Action, &state); err != nil {
			return err
		}
		if state.Valid {
			r.State = json.RawMessage(state.String)
		}
		if err := p.reverse(r); err != nil {
			return err
		}
	}
	return rows.Err()
}
