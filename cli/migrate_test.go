package cli

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMigrateDownAsks: what goes with a step is said first, and it goes only with consent and no server; the copy has it.
func TestMigrateDownAsks(t *testing.T) {
	t.Parallel()
	file := testFile(t)
	prepare(t, file)
	for range 2 { // to where the API key goes next
		if _, err := flagstone(t, "migrate", "down", "--yes", "--db", file); err != nil {
			t.Fatal(err)
		}
		if n := lossesOf(t, file, "api_keys"); n == 1 {
			break
		}
	}
	before, err := flagstone(t, "migrate", "status", "--db", file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := flagstone(t, "migrate", "down", "--db", file); err == nil || !strings.Contains(err.Error(), "--yes") {
		t.Fatalf("unasked it gives %v", err)
	}
	if after, err := flagstone(t, "migrate", "status", "--db", file); err != nil || after != before {
		t.Errorf("a refused step leaves %q, %v", after, err)
	}
	if _, err := flagstone(t, "migrate", "down", "--yes", "--db", file); err != nil {
		t.Fatal(err)
	}
	copies, err := filepath.Glob(file + ".schema-*")
	if err != nil || len(copies) == 0 {
		t.Fatalf("copies are %v, %v", copies, err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"key", "list"}, "flagstone migrate up"},
		{[]string{"types"}, "flagstone migrate up"},
		{[]string{"evaluate", "x"}, "flagstone migrate up"},
	} {
		if _, err := flagstone(t, append(c.args, "--db", file)...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v on an older schema: %v", c.args, err)
		}
	}
	if after, err := flagstone(t, "migrate", "status", "--db", file); err != nil || after == before {
		t.Errorf("they leave %q, %v", after, err)
	}
}

// lossesOf returns how many rows of a table the next step down would lose.
func lossesOf(t *testing.T, file, table string) int {
	t.Helper()
	d, err := (&terminal{ctx: t.Context(), db: file}).openAsItIs()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	losses, err := d.MigrateDownLosses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range losses {
		if l.Table == table && l.Column == "" {
			return l.Rows
		}
	}
	return 0
}

func TestMigrateNeedsTheDatabaseToItself(t *testing.T) {
	t.Parallel()
	file := testFile(t)
	prepare(t, file)
	p := startProcess(t, "serve", "--db", file)
	for _, args := range [][]string{{"migrate", "down", "--yes"}, {"restore", file + "-copy"}} {
		if _, err := flagstone(t, append(args, "--db", file)...); err == nil || !strings.Contains(err.Error(), "stop it first") {
			t.Errorf("%v under a server: %v", args, err)
		}
	}
	if status, _ := get(t, p.address+"/readyz"); status != http.StatusOK {
		t.Errorf("the server answers %d to /readyz", status)
	}
	p.terminate()
	if _, err := flagstone(t, "migrate", "down", "--yes", "--db", file); err != nil {
		t.Errorf("without a server: %v", err)
	}
}

// TestLookingMakesNothing: a command that looks, in a folder without a database, leaves none there.
func TestLookingMakesNothing(t *testing.T) {
	t.Parallel()
	file := testFile(t)
	for _, args := range [][]string{{"migrate", "status"}, {"migrate", "down"}, {"types"}, {"backup", file + "-copy"}, {"user", "list"}} {
		if _, err := flagstone(t, append(args, "--db", file)...); err == nil || !strings.Contains(err.Error(), "there is no database") {
			t.Errorf("%v: %v", args, err)
		}
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 0 {
		t.Errorf("they leave %v, %v", left, err)
	}
}
