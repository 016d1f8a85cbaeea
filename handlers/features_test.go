package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

func TestFeaturesListSaysWhoHasWhat(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	rows := s.as("viewer").get("/admin/features").want(http.StatusOK).page().Find("tbody tr")
	if rows.Length() != 3 {
		t.Fatalf("%d rows, want 3", rows.Length())
	}
	for key, want := range map[string]string{
		"ai_agents": "Off for everyone but 1 of 2 accounts", "knowledge_base": "Off for everyone",
	} {
		row := rows.Filter("#feature-" + key)
		if got := text(row.Find(`[data-label="Accounts"]`)); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
		if got := text(row.Find(".badge")); got != "Live" {
			t.Errorf("%s is %q", key, got)
		}
	}
}

func TestFeaturesListFilters(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.as("editor").post("/admin/features/ai_agents/enabled", url.Values{"enabled": {"false"}}).want(http.StatusSeeOther)
	viewer := s.as("viewer")
	for query, want := range map[string]string{
		"":                                  "knowledge_base ai_agents additional_services",
		"q=agents":                          "ai_agents",
		"q=articles":                        "knowledge_base",
		"q=AI+portal":                       "",
		"state=killed":                      "ai_agents",
		"state=live":                        "knowledge_base additional_services",
		"state=retired":                     "",
		"category=portal&state=live&q=base": "knowledge_base",
		"category=other":                    "",
		"sort=name":                         "additional_services ai_agents knowledge_base",
		"sort=-name":                        "knowledge_base ai_agents additional_services",
		"sort=-change":                      "ai_agents additional_services knowledge_base",
	} {
		page := viewer.get("/admin/features?" + query).want(http.StatusOK).page()
		keys := page.Find("tbody code.key").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
		if got := strings.Join(keys, " "); got != want {
			t.Errorf("%s gives %q, want %q", query, got, want)
		}
		if want == "" && page.Find("#list .empty").Length() != 1 {
			t.Errorf("%s: nothing says that nothing matches", query)
		}
	}
}

func TestFeaturesListRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	viewer := newSite(t).as("viewer")
	for query, status := range map[string]int{
		"state=asleep": http.StatusUnprocessableEntity, "sort=colour": http.StatusUnprocessableEntity,
		"page=2": http.StatusNotFound, "page=0": http.StatusNotFound, "page=x": http.StatusNotFound,
	} {
		viewer.get("/admin/features?" + query).want(status)
	}
}

// text is the words of a selection without the space around and between them.
func text(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }
