package views_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"flagstone/views"
)

func portal() views.PortalModel {
	return views.PortalModel{
		Title:       "Knowledge Base",
		Account:     "Arizona <b>Comedy</b>",
		AccountSlug: "arizona-comedy",
		Person:      views.PersonModel{Name: "Lena Vargas", Role: "owner"},
		UserID:      "7",
		Home:        "/portal?account=arizona-comedy",
		Links: []views.PortalLink{
			{Text: "Dashboard", URL: "/portal"},
			{Text: "Knowledge Base", URL: "/portal/knowledge-base", Feature: "knowledge_base", On: true, Current: true},
			{Text: "AI Assistant", URL: "/portal/ai-assistant", Feature: "ai_agents"},
		},
		CSRFToken: "token",
		Feature:   "knowledge_base",
	}
}

func page(t *testing.T, c templ.Component) *goquery.Document {
	t.Helper()
	var html strings.Builder
	if err := c.Render(t.Context(), &html); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestPortalShowsTheMenuAsTheFeaturesAre(t *testing.T) {
	t.Parallel()
	doc := page(t, views.Portal(portal()))
	hidden := map[string]bool{}
	doc.Find(".portal-nav a").Each(func(_ int, link *goquery.Selection) {
		_, hidden[link.Text()] = link.Attr("hidden")
	})
	want := map[string]bool{"Dashboard": false, "Knowledge Base": false, "AI Assistant": true}
	for text, off := range want {
		if hidden[text] != off {
			t.Errorf("%s: hidden %v, want %v", text, hidden[text], off)
		}
	}
	if got := doc.Find(".portal-nav [aria-current=page]").Text(); got != "Knowledge Base" {
		t.Errorf("current page %q", got)
	}
	if got := doc.Find(".portal-nav [data-feature]").Length(); got != 2 {
		t.Errorf("%d links name a feature, want the 2 that are gated", got)
	}
}

func TestPortalEscapesWhatCustomersAreCalled(t *testing.T) {
	t.Parallel()
	doc := page(t, views.Portal(portal()))
	if doc.Find(".brand b").Length() != 0 {
		t.Error("the account's name became markup")
	}
	if got := doc.Find("title").Text(); got != "Knowledge Base · Arizona <b>Comedy</b>" {
		t.Errorf("title %q", got)
	}
}

func TestPortalOffersOtherAccountsWhereThereAreAny(t *testing.T) {
	t.Parallel()
	m := portal()
	m.Accounts = []views.PortalAccount{{Name: "Arizona Comedy", URL: "/portal?account=arizona-comedy", Current: true}}
	if page(t, views.Portal(m)).Find("nav[aria-label=Accounts]").Length() != 0 {
		t.Error("a switcher for a single account")
	}
	m.Accounts = append(m.Accounts, views.PortalAccount{Name: "Maple Garage", URL: "/portal?account=maple-garage"})
	links := page(t, views.Portal(m)).Find("nav[aria-label=Accounts] a")
	if got := links.Last().AttrOr("href", ""); links.Length() != 2 || got != "/portal?account=maple-garage" {
		t.Errorf("%d links, the last to %q", links.Length(), got)
	}
	if got := strings.TrimSpace(links.Filter("[aria-current=true]").Text()); got != "Arizona Comedy" {
		t.Errorf("current account %q", got)
	}
}

func TestPortalPagesBehindAFeatureSayBothStates(t *testing.T) {
	t.Parallel()
	texts := views.PortalTextsPage(views.PortalTextsModel{Portal: portal(), Texts: []views.PortalText{{Title: "Refunds", Icon: "book"}}})
	for name, want := range map[string]struct {
		page  templ.Component
		shown string
	}{
		"on":  {texts, "on"},
		"off": {views.PortalNotFoundPage(portal()), "off"},
	} {
		doc := page(t, want.page)
		if got := doc.Find("main").AttrOr("data-gate", ""); got != "knowledge_base" {
			t.Errorf("%s: gate %q", name, got)
		}
		if got := doc.Find("[data-while]:not([hidden])").AttrOr("data-while", ""); got != want.shown {
			t.Errorf("%s: shows what belongs to %q", name, got)
		}
		if doc.Find("[data-while][hidden]").Length() != 1 {
			t.Errorf("%s: the other state is not there to be shown", name)
		}
	}
	m := portal()
	m.Feature = ""
	if page(t, views.PortalNotFoundPage(m)).Find("[data-while=on]").Length() != 0 {
		t.Error("a page that does not exist offers itself")
	}
	if page(t, views.PortalTextsPage(views.PortalTextsModel{Portal: m})).Find("[data-while]").Length() != 0 {
		t.Error("a page without a gate has one")
	}
}

func TestPortalDashboardGatesItsCards(t *testing.T) {
	t.Parallel()
	m := views.PortalDashboardModel{
		Portal: portal(),
		Shows:  []views.PortalShow{{Day: "27", Month: "Nov", Name: "Friday Late Show", When: "Fri 10:30 pm", Sold: 212, Seats: 1220}},
		Quick:  []views.PortalLink{{Text: "AI Assistant", Icon: "bot", URL: "/portal/ai-assistant", Feature: "ai_agents"}},
	}
	doc := page(t, views.PortalDashboardPage(m))
	gate := doc.Find("feature-gate")
	if gate.AttrOr("feature", "") != "ai_agents" || gate.Find("a[href='/portal/ai-assistant']").Length() != 1 || gate.Find("[slot=fallback]").Length() != 1 {
		t.Error("the card is not gated, or lacks its two states")
	}
	if got := doc.Find("progress").AttrOr("aria-label", ""); got != "Friday Late Show: 212 of 1,220 sold" {
		t.Errorf("progress is called %q", got)
	}
	if got := doc.Find("h1").Text(); got != "Welcome back, Lena" {
		t.Errorf("greets with %q", got)
	}
}
