package cli

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

func TestTypes(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "flagstone.db")
	if _, err := flagstone(t, "--db", file, "types"); err == nil {
		t.Error("without a database there is no error")
	}
	address, _ := start(t, "--db", file, "demo")
	out, err := flagstone(t, "--db", file, "types")
	if err != nil || !strings.Contains(out, "  | \"knowledge_base\"\n") || !strings.Contains(out, "  knowledgeBaseEnabled: boolean;\n") {
		t.Errorf("prints %s, %v", out, err)
	}
	if status, _ := get(t, address+"/api/types.d.ts"); status != http.StatusUnauthorized {
		t.Errorf("whoever is not signed in is answered %d", status)
	}
}
