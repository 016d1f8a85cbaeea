package db_test

import (
	"os"
	"path/filepath"
	"testing"

	"flagstone/db"
)

func TestUpkeepTrimsTheFeed(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	if err := s.keepsAll(t, "a short feed", func() error { return s.Upkeep(t.Context()) }); err != nil {
		t.Error(err)
	}
	run(t, s.DB, `
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10500)
		INSERT INTO feed (kind, id) SELECT 'account', 1 FROM n`)
	late := another(t, s.DB)
	catchUp(t, s.DB)
	if err := s.Upkeep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := column(t, s.DB, `SELECT count(*) || ' up to ' || (max(seq) = (SELECT seq FROM sqlite_sequence WHERE name = 'feed')) FROM feed`); left[0] != "10000 up to 1" {
		t.Errorf("the feed has %s", left[0])
	}
	s.set(t, s.accounts[0], "ai_agents", true)
	(&people{}).follows(t, "after upkeep", s.DB)
	(&people{}).follows(t, "another process", late)
}

// TestUpkeepMovesTheLogIntoTheDatabase looks into the file alone, without its write-ahead log.
func TestUpkeepMovesTheLogIntoTheDatabase(t *testing.T) {
	t.Parallel()
	s := openShop(t, 3)
	if err := s.Upkeep(t.Context()); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	alone := filepath.Join(t.TempDir(), "alone.db")
	if err := os.WriteFile(alone, content, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), alone)
	if err != nil {
		t.Fatal(err)
	}
	catchUp(t, d)
	if n := d.Live().Accounts().Len(); n != 3 {
		t.Errorf("the file alone has %d accounts", n)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// TestTheLogDoesNotStayLong: after a large change the write-ahead log shrinks again.
func TestTheLogDoesNotStayLong(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	size := func() int64 {
		info, err := os.Stat(s.Path() + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	run(t, s.DB, `PRAGMA wal_autocheckpoint = 0`, `CREATE TABLE large (x)`, `INSERT INTO large VALUES (zeroblob(40000000))`, `DROP TABLE large`)
	if size() < 40_000_000 {
		t.Fatalf("the log has %d bytes", size())
	}
	if err := s.Upkeep(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.set(t, s.accounts[0], "ai_agents", true)
	if size() > 20_000_000 {
		t.Errorf("the log still has %d bytes", size())
	}
}
