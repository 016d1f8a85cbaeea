package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// serverWithEntries is a server with three models and two components, which require its features.
func serverWithEntries(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	for _, m := range []features.ModelDraft{
		{Provider: "openai", ModelID: "gpt-4o", Name: "GPT-4o", Family: "gpt-4", ContextWindow: 128000, MaxTokens: 16384, InputPrice: "0.0025", Feature: "ai_agents", Active: true, ModelAbilities: features.ModelAbilities{Tools: true}},
		{Provider: "openai", ModelID: "embed", Name: "Embeddings", Type: "embedding", Feature: "ai_agents", Active: true, Deprecated: true},
		{Provider: "local", ModelID: "llama/8b", Name: "Llama", Active: false},
	} {
		if _, err := s.db.CreateModel(t.Context(), dbtest.Actor(), m); err != nil {
			t.Fatal(err)
		}
	}
	for _, one := range []features.ComponentDraft{
		{Key: "stores.chroma", Name: "chroma", DisplayName: "Chroma", Category: "Stores", Feature: "ai_agents", Requires: []string{"knowledge_base"}, Beta: true, Active: true},
		{Key: "chat", Name: "Chat", Category: "Tools", Active: true},
	} {
		if _, err := s.db.CreateComponent(t.Context(), dbtest.Actor(), one); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// gpt is the address of the model GPT-4o.
func (s *site) gpt() string {
	s.t.Helper()
	m, err := s.db.Live().Catalogue().Model("openai/gpt-4o")
	if err != nil {
		s.t.Fatal(err)
	}
	return "/admin/models/" + strconv.FormatInt(m.ID, 10)
}

func TestEntryListsFilter(t *testing.T) {
	t.Parallel()
	s := serverWithEntries(t)
	viewer := s.as("viewer")
	for query, want := range map[string]string{
		"/admin/models":                            "local/llama/8b openai/embed openai/gpt-4o",
		"/admin/models?q=GPT":                      "openai/gpt-4o",
		"/admin/models?q=openai+embed":             "openai/embed",
		"/admin/models?provider=openai":            "openai/embed openai/gpt-4o",
		"/admin/models?type=embedding":             "openai/embed",
		"/admin/models?feature=none":               "local/llama/8b",
		"/admin/models?status=inactive":            "local/llama/8b",
		"/admin/models?status=deprecated":          "openai/embed",
		"/admin/models?status=active&q=gone":       "",
		"/admin/models?sort=-name":                 "local/llama/8b openai/gpt-4o openai/embed",
		"/admin/models?sort=change":                "openai/gpt-4o openai/embed local/llama/8b",
		"/admin/components":                        "stores.chroma chat",
		"/admin/components?category=Tools":         "chat",
		"/admin/components?feature=knowledge_base": "stores.chroma",
		"/admin/components?beta=beta":              "stores.chroma",
		"/admin/components?sort=name":              "chat stores.chroma",
	} {
		page := viewer.get(query).want(http.StatusOK).page()
		keys := page.Find("tbody code.key").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
		if got := strings.Join(keys, " "); got != want {
			t.Errorf("%s gives %q, want %q", query, got, want)
		}
		if want == "" && page.Find("#list .empty").Length() != 1 {
			t.Errorf("%s: nothing says that nothing matches", query)
		}
	}
	for query, status := range map[string]int{"sort=colour": http.StatusUnprocessableEntity, "page=2": http.StatusNotFound, "page=x": http.StatusNotFound} {
		viewer.get("/admin/models?" + query).want(status)
	}
	row := viewer.get("/admin/models").page().Find("tbody tr").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.Contains(s.Text(), "GPT-4o") })
	for label, want := range map[string]string{
		"State": "Active", "Type": "Chat tools", "Context": "128,000 tokens answers up to 16,384", "Price per 1,000 tokens": "0.0025 in", "Requires": "ai_agents",
	} {
		if got := text(row.Find(`[data-label="` + label + `"]`)); got != want {
			t.Errorf("%s is %q, want %q", label, got, want)
		}
	}
}

func TestEmptyShelves(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{"/admin/models", "/admin/components"} {
		if link := s.as("editor").get(path).want(http.StatusOK).page().Find(`#list .empty a`); link.AttrOr("href", "") != path+"/-/new" {
			t.Errorf("%s does not lead to the first entry", path)
		}
		if n := s.as("viewer").get(path).page().Find(`a[href$="/new"], a[href$="/import"]`).Length(); n != 0 {
			t.Errorf("%s offers a viewer what only editors may", path)
		}
	}
}

