package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"flagstone/features"
)

// OverrideChange asks for one override to be set. Version is the revision of the cell's latest change that the editor
// saw, 0 where there was none.
type OverrideChange struct {
	Account   int64
	Feature   string
	Value     features.Value
	Variant   string // the variant to force; "" for none
	Needs     bool   // switch on, too, what the feature depends on, where that is off
	Reason    string
	ExpiresAt time.Time // zero for never
	Version   int64
}

// SetOverride sets one override (spec §4.4) and gives the revision of the change, 0 when that very override is there
// already. It refuses an unknown account or feature, a value that breaks the feature's type or constraints, a feature that
// the account's tier locks, an expiry that is not in the future, and, with Conflict, a cell that someone else has saved
// since.
func (d *DB) SetOverride(ctx context.Context, by features.Actor, c OverrideChange) (int64, error) {
	c.Reason = features.Tidy(c.Reason)
	if err := d.checkAhead(c); err != nil {
		return 0, err
	}
	return d.write(ctx, by, func(t *tx) error {
		account, feature, err := t.cell(c.Account, c.Feature)
		if err != nil {
			return err
		}
		if err := t.checkOverride(feature, c); err != nil {
			return err
		}
		needs, err := d.missing(t, feature, c)
		if err != nil {
			return err
		}
		same, err := t.sameOverride(feature, c)
		if err != nil || same && len(needs) == 0 {
			return err
		}
		if err := t.checkVersion("override", c.Account, feature.ID, c.Version); err != nil {
			return err
		}
		if err := t.begin(changeSet{action: "override.set", summary: overrideSummary(feature, account, c.Value, needs), reason: c.Reason}); err != nil {
			return err
		}
		return d.setWithNeeds(t, feature, c, needs)
	})
}

// checkAhead refuses a value before the lock is taken, so that one that takes long to check holds nobody up.
func (d *DB) checkAhead(c OverrideChange) error {
	f, err := d.live.Catalogue().Feature(c.Feature)
	if err != nil {
		return nil //nolint:nilerr // whether the feature is there is asked again under the lock
	}
	return f.CheckOverride(c.Value, c.Variant)
}

// setWithNeeds sets the override of a change, and switches on what the feature needs.
func (d *DB) setWithNeeds(t *tx, f *features.Feature, c OverrideChange, needs []*features.Feature) error {
	account := idList([]int64{c.Account})
	for _, other := range needs {
		value := d.live.Catalogue().ValueAlong(other, d.live.Accounts().ByID(c.Account))
		along := OverrideChange{Account: c.Account, Value: value, Reason: c.Reason}
		if err := t.setOverrides(other, account, along); err != nil {
			return err
		}
	}
	return t.setOverrides(f, account, c)
}

// missing gives what is to be switched on along with a feature for an account. It refuses what the account's tier locks of
// that, and what nobody has said a value of.
func (d *DB) missing(t *tx, f *features.Feature, c OverrideChange) ([]*features.Feature, error) {
	if !c.Needs {
		return nil, nil
	}
	if err := d.CatchUp(t.ctx); err != nil {
		return nil, err
	}
	catalogue, account := d.live.Catalogue(), d.live.Accounts().ByID(c.Account)
	missing := catalogue.Missing(f, account, t.at)
	for _, other := range missing {
		if err := t.checkLock(c.Account, other); err != nil {
			return nil, err
		}
		if err := other.CheckAlong(catalogue.ValueAlong(other, account)); err != nil {
			return nil, err
		}
	}
	return missing, nil
}

func overrideSummary(f *features.Feature, account string, v features.Value, needs []*features.Feature) string {
	summary := fmt.Sprintf("Switched %s %s for %s", f.Name, features.OnOff(v.Enabled), account)
	if v.Enabled && v.Data != "" {
		summary = fmt.Sprintf("Set %s to %s for %s", f.Name, features.Clipped(v.Words()), account)
	}
	for i, other := range needs {
		summary += []string{", with ", " and "}[min(i, 1)] + other.Name
	}
	return summary
}

// checkLock refuses an override of a feature that the account's tier locks (spec §3, rule 6).
func (t *tx) checkLock(account int64, f *features.Feature) error {
	var tier string
	err := t.row(`
		SELECT t.name FROM accounts a JOIN tiers t ON t.id = a.tier_id JOIN tier_features x ON x.tier_id = t.id
		WHERE a.id = ?1 AND x.feature_id = ?2 AND NOT x.allow_override`, account, f.ID).Scan(&tier)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return &features.Error{
		Kind: features.Invalid, Field: "value",
		Message: fmt.Sprintf("The tier %s locks %s: its accounts have what the tier gives. Allow overrides there, or move the account.", tier, f.Name),
	}
}

