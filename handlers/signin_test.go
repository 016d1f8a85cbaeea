package handlers

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/handlers/web"
)

// withPassword makes one of the people and gives them the test password.
func (s *site) withPassword(who string) int64 {
	s.t.Helper()
	id := s.user(who)
	if err := s.db.SetPassword(s.t.Context(), dbtest.Actor(), id, testPassword, 0); err != nil {
		s.t.Fatal(err)
	}
	return id
}

// cookieOf gives the session cookie that an answer sets, nil when it sets none.
func (s *site) cookieOf(a *answer) *http.Cookie {
	for _, cookie := range a.Cookies() {
		if cookie.Name == sessionCookie() {
			return cookie
		}
	}
	return nil
}

func credentials(who, password string) url.Values {
	return url.Values{"email": {who + "@example.com"}, "password": {password}}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, c := range []struct{ who, next, want string }{
		{"viewer", "", "/admin"},
		{"viewer", "/admin/accounts?q=a", "/admin/accounts?q=a"},
		{"owner", "", "/portal"},
		{"owner", "/portal/shows", "/portal/shows"},
		{"owner", "/admin/accounts", "/portal"},
	} {
		s.withPassword(c.who)
		form := credentials(c.who, testPassword)
		form.Set("next", c.next)
		a := s.as("").post("/signin", form).want(http.StatusSeeOther)
		if got := a.Header.Get("Location"); got != c.want {
			t.Errorf("%s with next %q is led to %s, want %s", c.who, c.next, got, c.want)
		}
		signedIn := &browser{t: t, base: s.URL, cookie: s.cookieOf(a)}
		signedIn.get("/api/me").want(http.StatusOK).wantText(c.who + "@example.com")
		if to := signedIn.get("/signin").want(http.StatusSeeOther).Header.Get("Location"); to != web.Landing(s.userNamed(c.who)) {
			t.Errorf("sign-in leads %s, who is signed in, to %s", c.who, to)
		}
	}
}

func TestSignInRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withPassword("viewer")
	if _, err := s.db.DisableUser(t.Context(), dbtest.Actor(), s.withPassword("owner")); err != nil {
		t.Fatal(err)
	}
	s.user("editor") // has no password
	for _, form := range []url.Values{
		credentials("viewer", "wrong"), credentials("nobody", testPassword), credentials("owner", testPassword), credentials("editor", ""), {},
	} {
		form.Set("next", "/admin/audit")
		a := s.as("").post("/signin", form).want(http.StatusUnauthorized).wantText("E-mail or password is wrong.")
		if s.cookieOf(a) != nil {
			t.Errorf("%v: a refusal sets a cookie", form)
		}
		page := a.page()
		if email, _ := page.Find("#email").Attr("value"); email != form.Get("email") {
			t.Errorf("the form forgot the e-mail %q: %q", form.Get("email"), email)
		}
		if next, _ := page.Find("[name=next]").Attr("value"); next != "/admin/audit" {
			t.Errorf("the form forgot where to go: %q", next)
		}
		if strings.Contains(a.body, testPassword) {
			t.Error("the form shows the password")
		}
	}
}

func TestAPISession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withPassword("owner")
	anon := s.as("")
	for _, c := range []struct {
		body   string
		status int
	}{
		{`{"email": "owner@example.com", "password": "wrong"}`, http.StatusUnauthorized},
		{`{"email": "owner@example.com"}`, http.StatusUnauthorized},
		{`{"email": "owner@example.com", "password": 1}`, http.StatusUnprocessableEntity},
		{`{"email": `, http.StatusBadRequest},
		{`{"e-mail": "owner@example.com"}`, http.StatusUnprocessableEntity},
		{`["owner@example.com"]`, http.StatusBadRequest},
		{``, http.StatusBadRequest},
	} {
		a := anon.json(http.MethodPost, "/api/session", c.body).want(c.status)
		var problem map[string]any
		if err := json.Unmarshal([]byte(a.body), &problem); err != nil || problem["detail"] == "" || s.cookieOf(a) != nil || strings.Contains(a.body, "Go ") {
			t.Errorf("%s: %v, %s", c.body, err, a.body)
		}
	}
	a := anon.json(http.MethodPost, "/api/session", `{"email": "Owner@Example.com", "password": "`+testPassword+`"}`).want(http.StatusNoContent)
	owner := &browser{t: t, base: s.URL, cookie: s.cookieOf(a)}
	owner.get("/api/me/features").want(http.StatusOK)
	gone := owner.json(http.MethodDelete, "/api/session", "").want(http.StatusNoContent)
	if cookie := s.cookieOf(gone); cookie == nil || cookie.MaxAge >= 0 || cookie.Value != "" {
		t.Errorf("signing out leaves the cookie %v", cookie)
	}
	owner.get("/api/me/features").want(http.StatusUnauthorized)
	owner.json(http.MethodDelete, "/api/session", "").want(http.StatusNoContent)
	anon.send(http.MethodPost, "/api/session", "text/plain", `{"email": "owner@example.com", "password": "`+testPassword+`"}`).want(http.StatusUnsupportedMediaType)
	anon.with("Origin", "https://evil.example").json(http.MethodPost, "/api/session", `{}`).want(http.StatusForbidden)
	anon.with("Origin", "https://portal.example.com").json(http.MethodPost, "/api/session", `{}`).want(http.StatusUnauthorized)
}

