package dbtest

import (
	"database/sql"
	"testing"
)

// Lock holds a database's write lock, as another program may, until it is released.
func Lock(t testing.TB, path string) (release func()) {
	t.Helper()
	handle, err := sql.Open("sqlite3", "file:"+path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	tx, err := handle.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		_ = tx.Rollback() // nothing was written
		_ = handle.Close()
	}
}
