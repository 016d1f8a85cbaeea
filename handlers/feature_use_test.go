package handlers

import (
	"bufio"
	"context"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"flagstone/db/dbtest"
	"flagstone/features"
)

// used gives the keys of the features that a map of uses says something of: asked for, or on for everyone.
func (s *site) used(has func(features.Use) bool) string {
	s.t.Helper()
	uses, err := s.db.FeatureUse(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	var keys []string
	for _, f := range s.db.Live().Catalogue().Features() {
		if has(uses[f.ID]) {
			keys = append(keys, f.Key)
		}
	}
	return strings.Join(keys, " ")
}

func everAsked(u features.Use) bool { return !u.AskedAt.IsZero() }

func onForEveryone(u features.Use) bool { return !u.EveryoneSince.IsZero() }

// keep does what the server does every minute.
func (s *site) keep() {
	s.t.Helper()
	if err := s.server.evaluation.KeepFeatureUse(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func TestWhatPortalsAskForIsKept(t *testing.T) {
	t.Parallel()
	const all = "knowledge_base ai_agents additional_services"
	for name, c := range map[string]struct{ path, want string }{
		"a whole body":           {"/api/me/features", all},
		"a body of some":         {"/api/me/features?keys=ai_agents,knowledge_base", "knowledge_base ai_agents"},
		"the producers' flags":   {"/api/v1/producers/me/", all},
		"the sample portal":      {"/portal", all},
		"the console":            {"/admin/accounts", ""},
		"who is signed in":       {"/api/me", ""},
		"a body that is refused": {"/api/me/features?account=maple-garage", ""},
	} {
		s := newSite(t)
		who := "owner"
		if strings.HasPrefix(c.path, "/admin") {
			who = "viewer"
		}
		s.as(who).get(c.path)
		if got := s.used(everAsked); got != "" {
			t.Errorf("%s: %s was written at once", name, got)
		}
		s.keep()
		if got := s.used(everAsked); got != c.want {
			t.Errorf("%s: %q was asked for, want %q", name, got, c.want)
		}
	}
}

func TestAnOpenStreamAsks(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/api/me/features/stream?keys=ai_agents", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.AddCookie(s.as("owner").cookie)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	for lines := bufio.NewScanner(response.Body); lines.Scan() && !strings.HasPrefix(lines.Text(), "data:"); {
		continue
	}
	s.keep()
	if got := s.used(everAsked); got != "ai_agents" {
		t.Errorf("%q was asked for, want ai_agents", got)
	}
}

func TestAskingWritesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as("owner")
	s.keep()
	commits := s.commits()
	before := commits()
	for range 50 {
		owner.get("/api/me/features").want(http.StatusOK)
		owner.get("/api/me/features?keys=ai_agents").want(http.StatusOK)
		owner.get("/api/v1/producers/me/").want(http.StatusOK)
	}
	if after := commits(); after != before {
		t.Error("a question was written down at once")
	}
	s.keep()
	after := commits()
	if after == before {
		t.Fatal("nothing was written, not even later")
	}
	s.keep()
	if commits() != after {
		t.Error("it was written again although nobody asked")
	}
}

// commits gives a function whose value changes with every commit of another connection.
func (s *site) commits() func() int64 {
	s.t.Helper()
	handle := dbtest.Handle(s.t, s.db)
	handle.SetMaxOpenConns(1)
	return func() (version int64) {
		s.t.Helper()
		if err := handle.QueryRowContext(s.t.Context(), `PRAGMA data_version`).Scan(&version); err != nil {
			s.t.Fatal(err)
		}
		return version
	}
}

func TestAskingOutlivesAChangeOfTheCatalogue(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as("owner")
	owner.get("/api/me/features").want(http.StatusOK)
	if _, err := s.db.CreateFeature(t.Context(), dbtest.Actor(), features.FeatureDraft{Key: "reports", Name: "Reports"}); err != nil {
		t.Fatal(err)
	}
	s.keep()
	if got, want := s.used(everAsked), "knowledge_base ai_agents additional_services"; got != want {
		t.Errorf("%q was asked for, want %q", got, want)
	}
}

func TestOnForEveryoneSinceWhen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.keep()
	for _, account := range []string{"arizona-comedy", "maple-garage"} {
		if got := s.used(onForEveryone); got != "" {
			t.Fatalf("on for everyone before it is: %s", got)
		}
		s.switchOn(account, "ai_agents", true)
		s.keep()
	}
	if got := s.used(onForEveryone); got != "ai_agents" {
		t.Fatalf("on for everyone: %q, want ai_agents", got)
	}
	first, _ := s.db.FeatureUse(t.Context())
	s.switchOn("arizona-comedy", "knowledge_base", true)
	s.keep()
	if again, _ := s.db.FeatureUse(t.Context()); !maps.Equal(first, again) {
		t.Errorf("it began anew: %v, then %v", first, again)
	}
	s.switchOn("arizona-comedy", "ai_agents", false)
	s.keep()
	if got := s.used(onForEveryone); got != "" {
		t.Errorf("on for everyone still: %s", got)
	}
}

func TestUseIsKeptAtShutdown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.as("owner").get("/api/me/features?keys=ai_agents").want(http.StatusOK)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	s.server.Run(ctx)
	if got := s.used(everAsked); got != "ai_agents" {
		t.Errorf("%q was kept, want ai_agents", got)
	}
}

// keepUseOf stores how a feature was used, in the past.
func (s *site) keepUseOf(key string, use features.Use) {
	s.t.Helper()
	f, err := s.db.Live().Catalogue().Feature(key)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.db.KeepFeatureUse(s.t.Context(), map[int64]features.Use{f.ID: use}); err != nil {
		s.t.Fatal(err)
	}
}

// age makes every feature as if it had been created days ago.
func (s *site) age(days int) {
	s.t.Helper()
	handle := dbtest.Handle(s.t, s.db)
	_, err := handle.ExecContext(s.t.Context(), `UPDATE features SET created_at = created_at - ?1`, (time.Duration(days) * 24 * time.Hour).Milliseconds())
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.db.CatchUp(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}
