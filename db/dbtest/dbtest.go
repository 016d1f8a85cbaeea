// Package dbtest opens real databases for tests: a file of their own, the real schema, the live state loaded.
package dbtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"flagstone/db"
	"flagstone/features"
)

// migrated is an empty database with the real schema, as a file: migrating is done once for all tests of a program.
var migrated = sync.OnceValues(func() (file []byte, err error) {
	folder, err := os.MkdirTemp("", "flagstone-schema-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "flagstone.db")
	d, err := db.Open(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(d.Migrate(), d.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// Open gives an empty, migrated database in a file that goes with the test.
func Open(t testing.TB) *db.DB {
	t.Helper()
	file, err := migrated()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "flagstone.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := d.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

// Actor is who makes the changes of a test.
func Actor() features.Actor {
	return features.Actor{Kind: features.ByCLI, Name: "tester"}
}
