package handlers

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"flagstone/features"
)

// uploadRegistry sends a YAML file as the page does.
func (b *browser) uploadRegistry(text string, fields url.Values) *answer {
	b.t.Helper()
	return b.uploadTo("/admin/settings/registry", "registry.yaml", text, fields)
}

// uploadTo sends a file and what stands beside it in the form.
func (b *browser) uploadTo(path, name, text string, fields url.Values) *answer {
	b.t.Helper()
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for name := range fields {
		if err := parts.WriteField(name, fields.Get(name)); err != nil {
			b.t.Fatal(err)
		}
	}
	file, err := parts.CreateFormFile("file", name)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := file.Write([]byte(text)); err != nil {
		b.t.Fatal(err)
	}
	if err := parts.Close(); err != nil {
		b.t.Fatal(err)
	}
	return b.send(http.MethodPost, path, parts.FormDataContentType(), body.String())
}

const twoFeatures = `
features:
  - {key: ai_agents, name: "Agents <b>", default: {enabled: true}}
  - {key: fresh, name: Fresh}
  - {key: limits.max_flows, name: Flows, type: integer}
`

func TestRegistryIsShownThenImported(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as("admin")
	before := s.changes()
	page := admin.uploadRegistry(twoFeatures, nil).want(http.StatusOK).page()
	if got := words(page.Find(".sentence")); got != "2 features created, 1 changed." {
		t.Errorf("the plan says %q", got)
	}
	for id, want := range map[string]string{
		"#planned-features":                             "Features",
		".panel:has(#planned-features) li:nth-child(1)": "Agents <b> ai_agents name : AI Agents → Agents <b> category : portal → none default : off → on Changed",
		".panel:has(#planned-features) li:nth-child(2)": "Fresh fresh New",
		".panel:has(#planned-features) li:nth-child(3)": "Flows limits.max_flows New",
		".panel:has(#planned-features) .count":          "3, and 2 unchanged",
		".panel:has(#effect) summary":                   "AI Agents 2 accounts gain it, nobody loses it",
		".panel:has(#effect) .gain small":               "Arizona Comedy, Maple Garage",
	} {
		if got := words(page.Find(id)); strings.ReplaceAll(got, " :", ":") != strings.ReplaceAll(want, " :", ":") {
			t.Errorf("%s says %q, want %q", id, got, want)
		}
	}
	if s.changes() != before {
		t.Fatal("the preview has written something")
	}
	apply := form(page.Find("form[action$=apply]"))
	apply.Set("reason", "spring")
	done := admin.post("/admin/settings/registry/apply", apply).want(http.StatusSeeOther)
	if got := done.Header.Get("Location"); got != "/admin/settings/registry" {
		t.Errorf("leads to %q", got)
	}
	if !s.has("maple-garage", "ai_agents") || s.changes() != before+1 {
		t.Error("the file is not imported, or not in one change")
	}
	for _, cookie := range done.Cookies() {
		if cookie.Name == "flagstone-message" {
			toast := admin.with("Cookie", admin.cookie.String()+"; "+cookie.Name+"="+cookie.Value).get("/admin/settings/registry").page().Find(".toast")
			if got := words(toast); !strings.HasPrefix(got, "Imported registry.yaml: 2 features created, 1 changed.") || toast.Find("form[action$=undo]").Length() != 1 {
				t.Errorf("the toast says %q", got)
			}
		}
	}
	admin.post("/admin/settings/registry/apply", apply).want(http.StatusUnprocessableEntity).wantText("This preview has been used")
	admin.uploadRegistry(twoFeatures, nil).want(http.StatusOK).wantText("Nothing would change")
}

func TestRegistryFileWithErrors(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as("admin")
	before := s.changes()
	fields := url.Values{"prune": {"true"}}
	page := admin.uploadRegistry("features:\n  - key: a\n    colour: <i>\n    percentage: 101\n", fields).want(http.StatusUnprocessableEntity).page()
	if got := words(page.Find(".banner b")); got != "3 errors, so nothing can be imported yet." {
		t.Errorf("the banner says %q", got)
	}
	if got := words(page.Find(".panel:has(#problems) li").First()); !strings.HasPrefix(got, "Line 3, column 5 There is no key \"colour\" in a feature.") {
		t.Errorf("the first problem is %q", got)
	}
	if page.Find("form[action$=apply]").Length() != 0 || page.Find("input[name=prune][checked]").Length() != 1 {
		t.Error("the file can be imported, or what was ticked is not")
	}
	admin.uploadRegistry("features: [{key: ai.agents, name: A}]", nil).want(http.StatusUnprocessableEntity).
		wantText("Line 1, column 18").wantText("the same name as ai_agents")
	admin.post("/admin/settings/registry", url.Values{}).want(http.StatusUnprocessableEntity).wantText("Choose a YAML file first.")
	many := "features:\n" + strings.Repeat("  - {}\n", 201)
	admin.uploadRegistry(many, nil).want(http.StatusUnprocessableEntity).wantText("first 200 of")
	if s.changes() != before {
		t.Error("something was saved")
	}
}

