package db_test

import (
	"database/sql"
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
	for i, c := range cases {
		storeCase(t, tx, int64(i+1), c)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := d.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		f, err := d.Live().Catalogue().Feature(fmt.Sprint("case_", i+1))
		if err != nil {
			t.Fatal(err)
		}
		context := &features.Context{Account: d.Live().Accounts().Find(fmt.Sprint("case-", i+1))}
		if got := features.Evaluate(f, context, featurestest.Now()); got != c.Want {
			t.Errorf("%s: got %+v, want %+v", c.Name, got, c.Want)
		}
		if got := features.Explain(f, context, featurestest.Now()).Evaluation; got != c.Want {
			t.Errorf("%s: explained as %+v, want %+v", c.Name, got, c.Want)
		}
	}
}

func storeCase(t *testing.T, tx *sql.Tx, id int64, c featurestest.Case) {
	t.Helper()
	store := func(query string, args ...any) {
		t.Helper()
		if _, err := tx.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
	}
	store(`INSERT INTO features (id, key, name, default_enabled, active, enabled, created_at, updated_at)
		VALUES (?1, 'case_' || ?1, 'Case', ?2, ?3, ?4, 0, 0)`, id, c.Feature.Default.Enabled, c.Feature.Active, c.Feature.Enabled)
	if c.Account == nil {
		return
	}
	store(`INSERT INTO accounts (id, targeting_key, slug, name, status, created_at, updated_at)
		VALUES (?1, 'case-' || ?1, 'case-' || ?1, 'Case', ?2, 0, 0)`, id, c.Account.Status)
	for _, o := range c.Account.Overrides {
		store(`INSERT INTO overrides (account_id, feature_id, enabled, expires_at, set_by, set_at)
			VALUES (?1, ?1, ?2, nullif(?3, 0), 'table', 0)`, id, o.Value.Enabled, o.ExpiresAt)
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
