package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

const arizona = "/admin/accounts/arizona-comedy"

// featureOf finds the row of a feature on the account's page.
func featureOf(page *goquery.Document, key string) *goquery.Selection {
	return page.Find(".feature-row").FilterFunction(func(_ int, row *goquery.Selection) bool { return row.Find(".key").Text() == key })
}

// words is what a reader sees of a selection, with one space between the texts of different elements.
func words(s *goquery.Selection) string {
	var found []string
	s.Contents().Each(func(_ int, node *goquery.Selection) {
		if goquery.NodeName(node) == "#text" {
			found = append(found, node.Text())
		} else {
			found = append(found, words(node))
		}
	})
	return strings.Join(strings.Fields(strings.Join(found, " ")), " ")
}

// form gives the fields that a form would send as it stands.
func form(s *goquery.Selection) url.Values {
	values := url.Values{}
	s.Find("input[name], select[name]").Each(func(_ int, field *goquery.Selection) {
		_, checked := field.Attr("checked")
		switch {
		case field.Is("select"):
			values.Add(field.AttrOr("name", ""), field.Find("option[selected]").AttrOr("value", ""))
		case !field.Is("[type=checkbox], [type=radio]") || checked:
			values.Add(field.AttrOr("name", ""), field.AttrOr("value", ""))
		}
	})
	return values
}

