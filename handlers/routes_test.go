package handlers

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/handlers/web"
)

// callers are the columns of rights.
var callers = []string{"", "owner", "mechanic", "viewer", "editor", "admin"}

// rights is who may call what: anonymous, a portal user of this account, one of another account, viewer, editor, admin.
// Every route is in it; the account is Arizona Comedy.
const rights = `
GET    /healthz                                                   ++++++

GET    /readyz                                                    ++++++

GET    /metrics                                                   ++++++

GET    /static/*                                                  ++++++

GET    /                                                          ++++++

GET    /signin                                                    ++++++
POST   /signin                                                    ++++++

POST   /signout                                                   ++++++

GET    /setup/:token                                              ++++++
POST   /setup/:token                                              ++++++

GET    /invite/:token                                             ++++++
POST   /invite/:token                                             ++++++

GET    /account                                                   -+++++
GET    /account/password                                          -+++++
POST   /account/password                                          -+++++
POST   /account/sessions/end-others                               -+++++
POST   /account/sessions/:session/end                             -+++++

GET    /password/:token                                           ++++++
POST   /password/:token                                           ++++++

GET    /admin                                                     ---+++

GET    /admin/accounts                                            ---+++
GET    /admin/accounts/export.csv                                 ---+++
POST   /admin/accounts/-/bulk                                       ----++
POST   /admin/accounts/-/bulk/names                                 ----++
POST   /admin/accounts/-/bulk/preview                               ----++
GET    /admin/accounts/-/bulk/progress/:nonce                       ----++
POST   /admin/accounts                                            ----++
GET    /admin/accounts/-/import                                     -----+
POST   /admin/accounts/-/import                                     -----+
POST   /admin/accounts/-/import/apply                               -----+
GET    /admin/accounts/-/import/sample.csv                          -----+
GET    /admin/accounts/-/new                                        ----++
GET    /admin/accounts/:slug                                      ---+++
POST   /admin/accounts/:slug                                      ----++
GET    /admin/accounts/:slug/cells/:key                           ----++
POST   /admin/accounts/:slug/cells/:key                           ----++
GET    /admin/accounts/:slug/delete                               ----++
POST   /admin/accounts/:slug/delete                               ----++
GET    /admin/accounts/:slug/edit                                 ---+++
GET    /admin/accounts/:slug/features/:key                        ----++
POST   /admin/accounts/:slug/features/:key                        ----++
POST   /admin/accounts/:slug/features/:key/reset                  ----++
GET    /admin/accounts/:slug/features/:key/why                    ---+++
GET    /admin/accounts/:slug/as-of                                ---+++
GET    /admin/accounts/:slug/history                              ---+++
GET    /admin/accounts/:slug/status                               ----++
POST   /admin/accounts/:slug/status                               ----++
GET    /admin/accounts/:slug/tier                                 ----++
POST   /admin/accounts/:slug/tier                                 ----++
POST   /admin/accounts/:slug/tier/effect                          ----++
GET    /admin/accounts/:slug/users                                ---+++
GET    /admin/accounts/:slug/users/new                            ----++
POST   /admin/accounts/:slug/users/new                            ----++
GET    /admin/accounts/:slug/users/:id/role                       ----++
POST   /admin/accounts/:slug/users/:id/role                       ----++
GET    /admin/accounts/:slug/users/:id/remove                     ----++
POST   /admin/accounts/:slug/users/:id/remove                     ----++
GET    /admin/accounts/:slug/users/:id/external-id                ----++
POST   /admin/accounts/:slug/users/:id/external-id                ----++
GET    /admin/accounts/:slug/users/:id/link                       ----++
POST   /admin/accounts/:slug/users/:id/link                       ----++
GET    /admin/accounts/:slug/users/:id/disable                    ----++
POST   /admin/accounts/:slug/users/:id/disable                    ----++
POST   /admin/accounts/:slug/users/:id/enable                     ----++

GET    /admin/audit                                               ---+++
GET    /admin/audit/:id                                           ---+++
GET    /admin/audit/:id/undo                                      ----++
POST   /admin/audit/:id/undo                                      ----++
GET    /admin/audit/export.csv                                    ---+++
GET    /admin/audit/export.json                                   ---+++

GET    /admin/changes                                             ---+++

GET    /admin/category/kill                                       ----++
POST   /admin/category/enabled                                    ----++

GET    /admin/features                                            ---+++
POST   /admin/features                                            ----++
GET    /admin/features/-/new                                        ----++
GET    /admin/features/:key                                       ---+++
POST   /admin/features/:key                                       ----++
GET    /admin/features/:key/edit                                  ----++
GET    /admin/features/:key/accounts                              ---+++
GET    /admin/features/:key/links                                 ---+++
GET    /admin/features/:key/registry                              ---+++
GET    /admin/features/:key/history                               ---+++
GET    /admin/features/:key/tester                                ---+++
GET    /admin/features/:key/variants                              ---+++
POST   /admin/features/:key/variants                              ----++
GET    /admin/features/:key/rollout                               ---+++
POST   /admin/features/:key/rollout                               ----++
POST   /admin/features/:key/effect/form                           ----++
POST   /admin/features/:key/effect/rollout                        ----++
POST   /admin/features/:key/effect/variants                       ----++
POST   /admin/features/:key/effect/:change/names                  ----++
GET    /admin/features/:key/active                                ----++
POST   /admin/features/:key/active                                ----++
GET    /admin/features/:key/delete                                ----++
POST   /admin/features/:key/delete                                ----++
GET    /admin/features/:key/kill                                  ----++
POST   /admin/features/:key/enabled                               ----++

GET    /admin/tiers                                               ---+++
POST   /admin/tiers                                               ----++
GET    /admin/tiers/-/new                                           ----++
POST   /admin/tiers/-/cells                                         ----++
POST   /admin/tiers/-/effect                                        ----++
GET    /admin/tiers/:tier                                         ---+++
POST   /admin/tiers/:tier                                         ----++
GET    /admin/tiers/:tier/edit                                    ----++
GET    /admin/tiers/:tier/delete                                  ----++
POST   /admin/tiers/:tier/delete                                  ----++
POST   /admin/tiers/:tier/delete/effect                           ----++
GET    /admin/tiers/:tier/features/:key                           ----++
POST   /admin/tiers/:tier/features/:key                           ----++
POST   /admin/tiers/:tier/features/:key/effect                    ----++

GET    /admin/models                                              ---+++
POST   /admin/models                                              ----++
GET    /admin/models/-/import                                       -----+
POST   /admin/models/-/import                                       -----+
POST   /admin/models/-/import/apply                                 -----+
GET    /admin/models/-/import/sample.csv                            -----+
GET    /admin/models/-/new                                          ----++
GET    /admin/models/:id                                          ---+++
POST   /admin/models/:id                                          ----++
GET    /admin/models/:id/edit                                     ----++
GET    /admin/models/:id/active                                   ----++
POST   /admin/models/:id/active                                   ----++
GET    /admin/models/:id/delete                                   ----++
POST   /admin/models/:id/delete                                   ----++

GET    /admin/components                                          ---+++
POST   /admin/components                                          ----++
GET    /admin/components/-/import                                   -----+
POST   /admin/components/-/import                                   -----+
POST   /admin/components/-/import/apply                             -----+
GET    /admin/components/-/import/sample.csv                        -----+
GET    /admin/components/-/new                                      ----++
GET    /admin/components/:key                                     ---+++
POST   /admin/components/:key                                     ----++
GET    /admin/components/:key/edit                                ----++
GET    /admin/components/:key/active                              ----++
POST   /admin/components/:key/active                              ----++
GET    /admin/components/:key/delete                              ----++
POST   /admin/components/:key/delete                              ----++

GET    /admin/upgrades                                            ---+++
GET    /admin/upgrades/:id/approve                                ----++
POST   /admin/upgrades/:id/approve                                ----++
POST   /admin/upgrades/:id/effect                                 ----++
GET    /admin/upgrades/:id/reject                                 ----++
POST   /admin/upgrades/:id/reject                                 ----++
GET    /admin/upgrades/:id/withdraw                               ----++
POST   /admin/upgrades/:id/withdraw                               ----++

GET    /admin/settings                                            -----+
GET    /admin/settings/features                                   -----+
GET    /admin/settings/mode                                       -----+
POST   /admin/settings/mode                                       -----+
GET    /admin/settings/stale                                      -----+
POST   /admin/settings/stale                                      -----+
GET    /admin/settings/staff/new                                  -----+
POST   /admin/settings/staff/new                                  -----+
GET    /admin/settings/staff/:id                                  -----+
POST   /admin/settings/staff/:id                                  -----+
GET    /admin/settings/staff/:id/link                             -----+
POST   /admin/settings/staff/:id/link                             -----+
GET    /admin/settings/staff/:id/disable                          -----+
POST   /admin/settings/staff/:id/disable                          -----+
POST   /admin/settings/staff/:id/enable                           -----+
GET    /admin/settings/sessions                                   -----+
POST   /admin/settings/staff/:id/sessions/:session/end            -----+
GET    /admin/settings/security                                   -----+
GET    /admin/settings/security/export.csv                        -----+
GET    /admin/settings/keys                                       -----+
GET    /admin/settings/keys/new                                   -----+
POST   /admin/settings/keys/new                                   -----+
GET    /admin/settings/keys/:id/revoke                            -----+
POST   /admin/settings/keys/:id/revoke                            -----+
GET    /admin/settings/registry                                   -----+
POST   /admin/settings/registry                                   -----+
GET    /admin/settings/registry.yaml                              -----+
POST   /admin/settings/backup                                     -----+
POST   /admin/settings/registry/apply                             -----+
GET    /admin/settings/registry/catalogues/:name                  -----+

GET    /admin/profile                                             ---+++
GET    /admin/profile/name                                        ---+++
POST   /admin/profile/name                                        ---+++
GET    /admin/profile/password                                    ---+++
POST   /admin/profile/password                                    ---+++
POST   /admin/profile/sessions/end-others                         ---+++
POST   /admin/profile/sessions/:session/end                       ---+++

GET    /api/docs                                                  ++++++

GET    /api/openapi.yaml                                          ++++++

GET    /api/types.d.ts                                            ---+++

POST   /api/session                                               ++++++
DELETE /api/session                                               ++++++

GET    /api/me                                                    -+----
GET    /api/me/features                                           -+----
GET    /api/me/features/stream                                    -+----
GET    /api/me/upgrade-requests                                   -+----
POST   /api/me/upgrade-requests                                   -+----
PUT    /api/me/password                                           -+++++
GET    /api/me/sessions                                           -+++++
DELETE /api/me/sessions                                           -+++++
DELETE /api/me/sessions/:session                                  -+++++
DELETE /api/me/upgrade-requests/:id                               -+----

GET    /api/v1/producers/me/                                      -+----

GET    /api/v2/features                                           -+----
GET    /api/v2/features/check/:key                                -+----
GET    /api/v2/features/models                                    -+----
GET    /api/v2/features/components                                -+----

GET    /api/v2/admin/features                                     ---+++
POST   /api/v2/admin/features                                     ----++
POST   /api/v2/admin/features/bulk                                ----++
GET    /api/v2/admin/features/:key                                ---+++
PATCH  /api/v2/admin/features/:key                                ----++
DELETE /api/v2/admin/features/:key                                ----++
POST   /api/v2/admin/features/:key/kill                           ----++

GET    /api/v2/admin/tiers                                        ---+++
POST   /api/v2/admin/tiers                                        ----++
GET    /api/v2/admin/tiers/:key                                   ---+++
PATCH  /api/v2/admin/tiers/:key                                   ----++
DELETE /api/v2/admin/tiers/:key                                   ----++
GET    /api/v2/admin/tiers/:key/features                          ---+++
GET    /api/v2/admin/tiers/:key/features/:feature                 ---+++
PUT    /api/v2/admin/tiers/:key/features/:feature                 ----++
DELETE /api/v2/admin/tiers/:key/features/:feature                 ----++

GET    /api/v2/admin/accounts                                     ---+++
POST   /api/v2/admin/accounts                                     ----++
POST   /api/v2/admin/accounts/bulk                                ----++
GET    /api/v2/admin/accounts/:slug                               ---+++
PATCH  /api/v2/admin/accounts/:slug                               ----++
DELETE /api/v2/admin/accounts/:slug                               ----++
GET    /api/v2/admin/accounts/:slug/overrides                     ---+++
GET    /api/v2/admin/accounts/:slug/overrides/:key                ---+++
PUT    /api/v2/admin/accounts/:slug/overrides/:key                ----++
DELETE /api/v2/admin/accounts/:slug/overrides/:key                ----++

GET    /api/v2/admin/upgrade-requests                             ---+++
GET    /api/v2/admin/upgrade-requests/:id                         ---+++
POST   /api/v2/admin/upgrade-requests/:id/approve                 ----++
POST   /api/v2/admin/upgrade-requests/:id/reject                  ----++
POST   /api/v2/admin/upgrade-requests/:id/withdraw                ----++

GET    /api/v2/admin/models                                       ---+++
POST   /api/v2/admin/models                                       ----++
GET    /api/v2/admin/models/:id                                   ---+++
PATCH  /api/v2/admin/models/:id                                   ----++
DELETE /api/v2/admin/models/:id                                   ----++

GET    /api/v2/admin/components                                   ---+++
POST   /api/v2/admin/components                                   ----++
GET    /api/v2/admin/components/:key                              ---+++
PATCH  /api/v2/admin/components/:key                              ----++
DELETE /api/v2/admin/components/:key                              ----++

GET    /api/v2/admin/changes                                      ---+++
GET    /api/v2/admin/changes/:id                                  ---+++
POST   /api/v2/admin/changes/:id/undo                             ----++

GET    /api/v2/admin/mode                                         ---+++
PUT    /api/v2/admin/mode                                         -----+

POST   /ofrep/v1/evaluate/flags                                   ------
POST   /ofrep/v1/evaluate/flags/:key                              ------

GET    /portal                                                    -+----

GET    /portal/*                                                  -+----

GET    /portal.js                                                 ++++++

GET    /portal.d.ts                                               ++++++

GET    /portal-react.js                                           ++++++

GET    /portal-react.d.ts                                         ++++++
`

