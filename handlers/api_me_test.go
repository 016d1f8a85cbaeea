package handlers

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

func TestMyFeatures(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	first := s.as("owner").get("/api/me/features").want(http.StatusOK)
	var got map[string]any
	if err := json.Unmarshal([]byte(first.body), &got); err != nil {
		t.Fatal(err)
	}
	account := s.db.Live().Accounts().Find("arizona-comedy")
	want := map[string]any{
		"account":  map[string]any{"id": float64(account.ID), "slug": "arizona-comedy", "name": "Arizona Comedy", "tier": nil},
		"revision": float64(account.Revision),
		"features": map[string]any{
			"knowledge_base": map[string]any{"enabled": false}, "ai_agents": map[string]any{"enabled": true},
			"additional_services": map[string]any{"enabled": false},
		},
		"flags": map[string]any{"knowledgeBaseEnabled": false, "aiAgentsEnabled": true, "additionalServicesEnabled": false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	tag := first.Header.Get("ETag")
	if cache := first.Header.Get("Cache-Control"); cache != "private, no-cache" || !strings.HasPrefix(tag, `"`) {
		t.Errorf("Cache-Control %q, ETag %q", cache, tag)
	}
	owner := s.as("owner")
	if again := owner.with("If-None-Match", `"other", `+tag).get("/api/me/features").want(http.StatusNotModified); again.body != "" {
		t.Errorf("a 304 with a body: %q", again.body)
	}
	s.switchOn("arizona-comedy", "ai_agents", false)
	owner.with("If-None-Match", tag).get("/api/me/features").want(http.StatusOK).wantText(`"aiAgentsEnabled":false`)
}

func TestMyFeaturesNamesVariants(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.addReleased("colours", features.Rollout{}, false,
		features.Variant{Key: "blue", Value: features.Value{Enabled: true}, Weight: features.Everyone}, features.Variant{Key: "grey"})
	owner := s.as("owner")
	want := `"features":{"colours":{"enabled":true,"variant":"blue"}},"flags":{"coloursEnabled":true}}`
	first := owner.get("/api/me/features?keys=colours").want(http.StatusOK).wantText(want)
	s.force("arizona-comedy", "colours", "grey")
	owner.with("If-None-Match", first.Header.Get("ETag")).get("/api/me/features?keys=colours").want(http.StatusOK).
		wantText(`"features":{"colours":{"enabled":false,"variant":"grey"}},"flags":{"coloursEnabled":false}}`)
	s.switchOn("arizona-comedy", "ai_agents", true)
	owner.get("/api/me/features?keys=ai_agents").wantText(`"features":{"ai_agents":{"enabled":true}}`)
}

func TestMyFeaturesNarrowed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as("owner")
	body := owner.get("/api/me/features?keys=ai_agents,knowledge_base").want(http.StatusOK).body
	if !strings.Contains(body, `"features":{"knowledge_base":{"enabled":false},"ai_agents":{"enabled":false}}`) ||
		strings.Contains(body, "additional") {
		t.Error(body)
	}
	owner.get("/api/me/features?keys=nonsense").want(http.StatusNotFound).wantText("nonsense")
	owner.get("/api/me/features?account=maple-garage").want(http.StatusForbidden)
	owner.get("/api/me/features?account=no-such").want(http.StatusForbidden)
	owner.get("/api/me/features?account=arizona-comedy").want(http.StatusOK)
	s.as("").get("/api/me/features").want(http.StatusUnauthorized).wantText(`"status":401`)
}

func TestFeaturesOfNobodysAccount(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.as("viewer").get("/api/me/features").want(http.StatusOK).wantText(`{"account":null,"revision":`)
	s.as("viewer").get("/api/v1/producers/me/").want(http.StatusNotFound)
}

func TestMe(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var me struct {
		User struct {
			Email     string  `json:"email"`
			StaffRole *string `json:"staff_role"`
		} `json:"user"`
		Account   struct{ Slug string }   `json:"account"`
		Role      string                  `json:"role"`
		Accounts  []struct{ Slug string } `json:"accounts"`
		CSRFToken string                  `json:"csrf_token"`
	}
	if err := json.Unmarshal([]byte(s.as("owner").get("/api/me").want(http.StatusOK).body), &me); err != nil {
		t.Fatal(err)
	}
	if me.User.Email != "owner@example.com" || me.Account.Slug != "arizona-comedy" || me.Role != "owner" || len(me.Accounts) != 1 ||
		me.CSRFToken != "" || me.User.StaffRole != nil {
		t.Errorf("me: %+v", me)
	}
	s.as("editor").get("/api/me").want(http.StatusOK).wantText(`"csrf_token":`).wantText(`"account":null`).wantText(`"accounts":[]`)
}

func TestFirstAccountByName(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.user("owner")
	zoo, alpha := s.account("zoo"), s.account("Alpha")
	for _, a := range []*features.Account{zoo, alpha} {
		_, err := s.db.AddMembership(t.Context(), dbtest.Actor(), db.NewMember{Account: a.ID, Email: "owner@example.com", Role: "guest"})
		if err != nil {
			t.Fatal(err)
		}
	}
	if user := s.db.Live().People().User(id); len(user.Memberships) != 3 {
		t.Fatalf("memberships: %+v", user.Memberships)
	}
	s.as("owner").get("/api/me/features").want(http.StatusOK).wantText(`"slug":"alpha"`)
	s.as("owner").get("/api/me/features?account=zoo").want(http.StatusOK).wantText(`"slug":"zoo"`)
}

func TestProducersMe(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.switchOn("arizona-comedy", "knowledge_base", true)
	body := s.as("owner").get("/api/v1/producers/me/").want(http.StatusOK).body
	var got map[string]any
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"id": float64(s.db.Live().Accounts().Find("arizona-comedy").ID), "name": "Arizona Comedy", "slug": "arizona-comedy",
		"feature_flags": map[string]any{"knowledge_base_enabled": true, "ai_agents_enabled": false, "additional_services_enabled": false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

// events opens a stream and gives its events, one by one, as "id data".
func (b *browser) events(ctx context.Context, path, lastID string) (*http.Response, func() (string, bool)) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.base+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	request.AddCookie(b.cookie)
	if lastID != "" {
		request.Header.Set("Last-Event-ID", lastID)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = response.Body.Close() })
	lines := bufio.NewScanner(response.Body)
	return response, func() (string, bool) {
		id := ""
		for lines.Scan() {
			if text, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
				id = text
			}
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return id + " " + data, true
			}
		}
		return "", false
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as("owner")
	response, next := owner.events(t.Context(), "/api/me/features/stream", "")
	if kind := response.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Errorf("Content-Type %q", kind)
	}
	now := owner.get("/api/me/features")
	if first, _ := next(); first != now.Header.Get("ETag")+" "+now.body {
		t.Errorf("first event %q, want the body and its ETag", first)
	}
	s.switchOn("maple-garage", "knowledge_base", true) // another's change is no event here
	s.switchOn("arizona-comedy", "knowledge_base", true)
	if event, _ := next(); !strings.Contains(event, `"knowledgeBaseEnabled":true`) {
		t.Errorf("event %q", event)
	}
	if _, err := s.db.SetKillSwitch(t.Context(), dbtest.Actor(), db.KillSwitch{Keys: []string{"knowledge_base"}}); err != nil {
		t.Fatal(err)
	}
	event, _ := next()
	if !strings.Contains(event, `"knowledgeBaseEnabled":false`) {
		t.Errorf("event %q", event)
	}
	id, _, _ := strings.Cut(event, " ")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	_, resumed := owner.events(ctx, "/api/me/features/stream", id)
	s.switchOn("arizona-comedy", "ai_agents", true)
	if event, _ := resumed(); !strings.Contains(event, `"aiAgentsEnabled":true`) {
		t.Errorf("after Last-Event-ID the first event is %q, want the change", event)
	}
}

