package db_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
)

func TestOpenMakesAPrivateFile(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"flagstone.db", "with space.db", "what?mode=ro#x%41&_query_only=1.db", "Zürich:1.db", ":memory:"} {
		path := filepath.Join(t.TempDir(), name)
		d, err := db.Open(t.Context(), path)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := d.Migrate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := d.Ready(t.Context()); err == nil || d.Path() != path {
			t.Errorf("%s: the database at %s is ready before its state is loaded", name, d.Path())
		}
		if err := d.CatchUp(t.Context()); err != nil || d.Ready(t.Context()) != nil {
			t.Errorf("%s: loading gives %v, then it is ready: %v", name, err, d.Ready(t.Context()))
		}
		for _, file := range []string{path, path + "-wal", path + "-shm"} {
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v: want mode 0600", file, info, err)
			}
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
			t.Errorf("%s: closed, the folder has %v, %v", name, files, err)
		}
	}
}

// TestOpenInTheWorkingFolder uses a name without a folder, which SQLite could take for another kind of database.
func TestOpenInTheWorkingFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"flagstone.db", ":memory:", "a:b.db"} {
		for range 2 { // a second time, what the first has written must be there
			d, err := db.Open(t.Context(), name)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := d.Migrate(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if err := d.CatchUp(t.Context()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}
		if info, err := os.Stat(name); err != nil || info.Size() == 0 {
			t.Errorf("%s is empty, or not there: %v", name, err)
		}
	}
}

func TestOpenTakesModeFromOthers(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	if err := os.Chmod(d.Path(), 0o664); err != nil {
		t.Fatal(err)
	}
	again, err := db.Open(t.Context(), d.Path())
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(d.Path()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v: want mode 0600", info, err)
	}
}

// TestOpenRefusals gives one clear line for each file that cannot be used, and leaves the file as it is.
func TestOpenRefusals(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	write := func(name string, content []byte, mode os.FileMode) {
		if err := os.WriteFile(at(name), content, mode); err != nil {
			t.Fatal(err)
		}
	}
	write("notes.txt", []byte("These are notes.\n"), 0o644)
	write("long.txt", bytes.Repeat([]byte("These are notes, many of them.\n"), 1000), 0o644)
	write("read-only.db", nil, 0o444)
	write("empty.db", nil, 0o600)
	foreign, err := sql.Open("sqlite3", "file:"+at("foreign.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := foreign.ExecContext(t.Context(), `CREATE TABLE theirs (x)`); err != nil {
		t.Fatal(err)
	}
	if err := foreign.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(at("foreign.db"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(at("nothing"), at("dangling.db")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(at("pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"notes.txt":         at("notes.txt") + " is not a Flagstone database: name another file with --db",
		"long.txt":          at("long.txt") + " is not a Flagstone database: name another file with --db",
		"foreign.db":        at("foreign.db") + " is not a Flagstone database: name another file with --db",
		"read-only.db":      "the database file " + at("read-only.db") + " is read-only: allow its owner to write (chmod u+w)",
		"empty.db":          at("empty.db") + " is empty, not a database: put a backup in its place, or delete it to create a new database",
		"":                  folder + " is a folder, not a database file",
		"pipe":              at("pipe") + " is not a database file",
		"missing/some.db":   "cannot make the database file " + at("missing/some.db") + ": open " + at("missing") + ": no such file or directory",
		"dangling.db":       "cannot open the database file " + at("dangling.db") + ": it is a link to a file that is not there",
		"notes.txt/some.db": "cannot open the database file " + at("notes.txt/some.db") + ": stat " + at("notes.txt/some.db") + ": not a directory",
	} {
		path := strings.TrimSuffix(at(name), "/")
		before, mode := contentOf(path)
		d, err := db.Open(t.Context(), path)
		if err == nil || err.Error() != want {
			t.Errorf("%q gives %v: want %s", name, err, want)
		}
		if d != nil {
			t.Errorf("%q gives a database", name)
		}
		if after, now := contentOf(path); !bytes.Equal(before, after) || mode != now {
			t.Errorf("%q was changed: its mode from %v to %v", name, mode, now)
		}
	}
	if files, err := filepath.Glob(at("*-*l")); err != nil || len(files) != 0 {
		t.Errorf("left behind are %v, %v", files, err)
	}
}

// contentOf gives what is in a file, and its mode.
func contentOf(path string) (content []byte, mode os.FileMode) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, 0
	}
	if info.Mode().IsRegular() {
		content, _ = os.ReadFile(path) // the tests read it as root or as its owner
	}
	return content, info.Mode()
}
