package dbtest

import (
	"database/sql"
	"testing"

	"flagstone/db"
)

// Handle opens the file of a database from outside, as an SQL console would.
func Handle(t testing.TB, d *db.DB) *sql.DB {
	t.Helper()
	handle, err := sql.Open("sqlite3", "file:"+d.Path()+"?_busy_timeout=10000&_foreign_keys=on")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = handle.Close() })
	return handle
}