func TestStreamEnds(t *testing.T) {
	t.Parallel()
	ends := map[string]func(s *site, owner *browser) error{
		"with the session": func(s *site, owner *browser) error {
			return s.db.EndSession(t.Context(), mustHash(t, owner.cookie.Value))
		},
		"with the user": func(s *site, _ *browser) error {
			_, err := s.db.DisableUser(t.Context(), dbtest.Actor(), s.user("owner"))
			return err
		},
		"with the membership": func(s *site, _ *browser) error {
			_, err := s.db.RemoveMembership(t.Context(), dbtest.Actor(), s.user("owner"), s.db.Live().Accounts().Find("arizona-comedy").ID)
			return err
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			owner := s.as("owner")
			_, next := owner.events(t.Context(), "/api/me/features/stream", "")
			next()
			if err := end(s, owner); err != nil {
				t.Fatal(err)
			}
			if event, more := next(); more {
				t.Errorf("the stream went on with %q", event)
			}
		})
	}
}

// The ninth stream of a session takes the place of the oldest, whose client may have vanished without a word.
func TestANinthStreamTakesThePlaceOfTheOldest(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as("owner")
	open := func() func() (string, bool) {
		t.Helper()
		_, next := owner.events(t.Context(), "/api/me/features/stream", "")
		if _, ok := next(); !ok {
			t.Fatal("a stream did not open")
		}
		return next
	}
	_, elsewhere := s.as("owner").events(t.Context(), "/api/me/features/stream", "")
	elsewhere()
	oldest, second := open(), open()
	for range 7 {
		open()
	}
	if event, ok := oldest(); ok {
		t.Errorf("the oldest goes on with %q", event)
	}
	if got := s.server.Streams.Count(); got != 9 {
		t.Errorf("%d streams are open", got)
	}
	owner.send(http.MethodHead, "/api/me/features/stream", "", "").want(http.StatusOK)
	s.switchOn("arizona-comedy", "ai_agents", true)
	for name, next := range map[string]func() (string, bool){"the second": second, "another session's": elsewhere} {
		if event, ok := next(); !ok || !strings.Contains(event, `"aiAgentsEnabled":true`) {
			t.Errorf("%s does not go on: %q", name, event)
		}
	}
}

