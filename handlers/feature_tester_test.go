package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestTester(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.user("owner")
	s.defaultOn()
	s.release(url.Values{"strategy": {"role"}, "roles": {"owner"}}).want(http.StatusSeeOther)
	viewer := s.as("viewer")
	for _, test := range []struct{ query, value, source, note, whom string }{
		{"account=arizona-comedy&role=owner", "On", "default", "", "Arizona Comedy"},
		{"account=arizona-comedy&role=mechanic", "Off", "rollout", "", "Arizona Comedy"},
		{"account=arizona-comedy", "Off", "rollout", "Some of its users have it", "Arizona Comedy"},
		{"account=unheard-of&role=owner&user=Owner@example.com&postal_code=M5V", "On", "default", "No account has this key.", "unheard-of"},
		{"ask=1", "Off", "rollout", "", "no account"},
	} {
		page := viewer.get("/admin/features/ai_agents/tester?" + test.query).want(http.StatusOK).page()
		result := page.Find("#result")
		if got := text(result.Find(".badge")); got != test.value {
			t.Errorf("%s: %q, want %q", test.query, got, test.value)
		}
		if got := text(result.Find(".source")); got != test.source {
			t.Errorf("%s: from %q, want %q", test.query, got, test.source)
		}
		if got := text(result.Find(".hint")); !strings.Contains(got, test.note) {
			t.Errorf("%s: noted is %q", test.query, got)
		}
		if got := text(result.Find("dd").First()); got != test.whom {
			t.Errorf("%s: for %q, want %q", test.query, got, test.whom)
		}
		if n := result.Find(".trace li").Length(); n != 11 {
			t.Errorf("%s: %d rules", test.query, n)
		}
	}
	if got := text(viewer.get("/admin/features/ai_agents/tester").want(http.StatusOK).page().Find("#result")); !strings.Contains(got, "Enter a context") {
		t.Errorf("before anything is asked: %q", got)
	}
}

func TestTesterNamesTheVariant(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.as("editor").post(variantsPath, s.variantForm([3]string{"blue", "true", "100"})).want(http.StatusSeeOther)
	page := s.as("viewer").get("/admin/features/ai_agents/tester?account=maple-garage").want(http.StatusOK).page()
	if got := text(page.Find("#result code")); got != "blue" {
		t.Errorf("the variant is %q", got)
	}
}
