package db_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
)

func TestMigrateDownAndUp(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	schema := func() []string {
		return column(t, d, `SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1`)
	}
	whole := schema()
	at, newest, err := d.SchemaVersion()
	if err != nil || at != newest || newest == 0 {
		t.Fatalf("the schema is at %d of %d, %v", at, newest, err)
	}
	for step := newest; step > 0; step-- {
		if at, _, err := d.SchemaVersion(); err != nil || at != step {
			t.Fatalf("the schema is at %d, %v: want %d", at, err, step)
		}
		if err := d.MigrateDown(); err != nil {
			t.Fatal(err)
		}
	}
	if at, _, err := d.SchemaVersion(); err != nil || at != 0 {
		t.Errorf("with every step taken back the schema is at %d, %v", at, err)
	}
	left := column(t, d, `SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' AND tbl_name <> 'schema_migrations'`)
	if len(left) != 0 {
		t.Errorf("the steps taken back leave %v", left)
	}
	if err := d.MigrateDown(); err == nil || !strings.Contains(err.Error(), "no step to roll back") {
		t.Errorf("one step further gives %v", err)
	}
	for range 2 { // the second time there is nothing to do
		if err := d.Migrate(); err != nil {
			t.Fatal(err)
		}
		sameLines(t, "up again", whole, schema())
	}
	if err := d.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	addAccount(t, d, "Arizona Comedy")
}

// TestMigrateKeepsRows takes the newest step back and up again over rows, which must stay.
func TestMigrateKeepsRows(t *testing.T) {
	t.Parallel()
	s := openShop(t, 3)
	s.set(t, s.accounts[0], "ai_agents", true)
	if err := s.MigrateDown(); err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(); err != nil {
		t.Fatal(err)
	}
	if err := s.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !s.has(t, s.accounts[0], "ai_agents") || s.Live().Accounts().Len() != 3 {
		t.Error("the accounts or overrides are gone")
	}
	s.set(t, s.accounts[1], "ai_agents", true)
}

func TestMigrateRefusals(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	_, newest, err := d.SchemaVersion()
	if err != nil {
		t.Fatal(err)
	}
	run(t, d, `UPDATE schema_migrations SET dirty = 1`)
	if _, _, err := d.SchemaVersion(); err == nil || !strings.Contains(err.Error(), "was interrupted: restore a backup") {
		t.Errorf("the version of an interrupted schema gives %v", err)
	}
	if err := d.Migrate(); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("migrating an interrupted schema gives %v", err)
	}
	run(t, d, `UPDATE schema_migrations SET dirty = 0, version = 900`)
	if err := d.Migrate(); err == nil || strings.Contains(err.Error(), "go back to the copy") {
		t.Errorf("a newer database without a copy gives %v", err)
	}
	copied := fmt.Sprintf("%s.schema-%d", d.Path(), newest)
	if err := d.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(); err == nil || !strings.HasSuffix(err.Error(), "go back to the copy "+copied) {
		t.Errorf("a newer database with a copy gives %v", err)
	}
	if err := d.Migrate(); err == nil || !strings.Contains(err.Error(), "the database is from a newer Flagstone (step 900 of the schema") {
		t.Errorf("a newer database gives %v", err)
	}
	if at, of, err := d.SchemaVersion(); err != nil || at != 900 || of != newest {
		t.Errorf("its version is %d of %d, %v", at, of, err)
	}
}

// TestMigrateCopiesFirst: before the schema of a database changes there is a copy of it, at its old step.
func TestMigrateCopiesFirst(t *testing.T) {
	t.Parallel()
	s := openShop(t, 3)
	if err := s.MigrateDown(); err != nil {
		t.Fatal(err)
	}
	at, _, err := s.SchemaVersion()
	if err != nil {
		t.Fatal(err)
	}
	var copied []string
	s.Copied = func(path string) { copied = append(copied, path) }
	for range 2 { // the second time there is nothing to copy
		if err := s.Migrate(); err != nil {
			t.Fatal(err)
		}
	}
	if len(copied) != 1 || copied[0] != fmt.Sprintf("%s.schema-%d", s.Path(), at) {
		t.Fatalf("copies are %v", copied)
	}
	d, err := db.Open(t.Context(), copied[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if of, _, err := d.SchemaVersion(); err != nil || of != at {
		t.Errorf("the copy is at step %d, %v", of, err)
	}
	if n := column(t, d, `SELECT count(*) FROM accounts`); n[0] != "3" {
		t.Errorf("the copy has %s accounts", n[0])
	}
}

// TestStartTogether opens and migrates a new file from several sides at once, as a server and a command may.
func TestStartTogether(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "flagstone.db")
	started := make(chan error)
	for range 4 {
		go func() {
			d, err := db.Open(t.Context(), path)
			if err != nil {
				started <- err
				return
			}
			if err = d.Migrate(); err == nil {
				err = d.CatchUp(t.Context())
			}
			_ = d.Close() // the last to close it may fail on nothing that matters here
			started <- err
		}()
	}
	for range 4 {
		if err := <-started; err != nil {
			t.Error(err)
		}
	}
}