func TestRegistryPlanIsHeldAgainstWhatHappenedSince(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as("admin")
	apply := form(admin.uploadRegistry(twoFeatures, nil).page().Find("form[action$=apply]"))
	s.switchOn("maple-garage", "ai_agents", true)
	page := admin.post("/admin/settings/registry/apply", apply).want(http.StatusConflict).page()
	if got := words(page.Find(".panel:has(#effect) li")); !strings.Contains(got, "1 account gains it") || words(page.Find(".banner")) != "Something has changed since this preview, so nothing was applied. Review the new effect." {
		t.Errorf("the new plan says %q", got)
	}
	again := form(page.Find("form[action$=apply]"))
	again.Set("reason", strings.Repeat("x", 501))
	long := admin.post("/admin/settings/registry/apply", again).want(http.StatusUnprocessableEntity).wantText("Use at most 500 characters.").page()
	admin.post("/admin/settings/registry/apply", form(long.Find("form[action$=apply]"))).want(http.StatusUnprocessableEntity)
	last := form(admin.uploadRegistry(twoFeatures, nil).page().Find("form[action$=apply]"))
	s.as("admin").post("/admin/settings/registry/apply", last).want(http.StatusUnprocessableEntity)
	admin.post("/admin/settings/registry/apply", last).want(http.StatusSeeOther)
}

func TestRegistryExport(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as("admin")
	s.switchOn("arizona-comedy", "ai_agents", true)
	plain := admin.get("/admin/settings/registry.yaml").want(http.StatusOK).wantText("  - key: knowledge_base\n    name: Knowledge Base\n")
	if got := plain.Header.Get("Content-Disposition"); got != `attachment; filename="registry.yaml"` || strings.Contains(plain.body, "accounts:") {
		t.Errorf("it is %q, with\n%s", got, plain.body)
	}
	whole := admin.get("/admin/settings/registry.yaml?accounts=true").want(http.StatusOK).wantText("  - account: arizona-comedy\n    feature: ai_agents\n    enabled: true\n")
	all := url.Values{"accounts": {"true"}, "prune": {"true"}}
	admin.uploadRegistry(whole.body, all).want(http.StatusOK).wantText("Nothing would change")
	admin.uploadRegistry(whole.body, nil).want(http.StatusOK).wantText("they are not imported unless you include them")
	changed := strings.ReplaceAll(whole.body, "enabled: true", "enabled: false")
	page := admin.uploadRegistry(changed, all).want(http.StatusOK).page()
	admin.post("/admin/settings/registry/apply", form(page.Find("form[action$=apply]"))).want(http.StatusSeeOther)
	if s.has("arizona-comedy", "ai_agents") {
		t.Error("the override is not imported")
	}
	page = admin.uploadRegistry("features: [{key: fresh, name: Fresh}]", all).want(http.StatusOK).page()
	list := words(page.Find(".panel:has(#planned-features)"))
	if !strings.Contains(list, "AI Agents ai_agents overridden for 1 account Retired") || !strings.Contains(list, "Knowledge Base knowledge_base Deleted") {
		t.Errorf("pruning says %q", list)
	}
}

func TestStarterCatalogues(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as("admin")
	list := words(admin.get("/admin/settings/registry").want(http.StatusOK).page().Find(".panel:has(#catalogues)"))
	for _, want := range []string{"Every feature is in the registry.", "6 features are not in the registry yet.", "50 features are not in the registry yet."} {
		if !strings.Contains(list, want) {
			t.Errorf("%q is not in %q", want, list)
		}
	}
	page := admin.get("/admin/settings/registry/catalogues/workshops").want(http.StatusOK).page()
	admin.post("/admin/settings/registry/apply", form(page.Find("form[action$=apply]"))).want(http.StatusSeeOther)
	f, err := s.db.Live().Catalogue().Feature("workshop_routing")
	if err != nil || f.Enabled || f.DisplayOrder != 4 || f.Rollout.By != features.ByPerson {
		t.Errorf("the feature is %+v, %v", f, err)
	}
	admin.get("/admin/settings/registry/catalogues/workshops").want(http.StatusOK).wantText("Nothing would change")
	admin.get("/admin/settings/registry/catalogues/nonsense").want(http.StatusNotFound)
}
