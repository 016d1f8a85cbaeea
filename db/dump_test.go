package db_test

import (
	"context"
	"database/sql"
	"errors"
	"hash/fnv"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"flagstone/db"
	"flagstone/features"
)

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
