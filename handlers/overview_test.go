package handlers

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/handlers/web"
)

func TestOverviewCounts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	editor := s.as("editor")
	editor.post("/admin/features/knowledge_base/enabled", url.Values{"enabled": {"false"}}).want(http.StatusSeeOther)
	garage := s.db.Live().Accounts().Find("maple-garage").ID
	if _, err := s.db.SetAccountStatus(t.Context(), dbtest.Actor(), garage, features.Suspended, "left"); err != nil {
		t.Fatal(err)
	}
	page := s.as("viewer").get("/admin").want(http.StatusOK).page()
	numbers := page.Find(".numbers dd > *").Map(func(_ int, part *goquery.Selection) string { return text(part) })
	if got := strings.Join(numbers, " | "); got != "3 | 2 on, 1 killed | 2 | 1 active, 1 suspended | 1 | set for single accounts | 0 | for upgrades, from portals" {
		t.Errorf("the numbers are %q", got)
	}
	unused := page.Find("[aria-labelledby=unused] li").Map(func(_ int, li *goquery.Selection) string { return text(li) })
	if got := strings.Join(unused, ", "); got != "Knowledge Base No account has it., Additional Services No account has it." {
		t.Errorf("nobody has %q", got)
	}
	if page.Find(`a[href="/admin/features?stale=true"]`).Length() != 0 {
		t.Error("it leads to stale features although there are none")
	}
	if got := text(page.Find(".timeline li").Eq(1).Find("a").First()); got != "Suspended account Maple Garage" {
		t.Errorf("the change before the last is %q", got)
	}
	if page.Find("#first-steps").Length() != 0 {
		t.Error("a console in use is told of first steps")
	}
}

func TestOverviewLeadsToStaleFeatures(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	s.age(40)
	s.keepUseOf("additional_services", features.Use{AskedAt: time.Now()})
	page := s.as("viewer").get("/admin").want(http.StatusOK).page()
	unused := text(page.Find("[aria-labelledby=unused] ul"))
	for _, want := range []string{"AI Agents No portal has asked for it since", "Additional Services No account has it."} {
		if !strings.Contains(unused, want) {
			t.Errorf("no %q in %q", want, unused)
		}
	}
	if got := text(page.Find(`a[href="/admin/features?stale=true"]`)); got != "2 stale features" {
		t.Errorf("it leads to %q", got)
	}
}

func TestOverviewOfAnEmptyConsoleSaysWhatToDo(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	server := New(web.Config{DB: d, Secret: []byte("0123456789abcdef0123456789abcdef"), Log: slog.New(slog.DiscardHandler)})
	s := &site{Server: httptest.NewServer(server), t: t, db: d, server: server}
	t.Cleanup(s.Close)
	for who, want := range map[string]string{
		"admin": "/admin/features/-/new /admin/accounts/-/import /portal", "editor": "/admin/features/-/new /admin/accounts/-/new /portal", "viewer": "/portal",
	} {
		page := s.as(who).get("/admin").want(http.StatusOK).page()
		links := page.Find("[aria-labelledby=first-steps] a").Map(func(_ int, a *goquery.Selection) string { href, _ := a.Attr("href"); return href })
		if got := strings.Join(links, " "); got != want {
			t.Errorf("%s is led to %q, want %q", who, got, want)
		}
	}
	s.as("viewer").get("/admin/features").want(http.StatusOK).wantText("No features yet")
}