func TestStreamIsNotHeldByAHead(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as("owner")
	for range 9 {
		answer := owner.send(http.MethodHead, "/api/me/features/stream", "", "").want(http.StatusOK)
		if got := answer.Header.Get("Content-Type"); got != "text/event-stream" {
			t.Errorf("the type is %q", got)
		}
	}
	owner.get("/api/me").want(http.StatusOK) // over the same connection
	if open := s.server.Streams.Count(); open != 0 {
		t.Errorf("%d streams are open", open)
	}
}

func TestPortalOrigins(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	portal := s.as("owner").with("Origin", "https://portal.example.com")
	h := portal.get("/api/me/features").want(http.StatusOK).Header
	if h.Get("Access-Control-Allow-Origin") != "https://portal.example.com" || h.Get("Access-Control-Allow-Credentials") != "true" {
		t.Errorf("headers %v", h)
	}
	preflight := portal.with("Access-Control-Request-Method", "POST").send(http.MethodOptions, "/api/session", "", "").want(http.StatusNoContent)
	if !strings.Contains(preflight.Header.Get("Access-Control-Allow-Headers"), "Content-Type") {
		t.Errorf("preflight %v", preflight.Header)
	}
	for _, c := range []struct{ origin, path string }{{"https://evil.example", "/api/me"}, {"https://portal.example.com", "/admin"}} {
		h := s.as("owner").with("Origin", c.origin).get(c.path).Header
		if h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s may call %s", c.origin, c.path)
		}
	}
}
