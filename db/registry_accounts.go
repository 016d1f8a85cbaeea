package db

import (
	"encoding/json"
	"fmt"
	"slices"

	"flagstone/registry"
)

// importedAccount is an account as the statements below take it.
type importedAccount struct {
	ID                                                                       int64 // 0 for a new one
	TargetingKey, Name, Slug, ExternalID, ContactEmail, PostalCode, Tier, St string
}

func (t *tx) applyAccounts(plan *registry.ImportPlan) error {
	var created, updated []importedAccount
	for _, p := range plan.Accounts {
		if !p.Changes() {
			continue
		}
		a := p.Is
		tier, _ := plan.Catalogue.Tier(a.TierID)
		one := importedAccount{a.ID, a.TargetingKey, a.Name, a.Slug, a.ExternalID, a.ContactEmail, a.PostalCode, tier.Key, string(a.Status)}
		if p.Outcome == registry.Created {
			one.ID = 0
			created = append(created, one)
		} else {
			updated = append(updated, one)
		}
	}
	for _, part := range []struct {
		accounts []importedAccount
		write    func([]importedAccount) error
	}{{updated, t.recordReplaced}, {updated, t.replaceAccounts}, {created, t.addAccounts}} {
		for step := range slices.Chunk(part.accounts, bulkStep) {
			if err := part.write(step); err != nil {
				return err
			}
		}
	}
	return nil
}

// addAccounts adds accounts with targeting keys of their own.
func (t *tx) addAccounts(accounts []importedAccount) error {
	text, err := json.Marshal(accounts)
	if err != nil {
		return err
	}
	result, err := t.exec(`
		INSERT INTO accounts (targeting_key, slug, external_id, name, tier_id, status, contact_email, postal_code, created_at, updated_at, revision)
		SELECT value->>'TargetingKey', value->>'Slug', nullif(value->>'ExternalID', ''), value->>'Name',
		       (SELECT id FROM tiers WHERE key = value->>'Tier'), value->>'St', value->>'ContactEmail', value->>'PostalCode', ?2, ?2, ?3
		FROM json_each(?1) ORDER BY key`, string(text), t.at.UnixMilli(), t.revision)
	if err != nil {
		return err
	}
	last, err := result.LastInsertId()
	if err != nil {
		return err
	}
	return t.recordNewAccounts(last - int64(len(accounts)))
}

// recordReplaced records what accounts are planned to be, the fields that differ, and puts their identifiers aside. Once
// it has done so with all of them, accounts can exchange identifiers.
func (t *tx) recordReplaced(accounts []importedAccount) error {
	text, err := json.Marshal(accounts)
	if err != nil {
		return err
	}
	for _, statement := range []string{`
		INSERT INTO audit (change_set_id, entity, entity_id, entity_name, account_id, action, old, new)
		SELECT ?2, 'account', a.id, a.name, a.id, 'update',
		       (SELECT json_group_object(o.key, o.value) FROM json_each(` + accountRecord + `) o
		        WHERE o.value IS NOT n.state->>o.key),
		       (SELECT json_group_object(s.key, s.value) FROM json_each(n.state) s
		        WHERE s.value IS NOT ` + accountRecord + `->>s.key)
		FROM (SELECT value->>'ID' AS id, json_object('name', value->>'Name', 'slug', value->>'Slug', 'external_id', nullif(value->>'ExternalID', ''),
		             'contact_email', value->>'ContactEmail', 'postal_code', value->>'PostalCode', 'tier', nullif(value->>'Tier', ''),
		             'status', value->>'St') AS state FROM json_each(?1)) n
		CROSS JOIN accounts a ON a.id = n.id LEFT JOIN tiers t ON t.id = a.tier_id`, `
		UPDATE accounts SET slug = '~' || id, external_id = NULL, revision = ?2 WHERE id IN (SELECT value->>'ID' FROM json_each(?1))`} {
		if _, err := t.exec(statement, string(text), t.revision); err != nil {
			return err
		}
	}
	return nil
}

