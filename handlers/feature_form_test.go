package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func (s *site) featureVersion(key string) string {
	s.t.Helper()
	value, _ := s.as("editor").get("/admin/features/" + key + "/edit").want(http.StatusOK).page().Find("input[name=version]").Attr("value")
	return value
}

func TestCreateFeature(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	editor.get("/admin/features/new").want(http.StatusOK)
	created := editor.post("/admin/features", url.Values{
		"key": {"limits.max_flows"}, "name": {" Max Flows "}, "description": {"how many flows"}, "category": {"limits"}, "default": {"true"},
		"help_url": {"https://help.example.com/flows"}, "owner": {"Flows team"},
	}).want(http.StatusSeeOther)
	if got := created.Header.Get("Location"); got != "/admin/features/limits.max_flows" {
		t.Errorf("leads to %q", got)
	}
	page := editor.get("/admin/features/limits.max_flows").want(http.StatusOK).page()
	if got := text(page.Find("h1")); got != "Max Flows" {
		t.Errorf("it is called %q", got)
	}
	if !s.has("arizona-comedy", "limits.max_flows") {
		t.Error("what is on by default is off")
	}
}

func TestFeatureFormSaysWhatIsWrongWhere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	for _, test := range []struct {
		field, value, want string
	}{
		{"key", "", "Give the feature a key"},
		{"key", "Knowledge-Base", "Use lower-case letters"},
		{"key", "ai_agents", "The key ai_agents is taken."},
		{"key", "ai.agents", "this key would have the same name as ai_agents"},
		{"key", "new", "The console keeps this word for itself."},
		{"name", "", "Give it a name."},
		{"name", strings.Repeat("n", 201), "Use at most 200 characters."},
		{"help_url", "javascript:alert(1)", "Give a full address"},
		{"display_order", "first", "Give a whole number"},
		{"display_order", "-1", "Give a whole number"},
		{"description", strings.Repeat("d", 1001), "Use at most 1,000 characters."},
	} {
		form := url.Values{"key": {"fine"}, "name": {"Fine"}, "owner": {"<b>me</b>"}}
		form.Set(test.field, test.value)
		page := editor.post("/admin/features", form).want(http.StatusUnprocessableEntity).page()
		if got := text(page.Find("#" + test.field + "-error")); !strings.Contains(got, test.want) {
			t.Errorf("%s %q: %q, want %q", test.field, test.value, got, test.want)
		}
		if kept, _ := page.Find("#owner").Attr("value"); kept != "<b>me</b>" {
			t.Errorf("%s: what was typed elsewhere is now %q", test.field, kept)
		}
	}
	if n := len(s.db.Live().Catalogue().Features()); n != 3 {
		t.Errorf("%d features, want 3 as before", n)
	}
}

func TestEditFeature(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	version := s.featureVersion("ai_agents")
	editor.post("/admin/features/ai_agents", url.Values{"version": {version}, "name": {"Agents"}, "key": {"other"}, "display_order": {"7"}}).want(http.StatusSeeOther)
	f, err := s.db.Live().Catalogue().Feature("ai_agents")
	if err != nil || f.Name != "Agents" || f.Category != "" || f.DisplayOrder != 7 {
		t.Errorf("saved %+v, %v", f, err)
	}
	editor.post("/admin/features/ai_agents", url.Values{"version": {"0"}, "name": {""}}).want(http.StatusUnprocessableEntity)
	editor.post("/admin/features/teleport", url.Values{"name": {"x"}}).want(http.StatusNotFound)
	s.as("viewer").get("/admin/features/ai_agents/edit").want(http.StatusForbidden)
	s.as("viewer").post("/admin/features/ai_agents", url.Values{"name": {"x"}}).want(http.StatusForbidden)
	s.as("viewer").post("/admin/features", url.Values{"key": {"x"}, "name": {"x"}}).want(http.StatusForbidden)
}

func TestTwoPeopleEditOneFeature(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	version := s.featureVersion("ai_agents")
	form := func(name string) url.Values {
		return url.Values{"version": {version}, "name": {name}, "category": {"portal"}, "display_order": {"2"}}
	}
	s.as("admin").post("/admin/features/ai_agents", form("Assistants")).want(http.StatusSeeOther)
	page := s.as("editor").post("/admin/features/ai_agents", form("Helpers")).want(http.StatusConflict).page()
	if got := text(page.Find(".banner")); !strings.HasPrefix(got, "Admin saved this feature since you opened it.") {
		t.Errorf("the page says %q", got)
	}
	rows := page.Find(".diff tbody tr")
	if rows.Length() != 1 || text(rows.Find("del")) != "Assistants" || text(rows.Find("ins")) != "Helpers" {
		t.Errorf("the versions are %q", text(rows))
	}
	if f, _ := s.db.Live().Catalogue().Feature("ai_agents"); f.Name != "Assistants" {
		t.Errorf("the first version was overwritten with %q", f.Name)
	}
	over, _ := page.Find("input[name=version]").Attr("value")
	mine := form("Helpers")
	mine.Set("version", over)
	s.as("editor").post("/admin/features/ai_agents", mine).want(http.StatusSeeOther)
	if f, _ := s.db.Live().Catalogue().Feature("ai_agents"); f.Name != "Helpers" {
		t.Errorf("after \"Save mine\" it is called %q", f.Name)
	}
}

func TestAnotherDefaultShowsItsEffectFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	editor := s.as("editor").viaHtmx()
	preview := editor.get("/admin/features/ai_agents/effect?default=true").want(http.StatusOK).page()
	if got := text(preview.Find(".gain")); got != "1 gains it Maple Garage" {
		t.Errorf("the preview says %q", got)
	}
	if got := text(preview.Find(".effect li").Last()); got != "1 keeps it" {
		t.Errorf("the preview ends with %q", got)
	}
	if body := editor.get("/admin/features/ai_agents/effect?default=false").want(http.StatusOK).body; strings.TrimSpace(body) != "" {
		t.Errorf("the stored default has the effect %s", body)
	}
	editor.get("/admin/features/ai_agents/effect?default=").want(http.StatusUnprocessableEntity)
}