// ClearOverride resets one cell to what the account inherits, and gives the revision of the change, 0 when there was no
// override. It refuses as SetOverride does.
func (d *DB) ClearOverride(ctx context.Context, by features.Actor, c OverrideChange) (int64, error) {
	return d.write(ctx, by, func(t *tx) error {
		account, feature, err := t.cell(c.Account, c.Feature)
		if err != nil {
			return err
		}
		var there bool
		err = t.row(`SELECT EXISTS (SELECT 1 FROM overrides WHERE account_id = ?1 AND feature_id = ?2)`,
			c.Account, feature.ID).Scan(&there)
		if err != nil || !there {
			return err
		}
		if err := t.checkVersion("override", c.Account, feature.ID, c.Version); err != nil {
			return err
		}
		summary := fmt.Sprintf("Reset %s for %s to inherited", feature.Name, account)
		if err := t.begin(changeSet{action: "override.clear", summary: summary, reason: c.Reason}); err != nil {
			return err
		}
		return t.clearOverrides(feature, idList([]int64{c.Account}))
	})
}

// cell finds what a cell of the console is about: the account's name and the feature.
func (t *tx) cell(accountID int64, key string) (account string, feature *features.Feature, err error) {
	if account, err = t.accountName(accountID); err != nil {
		return "", nil, err
	}
	feature, err = t.feature(key)
	return account, feature, err
}

func (t *tx) checkOverride(f *features.Feature, c OverrideChange) error {
	if err := f.CheckOverride(c.Value, c.Variant); err != nil {
		return err
	}
	if !c.ExpiresAt.IsZero() && !c.ExpiresAt.After(t.at) {
		return &features.Error{Kind: features.Invalid, Field: "expires_at", Message: "Choose a time in the future, or leave it empty for no expiry."}
	}
	return t.checkLock(c.Account, f)
}

func (t *tx) sameOverride(feature *features.Feature, c OverrideChange) (same bool, err error) {
	err = t.row(`
		SELECT EXISTS (SELECT 1 FROM overrides WHERE account_id = ?1 AND feature_id = ?2 AND enabled = ?3 AND reason = ?4
		               AND expires_at IS ?5 AND variant = ?6 AND value = ?7)`,
		c.Account, feature.ID, c.Value.Enabled, c.Reason, millisOrNull(c.ExpiresAt), c.Variant, c.Value.Data).Scan(&same)
	return same, err
}

// overrideState is SQL for an override's recorded state, of the row named o.
const overrideState = `json_object('enabled', json(iif(o.enabled, 'true', 'false')), 'value', json(nullif(o.value, '')), 'reason', o.reason,
	'expires_at', o.expires_at, 'variant', o.variant, 'set_by', o.set_by, 'set_at', o.set_at)`

// setOverrides sets one feature's override for a list of accounts: the audit rows with before and after first, then
// the overrides, set by set.
func (t *tx) setOverrides(feature *features.Feature, accounts string, c OverrideChange) error {
	now := t.at.UnixMilli()
	_, err := t.exec(`
		INSERT INTO audit (change_set_id, entity, entity_id, entity_name, account_id, feature_id, feature_key, action, old, new)
		SELECT ?1, 'override', a.id, a.name, a.id, ?2, ?3, iif(o.account_id IS NULL, 'create', 'update'),
		       iif(o.account_id IS NULL, NULL, `+overrideState+`),
		       json_object('enabled', json(?4), 'value', json(nullif(?11, '')), 'reason', ?5, 'expires_at', ?6, 'variant', ?10,
		                   'set_by', ?7, 'set_at', ?8)
		FROM json_each(?9) j JOIN accounts a ON a.id = j.value
		LEFT JOIN overrides o ON o.account_id = a.id AND o.feature_id = ?2`,
		t.revision, feature.ID, feature.Key, fmt.Sprint(c.Value.Enabled), c.Reason, millisOrNull(c.ExpiresAt), t.by.Name, now, accounts, c.Variant,
		c.Value.Data)
	if err != nil {
		return err
	}
	_, err = t.exec(`
		INSERT INTO overrides (account_id, feature_id, enabled, reason, expires_at, set_by, set_at, revision, variant, value)
		SELECT value, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?9, ?10 FROM json_each(?8) WHERE true
		ON CONFLICT (account_id, feature_id) DO UPDATE SET enabled = excluded.enabled, reason = excluded.reason,
			expires_at = excluded.expires_at, set_by = excluded.set_by, set_at = excluded.set_at, revision = excluded.revision,
			variant = excluded.variant, value = excluded.value`,
		feature.ID, c.Value.Enabled, c.Reason, millisOrNull(c.ExpiresAt), t.by.Name, now, t.revision, accounts, c.Variant, c.Value.Data)
	return err
}