func TestSessionCookie(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withPassword("viewer")
	for _, c := range []struct {
		secure bool
		prefix string
	}{{false, "flagstone-"}, {true, "__Host-flagstone-"}} {
		config := s.server.Config
		config.SecureCookies = c.secure
		server := httptest.NewServer(New(config))
		defer server.Close()
		a := (&browser{t: t, base: server.URL}).post("/signin", credentials("viewer", testPassword)).want(http.StatusSeeOther)
		if len(a.Cookies()) != 1 {
			t.Fatalf("secure %v: the cookies are %v", c.secure, a.Cookies())
		}
		cookie := a.Cookies()[0]
		if !strings.HasPrefix(cookie.Name, c.prefix) || cookie.Secure != c.secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode ||
			cookie.Path != "/" || cookie.Domain != "" || cookie.MaxAge != int(features.SessionLifetime.Seconds()) {
			t.Errorf("secure %v: the cookie is %v", c.secure, cookie)
		}
		if transport := a.Header.Get("Strict-Transport-Security"); (transport != "") != c.secure {
			t.Errorf("secure %v: Strict-Transport-Security is %q", c.secure, transport)
		}
	}
}

// With secure cookies, a browser would keep no session over plain HTTP: the answer says so, instead of asking again.
func TestSecureCookiesOverPlainHTTP(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withPassword("viewer")
	config := s.server.Config
	config.SecureCookies = true
	server := httptest.NewServer(New(config))
	defer server.Close()
	for origin, kept := range map[string]bool{
		"": true, "https://flags.lan": true, "http://localhost:8080": true, "http://flags.localhost": true, "http://127.0.0.1:8080": true, "http://[::1]:8080": true,
		"http://flags.lan": false, "http://192.168.1.7:8080": false, "http://localhost.lan": false,
	} {
		b := &browser{t: t, base: server.URL}
		if origin != "" {
			b = b.with("Origin", origin).with("Sec-Fetch-Site", "same-origin")
		}
		form := b.post("/signin", credentials("viewer", testPassword))
		call := b.json(http.MethodPost, "/api/session", `{"email":"viewer@example.com","password":"`+testPassword+`"}`)
		if kept {
			form.want(http.StatusSeeOther)
			call.want(http.StatusNoContent)
			continue
		}
		form.want(http.StatusForbidden).wantText("plain HTTP").wantText(`name="password"`)
		call.want(http.StatusForbidden).wantText("plain HTTP")
	}
}

// Addresses are logged and shared: neither a password nor a token is taken from one.
func TestSecretsInAddressesAreNotTaken(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withPassword("viewer")
	s.as("").post("/signin?"+credentials("viewer", testPassword).Encode(), nil).want(http.StatusUnauthorized)
	viewer := s.as("viewer")
	token := viewer.csrf
	viewer.csrf = ""
	viewer.post("/admin/profile/name?csrf_token="+token, nil).want(http.StatusForbidden)
	viewer.post("/admin/profile/name", url.Values{"csrf_token": {token}}).want(http.StatusUnprocessableEntity)
	program := s.key(features.ScopeRead)
	s.as("").get("/api/v2/admin/features?key=" + program + "&api_key=" + program + "&access_token=" + program).want(http.StatusUnauthorized)
}