func TestComponentsAreCreated(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	editor.get("/admin/components/-/new").want(http.StatusOK)
	form := url.Values{"key": {" stores.chroma "}, "name": {"Chroma"}, "feature": {"ai_agents"}, "required_features": {"knowledge_base, additional_services"}, "active": {"true"}}
	if path := editor.post("/admin/components", form).want(http.StatusSeeOther).Header.Get("Location"); path != "/admin/components/stores.chroma" {
		t.Errorf("creating leads to %s", path)
	}
	one, err := s.db.Live().Catalogue().Component("stores.chroma")
	if err != nil || one.Feature != "ai_agents" || !slices.Equal(one.Requires, []string{"knowledge_base", "additional_services"}) || !one.Active {
		t.Errorf("the component is %+v, %v", one, err)
	}
}

func TestEntriesAreCreatedAndEdited(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	editor.get("/admin/models/-/new").want(http.StatusOK)
	form := url.Values{
		"provider": {"openai"}, "model_id": {"gpt-4o"}, "name": {"GPT-4o"}, "type": {"chat"}, "context_window": {"128000"}, "input_price": {"0.0025"},
		"feature": {"ai_agents"}, "tools": {"true"}, "active": {"true"},
	}
	path := editor.post("/admin/models", form).want(http.StatusSeeOther).Header.Get("Location")
	if path != s.gpt() {
		t.Errorf("creating leads to %s", path)
	}
	m := s.db.Live().Catalogue().Models()[0]
	if m.ContextWindow != 128000 || !m.Tools || m.Vision || !m.Active || m.Feature != "ai_agents" {
		t.Errorf("the model is %+v", m)
	}
	facts := text(editor.get(path).want(http.StatusOK).page().Find("dl.meta"))
	for _, want := range []string{"TypeChat", "Requiresai_agents", "ToolsYes", "Context window128,000 tokens", "Input price0.0025 per 1,000 tokens"} {
		if !strings.Contains(facts, want) {
			t.Errorf("its page says %s, and not %s", facts, want)
		}
	}
	version := editor.get(path+"/edit").want(http.StatusOK).page().Find("[name=version]").AttrOr("value", "")
	form.Set("version", version)
	form.Set("name", "Omni")
	form.Set("model_id", "another")
	form.Del("tools")
	editor.post(path, form).want(http.StatusSeeOther)
	if m := s.db.Live().Catalogue().Models()[0]; m.Name != "Omni" || m.Tools || m.ModelID != "gpt-4o" {
		t.Errorf("the model is %+v", m)
	}
	form.Set("name", "Mine")
	conflict := editor.post(path, form).want(http.StatusConflict).page()
	if got := text(conflict.Find("table.diff tbody")); got != "NameOmniMine" {
		t.Errorf("the conflict shows %q", got)
	}
	if got := text(conflict.Find(".banner b")); got != "Editor saved this model since you opened it." {
		t.Errorf("the conflict says %q", got)
	}
	form.Set("version", conflict.Find("[name=version]").AttrOr("value", ""))
	editor.post(path, form).want(http.StatusSeeOther)
	editor.get("/admin/models/99").want(http.StatusNotFound)
	editor.get("/admin/models/x").want(http.StatusNotFound)
}

func TestEntryFormsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := serverWithEntries(t)
	editor := s.as("editor")
	before := s.changes()
	for _, c := range []struct {
		path   string
		form   url.Values
		fields string
	}{
		{"/admin/models", url.Values{"provider": {"Open AI"}, "model_id": {"x"}, "context_window": {"many"}, "output_price": {"-1"}}, "context_window name output_price provider"},
		{"/admin/models", url.Values{"provider": {"openai"}, "model_id": {"gpt-4o"}, "name": {"A"}}, "model_id"},
		{"/admin/models", url.Values{"provider": {"openai"}, "model_id": {"new"}, "name": {"A"}, "feature": {"gone"}}, "feature"},
		{s.gpt(), url.Values{"name": {""}}, "name"},
		{"/admin/components", url.Values{"key": {"New"}, "name": {"A"}, "docs_url": {"x"}}, "docs_url key"},
		{"/admin/components", url.Values{"key": {"x"}, "name": {"A"}, "required_features": {"ai_agents, gone"}}, "required_features"},
		{"/admin/components/chat", url.Values{"name": {"A"}, "feature": {"gone"}}, "feature"},
	} {
		page := editor.post(c.path, c.form).want(http.StatusUnprocessableEntity).page()
		var wrong []string
		page.Find(".field-error").Each(func(_ int, s *goquery.Selection) {
			wrong = append(wrong, strings.TrimSuffix(s.AttrOr("id", ""), "-error"))
		})
		for _, field := range strings.Fields(c.fields) {
			if !strings.Contains(" "+strings.Join(wrong, " ")+" ", " "+field+" ") {
				t.Errorf("%s with %v: nothing is said at %s, but at %v", c.path, c.form, field, wrong)
			}
		}
		if len(wrong) != len(strings.Fields(c.fields)) {
			t.Errorf("%s with %v: errors at %v", c.path, c.form, wrong)
		}
	}
	if s.changes() != before {
		t.Error("something was written")
	}
}

