package db

import (
	"context"
	"slices"

	"flagstone/features"
)

// DeleteAccount deletes an account with its overrides, memberships and upgrade requests, and gives the revision. Each of
// them is in the log, so that an undo brings all of it back; its users stay.
func (d *DB) DeleteAccount(ctx context.Context, by features.Actor, id int64, reason string) (int64, error) {
	r, err := d.Apply(ctx, by, &DeleteAccount{ChangeOptions: ChangeOptions{Reason: reason}, ID: id})
	return r.Revision, err
}

// DeleteAccount asks for an account to go.
type DeleteAccount struct {
	ChangeOptions
	ID int64
}

// Kind is "account_delete".
func (*DeleteAccount) Kind() string { return "account_delete" }

func (c *DeleteAccount) apply(t *tx, _ *Result) error {
	name, err := t.accountName(c.ID)
	if err != nil {
		return err
	}
	if err := t.begin(changeSet{action: "account.delete", summary: "Deleted account " + name}); err != nil {
		return err
	}
	for _, part := range accountParts {
		if err := t.recordDeletion(part, c.ID, name); err != nil {
			return err
		}
	}
	return t.restore()
}

// accountPart is a kind of thing that goes with its account; name is SQL for what the log calls the row x, of an account
// that is called ?4.
type accountPart struct{ entity, account, name string }

var accountParts = []accountPart{
	{"override", "account_id", "?4"},
	{"membership", "account_id", `(SELECT name FROM users WHERE id = x.user_id)`},
	{"upgrade_request", "account_id", "?4"},
	{"account", "id", "?4"},
}

// AccountParts counts what goes with an account that is deleted, itself included, by what the log calls it: "override",
// "membership", "upgrade_request".
func (d *DB) AccountParts(ctx context.Context, id int64) (map[string]int, error) {
	counts := make(map[string]int, len(accountParts))
	for _, part := range accountParts {
		var n int
		err := d.reader.QueryRowContext(ctx, `SELECT count(*) FROM `+kindOf(part.entity).table+` x WHERE x.`+part.account+` = ?1`, id).Scan(&n)
		if err != nil {
			return nil, err
		}
		counts[part.entity] = n
	}
	return counts, nil
}

// recordDeletion records a part of an account as deleted, with all that is needed to bring it back.
func (t *tx) recordDeletion(part accountPart, account int64, accountName string) error {
	k := kindOf(part.entity)
	feature := k.identifies("a.feature_id", "0")
	_, err := t.exec(`
		INSERT INTO audit (change_set_id, entity, entity_id, entity_name, account_id, feature_id, feature_key, action, old)
		SELECT ?1, ?2, `+k.identifies("a.entity_id", "0")+`, `+part.name+`, ?3, `+feature+`,
		       (SELECT key FROM features WHERE id = `+feature+`), 'delete', `+k.state()+`
		FROM `+k.table+` x WHERE x.`+part.account+` = ?3`, t.revision, part.entity, account, accountName)
	return err
}

// identifies is SQL for what belongs in a column of the log that identifies a thing, of the row x of the kind's table.
func (k kind) identifies(logged, otherwise string) string {
	at := slices.IndexFunc(k.key, func(c keyColumn) bool { return c.value == logged })
	if at < 0 {
		return otherwise
	}
	return "x." + k.key[at].name
}
