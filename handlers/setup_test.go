package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"flagstone/features"
)

func TestSetup(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path, err := s.server.console.SetupPath(t.Context())
	if err != nil || !strings.HasPrefix(path, "/setup/") || len(path) < 40 {
		t.Fatal(path, err)
	}
	anon := s.as("")
	action, _ := anon.get(path).want(http.StatusOK).page().Find("form").Attr("action")
	if action != path {
		t.Errorf("the form posts to %q", action)
	}
	anon.get("/setup/somethingelse").want(http.StatusNotFound).wantText("This link no longer works")
	anon.post("/setup/somethingelse", nil).want(http.StatusNotFound)

	short := url.Values{"name": {"Dana"}, "email": {"dana"}, "password": {"short"}}
	page := anon.post(path, short).want(http.StatusUnprocessableEntity).page()
	for _, field := range []string{"email", "password"} {
		if page.Find("#"+field+"-error").Length() != 1 {
			t.Errorf("no error beside %s", field)
		}
	}
	if name, _ := page.Find("#name").Attr("value"); name != "Dana" {
		t.Errorf("the form forgot the name: %q", name)
	}
	owner := s.as("owner") // who is signed in already has a token to send
	theirs := form(owner.get(path).want(http.StatusOK).page().Find("form"))
	owner.csrf = ""
	owner.post(path, theirs).want(http.StatusUnprocessableEntity)
	right := url.Values{"name": {"Dana"}, "email": {"dana@example.com"}, "password": {testPassword}}
	a := anon.with("Sec-Fetch-Site", "cross-site").post(path, right).want(http.StatusForbidden)
	if s.cookieOf(a) != nil {
		t.Error("a form from elsewhere signs in")
	}
	a = anon.post(path, right).want(http.StatusSeeOther)
	if a.Header.Get("Location") != "/admin" {
		t.Errorf("set-up leads to %s", a.Header.Get("Location"))
	}
	admin := &browser{t: t, base: s.URL, cookie: s.cookieOf(a)}
	admin.get("/api/me").want(http.StatusOK).wantText(`"staff_role":"admin"`)
	right.Set("email", "eve@example.com")
	anon.post(path, right).want(http.StatusNotFound)
	anon.get(path).want(http.StatusNotFound)
	if again, err := s.server.console.SetupPath(t.Context()); err != nil || again != "" {
		t.Errorf("with an admin there, a link is made: %q, %v", again, err)
	}
}

func TestSetupLinkDies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	link := func() string {
		path, err := s.server.console.SetupPath(t.Context())
		if err != nil || path == "" {
			t.Fatal(path, err)
		}
		return path
	}
	first := link()
	second := link()
	s.as("").get(first).want(http.StatusNotFound)
	s.as("").get(second).want(http.StatusOK)

	s.withPassword("admin")
	s.as("").get(second).want(http.StatusNotFound)
	s.as("").post(second, url.Values{"name": {"Dana"}, "email": {"dana@example.com"}, "password": {testPassword}}).want(http.StatusNotFound)
	if has, err := s.db.UserByEmail(t.Context(), "dana@example.com"); features.KindOf(err) != features.NotFound {
		t.Errorf("a dead link made %v", has)
	}
}

// Without an admin, sign-in says so and how to make one; with one it does not.
func TestSignInWithoutAdmin(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if _, err := s.server.console.SetupPath(t.Context()); err != nil {
		t.Fatal(err)
	}
	const words = "There is no admin yet."
	s.as("").get("/signin").want(http.StatusOK).wantText(words).wantText("flagstone user add --role admin")
	s.as("").post("/signin", credentials("nobody", testPassword)).want(http.StatusUnauthorized).wantText(words)
	s.withPassword("admin")
	if a := s.as("").get("/signin").want(http.StatusOK); strings.Contains(a.body, words) {
		t.Error("with an admin there, sign-in says that there is none")
	}
}
