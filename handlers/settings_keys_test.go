package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"flagstone/features"
	"flagstone/handlers/web"
)

func TestKeysInSettings(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as("admin")
	path := s.tryAccess()[web.Programs]
	admin.get("/admin/settings/keys").want(http.StatusOK).wantText("No API keys")
	admin.viaHtmx().get("/admin/settings/keys/new").want(http.StatusOK).wantText("<dialog")
	wrong := admin.viaHtmx().post("/admin/settings/keys/new", url.Values{"scope": {"root"}, "expires_at": {"soon"}}).want(http.StatusUnprocessableEntity).page()
	if wrong.Find("dialog #key-expires-error").Length() != 1 {
		t.Error("no error beside the last day")
	}
	wrong = admin.viaHtmx().post("/admin/settings/keys/new", url.Values{"scope": {"root"}, "expires_at": {"2020-01-01"}}).want(http.StatusUnprocessableEntity).page()
	for _, field := range []string{"name", "scope", "expires"} {
		if wrong.Find("dialog #key-"+field+"-error").Length() != 1 {
			t.Errorf("no error beside %s", field)
		}
	}

	made := admin.viaHtmx().post("/admin/settings/keys/new", url.Values{"name": {" Portal <b> "}, "scope": {"evaluate"}, "expires_at": {"2099-12-31"}}).want(http.StatusOK)
	if made.Header.Get("HX-Trigger") != "list:reload" || !strings.Contains(made.Header.Get("Cache-Control"), "no-store") || made.Header.Get(web.OwnRevision) == "" {
		t.Errorf("the answer says %v", made.Header)
	}
	secret, _ := made.page().Find("dialog #key-secret").Attr("value")
	s.bearing(secret).json(http.MethodPost, path, "{}").want(http.StatusOK)
	list := admin.get("/admin/settings/keys").want(http.StatusOK)
	row := strings.Join(strings.Fields(list.page().Find("tbody tr").Text()), " ")
	for _, want := range []string{"Portal <b>", "ends in " + secret[len(secret)-4:], "evaluate", "Active", "today", "1 Jan 2100", "by Admin"} {
		if !strings.Contains(row, want) {
			t.Errorf("no %q in %s", want, row)
		}
	}
	if strings.Contains(list.body, secret) {
		t.Error("the key is shown again")
	}
	for _, page := range []string{"/admin/audit", "/admin/audit/export.json"} {
		if a := admin.get(page).want(http.StatusOK).wantText("reated API key Portal"); strings.Contains(a.body, secret) {
			t.Errorf("the key is in %s", page)
		}
	}

	revoke := "/admin/settings/keys/1/revoke"
	admin.viaHtmx().get(revoke).want(http.StatusOK).wantText("It was last used today")
	admin.viaHtmx().post(revoke, url.Values{}).done().wantText("Revoked API key Portal")
	s.bearing(secret).json(http.MethodPost, path, "{}").want(http.StatusUnauthorized)
	if row := admin.get("/admin/settings/keys").page().Find("tbody tr"); !strings.Contains(row.Text(), "Revoked") || row.Find("a").Length() != 0 {
		t.Errorf("the row is %s", row.Text())
	}
	admin.post(revoke, url.Values{}).want(http.StatusSeeOther)
	admin.get("/admin/settings/keys/99/revoke").want(http.StatusNotFound)
}

func TestNewKeyWithoutScript(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	made := s.as("admin").post("/admin/settings/keys/new", url.Values{"name": {"CI"}, "scope": {"admin"}}).want(http.StatusOK).page()
	if secret, _ := made.Find("main #key-secret").Attr("value"); !strings.HasPrefix(secret, features.KeyPrefix) {
		t.Errorf("the page shows %q", secret)
	}
	if back, _ := made.Find("footer a").Attr("href"); back != "/admin/settings/keys" {
		t.Errorf("the page leads back to %q", back)
	}
}
