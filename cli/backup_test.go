package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestBackup(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file, copied := filepath.Join(folder, "flagstone.db"), filepath.Join(folder, "copy.db")
	if _, err := flagstone(t, "--db", file, "backup", copied); err == nil || !strings.Contains(err.Error(), "there is no database") {
		t.Errorf("without a database: %v", err)
	}
	start(t, "--db", file, "demo")
	if out, err := flagstone(t, "--db", file, "backup", copied); err != nil || !strings.HasPrefix(out, "Wrote "+copied+", ") {
		t.Fatalf("prints %q, %v", out, err)
	}
	if out, err := flagstone(t, "--db", copied, "evaluate", "ai_agents", "--account", "arizona-comedy"); err != nil || !strings.Contains(out, `"enabled":true`) {
		t.Errorf("of the copy it prints %s, %v", out, err)
	}
	if _, err := flagstone(t, "--db", file, "backup", copied); err == nil || !strings.Contains(err.Error(), "already exists") {
		t.Errorf("over a file that is there: %v", err)
	}
}