// A token that was the same in every page could be guessed from the lengths of compressed pages.
func TestEachPageHasATokenOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	viewer := s.as("viewer")
	tokenOf := func() string {
		return viewer.get("/admin/profile").page().Find("meta[name=csrf-token]").AttrOr("content", "")
	}
	first, second := tokenOf(), tokenOf()
	if first == "" || first == second {
		t.Errorf("the tokens are %q and %q", first, second)
	}
	for _, token := range []string{first, second} {
		viewer.csrf = token
		viewer.post("/admin/profile/sessions/end-others", nil).want(http.StatusSeeOther)
	}
	for _, token := range []string{"", "AAAA", first[:len(first)-4], first + "AAAA", s.as("viewer").csrf, strings.Repeat("A", len(first))} {
		viewer.csrf = token
		viewer.post("/admin/profile/sessions/end-others", nil).want(http.StatusForbidden)
	}
}

func TestSessionIsRotatedAtSignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withPassword("viewer")
	before := s.as("viewer")
	a := before.post("/signin", credentials("viewer", testPassword)).want(http.StatusSeeOther)
	if after := s.cookieOf(a); after == nil || after.Value == before.cookie.Value {
		t.Fatalf("the cookie was %v and is %v", before.cookie, after)
	}
	before.get("/api/me").want(http.StatusUnauthorized)

	// A token that somebody planted is not taken over.
	planted := s.as("")
	planted.cookie = &http.Cookie{Name: sessionCookie(), Value: strings.Repeat("A", 43)}
	a = planted.post("/signin", credentials("viewer", testPassword)).want(http.StatusSeeOther)
	if after := s.cookieOf(a); after == nil || after.Value == planted.cookie.Value {
		t.Errorf("the planted token became %v", after)
	}
	planted.get("/api/me").want(http.StatusUnauthorized)
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	viewer := s.as("viewer")
	a := viewer.post("/signout", nil).want(http.StatusSeeOther)
	if cookie := s.cookieOf(a); a.Header.Get("Location") != "/signin" || cookie == nil || cookie.MaxAge >= 0 {
		t.Errorf("signing out leads to %s with the cookie %v", a.Header.Get("Location"), cookie)
	}
	viewer.get("/api/me").want(http.StatusUnauthorized)
	viewer.post("/signout", nil).want(http.StatusSeeOther)
	s.as("").get("/signin?next=/admin/audit").want(http.StatusOK)
	if notice := viewer.get("/signin?next=/admin/audit").want(http.StatusOK); !strings.Contains(notice.body, "Your session has ended") {
		t.Error("a lost session is not explained")
	}
}

func TestRevokedSessionIsDeadAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as("admin")
	for name, end := range map[string]func(user int64) error{
		"revoked": func(user int64) error {
			sessions, err := s.db.ListSessions(t.Context(), user)
			if err != nil {
				return err
			}
			return s.db.RevokeSession(t.Context(), dbtest.Actor(), user, sessions[0].ID)
		},
		"new password": func(user int64) error { return s.db.SetPassword(t.Context(), dbtest.Actor(), user, testPassword, 0) },
		"disabled": func(user int64) error {
			_, err := s.db.DisableUser(t.Context(), dbtest.Actor(), user)
			return err
		},
	} {
		viewer := s.as("viewer")
		viewer.get("/api/me").want(http.StatusOK)
		if _, err := s.db.EnableUser(t.Context(), dbtest.Actor(), s.user("viewer")); err != nil {
			t.Fatal(err)
		}
		if err := end(s.user("viewer")); err != nil {
			t.Fatal(err)
		}
		if status := viewer.get("/api/me").StatusCode; status != http.StatusUnauthorized {
			t.Errorf("%s: the session still answers %d", name, status)
		}
		if _, err := s.db.EnableUser(t.Context(), dbtest.Actor(), s.user("viewer")); err != nil {
			t.Fatal(err)
		}
	}
	admin.get("/api/me").want(http.StatusOK)
}

// useUpTries has a stranger try to sign in as somebody until no try is heard any more.
func (s *site) useUpTries(who string) {
	s.t.Helper()
	for range 50 {
		r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, "/signin", strings.NewReader(credentials(who, "wrong").Encode()))
		r.RemoteAddr = "192.0.2.1:1"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		if s.server.ServeHTTP(w, r); w.Code == http.StatusTooManyRequests {
			return
		}
	}
	s.t.Fatal("a stranger may try without end")
}

