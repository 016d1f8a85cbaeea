// Package dbtest opens real databases for tests: a file of their own, the real schema, the live state loaded.
package dbtest

import (
	"path/filepath"
	"testing"

	"flagstone/db"
	"flagstone/features"
)

// Open gives an empty, migrated database in a file that goes with the test.
func Open(t testing.TB) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "flagstone.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := d.Migrate(); err != nil {
		t.Fatal(err)
	}
	if err := d.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

// Actor is who makes the changes of a test.
func Actor() features.Actor {
	return features.Actor{Kind: features.ByCLI, Name: "tester"}
}
