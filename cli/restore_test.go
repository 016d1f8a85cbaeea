package cli

import (
	"os"
	"strings"
	"testing"

	"flagstone/features"
)

// addFeature creates a feature while no server runs, and leaves the write-ahead log as a killed program leaves it.
func addFeature(t *testing.T, file, key string) {
	t.Helper()
	d, err := (&terminal{ctx: t.Context(), db: file}).open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.CreateFeature(t.Context(), features.System(), features.FeatureDraft{Key: key, Name: key}); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(file + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{file: content, file + "-wal": log} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRestore: after it there is what the backup has and nothing else, whatever log the database had left.
func TestRestore(t *testing.T) {
	t.Parallel()
	file := testFile(t)
	copied := file + "-copy"
	prepare(t, file)
	addFeature(t, file, "before")
	if _, err := flagstone(t, "backup", copied, "--db", file); err != nil {
		t.Fatal(err)
	}
	addFeature(t, file, "after")
	out, err := flagstone(t, "restore", copied, "--db", file)
	if err != nil || !strings.Contains(out, file+".replaced") {
		t.Fatalf("prints %q, %v", out, err)
	}
	if there := featureKeys(t, file); !there["before"] || there["after"] {
		t.Errorf("restored, it has %v", there)
	}
	if there := featureKeys(t, file+".replaced"); !there["after"] {
		t.Errorf("what was replaced has %v", there)
	}
}

func TestRestoreRefusals(t *testing.T) {
	t.Parallel()
	file := testFile(t)
	copied := file + "-copy"
	prepare(t, file)
	if _, err := flagstone(t, "backup", copied, "--db", file); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"empty": nil, "cut": whole[:len(whole)/2], "letter": []byte("Dear reader")} {
		if err := os.WriteFile(file+"-"+name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for from, want := range map[string]string{
		file: "the database itself", file + "-none": "no such file", file + "-empty": "is not a backup",
		file + "-cut": "is damaged", file + "-letter": "is not a Flagstone database",
	} {
		if _, err := flagstone(t, "restore", from, "--db", file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", from, err, want)
		}
	}
	if out, err := flagstone(t, "user", "list", "--db", file); err != nil || !strings.Contains(out, portalUser) {
		t.Errorf("they leave %s, %v", out, err)
	}
	if _, err := flagstone(t, "backup", "-", "--db", file); err == nil {
		t.Error("a backup is written to a file named -")
	}
}

// TestCopyBesideAnotherLog puts a backup in place by hand and forgets the log of what was there.
func TestCopyBesideAnotherLog(t *testing.T) {
	t.Parallel()
	file := testFile(t)
	copied := file + "-copy"
	prepare(t, file)
	if _, err := flagstone(t, "backup", copied, "--db", file); err != nil {
		t.Fatal(err)
	}
	addFeature(t, file, "after")
	if err := os.Rename(copied, file); err != nil {
		t.Fatal(err)
	}
	_, err := flagstone(t, "types", "--db", file)
	if err == nil || !strings.Contains(err.Error(), "delete "+file+"-wal") {
		t.Fatalf("it is opened: %v", err)
	}
	if err := os.Remove(file + "-wal"); err != nil {
		t.Fatal(err)
	}
	if there := featureKeys(t, file); there["after"] {
		t.Error("the copy has what came after it")
	}
}