func (s *site) kill(feature string) {
	s.t.Helper()
	if _, err := s.db.SetKillSwitch(s.t.Context(), dbtest.Actor(), db.KillSwitch{Keys: []string{feature}}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) suspend(account string) {
	s.t.Helper()
	_, err := s.db.SetAccountStatus(s.t.Context(), dbtest.Actor(), s.db.Live().Accounts().Find(account).ID, features.Suspended, "")
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestAccountPageSaysWhatTheAccountHasAndWhy(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.user("owner")
	s.switchOn("arizona-comedy", "ai_agents", true)
	page := s.as("editor").get(arizona).want(http.StatusOK).page()
	for key, want := range map[string]string{
		"ai_agents":      "AI Agents ai_agents On Override by tester, no expiry Why? Every rule that was tried",
		"knowledge_base": "Knowledge Base access to articles knowledge_base Off Default, off Why? Every rule that was tried",
	} {
		if got := words(featureOf(page, key)); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if on := featureOf(page, "ai_agents").Find("[role=switch][checked]").Length(); on != 1 {
		t.Error("the switch of a feature that is on is not on")
	}
	if got := words(page.Find("#count")); got != "1 of 3, 1 overridden" {
		t.Errorf("features on: %q", got)
	}
	if got := words(page.Find(".panel h2 + .count").First()); got != "1 of 3 on" {
		t.Errorf("of the category: %q", got)
	}
	if got := words(page.Find("#members").Closest(".panel").Find("li")); got != "O Owner owner@example.com owner" {
		t.Errorf("users: %q", got)
	}
	if got := words(page.Find("#history li a").First()); got != "Switched AI Agents on for Arizona Comedy" {
		t.Errorf("the latest change reads %q", got)
	}
}

func TestAccountPageIsReadOnlyForViewers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	viewer := s.as("viewer")
	page := viewer.get(arizona).want(http.StatusOK).page()
	if n := page.Find(`main form[method=post], main [hx-post]`).Length(); n != 0 {
		t.Errorf("a viewer is offered %d forms", n)
	}
	if n := page.Find("[role=switch]:not([disabled])").Length(); n != 0 {
		t.Errorf("a viewer can move %d switches", n)
	}
	details := viewer.get(arizona + "/edit").want(http.StatusOK).page()
	if n := details.Find("#account-form .input:not([disabled]), #account-form [type=submit]").Length(); n != 0 {
		t.Errorf("a viewer can write in %d places", n)
	}
	for _, path := range []string{"", "/features/ai_agents", "/features/ai_agents/reset", "/status"} {
		viewer.post(arizona+path, url.Values{"version": {"0"}}).want(http.StatusForbidden)
	}
	viewer.get("/admin/accounts/-/new").want(http.StatusForbidden)
	viewer.get(arizona + "/status").want(http.StatusForbidden)
}

func TestAccountPageNarrowsItsFeatures(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	s.switchOn("arizona-comedy", "knowledge_base", false)
	viewer := s.as("viewer")
	for query, want := range map[string]string{
		"":                        "knowledge_base ai_agents additional_services",
		"show=on":                 "ai_agents",
		"show=off":                "knowledge_base additional_services",
		"show=overridden":         "knowledge_base ai_agents",
		"q=ARTICLES":              "knowledge_base",
		"q=base+knowledge":        "knowledge_base",
		"q=_services&show=off":    "additional_services",
		"q=agents&show=off":       "",
		"q=%3Cscript%3E&show=off": "",
	} {
		page := viewer.get(arizona + "?" + query).want(http.StatusOK).page()
		keys := page.Find(".feature-row .key").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
		if got := strings.Join(keys, " "); got != want {
			t.Errorf("%s gives %q, want %q", query, got, want)
		}
		if want == "" && page.Find("#list .empty").Length() != 1 {
			t.Errorf("%s: nothing says that nothing matches", query)
		}
	}
	viewer.get(arizona + "?show=sideways").want(http.StatusUnprocessableEntity).wantText("Choose on, off, some or overridden.")
}

func TestAccountPageKnowsOnlyWhatThereIs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	for _, path := range []string{"/admin/accounts/nobody", arizona + "/features/nothing", arizona + "/features/nothing/why", arizona + "/history?before=x"} {
		editor.get(path).want(http.StatusNotFound)
	}
	editor.post(arizona+"/features/nothing", url.Values{"version": {"0"}, "enabled": {"true"}}).
		want(http.StatusNotFound).wantText("There is no feature with the key")
	editor.post("/admin/accounts/nobody/features/ai_agents", url.Values{"version": {"0"}}).want(http.StatusNotFound)
}

func TestAccountPageEscapesWhatPeopleTyped(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const hostile = `<img src=x onerror=alert(1)>"'&`
	editor := s.as("editor")
	editor.post("/admin/accounts", url.Values{"name": {hostile}, "slug": {"hostile"}, "postal_code": {"<b>M5V</b>"}}).want(http.StatusSeeOther)
	editor.viaHtmx().post("/admin/accounts/hostile/features/ai_agents", url.Values{"enabled": {"true"}, "version": {"0"}, "reason": {hostile}, "editor": {"1"}}).
		want(http.StatusOK)
	for _, path := range []string{"", "/edit", "/history", "/status", "/features/ai_agents", "/features/ai_agents/why", "/users"} {
		for _, browser := range []*browser{editor, editor.viaHtmx()} {
			page := browser.get("/admin/accounts/hostile" + path).want(http.StatusOK).page()
			if page.Find("img, b:contains(M5V)").Length() > 0 {
				t.Errorf("%s runs what was typed as HTML", path)
			}
		}
	}
	if got := editor.get("/admin/accounts/hostile").page().Find("h1").Text(); got != hostile {
		t.Errorf("the name reads %q", got)
	}
}

func TestAccountHistoryGoesBackPageByPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range 55 {
		s.switchOn("arizona-comedy", "ai_agents", i%2 == 0)
	}
	editor := s.as("editor")
	page := editor.get(arizona + "/history").want(http.StatusOK).page()
	if n := page.Find(".timeline li").Length(); n != 50 {
		t.Errorf("%d changes on the first page, want %d", n, 50)
	}
	if n := page.Find(".timeline button").Length(); n != 1 {
		t.Errorf("undo is offered %d times, but only the latest change of the cell can be taken back", n)
	}
	older, _ := page.Find("nav[aria-label=Pages] a").Attr("href")
	page = editor.get(older).want(http.StatusOK).page()
	if n := page.Find(".timeline li").Length(); n != 6 { // and the account's creation
		t.Errorf("%d changes on the second page, want 6", n)
	}
	if got := words(page.Find("nav[aria-label=Pages]")); got != "Newest" {
		t.Errorf("the last page leads to %q", got)
	}
	if n := s.as("viewer").get(arizona + "/history").page().Find(".timeline button").Length(); n != 0 {
		t.Error("a viewer is offered undo")
	}
}

func TestAccountHistoryOffersNoUndoThatReachesFurther(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := features.Bulk{Action: features.EnableFeature, Feature: "ai_agents", Selection: features.Selection{All: true}}
	plan, err := s.db.PlanBulk(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.db.ApplyBulk(t.Context(), dbtest.Actor(), db.BulkChange{Bulk: b, Digest: plan.Digest}); err != nil {
		t.Fatal(err)
	}
	history := s.as("editor").get(arizona).page().Find("#history")
	if got := words(history.Find("li").First()); !strings.Contains(got, "2 accounts") {
		t.Fatalf("the latest change reads %q", got)
	}
	if history.Find("button").Length() != 0 {
		t.Error("a change of two accounts can be undone from the page of one")
	}
}