// expectation is one row of rights.
type expectation struct {
	method, path string
	may          string
}

func expectations() []expectation {
	var rows []expectation
	for line := range strings.Lines(rights) {
		if words := strings.Fields(line); len(words) == 3 {
			rows = append(rows, expectation{words[0], words[1], words[2]})
		}
	}
	return rows
}

func TestRightsNameEveryRoute(t *testing.T) {
	t.Parallel()
	named := make(map[string]bool)
	for _, e := range expectations() {
		named[e.method+" "+e.path] = true
	}
	for _, r := range newSite(t).server.routes() {
		if !named[r.method+" "+r.path] {
			t.Errorf("%s %s is not in the table of rights", r.method, r.path)
		}
		delete(named, r.method+" "+r.path)
	}
	for route := range named {
		t.Errorf("the table of rights names %s, which is no route", route)
	}
}

func TestRights(t *testing.T) {
	t.Parallel()
	for _, e := range expectations() {
		t.Run(e.method+" "+e.path, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			path := s.concrete(e.path)
			for i, who := range callers {
				s.checkRight(e.method, path, who, e.may[i] == '+')
			}
		})
	}
}

// concrete fills a route's parameters with what is there.
func (s *site) concrete(path string) string {
	s.t.Helper()
	revision, err := s.db.SetKillSwitch(s.t.Context(), dbtest.Actor(), db.KillSwitch{Keys: []string{"knowledge_base"}})
	if err != nil {
		s.t.Fatal(err)
	}
	id := s.user("owner")
	switch {
	case strings.HasPrefix(path, "/admin/audit/"), strings.HasPrefix(path, "/api/v2/admin/changes/"):
		id = revision
	case strings.HasPrefix(path, "/admin/settings/keys/"):
		if _, _, err := s.db.AddAPIKey(s.t.Context(), dbtest.Actor(), features.KeyDraft{Name: rand.Text(), Scope: features.ScopeRead}); err != nil {
			s.t.Fatal(err)
		}
		id = 1
	case strings.HasPrefix(path, "/admin/settings/"):
		id = s.user("viewer")
	}
	filled := strings.NewReplacer(":slug", "arizona-comedy", ":key", "knowledge_base", ":change", "rollout", ":id", strconv.FormatInt(id, 10),
		":tier", "pro", ":nonce", "none", ":token", "none", ":name", "workshops", ":session", "1", "/static/*", "/static/x/favicon.svg", "/portal/*", "/portal/shows").Replace(path)
	if strings.HasPrefix(path, "/api/me") || strings.HasPrefix(path, "/api/v1/") || strings.HasPrefix(path, "/api/v2/features") || strings.HasPrefix(path, "/portal") && !strings.Contains(path, ".") {
		filled += "?account=arizona-comedy"
	}
	return filled
}

