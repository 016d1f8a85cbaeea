package console

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCopiesOfAKilledServerAreSwept: a copy has password hashes in it.
func TestCopiesOfAKilledServerAreSwept(t *testing.T) {
	t.Parallel()
	s := newConsole(t, nil)
	left := filepath.Join(filepath.Dir(s.DB.Path()), s.copies()+"123")
	if err := os.MkdirAll(filepath.Join(left, "copy.db.part"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.SweepCopies(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("it is still there")
	}
}
