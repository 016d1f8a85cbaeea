package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"flagstone/db/dbtest"
	"flagstone/features"
)

// linkIn returns the path of the link that an answer shows, which begins as its purpose says.
func (s *site) linkIn(a *answer, prefix string) string {
	s.t.Helper()
	shown, _ := a.want(http.StatusOK).page().Find("#link-url").Attr("value")
	path, own := strings.CutPrefix(shown, s.URL)
	if !own || !strings.HasPrefix(path, prefix) {
		s.t.Fatalf("the link is %q", shown)
	}
	return path
}

// choosePassword opens the link that an answer shows, as whoever it was sent to, and chooses the test password.
func (s *site) choosePassword(a *answer, prefix string) *browser {
	s.t.Helper()
	path := s.linkIn(a, prefix)
	anon := s.as("")
	anon.get(path).want(http.StatusOK)
	done := anon.post(path, url.Values{"password": {testPassword}}).want(http.StatusSeeOther)
	return &browser{t: s.t, base: s.URL, cookie: s.cookieOf(done)}
}

func TestPasswordLinkPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.user("owner")
	made := s.as("editor").viaHtmx().post(s.memberURL("owner")+"/link", nil)
	path := s.linkIn(made, "/invite/")
	if !strings.Contains(made.Header.Get("Cache-Control"), "no-store") || made.Header.Get("HX-Trigger") != "list:reload" {
		t.Errorf("the link is shown with %v", made.Header)
	}
	s.as("editor").get(comedyUsers).want(http.StatusOK).wantText("Invited, not yet signed in")
	anon := s.as("")
	for range 2 { // looking does not use it up
		page := anon.get(path).want(http.StatusOK).wantText("owner@example.com")
		if got := page.Header.Get("Referrer-Policy"); got != "no-referrer" || !strings.Contains(page.Header.Get("Cache-Control"), "no-store") {
			t.Errorf("the page is answered with %v", page.Header)
		}
		if action, _ := page.page().Find("form").Attr("action"); action != path {
			t.Errorf("the form posts to %q", action)
		}
	}
	for _, weak := range []string{"", "short", "password1234", "owner@example.com"} {
		if page := anon.post(path, url.Values{"password": {weak}}).want(http.StatusUnprocessableEntity).page(); page.Find("#password-error").Length() != 1 {
			t.Errorf("%q: no error beside the password", weak)
		}
	}
	anon.with("Sec-Fetch-Site", "cross-site").post(path, url.Values{"password": {testPassword}}).want(http.StatusForbidden)

	done := anon.post(path, url.Values{"password": {testPassword}}).want(http.StatusSeeOther)
	if done.Header.Get("Location") != "/portal" {
		t.Errorf("the owner is led to %s", done.Header.Get("Location"))
	}
	(&browser{t: t, base: s.URL, cookie: s.cookieOf(done)}).get("/api/me").want(http.StatusOK).wantText("owner@example.com")
	if gone := anon.get(path).want(http.StatusNotFound).wantText("This link no longer works"); gone.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Error("a dead link is told to others")
	}
	anon.post(path, url.Values{"password": {"another long phrase"}}).want(http.StatusNotFound)
	anon.get("/password/nonsense").want(http.StatusNotFound)

	reset := s.linkIn(s.as("editor").viaHtmx().post(s.memberURL("owner")+"/link", nil), "/password/")
	if _, err := s.db.DisableUser(t.Context(), dbtest.Actor(), id); err != nil {
		t.Fatal(err)
	}
	anon.get(reset).want(http.StatusNotFound)
	anon.post(reset, url.Values{"password": {testPassword}}).want(http.StatusNotFound)
	s.as("editor").viaHtmx().post(s.memberURL("owner")+"/link", nil).want(http.StatusConflict)
}

// The link is at the address by which the browser knows the console, whatever a proxy has made of the host.
func TestPasswordLinkAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor").viaHtmx().with("Origin", "https://flags.example.com").with("Sec-Fetch-Site", "same-origin")
	shown, _ := editor.post(s.memberURL("owner")+"/link", nil).want(http.StatusOK).page().Find("#link-url").Attr("value")
	if !strings.HasPrefix(shown, "https://flags.example.com/invite/") {
		t.Errorf("the link is %q", shown)
	}
}

// TestEditorDoesNotBecomeAdmin walks the way of an editor who adds somebody's e-mail, chooses their password by the link
// that only the editor sees, and waits for an admin to make that e-mail staff.
func TestEditorDoesNotBecomeAdmin(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	added := s.as("editor").viaHtmx().post(comedyUsers+"/new", url.Values{"email": {"boss@example.com"}, "role": {"owner"}})
	editor := s.choosePassword(added, "/invite/")
	editor.get("/api/me").want(http.StatusOK)
	kept := s.linkIn(s.as("editor").viaHtmx().post(s.memberURL("boss")+"/link", nil), "/password/")

	link := s.as("admin").viaHtmx().post("/admin/settings/staff/new", url.Values{"email": {"boss@example.com"}, "staff_role": {"admin"}})
	editor.get("/api/me").want(http.StatusUnauthorized)
	editor.get(kept).want(http.StatusNotFound)
	s.as("").post("/signin", credentials("boss", testPassword)).want(http.StatusUnauthorized)
	s.as("editor").viaHtmx().post(s.memberURL("boss")+"/link", nil).want(http.StatusForbidden)
	boss := s.choosePassword(link, "/invite/")
	boss.get("/admin/settings").want(http.StatusOK)
	if user := s.userNamed("boss"); user.StaffRole != features.Admin {
		t.Errorf("the boss is %+v", user)
	}
}

// TestPasswordLinkOfThePublicURL: where the address of the console is configured, no request changes it.
func TestPasswordLinkOfThePublicURL(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.server.PublicURL = "https://flags.example.com"
	for _, made := range []*answer{
		s.as("editor").post(s.memberURL("owner")+"/link", nil),
		s.as("editor").with("Origin", s.URL).viaHtmx().post(s.memberURL("owner")+"/link", nil),
	} {
		shown, _ := made.want(http.StatusOK).page().Find("#link-url").Attr("value")
		if !strings.HasPrefix(shown, "https://flags.example.com/invite/") {
			t.Errorf("the link is %q", shown)
		}
	}
}