// replaceAccounts makes accounts what they are planned to be.
func (t *tx) replaceAccounts(accounts []importedAccount) error {
	text, err := json.Marshal(accounts)
	if err != nil {
		return err
	}
	_, err = t.exec(`
		UPDATE accounts AS x SET slug = value->>'Slug', external_id = nullif(value->>'ExternalID', ''), name = value->>'Name',
			tier_id = (SELECT id FROM tiers WHERE key = value->>'Tier'), status = value->>'St', contact_email = value->>'ContactEmail',
			postal_code = value->>'PostalCode', updated_at = ?2
		FROM json_each(?1) WHERE x.id = value->>'ID'`, string(text), t.at.UnixMilli())
	return err
}

// importedOverride is an override as the statements below take it.
type importedOverride struct {
	Account, Feature string // targeting key, key
	Enabled          string
	Data             string // "" for none
	Variant, Reason  string
	ExpiresAt        any // Unix milliseconds, or nil
}

func (t *tx) applyOverrides(plan *registry.ImportPlan) error {
	var changed []importedOverride
	for _, p := range plan.Overrides {
		if p.Changes() {
			o := importedOverride{p.Is.Account.TargetingKey, p.Is.Feature.Key, fmt.Sprint(p.Is.Value.Enabled), string(p.Is.Value.Data), p.Is.Variant, p.Is.Reason, nil}
			if p.Is.ExpiresAt != 0 {
				o.ExpiresAt = p.Is.ExpiresAt
			}
			changed = append(changed, o)
		}
	}
	for step := range slices.Chunk(changed, bulkStep) {
		if err := t.writeOverrides(step); err != nil {
			return err
		}
	}
	return nil
}

// writeOverrides sets overrides of any features and accounts, as setOverrides does for one feature. CROSS JOIN has SQLite
// go through the list, and look each up.
func (t *tx) writeOverrides(overrides []importedOverride) error {
	text, err := json.Marshal(overrides)
	if err != nil {
		return err
	}
	for _, statement := range []string{`
		INSERT INTO audit (change_set_id, entity, entity_id, entity_name, account_id, feature_id, feature_key, action, old, new)
		SELECT ?2, 'override', a.id, a.name, a.id, f.id, f.key, iif(o.account_id IS NULL, 'create', 'update'),
		       iif(o.account_id IS NULL, NULL, ` + overrideState + `),
		       json_object('enabled', json(j.value->>'Enabled'), 'value', json(nullif(j.value->>'Data', '')), 'reason', j.value->>'Reason', 'expires_at', j.value->>'ExpiresAt',
		                   'variant', j.value->>'Variant', 'set_by', ?3, 'set_at', ?4)
		FROM json_each(?1) j CROSS JOIN accounts a ON a.targeting_key = j.value->>'Account' CROSS JOIN features f ON f.key = j.value->>'Feature'
		LEFT JOIN overrides o ON o.account_id = a.id AND o.feature_id = f.id`, `
		INSERT INTO overrides (account_id, feature_id, enabled, reason, expires_at, set_by, set_at, revision, variant, value)
		SELECT a.id, f.id, j.value->>'Enabled' = 'true', j.value->>'Reason', j.value->>'ExpiresAt', ?3, ?4, ?2, j.value->>'Variant', j.value->>'Data'
		FROM json_each(?1) j CROSS JOIN accounts a ON a.targeting_key = j.value->>'Account' CROSS JOIN features f ON f.key = j.value->>'Feature'
		WHERE true
		ON CONFLICT (account_id, feature_id) DO UPDATE SET enabled = excluded.enabled, reason = excluded.reason,
			expires_at = excluded.expires_at, set_by = excluded.set_by, set_at = excluded.set_at, revision = excluded.revision,
			variant = excluded.variant, value = excluded.value`} {
		if _, err := t.exec(statement, string(text), t.revision, t.by.Name, t.at.UnixMilli()); err != nil {
			return err
		}
	}
	return nil
}
