package db

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"flagstone/features"
	"flagstone/words"
)

// OverrideChange asks for one override to be set. Version is the revision of the cell's latest change that the editor
// saw, 0 where there was none.
type OverrideChange struct {
	ChangeOptions
	Account          int64
	Feature          string
	Value            features.Value
	Variant          string    // the variant to force; "" for none
	WithDependencies bool      // switch on, too, what the feature depends on, where that is off
	ExpiresAt        time.Time // zero for never
	Version          int64
}

// SetOverride sets one override and gives the revision of the change, 0 when that very override is there already. It
// refuses an unknown account or feature, a value that breaks the feature's type or constraints, a feature that the
// account's tier locks, an expiry that is not in the future, and, with Conflict, a cell that someone else has saved
// since.
func (d *DB) SetOverride(ctx context.Context, by features.Actor, c OverrideChange) (int64, error) {
	r, err := d.Apply(ctx, by, &c)
	return r.Revision, err
}

// Kind is "override_set".
func (*OverrideChange) Kind() string { return "override_set" }

func (c *OverrideChange) prepare(d *DB) error {
	c.Reason = features.Tidy(c.Reason)
	return d.checkAhead(*c)
}

func (c *OverrideChange) apply(t *tx, _ *Result) error {
	account, feature, err := t.cell(c.Account, c.Feature)
	if err != nil {
		return err
	}
	plan, err := t.db.planOverride(t, feature, *c)
	if err != nil {
		return err
	}
	same, err := t.sameOverride(feature, *c)
	if err != nil || same && len(plan.Dependencies) == 0 {
		return err
	}
	if err := t.checkVersion("override", c.Account, feature.ID, c.Version); err != nil {
		return err
	}
	if err := t.begin(changeSet{action: "override.set", summary: overrideSummary(feature, account, c.Value, plan.Dependencies)}); err != nil {
		return err
	}
	return t.setPlanned(plan, *c)
}

// checkAhead refuses a value before the lock is taken, so that one that takes long to check holds nobody up.
func (d *DB) checkAhead(c OverrideChange) error {
	f, err := d.live.Catalogue().Feature(c.Feature)
	if err != nil {
		return nil //nolint:nilerr // whether the feature is there is asked again under the lock
	}
	return f.CheckOverride(c.Value, c.Variant)
}

// planOverride works a change out against the state that serves, which nobody changes while the use case runs.
func (d *DB) planOverride(t *tx, f *features.Feature, c OverrideChange) (*features.OverridePlan, error) {
	if err := d.CatchUp(t.ctx); err != nil {
		return nil, err
	}
	return d.live.Catalogue().PlanOverride(d.live.Accounts().ByID(c.Account), f, c.Wish(), t.at)
}

// Wish is what the change asks for.
func (c OverrideChange) Wish() features.OverrideWish {
	return features.OverrideWish{Value: c.Value, Variant: c.Variant, ExpiresAt: c.ExpiresAt, WithDependencies: c.WithDependencies}
}

// setPlanned writes a planned override, and what is switched on with it.
func (t *tx) setPlanned(plan *features.OverridePlan, c OverrideChange) error {
	account := idList([]int64{c.Account})
	for i, f := range plan.Dependencies {
		if err := t.setOverrides(f, account, OverrideChange{ChangeOptions: ChangeOptions{Reason: c.Reason}, Value: plan.Writes[i].Value}); err != nil {
			return err
		}
	}
	return t.setOverrides(plan.Feature, account, c)
}

func overrideSummary(f *features.Feature, account string, v features.Value, dependencies []*features.Feature) string {
	summary := fmt.Sprintf("Switched %s %s for %s", f.Name, features.OnOff(v.Enabled), account)
	if v.Enabled && v.Data != "" {
		summary = fmt.Sprintf("Set %s to %s for %s", f.Name, words.Clipped(v.Words()), account)
	}
	for i, other := range dependencies {
		summary += []string{", with ", " and "}[min(i, 1)] + other.Name
	}
	return summary
}

