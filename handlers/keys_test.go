package handlers

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/handlers/web"
)

// key makes an API key with a scope and gives it.
func (s *site) key(scope features.Scope) string {
	s.t.Helper()
	secret, _, err := s.db.AddAPIKey(s.t.Context(), dbtest.Actor(), features.KeyDraft{Name: string(scope) + " key", Scope: scope})
	if err != nil {
		s.t.Fatal(err)
	}
	return secret
}

// bearing gives a browser without a session that sends a key.
func (s *site) bearing(secret string) *browser {
	return s.as("").with("Authorization", "Bearer "+secret)
}

// tryAccess adds a route for each access that the API has, at an address of its own, reads and writes alike.
func (s *site) tryAccess() (paths map[web.Access]string) {
	paths = map[web.Access]string{
		web.Programs: "/ofrep/try", web.Evaluators: "/api/v2/features/try", web.APIViewers: "/api/v2/admin/viewers", web.APIEditors: "/api/v2/admin/editors",
		web.APIAdmins: "/api/v2/admin/admins", web.SignedIn: "/api/v2/signed-in", web.Access(0): "/api/v2/nobody",
	}
	answer := func(c echo.Context) error { return c.String(http.StatusOK, web.Actor(c).Name) }
	for who, path := range paths {
		s.server.register([]route{{call{http.MethodGet, web.FewFields}, path, who, answer}, {call{http.MethodPost, web.FewFields}, path, who, answer}})
	}
	return paths
}

func TestScopesOpenWhatTheyCover(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	paths := s.tryAccess()
	order := []web.Access{web.Programs, web.Evaluators, web.APIViewers, web.APIEditors, web.APIAdmins, web.SignedIn, web.Access(0)}
	scopes := []features.Scope{features.ScopeEvaluate, features.ScopeEvaluate, features.ScopeRead, features.ScopeAdmin, features.ScopeAdmin, "", ""}
	for scope, may := range map[features.Scope]string{
		features.ScopeEvaluate: "++-----",
		features.ScopeRead:     "+++----",
		features.ScopeAdmin:    "+++++--",
	} {
		b := s.bearing(s.key(scope))
		for i, who := range order {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				a := b.json(method, paths[who], "{}")
				if allowed := a.StatusCode == http.StatusOK; allowed != (may[i] == '+') || !allowed && a.StatusCode != http.StatusForbidden {
					t.Errorf("the scope %s, %s %s: %d", scope, method, paths[who], a.StatusCode)
				}
				if needed := scopes[i]; a.StatusCode == http.StatusForbidden && needed != "" {
					a.wantText("This API key has the scope " + string(scope) + ". This call needs the scope " + string(needed) + ".")
				}
				if a.StatusCode == http.StatusOK && method == http.MethodGet && a.body != string(scope)+" key" {
					t.Errorf("the actor is %q", a.body)
				}
			}
		}
	}
}

func TestSessionsOpenWhatTheirRoleAllows(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	paths := s.tryAccess()
	order := []web.Access{web.Programs, web.Evaluators, web.APIViewers, web.APIEditors, web.APIAdmins}
	for who, may := range map[string]string{"": "-----", "owner": "-+---", "viewer": "-++--", "editor": "-+++-", "admin": "-++++"} {
		b := s.as(who)
		for i, needed := range order {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				a := b.json(method, paths[needed], "{}")
				if (a.StatusCode == http.StatusOK) != (may[i] == '+') {
					t.Errorf("%q, %s %s: %d", who, method, paths[needed], a.StatusCode)
				}
				if a.StatusCode == http.StatusUnauthorized && a.Header.Get("WWW-Authenticate") != "Bearer" {
					t.Errorf("%q, %s: nothing says that a key is asked for", who, paths[needed])
				}
			}
		}
	}
}

func TestKeysThatDoNotCount(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := s.tryAccess()[web.Programs]
	revoked, expired, live := s.key(features.ScopeEvaluate), s.key(features.ScopeRead), s.key(features.ScopeAdmin)
	if _, err := s.db.RevokeAPIKey(t.Context(), dbtest.Actor(), 1); err != nil {
		t.Fatal(err)
	}
	s.sql(`UPDATE api_keys SET expires_at = 1 WHERE id = 2`)
	for secret, want := range map[string]string{
		revoked: "has been revoked", expired: "has expired", live + "x": "Unknown API key", "nonsense": "Unknown API key", strings.ToUpper(live): "Unknown API key",
	} {
		for _, b := range []*browser{s.bearing(secret), s.as("").with("X-API-Key", secret), s.as("admin").with("X-API-Key", secret)} {
			a := b.json(http.MethodPost, path, "{}").want(http.StatusUnauthorized).wantText(want)
			if kind := a.Header.Get("Content-Type"); kind != "application/problem+json" || !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("the refusal is %q, %q", kind, a.Header.Get("WWW-Authenticate"))
			}
		}
	}
	for header, value := range map[string]string{"Authorization": "bearer  " + live, "X-API-Key": live, "x-api-key": live} {
		s.as("").with(header, value).json(http.MethodPost, path, "{}").want(http.StatusOK)
	}
	s.as("").with("Authorization", "Basic "+live).json(http.MethodPost, path, "{}").want(http.StatusUnauthorized)
	s.as("").with("Authorization", "Bearer").with("X-API-Key", live).json(http.MethodPost, path, "{}").want(http.StatusOK)
}

