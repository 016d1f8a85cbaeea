package handlers

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flagstone/db"
)

func TestBackupIsDownloaded(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as("admin")
	form := admin.get("/admin/settings/registry").want(http.StatusOK).page().Find("[aria-labelledby=backup] form")
	path, token := form.AttrOr("action", ""), form.Find("[name=csrf_token]").AttrOr("value", "")
	admin.get(path).want(http.StatusMethodNotAllowed) // a link on another site
	admin.csrf = ""
	admin.post(path, nil).want(http.StatusForbidden)
	answer := admin.post(path, url.Values{"csrf_token": {token}}).want(http.StatusOK)
	if got := answer.Header.Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="flagstone-`) || answer.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("it is answered as %q, %q", got, answer.Header.Get("Cache-Control"))
	}
	file := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(file, []byte(answer.body), 0o600); err != nil {
		t.Fatal(err)
	}
	copied, err := db.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = copied.Close() }()
	if err := copied.CatchUp(t.Context()); err != nil || copied.Live().Accounts().Find("arizona-comedy") == nil {
		t.Errorf("the copy lacks an account: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(s.db.Path()), ".*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