func TestEntriesGoOutOfUseAndAway(t *testing.T) {
	t.Parallel()
	s := serverWithEntries(t)
	editor := s.as("editor")
	for _, path := range []string{s.gpt(), "/admin/components/chat"} {
		editor.get(path + "/active?active=false").want(http.StatusOK).wantText("Deactivate")
		editor.post(path+"/active", url.Values{"active": {"false"}, "reason": {strings.Repeat("x", 501)}}).want(http.StatusUnprocessableEntity).wantText("Use at most 500 characters.")
		editor.viaHtmx().post(path+"/active", url.Values{"active": {"false"}, "reason": {"retired by its maker"}}).want(http.StatusOK).wantText("is inactive")
		editor.post(path+"/active", url.Values{"active": {"false"}}).want(http.StatusSeeOther)
		editor.get(path).wantText("Inactive").wantText("retired by its maker")
		editor.get(path + "/delete").want(http.StatusOK).wantText("portals do not list it now")
		editor.get(path + "/active?active=true").want(http.StatusOK).wantText("Activate")
		editor.post(path+"/active", url.Values{"active": {"true"}}).want(http.StatusSeeOther)
		editor.get(path + "/active?active=perhaps").want(http.StatusUnprocessableEntity)
		editor.get(path + "/delete").want(http.StatusOK).wantText("portals no longer list it")
		editor.post(path+"/delete", url.Values{"reason": {strings.Repeat("x", 501)}}).want(http.StatusUnprocessableEntity)
		editor.post(path+"/delete", url.Values{"reason": {"gone"}}).want(http.StatusSeeOther)
		editor.get(path).want(http.StatusNotFound)
		editor.post(path+"/delete", url.Values{}).want(http.StatusNotFound)
	}
	sets, err := s.db.ChangeSets(t.Context(), db.AuditFilter{}, 2)
	if err != nil || sets[0].Action != "component.delete" || sets[0].Reason != "gone" {
		t.Fatalf("the log has %+v, %v", sets, err)
	}
	editor.post("/admin/audit/"+strconv.FormatInt(sets[0].ID, 10)+"/undo", url.Values{}).want(http.StatusSeeOther)
	editor.get("/admin/components/chat").want(http.StatusOK)
}

func TestFeaturesSayWhatTheyGate(t *testing.T) {
	t.Parallel()
	s := serverWithEntries(t)
	editor := s.as("editor")
	page := editor.get("/admin/features/ai_agents/registry").want(http.StatusOK).page()
	if got := text(page.Find("section[aria-labelledby=gates]")); got != "Gates2 models, 1 componentEmbeddings openai/embed Model Active DeprecatedGPT-4o openai/gpt-4o Model ActiveChroma stores.chroma Component ActiveBeta" {
		t.Errorf("it gates %q", got)
	}
	if got := text(editor.get("/admin/features/knowledge_base/registry").page().Find("section[aria-labelledby=gates]")); !strings.Contains(got, "Component · requires it") {
		t.Errorf("it gates %q", got)
	}
	page.Find("section[aria-labelledby=gates] a").Each(func(_ int, a *goquery.Selection) { editor.get(a.AttrOr("href", "")).want(http.StatusOK) })
	if n := editor.get("/admin/features/additional_services/registry").page().Find("#gates").Length(); n != 0 {
		t.Error("a feature that gates nothing says what it gates")
	}
	editor.get("/admin/features/ai_agents/delete").want(http.StatusOK).wantText("is used by the model GPT-4o, the model Embeddings, the component Chroma")
	editor.post("/admin/features/ai_agents/delete", url.Values{}).want(http.StatusConflict).wantText("is used by the model GPT-4o, the model Embeddings, the component Chroma")
}

