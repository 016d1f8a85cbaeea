package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"flagstone/db/dbtest"
	"flagstone/features"
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
		if got := text(row.Find(".badge")); got != map[string]string{"ai_agents": "Live", "knowledge_base": "Off for all"}[key] {
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
		"strategy=all":                      "knowledge_base ai_agents additional_services",
		"strategy=role":                     "",
		"owner=nobody":                      "",
		"stale=true":                        "",
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
		"state=asleep": http.StatusUnprocessableEntity, "strategy=luck": http.StatusUnprocessableEntity,
		"stale=yes": http.StatusUnprocessableEntity, "sort=colour": http.StatusUnprocessableEntity,
		"page=2": http.StatusNotFound, "page=0": http.StatusNotFound, "page=x": http.StatusNotFound,
	} {
		viewer.get("/admin/features?" + query).want(status)
	}
}

func TestFeaturesListByRolloutOwnerAndUse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	draft := features.FeatureDraft{
		Key: "job_board", Name: "Job Board", Category: "portal", Owner: "Workshop team", Default: features.Value{Enabled: true}, Permanent: true,
		Rollout: features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"mechanic"}}},
	}
	if _, err := s.db.CreateFeature(t.Context(), dbtest.Actor(), draft); err != nil {
		t.Fatal(err)
	}
	s.age(60)
	s.keepUseOf("ai_agents", features.Use{AskedAt: time.Now().AddDate(0, 0, -2)})
	s.keepUseOf("knowledge_base", features.Use{AskedAt: time.Now().AddDate(0, 0, -40)})
	viewer := s.as("viewer")
	for query, want := range map[string]string{
		"strategy=role": "job_board", "owner=Workshop+team": "job_board", "stale=true": "knowledge_base additional_services",
		"stale=true&q=additional": "additional_services",
	} {
		page := viewer.get("/admin/features?" + query).want(http.StatusOK).page()
		keys := page.Find("tbody code.key").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
		if got := strings.Join(keys, " "); got != want {
			t.Errorf("%s gives %q, want %q", query, got, want)
		}
	}
	page := viewer.get("/admin/features").page()
	for key, want := range map[string]string{
		"job_board": "Live Never asked for", "ai_agents": "Off for all Asked for ", "knowledge_base": "Off for all StaleNo portal has asked for it since ",
		"additional_services": "Off for all StaleNo portal has asked for it since it was created, ",
	} {
		if got := text(page.Find("#feature-" + key + ` [data-label="State"]`)); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	row := page.Find("#feature-job_board")
	if got := text(row.Find(`[data-label="Accounts"]`)); got != "On for the role mechanic: some of the users of 2 accounts" {
		t.Error(got)
	}
	if got := text(row.Find(`[data-label="Rollout"]`)) + ", " + text(row.Find(`[data-label="Category"]`)); got != "Roles, portal Owner: Workshop team" {
		t.Error(got)
	}
	help := page.Find("#feature-knowledge_base .stale button")
	if why := help.AttrOr("aria-describedby", ""); why == "" || page.Find("#"+why).Length() != 1 || help.AttrOr("aria-label", "") != "About why Knowledge Base is stale" {
		t.Error("the badge does not say why to those who do not see it")
	}
	if _, err := s.db.SetStaleDays(t.Context(), dbtest.Actor(), 50); err != nil {
		t.Fatal(err)
	}
	if got := viewer.get("/admin/features?stale=true").page().Find("tbody tr").Length(); got != 1 {
		t.Errorf("with another limit, %d are stale, want 1", got)
	}
}

// text is the words of a selection without the space around and between them.
func text(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }
