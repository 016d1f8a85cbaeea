package cli

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

// TestKilledMigrationGoesOn kills migrations at any moment, of new databases and of old ones: the next start goes on.
func TestKilledMigrationGoesOn(t *testing.T) {
	t.Parallel()
	old := oldDatabase(t)
	killed := 0
	for round := range rounds(10) {
		file := testFile(t)
		if round%2 == 0 {
			if err := os.WriteFile(file, old, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd, _, _ := program(t, "migrate", "up", "--db", file)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(10+rand.IntN(80)) * time.Millisecond)
		_ = cmd.Process.Kill() // it may have ended
		if cmd.Wait() != nil {
			killed++
		}
		out, err := flagstone(t, "migrate", "up", "--db", file)
		var at, newest int
		if _, scan := fmt.Sscanf(strings.TrimPrefix(out, "The schema of "+file), " is at step %d of %d.", &at, &newest); err != nil || scan != nil || at != newest {
			t.Fatalf("round %d: %q, %v", round, out, err)
		}
		if round%2 == 0 {
			out, err := flagstone(t, "user", "list", "--db", file)
			if err != nil || !strings.Contains(out, portalUser) {
				t.Fatalf("round %d: the users are %s, %v", round, out, err)
			}
		}
	}
	t.Logf("%d migrations killed", killed)
}

// oldDatabase returns a database with a user, several steps of the schema behind.
func oldDatabase(t *testing.T) []byte {
	t.Helper()
	file := testFile(t)
	prepare(t, file)
	d, err := (&terminal{ctx: t.Context(), db: file, stderr: &lines{}}).open()
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		if err := d.MigrateDown(); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