func (s *site) checkRight(method, path, who string, may bool) {
	s.t.Helper()
	if may && strings.HasPrefix(path, "/api/me/features/stream") {
		_, next := s.as(who).events(s.t.Context(), path, "")
		if _, ok := next(); !ok {
			s.t.Errorf("%q may not open the stream", who)
		}
		return
	}
	b := s.as(who)
	var a *answer
	if strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/ofrep/") {
		a = b.json(method, path, "")
	} else if method == http.MethodPost {
		a = b.post(path, url.Values{})
	} else {
		a = b.send(method, path, "", "")
	}
	led := a.StatusCode == http.StatusSeeOther && strings.HasPrefix(a.Header.Get("Location"), "/signin?next=")
	if path == "/signin" && method == http.MethodPost {
		may = false // whoever calls: there is no password in the form
	}
	refused := a.StatusCode == http.StatusUnauthorized || a.StatusCode == http.StatusForbidden || led
	if refused == may {
		s.t.Errorf("%s %s as %q: %d, may: %v\n%.300s", method, path, who, a.StatusCode, may, a.body)
	}
	if who == "" && !may && path != "/signin" && led == (strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/ofrep/")) {
		s.t.Errorf("%s %s: %d; an anonymous caller gets 401 in JSON and the sign-in page in HTML", method, path, a.StatusCode)
	}
}

// A key opens of the admin API what its scope covers: read what viewers see, admin everything.
func TestScopesOfTheAdminAPI(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	evaluate, read, all := s.bearing(s.key(features.ScopeEvaluate)), s.bearing(s.key(features.ScopeRead)), s.bearing(s.key(features.ScopeAdmin))
	tried := 0
	for _, e := range expectations() {
		if !strings.HasPrefix(e.path, web.AdminPath+"/") {
			continue
		}
		tried++
		path := s.concrete(e.path)
		for b, may := range map[*browser]bool{evaluate: false, read: e.method == http.MethodGet, all: true} {
			a := b.json(e.method, path, "{}")
			if refused := a.StatusCode == http.StatusForbidden || a.StatusCode == http.StatusUnauthorized; refused == may {
				t.Errorf("%s %s with %q: %d, may: %v", e.method, path, b.header["Authorization"], a.StatusCode, may)
			}
		}
	}
	if tried < 40 {
		t.Errorf("only %d calls were tried", tried)
	}
}

// What a viewer and a portal user were refused has changed nothing, whatever they sent.
func TestTheRefusedChangeNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	paths := make(map[string]string)
	for _, e := range expectations() {
		if e.method != http.MethodGet && e.may[3] == '-' {
			paths[s.concrete(e.path)] = e.method
		}
	}
	form := url.Values{
		"enabled": {"true"}, "name": {"Broken"}, "slug": {"broken"}, "key": {"broken"}, "email": {"broken@example.com"},
		"role": {"admin"}, "password": {testPassword}, "action": {"disable-all"}, "all": {"1"}, "status": {"suspended"}, "reason": {"malice"},
	}
	people := []*browser{s.as("viewer"), s.as("mechanic"), s.as("")}
	before := s.changes()
	for path, method := range paths {
		for _, b := range people {
			b.send(method, path, "application/x-www-form-urlencoded", form.Encode())
		}
	}
	if after := s.changes(); after != before {
		t.Errorf("%d changes were recorded", after-before)
	}
	if len(paths) < 20 {
		t.Errorf("only %d paths were tried", len(paths))
	}
}

