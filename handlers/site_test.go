package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/handlers/web"
)

// site is a real server over a real database, with the people and accounts that tests need: staff viewer, editor and
// admin; account Arizona Comedy (owner: a portal user) and account Maple Garage (mechanic: another); three features,
// all off by default.
type site struct {
	*httptest.Server
	t      *testing.T
	db     *db.DB
	server *Server
}

// testSecret is the server's.
const testSecret = "0123456789abcdef0123456789abcdef"

// sessionCookie is the name of the cookie of a session.
func sessionCookie() string { return SessionCookie([]byte(testSecret), false) }

// testPassword is everybody's.
const testPassword = "correct-horse-battery"

func newSite(t *testing.T) *site {
	t.Helper()
	d := dbtest.Open(t)
	s := serve(t, d)
	for _, f := range []features.FeatureDraft{
		{Key: "knowledge_base", Name: "Knowledge Base", Category: "portal", Description: "access to articles"},
		{Key: "ai_agents", Name: "AI Agents", Category: "portal"},
		{Key: "additional_services", Name: "Additional Services", Category: "portal"},
	} {
		if _, err := d.CreateFeature(t.Context(), dbtest.Actor(), f); err != nil {
			t.Fatal(err)
		}
	}
	s.account("Arizona Comedy")
	s.account("Maple Garage")
	return s
}

// serve is a site over a database as it is.
func serve(t *testing.T, d *db.DB) *site {
	t.Helper()
	server := New(web.Config{
		DB: d, Secret: []byte(testSecret), PortalOrigins: []string{"https://portal.example.com"},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Version: "test",
	})
	s := &site{Server: httptest.NewServer(server), t: t, db: d, server: server}
	t.Cleanup(s.Close)
	return s
}

// account adds an account by name and gives it.
func (s *site) account(name string) *features.Account {
	s.t.Helper()
	id, err := s.db.CreateAccount(s.t.Context(), dbtest.Actor(), features.AccountDraft{Name: name})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.db.Live().Accounts().ByID(id)
}

// as gives a browser that is signed in as viewer, editor, admin, owner (of Arizona Comedy), mechanic (of Maple Garage),
// or not at all for "".
func (s *site) as(who string) *browser {
	s.t.Helper()
	b := &browser{t: s.t, base: s.URL}
	if who == "" {
		return b
	}
	token, err := s.db.StartSession(s.t.Context(), db.SignIn{User: s.user(who)})
	if err != nil {
		s.t.Fatal(err)
	}
	b.cookie = &http.Cookie{Name: sessionCookie(), Value: token}
	b.csrf = s.server.CSRFTokenOf(mustHash(s.t, token))
	return b
}

func mustHash(t *testing.T, token string) [32]byte {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal("not a token: " + token)
	}
	return sha256.Sum256(raw)
}

// user gives the number of one of the people, who is made when first asked for. Nobody pays for a password hash here:
// tests of signing in set one.
func (s *site) user(who string) int64 {
	s.t.Helper()
	if known := s.userNamed(who); known != nil {
		return known.ID
	}
	draft := features.UserDraft{Email: who + "@example.com", Name: strings.ToUpper(who[:1]) + who[1:]}
	var memberships []features.Membership
	switch who {
	case "viewer", "editor", "admin":
		draft.StaffRole = features.StaffRole(who)
	case "owner":
		memberships = []features.Membership{{AccountID: s.db.Live().Accounts().Find("arizona-comedy").ID, Role: "owner"}}
	case "mechanic":
		memberships = []features.Membership{{AccountID: s.db.Live().Accounts().Find("maple-garage").ID, Role: "mechanic"}}
	}
	id, err := s.db.CreateUser(s.t.Context(), dbtest.Actor(), draft, "", memberships)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *site) userNamed(who string) *features.User {
	user, err := s.db.UserByEmail(s.t.Context(), who+"@example.com")
	if err != nil {
		return nil
	}
	return user
}

// switchOn sets an override, as staff would.
func (s *site) switchOn(account, feature string, on bool) {
	s.t.Helper()
	a := s.db.Live().Accounts().Find(account)
	f, err := s.db.Live().Catalogue().Feature(feature)
	if err != nil {
		s.t.Fatal(err)
	}
	cells, err := s.db.Cells(s.t.Context(), []int64{a.ID}, []int64{f.ID})
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = s.db.SetOverride(s.t.Context(), dbtest.Actor(), db.OverrideChange{
		Account: a.ID, Feature: feature, Value: features.Value{Enabled: on}, Version: cells[db.CellKey{Account: a.ID, Feature: f.ID}].Version,
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// browser sends requests as one person would, with cookie and CSRF token, and follows no redirect.
type browser struct {
	t      *testing.T
	base   string
	cookie *http.Cookie
	csrf   string
	htmx   bool
	header map[string]string
}

// viaHtmx gives the same browser asking as htmx does for a fragment.
func (b *browser) viaHtmx() *browser {
	other := *b
	other.htmx = true
	return &other
}

// with gives the same browser with one more header.
func (b *browser) with(name, value string) *browser {
	other := *b
	other.header = map[string]string{}
	for n, v := range b.header {
		other.header[n] = v
	}
	other.header[name] = value
	return &other
}

// answer is what came back, read whole.
type answer struct {
	t *testing.T
	*http.Response
	body string
}

func (b *browser) get(path string) *answer { return b.send(http.MethodGet, path, "", "") }

// post sends a form.
func (b *browser) post(path string, form url.Values) *answer {
	return b.send(http.MethodPost, path, "application/x-www-form-urlencoded", form.Encode())
}

// json sends a JSON body.
func (b *browser) json(method, path, body string) *answer {
	return b.send(method, path, "application/json", body)
}

func (b *browser) send(method, path, contentType, body string) *answer {
	b.t.Helper()
	request, err := http.NewRequestWithContext(context.WithoutCancel(b.t.Context()), method, b.base+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if b.cookie != nil {
		request.AddCookie(b.cookie)
	}
	if b.csrf != "" && method != http.MethodGet {
		request.Header.Set("X-CSRF-Token", b.csrf)
	}
	if b.htmx {
		request.Header.Set("HX-Request", "true")
		request.Header.Set("HX-Request-Type", "partial")
		request.Header.Set("HX-Current-URL", b.base+"/admin/accounts?q=a")
	}
	for name, value := range b.header {
		request.Header.Set(name, value)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return &answer{b.t, response, string(text)}
}

// want fails the test unless the answer has a status.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.StatusCode != status {
		a.t.Fatalf("%s %s: status %d, want %d\n%s", a.Request.Method, a.Request.URL, a.StatusCode, status, a.body)
	}
	return a
}

// wantText fails the test unless the body contains some text.
func (a *answer) wantText(text string) *answer {
	a.t.Helper()
	if !strings.Contains(a.body, text) {
		a.t.Fatalf("%s %s: no %q in\n%s", a.Request.Method, a.Request.URL, text, a.body)
	}
	return a
}

// page parses the body to look at with goquery.
func (a *answer) page() *goquery.Document {
	a.t.Helper()
	document, err := goquery.NewDocumentFromReader(strings.NewReader(a.body))
	if err != nil {
		a.t.Fatal(err)
	}
	return document
}

// decode reads JSON into a value.
func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}