// A key opens the API alone, whoever's cookie comes with it; and where it comes with a cookie, the key counts.
func TestKeysAreForTheAPI(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	paths := s.tryAccess()
	secret := s.key(features.ScopeAdmin)
	admin := s.as("admin")
	for _, path := range []string{"/admin", "/admin/settings/keys", "/api/me", "/api/me/features", "/api/session", "/portal", "/"} {
		for _, b := range []*browser{s.bearing(secret), admin.with("X-API-Key", secret), admin.with("Authorization", "Bearer "+secret)} {
			b.get(path).want(http.StatusForbidden)
		}
	}
	evaluate := s.key(features.ScopeEvaluate)
	admin.with("X-API-Key", evaluate).get(paths[web.APIViewers]).want(http.StatusForbidden).wantText("needs the scope read")
	if a := s.as("").with("X-API-Key", secret).with("Sec-Fetch-Site", "cross-site").json(http.MethodPost, paths[web.APIAdmins], "{}"); a.StatusCode != http.StatusOK {
		t.Errorf("a key needs no token and no site: %d", a.StatusCode)
	}
}

// A cookie alone changes nothing through the admin API.
func TestAdminAPINeedsTheToken(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	paths := s.tryAccess()
	admin, editor := s.as("admin"), s.as("editor")
	for name, forged := range map[string]*browser{
		"without the token":     {t: t, base: admin.base, cookie: admin.cookie},
		"with another's token":  {t: t, base: admin.base, cookie: admin.cookie, csrf: editor.csrf},
		"from another site":     admin.with("Sec-Fetch-Site", "cross-site"),
		"from a sister domain":  admin.with("Sec-Fetch-Site", "same-site"),
		"from a portal":         admin.with("Origin", "https://portal.example.com"),
		"from an older browser": admin.with("Origin", "https://evil.example"),
	} {
		if a := forged.json(http.MethodPost, paths[web.APIEditors], "{}"); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
		forged.get(paths[web.APIEditors]).want(http.StatusOK) // reading needs no token
	}
	admin.with("Sec-Fetch-Site", "same-origin").json(http.MethodPost, paths[web.APIEditors], "{}").want(http.StatusOK)
	admin.send(http.MethodPost, paths[web.APIEditors], "text/plain", "{}").want(http.StatusUnsupportedMediaType)
}

func TestPortalsAreLetIntoTheTenantAPIAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for who, path := range s.tryAccess() {
		for _, method := range []string{http.MethodOptions, http.MethodGet, http.MethodPost} {
			h := s.as("admin").with("Origin", "https://portal.example.com").json(method, path, "").Header
			if let := h.Get("Access-Control-Allow-Origin") != "" || h.Get("Access-Control-Allow-Credentials") != ""; let != (who == web.Evaluators) {
				t.Errorf("%s %s lets the portal in: %v", method, path, let)
			}
			if strings.Contains(strings.ToLower(h.Get("Access-Control-Allow-Headers")), "auth") {
				t.Errorf("%s %s lets a page send a key", method, path)
			}
		}
	}
}

func TestLastUseOfKeysIsWrittenInBatches(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := s.tryAccess()[web.Programs]
	s.bearing(s.key(features.ScopeRead)).json(http.MethodPost, path, "{}").want(http.StatusOK)
	stored := func() time.Time {
		key, err := s.db.APIKey(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		return key.UsedAt
	}
	if !stored().IsZero() {
		t.Error("a use was written at once")
	}
	if err := s.server.keepUse(t.Context()); err != nil {
		t.Fatal(err)
	}
	if age := time.Since(stored()); age < 0 || age > time.Minute {
		t.Errorf("the use is written as of %v", stored())
	}
	commits := s.commits()
	before := commits()
	if err := s.server.KeepKeys(t.Context()); err != nil || commits() != before {
		t.Errorf("what is written is written again: %v", err)
	}
}

// TestKeyStopsWithItsCreator has a key answer only while the admin who created it may act.
func TestKeyStopsWithItsCreator(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withPassword("admin")
	creator := features.UserDraft{Email: "second@example.com", Name: "Second", StaffRole: features.Admin}
	id, err := s.db.CreateUser(t.Context(), dbtest.Actor(), creator, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	by := features.Actor{Kind: features.ByUser, UserID: id, Name: "Second"}
	secret, _, err := s.db.AddAPIKey(t.Context(), by, features.KeyDraft{Name: "CI", Scope: features.ScopeAdmin})
	if err != nil {
		t.Fatal(err)
	}
	const path = "/api/v2/admin/accounts"
	edit := func(role features.StaffRole) error {
		creator.StaffRole = role
		_, err := s.db.UpdateUser(t.Context(), dbtest.Actor(), id, creator, s.userNamed("second").Revision)
		return err
	}
	for name, c := range map[string]struct{ stop, restore func() error }{
		"disabled": {
			func() error { _, err := s.db.DisableUser(t.Context(), dbtest.Actor(), id); return err },
			func() error { _, err := s.db.EnableUser(t.Context(), dbtest.Actor(), id); return err },
		},
		"demoted": {func() error { return edit(features.Editor) }, func() error { return edit(features.Admin) }},
	} {
		s.bearing(secret).get(path).want(http.StatusOK)
		if err := c.stop(); err != nil {
			t.Fatal(name, err)
		}
		s.bearing(secret).get(path).want(http.StatusUnauthorized).wantText("creator")
		s.as("admin").get("/admin/settings/keys").want(http.StatusOK).wantText("Stopped: its creator is not an active admin")
		if err := c.restore(); err != nil {
			t.Fatal(name, err)
		}
	}
	s.bearing(secret).get(path).want(http.StatusOK)
}
