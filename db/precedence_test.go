package db_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/features/featurestest"
)

// The precedence table, through stored rows: each case has an account and a feature of its own.
func TestPrecedenceThroughStoredRows(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	cases := featurestest.Cases(t)
	tx, err := console(t, d).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tier := range featurestest.Tiers() {
		if _, err := tx.ExecContext(t.Context(), `INSERT INTO tiers (id, key, name) VALUES (?1, ?2, ?2)`, tier.ID, tier.Key); err != nil {
			t.Fatal(err)
		}
	}
	stored := map[string]bool{}
	for _, c := range cases {
		storeCase(t, tx, stored, c)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	for _, mode := range features.Modes() {
		if _, err := d.SetMode(t.Context(), dbtest.Actor(), mode, ""); err != nil {
			t.Fatal(err)
		}
		if err := d.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			if c.Mode == mode {
				checkCase(t, d.Live(), c)
			}
		}
	}
}

func checkCase(t *testing.T, l *features.Live, c featurestest.Case) {
	t.Helper()
	f, err := l.Catalogue().Feature(c.FeatureKey)
	if err != nil {
		t.Fatal(err)
	}
	context := c.Context(l.Accounts().Find(c.AccountKey))
	if got := l.Catalogue().Evaluate(f, context, featurestest.Now()); got != c.Want {
		t.Errorf("%s: got %+v, want %+v", c.Name, got, c.Want)
	}
	if got := l.Catalogue().Explain(f, context, featurestest.Now()).Evaluation; got != c.Want {
		t.Errorf("%s: explained as %+v, want %+v", c.Name, got, c.Want)
	}
}

// storeCase writes the rows of a case, unless another has the same.
func storeCase(t *testing.T, tx *sql.Tx, stored map[string]bool, c featurestest.Case) {
	t.Helper()
	store := func(query string, args ...any) {
		t.Helper()
		if _, err := tx.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
	}
	if f := c.Feature; !stored[c.FeatureKey] {
		target, _ := json.Marshal(f.Rollout.Target)
		variants, _ := json.Marshal(append([]features.Variant{}, f.Variants...))
		store(`INSERT INTO features (key, name, default_enabled, active, enabled, strategy, percentage, rollout_by, target, variants, created_at, updated_at)
			VALUES (?1, 'Case', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0)`, c.FeatureKey, f.Default.Enabled, f.Active, f.Enabled,
			f.Rollout.Strategy, f.Rollout.Percentage, f.Rollout.By, string(target), string(variants))
		for _, x := range featurestest.Listed(0) {
			store(`INSERT INTO tier_features (tier_id, feature_id, enabled, allow_override) VALUES (?1, (SELECT id FROM features WHERE key = ?2), ?3, ?4)`,
				x.TierID, c.FeatureKey, x.Value.Enabled, x.AllowOverride)
		}
	}
	stored[c.FeatureKey] = true
	if c.Account == nil || stored[c.AccountKey] {
		return
	}
	stored[c.AccountKey] = true
	store(`INSERT INTO accounts (targeting_key, slug, name, status, tier_id, created_at, updated_at) VALUES (?1, ?1, 'Case', ?2, nullif(?3, 0), 0, 0)`,
		c.AccountKey, c.Account.Status, c.Account.TierID)
	for _, o := range c.Account.Overrides {
		store(`INSERT INTO overrides (account_id, feature_id, enabled, variant, expires_at, set_by, set_at)
			VALUES ((SELECT id FROM accounts WHERE slug = ?1), (SELECT id FROM features WHERE key = ?2), ?3, ?4, nullif(?5, 0), 'table', 0)`,
			c.AccountKey, c.FeatureKey, o.Value.Enabled, o.Variant, o.ExpiresAt)
	}
}

// An SQL console that does not mind foreign keys can leave overrides of nobody behind; everybody else keeps theirs.
func TestOverridesOfNobody(t *testing.T) {
	t.Parallel()
	s := openShop(t, 3)
	for _, id := range s.accounts {
		s.set(t, id, "ai_agents", true)
	}
	run(t, s.DB, fmt.Sprint(`DELETE FROM accounts WHERE id = `, s.accounts[1]))
	fresh, err := db.Open(t.Context(), s.Path())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := fresh.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := fresh.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, id := range s.accounts {
		if a := fresh.Live().Accounts().ByID(id); (a != nil) != (i != 1) || a != nil && len(a.Overrides) != 1 {
			t.Errorf("account %d is loaded as %+v", id, a)
		}
	}
}
