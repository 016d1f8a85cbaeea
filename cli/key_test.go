package cli

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"flagstone/db"
)

func TestKeyCommands(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "flags.db")
	d, err := db.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	tomorrow := time.Now().UTC().AddDate(0, 0, 1).Format("2006-01-02")
	for _, step := range []struct {
		name      string
		args      []string
		out, told string // what standard output and standard error begin with
		err       string // contained; "" for success
	}{
		{"a key", []string{"add", "CI", "--scope", "read"}, "fsk_", "Keep it now: it cannot be shown again. The API key CI has the scope read and never expires.\n", ""},
		{"in days", []string{"add", "Portal", "--scope", "evaluate", "--expires", "90d"}, "fsk_", "Keep it now", ""},
		{"until a day", []string{"add", "Migration", "--scope", "admin", "--expires", tomorrow}, "fsk_", "Keep it now", ""},
		{"taken", []string{"add", "CI", "--scope", "read"}, "", "", "An API key named CI already exists"},
		{"no scope", []string{"add", "Other"}, "", "", "--scope"},
		{"bad scope", []string{"add", "Other", "--scope", "root"}, "", "", "Choose evaluate, read or admin."},
		{"bad expiry", []string{"add", "Other", "--scope", "read", "--expires", "soon"}, "", "", `"soon" is not a valid expiry`},
		{"past", []string{"add", "Other", "--scope", "read", "--expires", "2020-01-01"}, "", "", "Choose a time in the future."},
		{"revoke", []string{"revoke", "CI"}, "Revoked API key CI;", "", ""},
		{"revoke again", []string{"revoke", "CI"}, "Nothing to do", "", ""},
		{"revoke by number", []string{"revoke", "2"}, "Revoked API key Portal;", "", ""},
		{"revoke nothing", []string{"revoke", "nobody"}, "", "", "There is no API key named or numbered nobody."},
	} {
		out, told, err := keyCommandRun(t, file, step.args...)
		if !strings.HasPrefix(out, step.out) || !strings.HasPrefix(told, step.told) && step.err == "" ||
			(err == nil) != (step.err == "") || err != nil && !strings.Contains(err.Error(), step.err) {
			t.Errorf("%s: %q, %q, %v", step.name, out, told, err)
		}
	}
	list, _, err := keyCommandRun(t, file, "list")
	lines := strings.Split(strings.TrimSpace(list), "\n")
	if err != nil || len(lines) != 4 {
		t.Fatalf("the list is %v:\n%s", err, list)
	}
	for i, want := range []string{"ID NAME SCOPE", "3 Migration admin", "1 CI read", "2 Portal evaluate"} {
		if got := strings.Join(strings.Fields(lines[i]), " "); !strings.HasPrefix(got, want) {
			t.Errorf("line %d is %q, want it to begin with %q", i+1, got, want)
		}
	}
	if !strings.Contains(lines[1], "active") || !strings.Contains(lines[2], "revoked") {
		t.Errorf("the states are wrong:\n%s", list)
	}
}

func keyCommandRun(t *testing.T, file string, args ...string) (out, told string, err error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	err = run(t.Context(), append(append([]string{"key"}, args...), "--db", file), strings.NewReader(""), &stdout, &stderr)
	return stdout.String(), stderr.String(), err
}

func TestKeyCommandsNeedADatabase(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "none.db")
	for _, args := range [][]string{{"list"}, {"add", "CI", "--scope", "read"}, {"revoke", "CI"}} {
		if _, _, err := keyCommandRun(t, file, args...); err == nil || !strings.Contains(err.Error(), "there is no database at") {
			t.Errorf("key %s without a database: %v", args[0], err)
		}
	}
}
