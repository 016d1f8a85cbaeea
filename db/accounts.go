package db

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"flagstone/features"
	"flagstone/registry"
	"flagstone/words"
)

// CreateAccount adds an account and gives its number. It refuses, field by field, what breaks a rule, identifiers that
// another account has, and a tier that does not exist.
func (d *DB) CreateAccount(ctx context.Context, by features.Actor, draft features.AccountDraft) (id int64, err error) {
	r, err := d.Apply(ctx, by, &CreateAccount{Draft: draft})
	return r.ID, err
}

// CreateAccount asks for an account to be added.
type CreateAccount struct {
	ChangeOptions
	Draft features.AccountDraft
}

// Kind is "account_create".
func (*CreateAccount) Kind() string { return "account_create" }

func (c *CreateAccount) prepare(*DB) error {
	c.Draft = c.Draft.Normalize()
	return c.Draft.Validate()
}

func (c *CreateAccount) apply(t *tx, r *Result) (err error) {
	if err := t.checkAccount(0, c.Draft); err != nil {
		return err
	}
	if err := t.begin(changeSet{action: "account.create", summary: "Created account " + c.Draft.Name}); err != nil {
		return err
	}
	r.ID, err = t.insertAccounts([]registry.ImportLine{{Draft: c.Draft, Status: features.Active}})
	return err
}

// PlanImport gives the outcome of each line of an import (registry.ReadAccounts), without writing anything.
func (d *DB) PlanImport(ctx context.Context, i registry.AccountImport) (registry.AccountImport, error) {
	if err := d.CatchUp(ctx); err != nil {
		return registry.AccountImport{}, err
	}
	return i.Check(d.live), nil
}

// ImportAccounts adds the accounts of an import in one change set, all or none, and gives the revision. It refuses with
// the problems that PlanImport shows.
func (d *DB) ImportAccounts(ctx context.Context, by features.Actor, i registry.AccountImport) (revision int64, err error) {
	r, err := d.Apply(ctx, by, &ImportAccounts{Import: i})
	return r.Revision, err
}

// ImportAccounts asks for the accounts of a file to be added.
type ImportAccounts struct {
	ChangeOptions
	Import registry.AccountImport
}

// Kind is "account_import".
func (*ImportAccounts) Kind() string { return "account_import" }

func (c *ImportAccounts) apply(t *tx, _ *Result) error {
	plan, err := t.db.PlanImport(t.ctx, c.Import) // the transaction has begun: nobody else can write meanwhile
	if err != nil {
		return err
	}
	if err := plan.Err(); err != nil {
		return err
	}
	if len(plan.Lines) == 0 {
		return &features.Error{Kind: features.Invalid, Message: "There is no account to import."}
	}
	if err := t.begin(changeSet{action: "account.import", summary: "Imported " + words.Count(len(plan.Lines), "account")}); err != nil {
		return err
	}
	_, err = t.insertAccounts(plan.Lines)
	return err
}

// insertAccounts adds accounts that have been checked, and gives the number of the last.
func (t *tx) insertAccounts(lines []registry.ImportLine) (last int64, err error) {
	type account struct {
		features.AccountDraft
		Status features.Status
	}
	accounts := make([]account, len(lines))
	for i, line := range lines {
		accounts[i] = account{line.Draft, cmp.Or(line.Status, features.Active)}
	}
	text, err := json.Marshal(accounts)
	if err != nil {
		return 0, err
	}
	result, err := t.exec(`
		INSERT INTO accounts (targeting_key, slug, external_id, name, tier_id, contact_email, postal_code, status, created_at, updated_at, revision)
		SELECT coalesce(nullif(value->>'ExternalID', ''), value->>'Slug'), value->>'Slug', nullif(value->>'ExternalID', ''),
		       value->>'Name', (SELECT id FROM tiers WHERE key = value->>'Tier'), value->>'ContactEmail', value->>'PostalCode',
		       value->>'Status', ?2, ?2, ?3
		FROM json_each(?1) ORDER BY key`, string(text), t.at.UnixMilli(), t.revision)
	if err != nil {
		return 0, err
	}
	if last, err = result.LastInsertId(); err != nil {
		return 0, err
	}
	return last, t.recordNewAccounts(last - int64(len(lines)))
}

// accountRecord is SQL for an account's recorded state, of the row named a with its tier in t.
const accountRecord = `json_object('name', a.name, 'slug', a.slug, 'external_id', a.external_id, 'contact_email', a.contact_email,
	'postal_code', a.postal_code, 'tier', t.key, 'status', a.status)`

// recordNewAccounts records the accounts beyond a number as created, a targeting key where it does not follow from the
// rest.
func (t *tx) recordNewAccounts(after int64) error {
	_, err := t.exec(`
		INSERT INTO audit (change_set_id, entity, entity_id, entity_name, account_id, action, new)
		SELECT ?1, 'account', a.id, a.name, a.id, 'create', iif(a.targeting_key = coalesce(a.external_id, a.slug), `+accountRecord+`,
		       json_set(`+accountRecord+`, '$.targeting_key', a.targeting_key))
		FROM accounts a LEFT JOIN tiers t ON t.id = a.tier_id WHERE a.id > ?2 ORDER BY a.id`, t.revision, after)
	return err
}

// checkAccount refuses identifiers that another account is known by, and a tier that does not exist.
func (t *tx) checkAccount(id int64, draft features.AccountDraft) error {
	var problems features.Problems
	for _, identifier := range draft.Identifiers() {
		var holder string
		err := t.row(`
			SELECT name FROM accounts
			WHERE id <> ?1 AND id IN (SELECT id FROM accounts WHERE slug = ?2
				UNION ALL SELECT id FROM accounts WHERE external_id = ?2 UNION ALL SELECT id FROM accounts WHERE targeting_key = ?2)`,
			id, identifier.Value).Scan(&holder)
		if err == nil {
			problems = append(problems, identifier.TakenBy(holder))
		} else if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	var known bool
	if err := t.row(`SELECT ?1 = '' OR EXISTS (SELECT 1 FROM tiers WHERE key = ?1)`, draft.Tier).Scan(&known); err != nil {
		return err
	}
	if !known {
		problems = append(problems, &features.Error{
			Kind: features.Invalid, Field: "tier",
			Message: fmt.Sprintf("There is no tier with the key %q.", draft.Tier),
		})
	}
	return problems.Err()
}

func accountState(d features.AccountDraft) map[string]any {
	state := map[string]any{
		"name": d.Name, "slug": d.Slug, "external_id": nil, "contact_email": d.ContactEmail, "postal_code": d.PostalCode, "tier": nil,
	}
	if d.ExternalID != "" {
		state["external_id"] = d.ExternalID
	}
	if d.Tier != "" {
		state["tier"] = d.Tier
	}
	return state
}

// storedAccount is an account as a form shows it.
type storedAccount struct {
	draft  features.AccountDraft
	status features.Status
}

// state is the account as the audit log records it.
func (a storedAccount) state() map[string]any {
	state := accountState(a.draft)
	state["status"] = string(a.status)
	return state
}

func (t *tx) account(id int64) (a storedAccount, err error) {
	err = t.row(`
		SELECT a.name, a.slug, coalesce(a.external_id, ''), a.contact_email, a.postal_code, coalesce(t.key, ''), a.status
		FROM accounts a LEFT JOIN tiers t ON t.id = a.tier_id WHERE a.id = ?1`, id).
		Scan(&a.draft.Name, &a.draft.Slug, &a.draft.ExternalID, &a.draft.ContactEmail, &a.draft.PostalCode, &a.draft.Tier, &a.status)
	if errors.Is(err, sql.ErrNoRows) {
		return a, &features.Error{Kind: features.NotFound, Message: "There is no such account."}
	}
	return a, err
}

// UpdateAccount saves what a person wrote of an account; its targeting key stays. It refuses as CreateAccount does and,
// with Conflict, an account that someone else has saved since version. It gives the revision, 0 when nothing changed.
func (d *DB) UpdateAccount(ctx context.Context, by features.Actor, id int64, draft features.AccountDraft, version int64) (int64, error) {
	return d.ChangeAccount(ctx, by, AccountChange{ID: id, Draft: draft, Version: version})
}

// AccountChange asks for an account to be as a program wrote it, in one change set. Version is the revision of the
// account's latest change that it saw.
type AccountChange struct {
	ChangeOptions
	ID      int64
	Draft   features.AccountDraft
	Status  features.Status // "" where it stays
	Version int64
}

// ChangeAccount saves what is written of an account, its status too. It refuses as UpdateAccount and SetAccountStatus do.
func (d *DB) ChangeAccount(ctx context.Context, by features.Actor, c AccountChange) (int64, error) {
	r, err := d.Apply(ctx, by, &c)
	return r.Revision, err
}

// Kind is "account_update".
func (*AccountChange) Kind() string { return "account_update" }

func (c *AccountChange) prepare(*DB) error {
	c.Draft = c.Draft.Normalize()
	if err := c.Draft.Validate(); err != nil {
		return err
	}
	return checkStatus(cmp.Or(c.Status, features.Active))
}

func (c *AccountChange) apply(t *tx, _ *Result) error {
	stored, err := t.account(c.ID)
	if err != nil {
		return err
	}
	is := storedAccount{c.Draft, cmp.Or(c.Status, stored.status)}
	before, after := changedFields(stored.state(), is.state())
	if len(after) == 0 {
		return nil
	}
	if err := t.checkVersion("account", c.ID, 0, c.Version); err != nil {
		return err
	}
	if err := t.checkAccount(c.ID, c.Draft); err != nil {
		return err
	}
	if err := t.begin(changeSet{action: "account.update", summary: "Edited account " + c.Draft.Name}); err != nil {
		return err
	}
	if err := t.storeAccount(c.ID, is); err != nil {
		return err
	}
	return t.record(entry{entity: "account", id: c.ID, name: stored.draft.Name, account: c.ID, action: "update", old: before, new: after})
}

func (t *tx) storeAccount(id int64, is storedAccount) error {
	d := is.draft
	_, err := t.exec(`
		UPDATE accounts SET slug = ?2, external_id = nullif(?3, ''), name = ?4, tier_id = (SELECT id FROM tiers WHERE key = ?5), contact_email = ?6,
			postal_code = ?7, updated_at = ?8, revision = ?9, status = ?10 WHERE id = ?1`,
		id, d.Slug, d.ExternalID, d.Name, d.Tier, d.ContactEmail, d.PostalCode, t.at.UnixMilli(), t.revision, is.status)
	return err
}

// checkStatus refuses what is no status of an account.
func checkStatus(status features.Status) error {
	if status == features.Active || status == features.Suspended {
		return nil
	}
	return &features.Error{Kind: features.Invalid, Field: "status", Message: "Choose active or suspended."}
}

// SetAccountStatus suspends an account or makes it active again, and gives the revision, 0 when it was so already.
func (d *DB) SetAccountStatus(ctx context.Context, by features.Actor, id int64, status features.Status, reason string) (int64, error) {
	r, err := d.Apply(ctx, by, &SetAccountStatus{ChangeOptions: ChangeOptions{Reason: reason}, ID: id, Status: status})
	return r.Revision, err
}

// SetAccountStatus asks for an account to be suspended or to be active again.
type SetAccountStatus struct {
	ChangeOptions
	ID     int64
	Status features.Status
}

// Kind is "account_status".
func (*SetAccountStatus) Kind() string { return "account_status" }

func (c *SetAccountStatus) prepare(*DB) error {
	return checkStatus(c.Status)
}

func (c *SetAccountStatus) apply(t *tx, _ *Result) error {
	stored, err := t.account(c.ID)
	if err != nil || stored.status == c.Status {
		return err
	}
	action, verb := "account.suspend", "Suspended account "
	if c.Status == features.Active {
		action, verb = "account.activate", "Reactivated account "
	}
	if err := t.begin(changeSet{action: action, summary: verb + stored.draft.Name}); err != nil {
		return err
	}
	_, err = t.exec(`UPDATE accounts SET status = ?2, updated_at = ?3, revision = ?4 WHERE id = ?1`, c.ID, c.Status, t.at.UnixMilli(), t.revision)
	if err != nil {
		return err
	}
	return t.record(entry{
		entity: "account", id: c.ID, name: stored.draft.Name, account: c.ID, action: "update",
		old: map[string]any{"status": string(stored.status)}, new: map[string]any{"status": string(c.Status)},
	})
}

// AccountVersion is the revision of the latest change of an account's own fields: what an edit form is held against.
func (d *DB) AccountVersion(ctx context.Context, id int64) (int64, error) {
	return version(ctx, d.reader, "account", id, 0)
}
