package db_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"flagstone/db"
)

func TestBackupHoldsEverything(t *testing.T) {
	t.Parallel()
	s := openShop(t, 3)
	s.set(t, s.accounts[0], "ai_agents", true)
	path := filepath.Join(t.TempDir(), `it's a "copy"?.db`)
	if err := s.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	copied, err := db.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = copied.Close() }()
	if before, after := dump(t, s.DB), dump(t, copied); !slices.Equal(before, after) {
		t.Errorf("the copy has\n%s\nnot\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
	}
	if err := s.Backup(t.Context(), path); err == nil || !strings.Contains(err.Error(), "already exists") {
		t.Errorf("over a file that is there: %v", err)
	}
	nowhere := filepath.Join(t.TempDir(), "no", "folder.db")
	if err := s.Backup(t.Context(), nowhere); err == nil || !strings.HasPrefix(err.Error(), "cannot make the file") {
		t.Errorf("into a folder that is not there: %v", err)
	}
}

// TestBackupOverAnInterruptedOne: what a killed copy has left is no copy, and keeps nobody from making one.
func TestBackupOverAnInterruptedOne(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path+".part", []byte("half of a copy"), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Backup(ctx, path); err == nil {
		t.Error("a backup that was called off succeeds")
	}
	if left, err := filepath.Glob(path + "*"); err != nil || len(left) != 0 {
		t.Errorf("a backup that was called off leaves %v, %v", left, err)
	}
	if err := s.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(path + "*"); err != nil || len(left) != 1 {
		t.Errorf("there are %v, %v", left, err)
	}
}