// clearOverrides removes one feature's override from a list of accounts. What is gone carries no revision, so the
// accounts do.
func (t *tx) clearOverrides(feature *features.Feature, accounts string) error {
	_, err := t.exec(`
		INSERT INTO audit (change_set_id, entity, entity_id, entity_name, account_id, feature_id, feature_key, action, old)
		SELECT ?1, 'override', a.id, a.name, a.id, ?2, ?3, 'delete', `+overrideState+`
		FROM json_each(?4) j JOIN accounts a ON a.id = j.value
		JOIN overrides o ON o.account_id = a.id AND o.feature_id = ?2`,
		t.revision, feature.ID, feature.Key, accounts)
	if err != nil {
		return err
	}
	_, err = t.exec(`DELETE FROM overrides WHERE feature_id = ?1 AND account_id IN (SELECT value FROM json_each(?2))`,
		feature.ID, accounts)
	if err != nil {
		return err
	}
	_, err = t.exec(`UPDATE accounts SET revision = ?1 WHERE id IN (SELECT value FROM json_each(?2))`, t.revision, accounts)
	return err
}

// idList is a list of row numbers as the set-based statements take it: a JSON array.
func idList(ids []int64) string {
	list := make([]byte, 0, 8*len(ids)+2)
	list = append(list, '[')
	for i, id := range ids {
		if i > 0 {
			list = append(list, ',')
		}
		list = strconv.AppendInt(list, id, 10)
	}
	return string(append(list, ']'))
}

// Cell is what the console shows of one account and one feature beyond its value.
type Cell struct {
	Version  int64     // the revision of its latest change, 0 where there was none
	Override *Override // nil when the account inherits
}

// Override is a stored override with who set it, when and why.
type Override struct {
	Value     features.Value
	Variant   string // that it forces; "" for none
	Reason    string
	ExpiresAt time.Time // zero for never
	SetBy     string
	SetAt     time.Time
}

// CellKey names one cell.
type CellKey struct{ Account, Feature int64 }

// Cells gives the cells of some accounts and features. A cell that was never changed is not in the map; its zero value
// is right.
func (d *DB) Cells(ctx context.Context, accounts, wanted []int64) (map[CellKey]Cell, error) {
	cells := make(map[CellKey]Cell)
	rows, err := d.reader.QueryContext(ctx, `
		SELECT a.value, f.value,
		       (SELECT coalesce(max(change_set_id), 0) FROM audit
		        WHERE entity = 'override' AND entity_id = a.value AND feature_id = f.value),
		       o.enabled, coalesce(o.reason, ''), coalesce(o.expires_at, 0), coalesce(o.set_by, ''), coalesce(o.set_at, 0),
		       coalesce(o.variant, ''), coalesce(o.value, '')
		FROM json_each(?1) a JOIN json_each(?2) f
		LEFT JOIN overrides o ON o.account_id = a.value AND o.feature_id = f.value`, idList(accounts), idList(wanted))
	if err != nil {
		return nil, err
	}
	defer closeRows(rows)
	for rows.Next() {
		var key CellKey
		var cell Cell
		var enabled sql.NullBool
		var o Override
		var expires, set int64
		if err := rows.Scan(&key.Account, &key.Feature, &cell.Version, &enabled, &o.Reason, &expires, &o.SetBy, &set, &o.Variant, &o.Value.Data); err != nil {
			return nil, err
		}
		if enabled.Valid {
			o.Value.Enabled, o.SetAt = enabled.Bool, fromMillis(set)
			if expires != 0 {
				o.ExpiresAt = fromMillis(expires)
			}
			cell.Override = &o
		}
		if cell != (Cell{}) {
			cells[key] = cell
		}
	}
	return cells, rows.Err()
}