func TestSignInIsSlowedAfterFailures(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withPassword("viewer")
	s.useUpTries("viewer")
	wrong := credentials("viewer", "wrong")
	a := s.as("").post("/signin", wrong).want(http.StatusTooManyRequests).wantText("Too many attempts")
	if seconds, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || seconds < 1 || seconds > 60 {
		t.Errorf("Retry-After is %q", a.Header.Get("Retry-After"))
	}
	body := `{"email": "viewer@example.com", "password": "` + testPassword + `"}`
	a = s.as("").json(http.MethodPost, "/api/session", body).want(http.StatusTooManyRequests)
	if a.Header.Get("Retry-After") == "" || !strings.Contains(a.body, `"status":429`) {
		t.Errorf("the API says %v %s", a.Header, a.body)
	}
}

func TestSessionsMakeAnAddressKnown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if _, err := s.db.StartSession(t.Context(), db.SignIn{User: s.withPassword("viewer"), IP: "127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	s.useUpTries("viewer")
	s.as("").post("/signin", credentials("viewer", testPassword)).want(http.StatusSeeOther)
	for range 8 {
		s.as("").post("/signin", credentials("viewer", "wrong")).want(http.StatusUnauthorized)
	}
	s.as("").post("/signin", credentials("viewer", testPassword)).want(http.StatusTooManyRequests)
}

func TestFormsComeFromOurOwnPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withPassword("viewer")
	for _, c := range []struct {
		name, header, value string
		status              int
	}{
		{"same origin", "Sec-Fetch-Site", "same-origin", http.StatusSeeOther},
		{"typed in", "Sec-Fetch-Site", "none", http.StatusSeeOther},
		{"cross site", "Sec-Fetch-Site", "cross-site", http.StatusForbidden},
		{"same site", "Sec-Fetch-Site", "same-site", http.StatusForbidden},
		{"own origin", "Origin", s.URL, http.StatusSeeOther},
		{"other origin", "Origin", "https://evil.example", http.StatusForbidden},
	} {
		if got := s.as("").with(c.header, c.value).post("/signin", credentials("viewer", testPassword)).StatusCode; got != c.status {
			t.Errorf("%s: sign-in answers %d, want %d", c.name, got, c.status)
		}
		if got := s.as("viewer").with(c.header, c.value).post("/signout", nil).StatusCode; got != c.status {
			t.Errorf("%s: sign-out answers %d, want %d", c.name, got, c.status)
		}
	}
	for name, token := range map[string]string{"no token": "", "wrong token": "wrong", "another session's": s.as("editor").csrf} {
		viewer := s.as("viewer")
		viewer.csrf = token
		viewer.post("/signout", nil).want(http.StatusForbidden)
		if status := viewer.get("/api/me").StatusCode; status != http.StatusOK {
			t.Errorf("%s: the session ended all the same", name)
		}
	}
	viewer := s.as("viewer")
	token := viewer.csrf
	viewer.csrf = ""
	viewer.post("/signout", url.Values{"csrf_token": {token}}).want(http.StatusSeeOther)
}

// A form that can be read only in part is refused whole: nothing is done on what is left of it.
func TestFormsAreReadWhole(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	address := "/admin/accounts/maple-garage/users/" + itoa(s.user("mechanic")) + "/disable"
	const form, parts = "application/x-www-form-urlencoded", "multipart/form-data"
	for _, c := range []struct {
		kind, body string
		status     int
	}{
		{form, "reason=100%", http.StatusUnprocessableEntity},
		{parts, "reason=none", http.StatusUnprocessableEntity},
		{parts + "; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"reason\"\r\n\r\ncut off", http.StatusUnprocessableEntity},
		{form, "reason=" + strings.Repeat("x", web.OneForm), http.StatusRequestEntityTooLarge},
	} {
		answer := s.as("editor").send(http.MethodPost, address, c.kind, c.body).want(c.status)
		if c.status == http.StatusRequestEntityTooLarge {
			answer.wantText("at most 64 KiB")
		}
	}
	if s.userNamed("mechanic").Disabled {
		t.Error("a form that could not be read was acted on")
	}
	s.as("editor").post(address, nil).want(http.StatusSeeOther)
}
