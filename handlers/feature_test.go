package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

func TestFeaturePageSaysWhoHasIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	comedy := s.db.Live().Accounts().Find("arizona-comedy").ID
	_, err := s.db.SetOverride(t.Context(), dbtest.Actor(), db.OverrideChange{
		Account: comedy, Feature: "knowledge_base", Value: features.Value{Enabled: true}, ChangeOptions: db.ChangeOptions{Reason: "pilot"},
		ExpiresAt: time.Date(2126, 12, 3, 9, 14, 0, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.switchOn("maple-garage", "knowledge_base", false)
	page := s.as("viewer").get("/admin/features/knowledge_base/accounts").want(http.StatusOK).page()
	for selector, want := range map[string]string{
		"h1":            "Knowledge Base",
		".sentence":     "Off for everyone but 1 of 2 accounts",
		".lead":         "access to articles",
		".names":        "Arizona Comedy",
		"#overrides h2": "Overrides",
	} {
		if got := text(page.Find(selector)); got != want {
			t.Errorf("%s says %q, want %q", selector, got, want)
		}
	}
	overrides := page.Find("#overrides li").Map(func(_ int, li *goquery.Selection) string { return text(li) })
	if len(overrides) != 2 || !strings.Contains(overrides[0], "tester") || !strings.Contains(overrides[0], "pilot") ||
		!strings.HasSuffix(overrides[0], "until 3 Dec 2126 09:14 On") || !strings.HasSuffix(overrides[1], "Off") {
		t.Errorf("the overrides are %q", overrides)
	}
	if href, _ := page.Find(`a[href^="/admin/accounts?"]`).Attr("href"); href != "/admin/accounts?f.knowledge_base=on" {
		t.Errorf("the accounts are at %q", href)
	}
	registry := s.as("viewer").get("/admin/features/knowledge_base/registry").want(http.StatusOK).page()
	for _, name := range []string{`hasFeature("knowledge_base")`, "flags.knowledgeBaseEnabled", "feature_flags.knowledge_base_enabled"} {
		if !strings.Contains(registry.Find("main").Text(), name) {
			t.Errorf("nothing says %s", name)
		}
	}
	s.as("viewer").get("/admin/features/teleport").want(http.StatusNotFound)
}

func TestFeaturePagePagesItsOverrides(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range 10 {
		s.account("Shop " + itoa(int64(i)))
	}
	s.bulkOn("ai_agents")
	viewer := s.as("viewer")
	first := viewer.get("/admin/features/ai_agents/accounts").want(http.StatusOK).page()
	next, _ := first.Find("#overrides-next").Attr("href")
	rest := viewer.get(next).want(http.StatusOK).page()
	if n, m := first.Find("#overrides li").Length(), rest.Find("#overrides li").Length(); n != 10 || m != 2 {
		t.Errorf("%d overrides and then %d", n, m)
	}
	if back, _ := rest.Find("#overrides-previous").Attr("href"); back != "/admin/features/ai_agents/accounts?overrides=1" {
		t.Errorf("the page before is %q", back)
	}
	viewer.get("/admin/features/ai_agents/accounts?overrides=3").want(http.StatusNotFound)
	viewer.get("/admin/features/ai_agents/accounts?overrides=x").want(http.StatusNotFound)
}

func TestKillSwitchSaysWhatItDoesFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	editor := s.as("editor").viaHtmx()
	question := editor.get("/admin/features/ai_agents/kill?enabled=false").want(http.StatusOK).page()
	if got := text(question.Find(".effect .lose")); got != "1 loses it Arizona Comedy" {
		t.Errorf("the question says %q", got)
	}
	if got := text(question.Find("button[type=submit]")); got != "Switch off for 1 account" {
		t.Errorf("its button says %q", got)
	}
	action, _ := question.Find("form").Attr("action")
	wanted, _ := question.Find("input[name=enabled]").Attr("value")
	editor.post(action, url.Values{"enabled": {wanted}, "reason": {"wrong answers"}}).done().wantText("AI Agents is off everywhere")
	if s.has("arizona-comedy", "ai_agents") {
		t.Error("a killed feature is on")
	}
	editor.post(action, url.Values{"enabled": {wanted}}).done().wantText("AI Agents was off everywhere already")

	page := s.as("viewer").get("/admin/features/ai_agents").want(http.StatusOK).page()
	if got := text(page.Find(".sentence")); got != "Killed: off everywhere" {
		t.Errorf("the feature says %q", got)
	}
	again := editor.get("/admin/features/ai_agents/kill?enabled=true").want(http.StatusOK).page()
	if got := text(again.Find(".effect .gain")); got != "1 gains it Arizona Comedy" {
		t.Errorf("the question says %q", got)
	}
	editor.post(action, url.Values{"enabled": {"true"}}).done().wantText("AI Agents is switched on again")
	if !s.has("arizona-comedy", "ai_agents") {
		t.Error("a revived feature is off")
	}
}

func TestKillSwitchRefuses(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	editor.get("/admin/features/ai_agents/kill").want(http.StatusUnprocessableEntity)
	editor.post("/admin/features/ai_agents/enabled", url.Values{"enabled": {"maybe"}}).want(http.StatusUnprocessableEntity)
	editor.get("/admin/features/teleport/kill?enabled=false").want(http.StatusNotFound)
	long := url.Values{"enabled": {"false"}, "reason": {strings.Repeat("because ", 100)}}
	page := editor.viaHtmx().post("/admin/features/ai_agents/enabled", long).want(http.StatusUnprocessableEntity).page()
	if got := text(page.Find("#kill-reason-error")); got != "Use at most 500 characters." {
		t.Errorf("beside the reason: %q", got)
	}
	viewer := s.as("viewer")
	viewer.post("/admin/features/ai_agents/enabled", url.Values{"enabled": {"false"}}).want(http.StatusForbidden)
	if _, disabled := viewer.get("/admin/features").want(http.StatusOK).page().Find("#kill-ai_agents").Attr("disabled"); !disabled {
		t.Error("a viewer is offered a kill switch")
	}
	if f, _ := s.db.Live().Catalogue().Feature("ai_agents"); !f.Enabled {
		t.Error("it is killed all the same")
	}
}
