package db_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

func kill(t *testing.T, d *db.DB) (int64, error) {
	t.Helper()
	return d.SetKillSwitch(t.Context(), dbtest.Actor(), db.KillSwitch{Keys: []string{"ai_agents"}})
}

// TestWriteThoughNothingFollows: once it is committed, a change is a success, though the live state cannot be read.
func TestWriteThoughNothingFollows(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	run(t, s.DB, `ALTER TABLE components RENAME TO hidden`)
	if revision, err := kill(t, s.DB); err != nil || revision == 0 {
		t.Fatalf("the change gives %d, %v", revision, err)
	}
	if err := s.CatchUp(t.Context()); err == nil {
		t.Error("nobody is told that the live state is behind")
	}
	run(t, s.DB, `ALTER TABLE hidden RENAME TO components`)
	catchUp(t, s.DB)
	if s.feature(t, "ai_agents").Enabled {
		t.Error("the change is not there")
	}
}

// TestNoWriteToFilesThatAreGone moves files away under an open database: nothing is acknowledged that a restart would not
// find, and what was acknowledged before is there.
func TestNoWriteToFilesThatAreGone(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(path string) (back func() error, err error){
		"the folder is renamed": func(path string) (func() error, error) {
			folder := filepath.Dir(path)
			return func() error { return os.Rename(folder+"-away", folder) }, os.Rename(folder, folder+"-away")
		},
		"the file is renamed": func(path string) (func() error, error) {
			return func() error { return os.Rename(path+"-away", path) }, os.Rename(path, path+"-away")
		},
		"another file is in its place": func(path string) (func() error, error) {
			if err := os.WriteFile(path+"-other", []byte("another"), 0o600); err != nil {
				return nil, err
			}
			if err := os.Link(path, path+"-away"); err != nil {
				return nil, err
			}
			return func() error { return os.Rename(path+"-away", path) }, os.Rename(path+"-other", path)
		},
		"the log is renamed": func(path string) (func() error, error) {
			return func() error { return os.Rename(path+"-away", path+"-wal") }, os.Rename(path+"-wal", path+"-away")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, 1)
			s.set(t, s.accounts[0], "knowledge_base", true)
			back, err := move(s.Path())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := kill(t, s.DB); features.KindOf(err) != features.Unavailable {
				t.Errorf("a change gives %v", err)
			}
			if s.Ready(t.Context()) == nil || s.Upkeep(t.Context()) == nil {
				t.Error("the database counts as ready")
			}
			if err := back(); err != nil {
				t.Fatal(err)
			}
			if err := s.Ready(t.Context()); err != nil {
				t.Errorf("with the file put back: %v", err)
			}
			if _, err := kill(t, s.DB); err != nil {
				t.Errorf("with the file put back, a change gives %v", err)
			}
			later := another(t, s.DB)
			catchUp(t, later)
			if f, err := later.Live().Catalogue().Feature("ai_agents"); err != nil || f.Enabled {
				t.Errorf("the change is not there: %v", err)
			}
		})
	}
}

// TestWritesBehindAForeignLock: while another program holds the database, every write is refused by itself, not one after
// the other, and says so.
func TestWritesBehindAForeignLock(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	release := dbtest.Lock(t, s.Path())
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			if _, err := kill(t, s.DB); features.KindOf(err) != features.Unavailable {
				t.Errorf("a change gives %v", err)
			}
		})
	}
	writers.Wait()
	release()
	if revision, err := kill(t, s.DB); err != nil || revision == 0 {
		t.Errorf("afterwards a change gives %d, %v", revision, err)
	}
}