func TestModelsAreImportedFromCSV(t *testing.T) {
	t.Parallel()
	s := serverWithEntries(t)
	admin := s.as("admin")
	admin.get("/admin/models/-/import").want(http.StatusOK)
	before := s.changes()
	text := "provider,model_id,name,input_price,feature\nopenai,gpt-4o,GPT-4o,0.005,ai_agents\nmistral,large,Large,,knowledge_base\n"
	page := admin.uploadTo("/admin/models/-/import", "models.csv", text, nil).want(http.StatusOK).page()
	if got := words(page.Find("#planned-models").Closest("section").Find("li")); !strings.Contains(got, "Large mistral/large") || !strings.Contains(got, "input_price: 0.0025 → 0.005") {
		t.Errorf("the plan is %s", got)
	}
	if s.changes() != before {
		t.Fatal("the preview has written something")
	}
	apply := form(page.Find("form[action$=apply]"))
	apply.Set("reason", strings.Repeat("x", 501))
	page = admin.post("/admin/models/-/import/apply", apply).want(http.StatusUnprocessableEntity).wantText("Use at most 500 characters.").page()
	apply = form(page.Find("form[action$=apply]"))
	apply.Set("reason", "new prices")
	if to := admin.post("/admin/models/-/import/apply", apply).want(http.StatusSeeOther).Header.Get("Location"); to != "/admin/models" {
		t.Errorf("it leads to %s", to)
	}
	m, err := s.db.Live().Catalogue().Model("openai/gpt-4o")
	if err != nil || m.InputPrice != "0.005" || m.ContextWindow != 128000 || !m.Tools || s.changes() != before+1 {
		t.Errorf("the model is %+v, %v", m, err)
	}
	admin.post("/admin/models/-/import/apply", apply).want(http.StatusUnprocessableEntity).wantText("This preview has been used")
	admin.uploadTo("/admin/models/-/import", "models.csv", text, nil).want(http.StatusOK).wantText("Nothing would change")
	sample := admin.get("/admin/models/-/import/sample.csv").want(http.StatusOK).body
	admin.uploadTo("/admin/models/-/import", "sample.csv", sample, nil).want(http.StatusOK)
}

// A plan that something has changed since is shown anew.
func TestImportOfAnOldPlan(t *testing.T) {
	t.Parallel()
	s := serverWithEntries(t)
	admin := s.as("admin")
	page := admin.uploadTo("/admin/components/-/import", "components.csv", "key,beta\nchat,yes\n", nil).want(http.StatusOK).page()
	s.as("editor").post("/admin/components/chat/active", url.Values{"active": {"false"}}).want(http.StatusSeeOther)
	apply := form(page.Find("form[action$=apply]"))
	done := admin.post("/admin/components/-/import/apply", apply).want(http.StatusSeeOther)
	if one, err := s.db.Live().Catalogue().Component("chat"); err != nil || one.Active || !one.Beta || done.Header.Get("Location") != "/admin/components" {
		t.Errorf("the component is %+v, %v: what the file does not name stays", one, err)
	}
	page = admin.uploadTo("/admin/components/-/import", "components.csv", "key,beta\nchat,no\n", nil).want(http.StatusOK).page()
	s.as("editor").post("/admin/components/chat/delete", url.Values{}).want(http.StatusSeeOther)
	apply = form(page.Find("form[action$=apply]"))
	admin.post("/admin/components/-/import/apply", apply).want(http.StatusUnprocessableEntity).wantText("Enter a name.")
}

func TestBadImportsOfModels(t *testing.T) {
	t.Parallel()
	s := serverWithEntries(t)
	admin := s.as("admin")
	for text, want := range map[string]string{
		"provider,model_id,name\nopenai,new,\n":                 "Line 2, name",
		"provider,model_id,name,feature\nopenai,new,New,gone\n": "Line 2, feature",
		"provider,model_id,tools\nopenai,gpt-4o,perhaps\n":      "Line 2, tools",
		"provider,model_id\nopenai,gpt-4o\nopenai,gpt-4o\n":     "Line 3",
		"provider,model_id,colour\nopenai,gpt-4o,red\n":         "Line 1, colour",
	} {
		page := admin.uploadTo("/admin/models/-/import", "models.csv", text, nil).want(http.StatusUnprocessableEntity).page()
		if got := words(page.Find("#problems").Closest("section").Find("li b")); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	admin.post("/admin/models/-/import", url.Values{}).want(http.StatusUnprocessableEntity).wantText("Choose a CSV file first.")
	admin.post("/admin/models/-/import/apply", url.Values{"token": {"x"}}).want(http.StatusUnprocessableEntity)
}
