package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// changesAnswer is what a page of the console is told of changes.
type changesAnswer struct {
	Position  int64             `json:"position"`
	Accounts  map[int64]string  `json:"accounts"`
	Features  map[string]string `json:"features"`
	Cells     map[string]string `json:"cells"`
	Catalogue string            `json:"catalogue"`
}

// asking is the address that a page of the console asks for changes of what it shows, from now on.
func (s *site) asking(shown string) string {
	s.t.Helper()
	now, err := s.db.ChangesSince(s.t.Context(), db.Moment{}, nil, db.Shown{})
	if err != nil {
		s.t.Fatal(err)
	}
	return fmt.Sprintf("/admin/changes?position=%d&revision=%d&%s", now.Position, now.Revision, shown)
}

// waiting waits until some pages wait for changes.
func (s *site) waiting(pages int) {
	s.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		open := s.server.Waiting.Count()
		if open == pages {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%d pages wait, want %d", open, pages)
		}
	}
}

// later asks in the background and gives the answer once it is there.
func (s *site) later(b *browser, path string) func() *answer {
	s.t.Helper()
	answers := make(chan *answer, 1)
	go func() { answers <- b.get(path) }()
	s.waiting(1)
	return func() *answer {
		s.t.Helper()
		select {
		case a := <-answers:
			return a
		case <-time.After(10 * time.Second):
			s.t.Fatal("no answer")
			return nil
		}
	}
}

func TestChangesByOthersAreTold(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.db.Live().Accounts().Find("arizona-comedy").ID
	editor := s.as("editor")
	answer := s.later(editor, s.asking(fmt.Sprintf("accounts=%d&features=knowledge_base,ai_agents", id)))
	s.as("viewer") // signing in is no change
	s.waiting(1)
	s.switchOn("arizona-comedy", "ai_agents", true)
	var got changesAnswer
	decode(t, answer().want(http.StatusOK).body, &got)
	if diff := cmp.Diff(map[int64]string{id: "Changed by tester"}, got.Accounts); diff != "" || len(got.Features) > 0 || got.Catalogue != "" {
		t.Errorf("%+v\n%s", got, diff)
	}
	if want := s.db.Live().Position(); got.Position != want {
		t.Errorf("the next question begins at %d, want %d", got.Position, want)
	}
	s.waiting(0)
}

func TestChangesSayWhoMadeThem(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := s.db.Live().Accounts().Find("arizona-comedy")
	editor := s.as("editor")
	path := s.asking(fmt.Sprintf("account=%d&lists=true", a.ID))
	saved := editor.viaHtmx().post("/admin/accounts/arizona-comedy/cells/ai_agents", url.Values{"enabled": {"true"}, "version": {"0"}}).want(http.StatusOK)
	revision := saved.Header.Get("Flagstone-Revision")
	for shown, want := range map[string]string{"": "Changed by you elsewhere", "&own=" + revision: ""} {
		var got changesAnswer
		decode(t, editor.get(path+shown).want(http.StatusOK).body, &got)
		if got.Cells["ai_agents"] != want {
			t.Errorf("own change, asked with %q: %+v", shown, got)
		}
	}
	var got changesAnswer
	decode(t, s.as("admin").get(path).want(http.StatusOK).body, &got)
	if got.Cells["ai_agents"] != "Changed by Editor" {
		t.Errorf("to another it is %+v", got)
	}

	path = s.asking(fmt.Sprintf("account=%d&lists=true", a.ID))
	if _, err := s.db.CreateFeature(t.Context(), features.System(), features.FeatureDraft{Key: "more", Name: "More"}); err != nil {
		t.Fatal(err)
	}
	editor.get(path).want(http.StatusOK).wantText(`"catalogue":"Changed by Flagstone itself"`)
}

func TestWaitingForChangesEnds(t *testing.T) {
	t.Parallel()
	ends := map[string]func(s *site, editor *browser) error{
		"with the session": func(s *site, editor *browser) error {
			return s.db.EndSession(t.Context(), mustHash(t, editor.cookie.Value))
		},
		"with the user": func(s *site, _ *browser) error {
			_, err := s.db.DisableUser(t.Context(), dbtest.Actor(), s.user("editor"))
			return err
		},
		"with the role": func(s *site, _ *browser) error {
			user := s.userNamed("editor")
			_, err := s.db.UpdateUser(t.Context(), dbtest.Actor(), user.ID, features.UserDraft{Email: user.Email, Name: user.Name}, user.Revision)
			return err
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			editor := s.as("editor")
			answer := s.later(editor, s.asking(""))
			if err := end(s, editor); err != nil {
				t.Fatal(err)
			}
			if a := answer().want(http.StatusSeeOther); !strings.HasPrefix(a.Header.Get("Location"), "/signin") {
				t.Errorf("it leads to %s", a.Header.Get("Location"))
			}
			s.waiting(0)
		})
	}
}

func TestPagesThatWaitPerSession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor, path := s.as("editor"), s.asking("")
	ctx, leave := context.WithCancel(t.Context())
	for range 8 {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.AddCookie(editor.cookie)
		go func() {
			if response, err := http.DefaultClient.Do(request); err == nil {
				_ = response.Body.Close()
			}
		}()
	}
	s.waiting(8)
	if a := editor.get(path).want(http.StatusTooManyRequests); a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	leave()
	s.waiting(0)
}

func TestChangesAreToldAtOnceWhereNobodyWaits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	viewer := s.as("viewer")
	id := s.db.Live().Accounts().Find("arizona-comedy").ID
	path := s.asking(fmt.Sprintf("accounts=%d&now=true", id))
	var got changesAnswer
	decode(t, viewer.get(path).want(http.StatusOK).body, &got)
	if len(got.Accounts) > 0 {
		t.Errorf("before there is a change: %+v", got)
	}
	s.waiting(0)
	s.switchOn("arizona-comedy", "ai_agents", true)
	decode(t, viewer.get(path).want(http.StatusOK).body, &got)
	if got.Accounts[id] != "Changed by tester" {
		t.Errorf("after it: %+v", got)
	}
}

func TestQuestionsThatNoPageAsks(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, query := range []string{
		"", "position=1", "position=x&revision=1", "position=1&revision=1&accounts=x", "position=1&revision=1&own=1.2",
		"position=1&revision=1&accounts=" + strings.Repeat("1,", 500) + "1",
	} {
		s.as("viewer").get("/admin/changes?" + query).want(http.StatusUnprocessableEntity)
	}
}

func TestPagesSayHowFarTheyHaveSeen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	live := s.db.Live()
	viewer := s.as("viewer")
	for path, shows := range map[string]string{
		"/admin/accounts":                      "tr[data-row-account][id] [data-mark]",
		"/admin/accounts/arizona-comedy":       "li[data-row-feature][id] [data-mark]",
		"/admin/accounts/arizona-comedy/users": "[data-account]",
		"/admin/features":                      "tr[data-row-feature][id] [data-mark]",
		"/admin/features/ai_agents":            "[data-feature=ai_agents][data-with-overrides]",
	} {
		page := viewer.get(path).want(http.StatusOK).page()
		seen := page.Find("#changes")
		if got := seen.AttrOr("data-position", "") + " " + seen.AttrOr("data-revision", ""); got != fmt.Sprint(live.Position(), live.Revision()) {
			t.Errorf("%s has seen as far as %q", path, got)
		}
		if page.Find(shows).Length() == 0 {
			t.Errorf("%s does not say what it shows: no %s", path, shows)
		}
	}
}
