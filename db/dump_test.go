package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// shop is a small registry to act on: features and tiers by key, accounts by number.
type shop struct {
	*db.DB
	accounts []int64
	features map[string]int64
}

// awkward is a name that breaks whoever puts it into SQL or JSON by hand.
const awkward = `Bobby "Tables" O'Neil, 50% \ {"a":[1]} ?1 $.x <b>`

// openShop gives a database with three features, two tiers and some accounts, the first of them awkwardly named.
func openShop(t *testing.T, accounts int) shop {
	t.Helper()
	s := shop{DB: dbtest.Open(t), features: map[string]int64{}}
	for _, key := range []string{"knowledge_base", "ai_agents", "additional_services"} {
		draft := features.FeatureDraft{Key: key, Name: key + ` "quoted" 'name'`, Category: "Producers"}
		if _, err := s.CreateFeature(t.Context(), dbtest.Actor(), draft); err != nil {
			t.Fatal(err)
		}
		s.features[key] = s.feature(t, key).ID
	}
	for i, key := range []string{"free", "pro"} {
		if _, err := s.CreateTier(t.Context(), dbtest.Actor(), features.Tier{Key: key, Name: strings.ToUpper(key), Position: i}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range accounts {
		draft := features.AccountDraft{Name: awkward, Slug: fmt.Sprintf("account-%d", i)}
		if i > 0 {
			draft.Name, draft.ExternalID = fmt.Sprintf("Account %d", i), fmt.Sprintf("crm_%d", i)
		}
		id, err := s.CreateAccount(t.Context(), dbtest.Actor(), draft)
		if err != nil {
			t.Fatal(err)
		}
		s.accounts = append(s.accounts, id)
	}
	return s
}

func (s shop) feature(t *testing.T, key string) *features.Feature {
	t.Helper()
	f, err := s.Live().Catalogue().Feature(key)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// has tells whether an account has a feature, as it is served.
func (s shop) has(t *testing.T, account int64, key string) bool {
	t.Helper()
	context := &features.Context{Account: s.Live().Accounts().ByID(account)}
	return s.Live().Catalogue().Evaluate(s.feature(t, key), context, time.Now()).Value.Enabled
}

// set switches a feature for an account, over whatever is there, and gives the revision.
func (s shop) set(t *testing.T, account int64, key string, on bool) int64 {
	t.Helper()
	change := db.OverrideChange{Account: account, Feature: key, Value: features.Value{Enabled: on}, Version: s.version(t, account, key)}
	revision, err := s.SetOverride(t.Context(), dbtest.Actor(), change)
	if err != nil || revision == 0 {
		t.Fatalf("switching %s for account %d gives %d, %v", key, account, revision, err)
	}
	return revision
}

func (s shop) version(t *testing.T, account int64, key string) int64 {
	return s.cell(t, account, key).Version
}

func (s shop) cell(t *testing.T, account int64, key string) db.Cell {
	t.Helper()
	feature := s.features[key]
	cells, err := s.Cells(t.Context(), []int64{account}, []int64{feature})
	if err != nil {
		t.Fatal(err)
	}
	return cells[db.CellKey{Account: account, Feature: feature}]
}

// rows gives what a change set changed.
func (s shop) rows(t *testing.T, changeSet int64) []db.AuditRow {
	t.Helper()
	rows, err := s.AuditRows(t.Context(), db.AuditFilter{}, changeSet, 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// console opens a database as an SQL console would: another connection, which knows nothing of Flagstone.
func console(t *testing.T, d *db.DB) *sql.DB {
	t.Helper()
	handle, err := sql.Open("sqlite3", "file:"+(&url.URL{Path: d.Path()}).EscapedPath()+"?_busy_timeout=10000&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := handle.Close(); err != nil {
			t.Error(err)
		}
	})
	return handle
}

// run runs statements in an SQL console.
func run(t *testing.T, d *db.DB, statements ...string) {
	t.Helper()
	handle := console(t, d)
	for _, statement := range statements {
		if _, err := handle.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// dump gives every row of every table, a line each.
func dump(t *testing.T, d *db.DB) []string {
	t.Helper()
	return dumpTables(t, d, column(t, d, `SELECT name FROM sqlite_schema WHERE type = 'table'`))
}

// dumpState gives all that undo can put back, without when and in which change set it was changed.
func dumpState(t *testing.T, d *db.DB) []string {
	t.Helper()
	lines := dumpTables(t, d, []string{
		"tiers", "tier_features", "features", "models", "components", "accounts", "users", "memberships", "overrides",
		"upgrade_requests", "settings",
	}, "revision", "updated_at", "updated_by")
	return slices.DeleteFunc(lines, func(line string) bool { return strings.Contains(line, "catalogue_revision") })
}

// dumpTables gives every row of some tables, without some columns, a line each, sorted.
func dumpTables(t *testing.T, d *db.DB, tables []string, without ...string) (lines []string) {
	t.Helper()
	handle := console(t, d) // one for all: opening reads the whole schema
	for _, table := range tables {
		var members []string
		for _, name := range columnOf(t, handle, `SELECT name FROM pragma_table_info('`+table+`')`) {
			if !slices.Contains(without, name) {
				members = append(members, `'`+name+`', quote(`+name+`)`)
			}
		}
		for _, row := range columnOf(t, handle, `SELECT json_object(`+strings.Join(members, ", ")+`) FROM `+table) {
			lines = append(lines, table+" "+row)
		}
	}
	slices.Sort(lines)
	return lines
}

// column gives the one column of a query.
func column(t *testing.T, d *db.DB, query string) []string {
	t.Helper()
	return columnOf(t, console(t, d), query)
}

func columnOf(t *testing.T, handle *sql.DB, query string) (values []string) {
	t.Helper()
	rows, err := handle.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}

// sameLines fails with the lines that only one of two dumps has.
func sameLines(t *testing.T, what string, before, after []string) {
	t.Helper()
	if slices.Equal(before, after) {
		return
	}
	only := func(these, those []string) (lines []string) {
		for _, line := range these {
			if _, found := slices.BinarySearch(those, line); !found {
				lines = append(lines, line)
			}
		}
		return lines[:min(5, len(lines))]
	}
	t.Errorf("%s: the tables differ; among others only before:\n%s\nonly after:\n%s", what,
		strings.Join(only(before, after), "\n"), strings.Join(only(after, before), "\n"))
}

// keepsAll runs something that must leave every table as it is.
func (s shop) keepsAll(t *testing.T, what string, do func() error) error {
	t.Helper()
	before, position := dump(t, s.DB), s.Live().Position()
	err := do()
	sameLines(t, what, before, dump(t, s.DB))
	if s.Live().Position() != position {
		t.Errorf("%s: the live state moves", what)
	}
	return err
}

// refuses runs something that must be refused with one error and leave every table as it is.
func (s shop) refuses(t *testing.T, what string, want features.Error, do func() error) {
	t.Helper()
	err := s.keepsAll(t, what, do)
	var got *features.Error
	if !errors.As(err, &got) || *got != want {
		t.Errorf("%s gives %+v, %v: want %+v", what, got, err, want)
	}
}

// contextOf gives a context that ends before the test's.
func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	gone, leave := context.WithCancel(t.Context())
	t.Cleanup(leave)
	return gone, leave
}

// randomOf gives chance of its own to each test, the same in every run: a test that fails fails again.
func randomOf(t *testing.T) *rand.Rand {
	t.Helper()
	seed := fnv.New64a()
	_, _ = seed.Write([]byte(t.Name()))
	return rand.New(rand.NewPCG(seed.Sum64(), 0))
}
