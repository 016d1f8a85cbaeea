package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// killed gives the keys of the features whose kill switch is off.
func (s *site) killed() string {
	var keys []string
	for _, f := range s.db.Live().Catalogue().Features() {
		if !f.Enabled {
			keys = append(keys, f.Key)
		}
	}
	return strings.Join(keys, " ")
}

func TestCategoryIsSwitchedAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if _, err := s.db.CreateFeature(t.Context(), dbtest.Actor(), features.FeatureDraft{Key: "reports", Name: "Reports", Category: "R&D?"}); err != nil {
		t.Fatal(err)
	}
	s.switchOn("arizona-comedy", "ai_agents", true)
	editor := s.as("editor")
	links := editor.get("/admin/features").page().Find("#category-menu a").Map(func(_ int, a *goquery.Selection) string { return a.AttrOr("href", "") })
	want := []string{"/admin/category/kill?category=R%26D%3F&enabled=false", "/admin/category/kill?category=portal&enabled=false"}
	if !slices.Equal(links, want) {
		t.Fatalf("the menu leads to %v, want %v", links, want)
	}
	dialog := editor.viaHtmx().get(want[1]).want(http.StatusOK).page()
	effects := text(dialog.Find(".effects"))
	if !strings.Contains(effects, "AI Agents 1 account loses it") || !strings.Contains(effects, "Arizona Comedy") {
		t.Errorf("the effect is %q", effects)
	}
	if !strings.Contains(text(dialog.Find("form")), "2 features stay as they are for everybody.") {
		t.Error("it does not say what stays")
	}
	form := url.Values{"reason": {"outage"}}
	dialog.Find("form input[type=hidden]").Each(func(_ int, input *goquery.Selection) {
		form.Add(input.AttrOr("name", ""), input.AttrOr("value", ""))
	})
	before := s.changes()
	answer := editor.viaHtmx().post("/admin/category/enabled", form).want(http.StatusOK).wantText("Portal is off everywhere: 3 features")
	if got := s.killed(); got != "knowledge_base ai_agents additional_services" {
		t.Errorf("killed are %q", got)
	}
	if got := s.changes() - before; got != 1 {
		t.Errorf("%d change sets, want 1", got)
	}
	editor.get(want[1]).want(http.StatusNotFound)
	undo := answer.page().Find("form[action$=undo]").AttrOr("action", "")
	editor.post(undo, nil).want(http.StatusSeeOther)
	if got := s.killed(); got != "" {
		t.Errorf("undone, %q are killed still", got)
	}
}

func TestCategoryOnAgainNamesThoseKilled(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	kill := db.KillSwitch{Keys: []string{"ai_agents", "knowledge_base"}}
	if _, err := s.db.SetKillSwitch(t.Context(), dbtest.Actor(), kill); err != nil {
		t.Fatal(err)
	}
	editor := s.as("editor")
	menu := text(editor.get("/admin/features").page().Find("#category-menu"))
	if menu != "Switch portal off (1)… Switch portal on again (2)…" {
		t.Errorf("the menu is %q", menu)
	}
	page := editor.get("/admin/category/kill?category=portal&enabled=true").want(http.StatusOK).page()
	keys := page.Find("input[name=key]").Map(func(_ int, input *goquery.Selection) string { return input.AttrOr("value", "") })
	if got := strings.Join(keys, " "); got != "knowledge_base ai_agents" {
		t.Errorf("it is about %q", got)
	}
	form := url.Values{"category": {"portal"}, "enabled": {"true"}, "key": keys}
	answer := editor.post("/admin/category/enabled", form).want(http.StatusSeeOther)
	if got := answer.Header.Get("Location"); got != "/admin/features?category=portal" || s.killed() != "" {
		t.Errorf("it leads to %q; killed are %q", got, s.killed())
	}
	editor.viaHtmx().post("/admin/category/enabled", form).want(http.StatusOK).wantText("Nothing to change: portal was switched on already")
}

// Whatever a category is called, what was done is said, and a feature without one is in none.
func TestCategoryByAnyName(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create(features.FeatureDraft{Key: "terrace", Name: "Terrace", Category: "été"})
	s.create(features.FeatureDraft{Key: "bare", Name: "Bare"})
	editor := s.as("editor").viaHtmx()
	editor.post("/admin/category/enabled", url.Values{"category": {"été"}, "enabled": {"false"}, "key": {"terrace"}}).
		want(http.StatusOK).wantText("Été is off everywhere: 1 feature")
	editor.post("/admin/category/enabled", url.Values{"category": {""}, "enabled": {"false"}, "key": {"bare"}}).
		want(http.StatusUnprocessableEntity).wantText("Name a category.")
	if got := s.killed(); got != "terrace" {
		t.Errorf("killed are %q", got)
	}
}

func TestCategoryRefusals(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	for query, status := range map[string]int{
		"category=portal": http.StatusUnprocessableEntity, "category=nothing&enabled=false": http.StatusNotFound,
		"enabled=false": http.StatusUnprocessableEntity, "category=portal&enabled=true": http.StatusNotFound,
	} {
		editor.get("/admin/category/kill?" + query).want(status)
	}
	long := strings.Repeat("x", 501)
	for status, form := range map[int]url.Values{
		http.StatusUnprocessableEntity: {"category": {"portal"}, "enabled": {"false"}},
		http.StatusNotFound:            {"category": {"portal"}, "enabled": {"false"}, "key": {"no_such"}},
	} {
		editor.post("/admin/category/enabled", form).want(status)
	}
	form := url.Values{"category": {"portal"}, "enabled": {"false"}, "key": {"ai_agents"}, "reason": {long}}
	if got := editor.viaHtmx().post("/admin/category/enabled", form).want(http.StatusUnprocessableEntity).page().Find("#category-reason-error").Length(); got != 1 {
		t.Error("a reason that is too long is not refused beside its field")
	}
	if got := s.killed(); got != "" {
		t.Errorf("refused, but killed are %q", got)
	}
}
