package handlers

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"flagstone/db"
	"flagstone/db/dbtest"
)

func menu(doc *goquery.Document) string {
	return strings.Join(doc.Find(".portal-nav a:not([hidden])").Map(func(_ int, link *goquery.Selection) string { return link.Text() }), ", ")
}

func TestPortalFollowsTheFeaturesOfTheAccount(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as("owner")
	const always = "Dashboard, Shows, Orders, Finances, "
	pages := map[string]string{
		"/portal/knowledge-base":      "knowledge_base",
		"/portal/ai-assistant":        "ai_agents",
		"/portal/additional-services": "additional_services",
	}
	if got := menu(owner.get("/portal").want(http.StatusOK).page()); got != always+"Support" {
		t.Fatalf("a new account: menu %q", got)
	}
	for path, key := range pages {
		if got := owner.get(path).want(http.StatusNotFound).page().Find("main").AttrOr("data-gate", ""); got != key {
			t.Errorf("%s while off waits for %q, want %q", path, got, key)
		}
		s.switchOn("arizona-comedy", key, true)
		owner.get(path).want(http.StatusOK)
	}
	if got := menu(owner.get("/portal").page()); got != always+"Knowledge Base, AI Assistant, Additional Services, Support" {
		t.Errorf("all on: menu %q", got)
	}
	s.switchOn("arizona-comedy", "ai_agents", false)
	if got := menu(owner.get("/portal/ai-assistant").want(http.StatusNotFound).page()); got != always+"Knowledge Base, Additional Services, Support" {
		t.Errorf("off again: menu %q", got)
	}
}

func TestPortalPagesAreThere(t *testing.T) {
	t.Parallel()
	mechanic := newSite(t).as("mechanic")
	doc := mechanic.get("/portal").page()
	links := doc.Find(".portal-nav a:not([hidden])").Map(func(_ int, link *goquery.Selection) string { return link.AttrOr("href", "") })
	if len(links) != 5 {
		t.Fatalf("the menu leads to %v", links)
	}
	for _, link := range links {
		doc := mechanic.get(link).want(http.StatusOK).page()
		if got := doc.Find("h1").Length(); got != 1 {
			t.Errorf("%s: %d headings", link, got)
		}
		if got := doc.Find("title").Text(); !strings.HasSuffix(got, " · Maple Garage") {
			t.Errorf("%s: title %q", link, got)
		}
	}
	if mechanic.get("/portal/shows/7").want(http.StatusNotFound).page().Find("[data-while=on]").Length() != 0 {
		t.Error("a page that does not exist offers itself")
	}
}

func TestPortalAnswersForTheCallersAccountsOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	mechanic := s.as("mechanic")
	zebra := s.account("Zebra")
	invite := db.NewMember{Account: zebra.ID, Email: "mechanic@example.com", Role: "workshop_admin"}
	if _, err := s.db.AddMembership(t.Context(), dbtest.Actor(), invite); err != nil {
		t.Fatal(err)
	}
	if got := mechanic.get("/portal").page().Find("main").AttrOr("data-account", ""); got != "maple-garage" {
		t.Errorf("without a choice it is %q, want the first by name", got)
	}
	doc := mechanic.get("/portal/shows?account=zebra").want(http.StatusOK).page()
	if got := doc.Find("main").AttrOr("data-account", ""); got != "zebra" {
		t.Errorf("asked for zebra, got %q", got)
	}
	if got := doc.Find(".person .visually-hidden").Text(); got != "Mechanic, workshop admin" {
		t.Errorf("the person is called %q", got)
	}
	doc.Find(".portal-nav a, .brand").Each(func(_ int, link *goquery.Selection) {
		if href := link.AttrOr("href", ""); !strings.HasSuffix(href, "?account=zebra") {
			t.Errorf("%s leads out of the account", href)
		}
	})
	if got := doc.Find("nav[aria-label=Accounts] [aria-current]").AttrOr("href", ""); got != "/portal?account=zebra" {
		t.Errorf("the switcher is at %q", got)
	}
	for _, slug := range []string{"arizona-comedy", "unheard-of"} {
		mechanic.get("/portal?account=" + slug).want(http.StatusForbidden)
	}
}

func TestPortalWithoutAnAccount(t *testing.T) {
	t.Parallel()
	doc := newSite(t).as("viewer").get("/portal/shows").want(http.StatusOK).page()
	if got := doc.Find("h1").Text(); got != "No account yet" || doc.Find("[data-signout]").Length() != 1 {
		t.Errorf("says %q", got)
	}
}

func TestPortalLeadsToSignIn(t *testing.T) {
	t.Parallel()
	answer := newSite(t).as("").get("/portal/shows?account=zebra").want(http.StatusSeeOther)
	if got := answer.Header.Get("Location"); got != "/signin?next=%2Fportal%2Fshows%3Faccount%3Dzebra" {
		t.Errorf("leads to %q", got)
	}
}

func TestClientLibraryIsServedToAnyOrigin(t *testing.T) {
	t.Parallel()
	anyone := newSite(t).as("")
	for path, contentType := range map[string]string{
		"/portal.js":         "text/javascript; charset=utf-8",
		"/portal.d.ts":       "text/plain; charset=utf-8",
		"/portal-react.js":   "text/javascript; charset=utf-8",
		"/portal-react.d.ts": "text/plain; charset=utf-8",
	} {
		answer := anyone.get(path).want(http.StatusOK).wantText("Flagstone")
		if got := answer.Header.Get("Content-Type"); got != contentType {
			t.Errorf("%s: content type %q", path, got)
		}
		if answer.Header.Get("Access-Control-Allow-Origin") != "*" || answer.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
			t.Errorf("%s may not be imported from another origin", path)
		}
		anyone.with("If-None-Match", answer.Header.Get("ETag")).get(path).want(http.StatusNotModified)
	}
}
