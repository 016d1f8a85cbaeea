package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"flagstone/db/dbtest"
	"flagstone/features"
)

// names are the names in the rows of a list.
func (a *answer) names() []string {
	a.t.Helper()
	return a.page().Find("#list tbody th b").Map(func(_ int, b *goquery.Selection) string { return text(b) })
}

func TestKeysAreSearchedAndSorted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, draft := range []features.KeyDraft{
		{Name: "deploys", Scope: features.ScopeAdmin}, {Name: "Billing", Scope: features.ScopeEvaluate}, {Name: "alerts", Scope: features.ScopeRead},
	} {
		if _, _, err := s.db.AddAPIKey(t.Context(), dbtest.Actor(), draft); err != nil {
			t.Fatal(err)
		}
	}
	admin := s.as("admin")
	for query, want := range map[string][]string{
		"sort=name":            {"alerts", "Billing", "deploys"},
		"sort=-name":           {"deploys", "Billing", "alerts"},
		"sort=scope":           {"Billing", "alerts", "deploys"},
		"sort=created":         {"deploys", "Billing", "alerts"},
		"q=BILL":               {"Billing"},
		"q=read":               {"alerts"},
		"q=tester&sort=-scope": {"deploys", "alerts", "Billing"},
		"q=nothing":            nil,
	} {
		if got := admin.get("/admin/settings/keys?" + query).want(http.StatusOK).names(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	page := admin.get("/admin/settings/keys?q=bill&sort=-name").want(http.StatusOK).page()
	if got := text(page.Find("#count")); got != "1 of 3 API keys" {
		t.Errorf("it counts %q", got)
	}
	if sorted := page.Find(`#list th[aria-sort=descending]`); sorted.Length() != 1 || text(sorted) != "Key" {
		t.Errorf("sorted by %q", text(sorted))
	}
	admin.get("/admin/settings/keys?q=nothing").want(http.StatusOK).wantText("No API key matches")
	admin.get("/admin/settings/keys?sort=colour").want(http.StatusUnprocessableEntity)
}

func TestSessionsAreSearchedAndSorted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.as("editor")
	s.as("viewer")
	admin := s.as("admin")
	list := "/admin/settings/sessions?"
	for query, want := range map[string][]string{
		"sort=name":    {"Admin", "Editor", "Viewer"},
		"sort=-name":   {"Viewer", "Editor", "Admin"},
		"sort=created": {"Editor", "Viewer", "Admin"},
		"q=edit":       {"Editor"},
	} {
		if got := admin.get(list + query).want(http.StatusOK).names(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	admin.get(list + url.Values{"q": {"nobody"}}.Encode()).want(http.StatusOK).wantText("No session matches")
	admin.get(list + "sort=colour").want(http.StatusUnprocessableEntity)
}
