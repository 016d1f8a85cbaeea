package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"flagstone/features"
)

// CreateAccount adds an account and gives its number. It refuses, field by field, what breaks a rule, identifiers that
// another account has, and a tier that does not exist.
func (d *DB) CreateAccount(ctx context.Context, by features.Actor, draft features.AccountDraft) (id int64, err error) {
	draft = draft.Normalize()
	if err := draft.Validate(); err != nil {
		return 0, err
	}
	_, err = d.write(ctx, by, func(t *tx) error {
		if err := t.begin(changeSet{action: "account.create", summary: "Created the account " + draft.Name}); err != nil {
			return err
		}
		id, err = t.insertAccount(draft)
		return err
	})
	return id, err
}

// ImportAccounts adds many accounts in one change set: all or none.
func (d *DB) ImportAccounts(ctx context.Context, by features.Actor, drafts []features.AccountDraft) (revision int64, err error) {
	return d.write(ctx, by, func(t *tx) error {
		if len(drafts) == 0 {
			return &features.Error{Kind: features.Invalid, Message: "There is no account to import."}
		}
		if err := t.begin(changeSet{action: "account.import", summary: "Imported " + count(len(drafts), "account")}); err != nil {
			return err
		}
		for _, draft := range drafts {
			draft = draft.Normalize()
			if err := draft.Validate(); err != nil {
				return err
			}
			if _, err := t.insertAccount(draft); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *tx) insertAccount(draft features.AccountDraft) (int64, error) {
	tierID, err := t.checkAccount(0, draft)
	if err != nil {
		return 0, err
	}
	targetingKey := draft.ExternalID
	if targetingKey == "" {
		targetingKey = draft.Slug
	}
	result, err := t.exec(`
		INSERT INTO accounts (targeting_key, slug, external_id, name, tier_id, contact_email, postal_code, created_at, updated_at, revision)
		VALUES (?1, ?2, nullif(?3, ''), ?4, nullif(?5, 0), ?6, ?7, ?8, ?8, ?9)`,
		targetingKey, draft.Slug, draft.ExternalID, draft.Name, tierID, draft.ContactEmail, draft.PostalCode, t.at.UnixMilli(), t.revision)
	if err != nil {
		return 0, err
	}
	id, err := result.LastInsertId()
	if err != nil {
		return 0, err
	}
	after := accountState(draft)
	after["status"] = string(features.Active)
	return id, t.record(entry{entity: "account", id: id, name: draft.Name, account: id, action: "create", new: after})
}

// checkAccount refuses identifiers that another account is known by, and gives the tier's number.
func (t *tx) checkAccount(id int64, draft features.AccountDraft) (tierID int64, err error) {
	var problems features.Problems
	for _, identifier := range []struct{ field, value string }{{"slug", draft.Slug}, {"external_id", draft.ExternalID}} {
		var holder string
		err := t.row(`
			SELECT name FROM accounts
			WHERE ?2 <> '' AND id <> ?1 AND id IN (SELECT id FROM accounts WHERE slug = ?2
				UNION ALL SELECT id FROM accounts WHERE external_id = ?2 UNION ALL SELECT id FROM accounts WHERE targeting_key = ?2)`,
			id, identifier.value).Scan(&holder)
		if err == nil {
			problems = append(problems, &features.Error{Kind: features.Invalid, Field: identifier.field,
				Message: fmt.Sprintf("%s is taken by %s.", identifier.value, holder)})
		} else if !errors.Is(err, sql.ErrNoRows) {
			return 0, err
		}
	}
	if draft.Tier != "" {
		err := t.row(`SELECT id FROM tiers WHERE key = ?1`, draft.Tier).Scan(&tierID)
		if errors.Is(err, sql.ErrNoRows) {
			problems = append(problems, &features.Error{Kind: features.Invalid, Field: "tier",
				Message: fmt.Sprintf("There is no tier with the key %q.", draft.Tier)})
		} else if err != nil {
			return 0, err
		}
	}
	return tierID, problems.Err()
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
	draft = draft.Normalize()
	if err := draft.Validate(); err != nil {
		return 0, err
	}
	return d.write(ctx, by, func(t *tx) error {
		stored, err := t.account(id)
		if err != nil {
			return err
		}
		before, after := changedFields(accountState(stored.draft), accountState(draft))
		if len(after) == 0 {
			return nil
		}
		if err := t.checkVersion("account", id, 0, version); err != nil {
			return err
		}
		tierID, err := t.checkAccount(id, draft)
		if err != nil {
			return err
		}
		if err := t.begin(changeSet{action: "account.update", summary: "Edited the account " + draft.Name}); err != nil {
			return err
		}
		_, err = t.exec(`
			UPDATE accounts SET slug = ?2, external_id = nullif(?3, ''), name = ?4, tier_id = nullif(?5, 0), contact_email = ?6,
				postal_code = ?7, updated_at = ?8, revision = ?9 WHERE id = ?1`,
			id, draft.Slug, draft.ExternalID, draft.Name, tierID, draft.ContactEmail, draft.PostalCode, t.at.UnixMilli(), t.revision)
		if err != nil {
			return err
		}
		return t.record(entry{entity: "account", id: id, name: stored.draft.Name, account: id, action: "update", old: before, new: after})
	})
}

// SetAccountStatus suspends an account or makes it active again, and gives the revision, 0 when it was so already.
func (d *DB) SetAccountStatus(ctx context.Context, by features.Actor, id int64, status features.Status, reason string) (int64, error) {
	if status != features.Active && status != features.Suspended {
		return 0, &features.Error{Kind: features.Invalid, Field: "status", Message: "Choose active or suspended."}
	}
	return d.write(ctx, by, func(t *tx) error {
		stored, err := t.account(id)
		if err != nil || stored.status == status {
			return err
		}
		action, verb := "account.suspend", "Suspended the account "
		if status == features.Active {
			action, verb = "account.activate", "Made active again the account "
		}
		if err := t.begin(changeSet{action: action, summary: verb + stored.draft.Name, reason: reason}); err != nil {
			return err
		}
		_, err = t.exec(`UPDATE accounts SET status = ?2, updated_at = ?3, revision = ?4 WHERE id = ?1`, id, status, t.at.UnixMilli(), t.revision)
		if err != nil {
			return err
		}
		return t.record(entry{entity: "account", id: id, name: stored.draft.Name, account: id, action: "update",
			old: map[string]any{"status": string(stored.status)}, new: map[string]any{"status": string(status)}})
	})
}

// AccountVersion is the revision of the latest change of an account's own fields: what an edit form is held against.
func (d *DB) AccountVersion(ctx context.Context, id int64) (version int64, err error) {
	err = d.reader.QueryRowContext(ctx, `
		SELECT coalesce(max(change_set_id), 0) FROM audit WHERE entity = 'account' AND entity_id = ?1 AND feature_id = 0`, id).Scan(&version)
	return version, err
}

// FeatureVersion is the revision of the latest change of a feature: what an edit form is held against.
func (d *DB) FeatureVersion(ctx context.Context, id int64) (version int64, err error) {
	err = d.reader.QueryRowContext(ctx, `
		SELECT coalesce(max(change_set_id), 0) FROM audit WHERE entity = 'feature' AND entity_id = ?1 AND feature_id = ?1`, id).Scan(&version)
	return version, err
}

// CreateTier adds a tier. It refuses a key that is taken.
func (d *DB) CreateTier(ctx context.Context, by features.Actor, tier features.Tier) (int64, error) {
	return d.write(ctx, by, func(t *tx) error {
		if err := t.begin(changeSet{action: "tier.create", summary: "Created the tier " + tier.Name}); err != nil {
			return err
		}
		result, err := t.exec(`INSERT INTO tiers (key, name, position) VALUES (?1, ?2, ?3)`, tier.Key, tier.Name, tier.Position)
		if violatesUnique(err) {
			return &features.Error{Kind: features.Invalid, Field: "key", Message: fmt.Sprintf("The key %s is taken.", tier.Key)}
		}
		if err != nil {
			return err
		}
		id, err := result.LastInsertId()
		if err != nil {
			return err
		}
		state := map[string]any{"key": tier.Key, "name": tier.Name, "position": tier.Position}
		if err := t.record(entry{entity: "tier", id: id, name: tier.Name, action: "create", new: state}); err != nil {
			return err
		}
		return t.touchCatalogue()
	})
}