// ClearOverride resets one cell to what the account inherits, and gives the revision of the change, 0 when there was no
// override. It refuses as SetOverride does.
func (d *DB) ClearOverride(ctx context.Context, by features.Actor, c OverrideChange) (int64, error) {
	r, err := d.Apply(ctx, by, &ClearOverride{ChangeOptions: c.ChangeOptions, Account: c.Account, Feature: c.Feature, Version: c.Version})
	return r.Revision, err
}

// ClearOverride asks for a cell to be reset to what the account inherits. Version is as in OverrideChange.
type ClearOverride struct {
	ChangeOptions
	Account int64
	Feature string
	Version int64
}

// Kind is "override_clear".
func (*ClearOverride) Kind() string { return "override_clear" }

func (c *ClearOverride) apply(t *tx, _ *Result) error {
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
	if err := t.begin(changeSet{action: "override.clear", summary: summary}); err != nil {
		return err
	}
	return t.clearOverrides(feature, idList([]int64{c.Account}))
}

// cell finds what a cell of the console is about: the account's name and the feature.
func (t *tx) cell(accountID int64, key string) (account string, feature *features.Feature, err error) {
	if account, err = t.accountName(accountID); err != nil {
		return "", nil, err
	}
	feature, err = t.feature(key)
	return account, feature, err
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

// overrideRows is what setOverrides records.
func (t *tx) overrideRows(feature *features.Feature, accounts string, c OverrideChange) auditRows {
	return auditRows{`
		SELECT ?1, 'override', a.id, a.name, a.id, ?2, ?3, iif(o.account_id IS NULL, 'create', 'update'),
		       iif(o.account_id IS NULL, NULL, ` + overrideState + `),
		       json_object('enabled', json(?4), 'value', json(nullif(?11, '')), 'reason', ?5, 'expires_at', ?6, 'variant', ?10,
		                   'set_by', ?7, 'set_at', ?8)
		FROM json_each(?9) j JOIN accounts a ON a.id = j.value
		LEFT JOIN overrides o ON o.account_id = a.id AND o.feature_id = ?2`, []any{
		t.revision, feature.ID, feature.Key, fmt.Sprint(c.Value.Enabled), c.Reason, millisOrNull(c.ExpiresAt), t.by.Name,
		t.at.UnixMilli(), accounts, c.Variant, c.Value.Data,
	}}
}

// setOverrides sets one feature's override for a list of accounts: the audit rows with before and after first, then
// the overrides, set by set.
func (t *tx) setOverrides(feature *features.Feature, accounts string, c OverrideChange) error {
	if err := t.recordAll(t.overrideRows(feature, accounts, c)); err != nil {
		return err
	}
	_, err := t.exec(`
		INSERT INTO overrides (account_id, feature_id, enabled, reason, expires_at, set_by, set_at, revision, variant, value)
		SELECT value, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?9, ?10 FROM json_each(?8) WHERE true
		ON CONFLICT (account_id, feature_id) DO UPDATE SET enabled = excluded.enabled, reason = excluded.reason,
			expires_at = excluded.expires_at, set_by = excluded.set_by, set_at = excluded.set_at, revision = excluded.revision,
			variant = excluded.variant, value = excluded.value`,
		feature.ID, c.Value.Enabled, c.Reason, millisOrNull(c.ExpiresAt), t.by.Name, t.at.UnixMilli(), t.revision, accounts, c.Variant, c.Value.Data)
	return err
}

// clearedRows is what clearOverrides records.
func (t *tx) clearedRows(feature *features.Feature, accounts string) auditRows {
	return auditRows{`
		SELECT ?1, 'override', a.id, a.name, a.id, ?2, ?3, 'delete', ` + overrideState + `, NULL
		FROM json_each(?4) j JOIN accounts a ON a.id = j.value
		JOIN overrides o ON o.account_id = a.id AND o.feature_id = ?2`, []any{t.revision, feature.ID, feature.Key, accounts}}
}

// clearOverrides removes one feature's override from a list of accounts. What is gone carries no revision, so the
// accounts do.
func (t *tx) clearOverrides(feature *features.Feature, accounts string) error {
	if err := t.recordAll(t.clearedRows(feature, accounts)); err != nil {
		return err
	}
	_, err := t.exec(`DELETE FROM overrides WHERE feature_id = ?1 AND account_id IN (SELECT value FROM json_each(?2))`,
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
