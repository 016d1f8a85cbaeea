package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// imports runs "accounts import" with something on standard input.
func imports(t *testing.T, database, file, stdin string) (stdout, stderr string, err error) {
	t.Helper()
	var out, complaints bytes.Buffer
	err = run(t.Context(), []string{"accounts", "import", file, "--db", database}, strings.NewReader(stdin), &out, &complaints)
	return out.String(), complaints.String(), err
}

func TestAccountsImport(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "flagstone.db")
	if _, _, err := imports(t, database, "-", "name\nBlue Note\n"); err == nil || !strings.Contains(err.Error(), "there is no database at") {
		t.Errorf("without a database: %v", err)
	}
	if _, err := flagstone(t, "migrate", "up", "--db", database); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, err := imports(t, database, "-", "name,slug\nBlue Note,blue\nGood One,\nBluer,blue\nx,Bad Slug\n")
	if err == nil || !strings.Contains(err.Error(), "nothing was imported: fix 2 errors") {
		t.Errorf("a file with errors: %v", err)
	}
	want := "line 4, slug: Line 2 also has blue.\nline 5, slug: Use lower-case letters, digits and single hyphens, such as arizona-comedy.\n"
	if stdout != "" || stderr != want {
		t.Errorf("prints %q, complains %q, want %q", stdout, stderr, want)
	}
	file := filepath.Join(t.TempDir(), "accounts.csv")
	if err := os.WriteFile(file, []byte("\xef\xbb\xbfslug,name\nblue,Blue Note\n,Good One\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if stdout, _, err = imports(t, database, file, ""); err != nil || stdout != "Imported 2 accounts.\n" {
		t.Errorf("a good file: %q, %v", stdout, err)
	}
	if _, stderr, err = imports(t, database, file, ""); err == nil || !strings.HasPrefix(stderr, "line 2, slug: blue is taken by Blue Note.\n") {
		t.Errorf("the same file again: %q, %v", stderr, err)
	}
	if _, _, err = imports(t, database, filepath.Join(t.TempDir(), "none.csv"), ""); err == nil || !strings.Contains(err.Error(), "cannot read the file") {
		t.Errorf("no file: %v", err)
	}
	bad := "name,postal_code\n" + strings.Repeat(",M5V\n", 1234)
	if _, stderr, err = imports(t, database, "-", bad); err == nil || strings.Count(stderr, "\n") != 21 || !strings.HasSuffix(stderr, "and 1,214 more\n") {
		t.Errorf("many errors: %q, %v", stderr, err)
	}
}