// changes counts the change sets so far.
func (s *site) changes() int {
	s.t.Helper()
	all, err := s.db.ChangeSets(s.t.Context(), db.AuditFilter{}, 10_000)
	if err != nil {
		s.t.Fatal(err)
	}
	return len(all)
}

// A form that did not come from our own page changes nothing, whoever's cookie comes with it.
func TestForgedForms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var paths []string
	for _, e := range expectations() {
		if e.method == http.MethodPost && strings.HasPrefix(e.path, "/admin") {
			paths = append(paths, s.concrete(e.path))
		}
	}
	admin, editor := s.as("admin"), s.as("editor")
	before := s.changes()
	for _, path := range paths {
		for name, forged := range map[string]*browser{
			"without the token":     {t: t, base: admin.base, cookie: admin.cookie},
			"with another's token":  {t: t, base: admin.base, cookie: admin.cookie, csrf: editor.csrf},
			"from another site":     admin.with("Sec-Fetch-Site", "cross-site"),
			"from a sister domain":  admin.with("Sec-Fetch-Site", "same-site"),
			"from an older browser": admin.with("Origin", "https://evil.example"),
		} {
			if a := forged.post(path, url.Values{}); a.StatusCode != http.StatusForbidden {
				t.Errorf("POST %s %s: %d, want 403", path, name, a.StatusCode)
			}
		}
	}
	if after := s.changes(); after != before {
		t.Errorf("%d changes were recorded", after-before)
	}
}

func TestForeignOriginsMayNotSignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	body := `{"email":"owner@example.com","password":"` + testPassword + `"}`
	s.as("").with("Origin", "https://evil.example").json(http.MethodPost, "/api/session", body).want(http.StatusForbidden)
	s.as("").send(http.MethodPost, "/api/session", "text/plain", body).want(http.StatusUnsupportedMediaType)
	s.as("").with("Origin", "https://portal.example.com").json(http.MethodPost, "/api/session", body).want(http.StatusUnauthorized)
}

func TestOddPathsOpenNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{
		"//admin", "/admin//accounts", "/%61dmin", "/admin/%2e%2e/admin", "/api/../admin", "/admin/accounts/..%2f..", "/ADMIN", "/admin/.",
		"/static/../admin", "/static/..%2fadmin", "/portal/../admin", "/api/me/../../admin",
	} {
		a := s.as("").get(path)
		led := a.StatusCode == http.StatusSeeOther && strings.HasPrefix(a.Header.Get("Location"), "/signin")
		if a.StatusCode < http.StatusMultipleChoices || a.StatusCode >= http.StatusInternalServerError || strings.Contains(a.body, "nav-link") {
			t.Errorf("%s: %d, led to sign-in: %v", path, a.StatusCode, led)
		}
	}
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{"/signin", "/admin", "/api/me", "/portal", "/nothing"} {
		h := s.as("").get(path).Header
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: Content-Security-Policy %q", path, csp)
		}
		for header, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin"} {
			if got := h.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", path, header, got, want)
			}
		}
	}
}

func TestLargeBodies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	large := strings.Repeat("x", 2<<20)
	s.as("").json(http.MethodPost, "/api/session", `{"email":"`+large+`"}`).want(http.StatusRequestEntityTooLarge)
	s.as("editor").post("/admin/accounts", url.Values{"name": {large}}).want(http.StatusRequestEntityTooLarge)
	s.as("").json(http.MethodPost, "/api/session", strings.Repeat("[", 2500)+strings.Repeat("]", 2500)).want(http.StatusBadRequest).wantText("32 levels")
	s.as("").json(http.MethodPost, "/api/session", "{\n  \"email\": nope}").want(http.StatusBadRequest).wantText("line 2")
}
