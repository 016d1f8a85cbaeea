package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"flagstone/db/dbtest"
	"flagstone/features"
)

// versionOfAgents is the version that the editor of AI Agents carries.
func (s *site) versionOfAgents() string {
	s.t.Helper()
	value, _ := s.as("editor").get("/admin/features/ai_agents/edit").want(http.StatusOK).page().Find("input[name=version]").Attr("value")
	return value
}

func TestCreateFeature(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	editor.get("/admin/features/-/new").want(http.StatusOK)
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
		{"key", "", "Enter a key for the feature"},
		{"key", "Knowledge-Base", "Use lower-case letters"},
		{"key", "ai_agents", "The key ai_agents is taken."},
		{"key", "ai.agents", "this key would have the same name as ai_agents"},
		{"name", "", "Enter a name."},
		{"name", strings.Repeat("n", 201), "Use at most 200 characters."},
		{"help_url", "javascript:alert(1)", "Enter a full address"},
		{"display_order", "first", "Enter a whole number"},
		{"display_order", "-1", "Enter a whole number"},
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
	version := s.versionOfAgents()
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
	version := s.versionOfAgents()
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
		t.Errorf("after \"Save my version\" it is called %q", f.Name)
	}
}

func TestTheFormShowsItsEffectFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create(features.FeatureDraft{Key: "memories", Name: "Memories", Default: features.Value{Enabled: true}, Links: features.Links{DependsOn: []string{"ai_agents"}}})
	s.switchOn("arizona-comedy", "ai_agents", true)
	editor := s.as("editor").viaHtmx()
	values := formOf(s.as("editor").get("/admin/features/ai_agents/edit").want(http.StatusOK).page().Find("#feature-form"))
	if got := text(editor.post("/admin/features/ai_agents/effect/form", values).want(http.StatusOK).page().Find(".effect-sentence")); got != "Nothing is changed yet." {
		t.Errorf("as stored, the preview says %q", got)
	}
	values.Set("default", "true")
	preview := editor.post("/admin/features/ai_agents/effect/form", values).want(http.StatusOK).page()
	if got := text(preview.Find("#form-names .gain").First()); got != "1 gains it Maple Garage" {
		t.Errorf("the preview says %q", got)
	}
	if got := text(preview.Find("#form-names .others summary")); got != "Memories 1 account gains it, nobody loses it" {
		t.Errorf("through links: %q", got)
	}
	values.Set("depends_on", "memories")
	preview = editor.post("/admin/features/ai_agents/effect/form", values).want(http.StatusOK).page()
	if got := text(preview.Find(".field-error")); !strings.Contains(got, "ai_agents, which needs memories") {
		t.Errorf("a circle is previewed as %q", got)
	}
	editor.post("/admin/features/-/effect/form", url.Values{"key": {"fresh"}, "name": {"Fresh"}, "default": {"true"}}).want(http.StatusOK).wantText("2 accounts gain it")
	s.as("editor").post("/admin/features/-/effect/form", url.Values{"key": {"fresh"}, "name": {"Fresh"}}).want(http.StatusOK).wantText("New feature")
}

// create adds a feature to the registry.
func (s *site) create(draft features.FeatureDraft) {
	s.t.Helper()
	if _, err := s.db.CreateFeature(s.t.Context(), dbtest.Actor(), draft); err != nil {
		s.t.Fatal(err)
	}
}

func TestTypedFeatureIsCreatedAndEdited(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	editor.post("/admin/features", url.Values{
		"key": {"limits.max_flows"}, "name": {"Max Flows"}, "type": {"integer"}, "default": {"true"}, "default_integer": {"10"},
		"default_string": {"kept"}, "min": {"0"}, "max": {"1000"}, "depends_on": {"knowledge_base, ai_agents"}, "conflicts_with": {"additional_services"},
		"deprecated": {"true"}, "deprecation_message": {"Use quotas"}, "metadata": {`{"team": "flows"}`}, "premium": {"true"},
	}).want(http.StatusSeeOther)
	f := s.feature("limits.max_flows")
	if f.Type != features.IntegerType || f.Default != (features.Value{Enabled: true, Data: "10"}) || *f.Constraints.Min != 0 || *f.Constraints.Max != 1000 ||
		len(f.DependsOn) != 2 || len(f.ConflictsWith) != 1 || !f.Deprecated || f.DeprecationMessage != "Use quotas" || f.Metadata != `{"team":"flows"}` || !f.Premium {
		t.Errorf("saved %+v", f)
	}
	page := editor.get("/admin/features/limits.max_flows/edit").want(http.StatusOK).page()
	values := formOf(page.Find("#feature-form"))
	for field, want := range map[string]string{
		"type": "integer", "default_integer": "10", "min": "0", "max": "1000", "depends_on": "knowledge_base\nai_agents", "deprecated": "true",
		"metadata": "{\n  \"team\": \"flows\"\n}", "premium": "true",
	} {
		if got := values.Get(field); got != want {
			t.Errorf("opened again, %s is %q", field, got)
		}
	}
	if got := text(page.Find("#resolved-depends_on .entries")); got != "Knowledge Base knowledge_base AI Agents ai_agents" {
		t.Errorf("beside the keys stands %q", got)
	}
	before := s.changes()
	editor.post("/admin/features/limits.max_flows", values).want(http.StatusSeeOther)
	if s.changes() != before {
		t.Error("saving the form as it was opened changes something")
	}
}

func TestTheFormNamesTheCulpritAtTheField(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create(features.FeatureDraft{Key: "chat", Name: "Chat", Links: features.Links{DependsOn: []string{"ai_agents"}}})
	s.create(features.FeatureDraft{Key: "legacy", Name: "Legacy"})
	editor := s.as("editor")
	before := s.changes()
	for name, test := range map[string]struct {
		form        url.Values
		field, want string
	}{
		"no whole number":    {url.Values{"type": {"integer"}, "default": {"true"}, "default_integer": {"ten"}}, "default_integer", "Enter a whole number"},
		"on without a value": {url.Values{"type": {"integer"}, "default": {"true"}}, "default_integer", "A feature that is on needs a value of the type integer"},
		"below the smallest": {url.Values{"type": {"integer"}, "default": {"true"}, "default_integer": {"-1"}, "min": {"0"}}, "default_integer", "-1 is less than the minimum, 0"},
		"not one of":         {url.Values{"type": {"string"}, "default": {"true"}, "default_string": {"mars"}, "enum": {"eu\nus"}}, "default_string", "mars is not one of eu, us"},
		"no JSON":            {url.Values{"type": {"json"}, "default": {"true"}, "default_json": {"{\n  \"a\": }"}}, "default_json", "line 2, column 8"},
		"breaks the schema": {
			url.Values{"type": {"json"}, "default": {"true"}, "default_json": {"{}"}, "schema": {`{"required": ["retries"]}`}},
			"default_json", "does not match the feature's JSON Schema: missing property 'retries'",
		},
		"no schema":           {url.Values{"type": {"json"}, "schema": {`{"type": 1}`}}, "schema", "This is not a valid JSON Schema"},
		"a smallest of words": {url.Values{"type": {"integer"}, "min": {"few"}}, "min", "Enter a whole number"},
		"the wrong way round": {url.Values{"type": {"integer"}, "min": {"2"}, "max": {"1"}}, "max", "The maximum, 1, is less than the minimum, 2."},
		"a list of words":     {url.Values{"type": {"integer"}, "enum": {"1\ntwo"}}, "enum", "two: enter a whole number"},
		"no type":             {url.Values{"type": {"float"}}, "type", "Choose boolean, integer, string or json."},
		"metadata of a list":  {url.Values{"metadata": {"[]"}}, "metadata", "Enter a JSON object"},
		"metadata that ends":  {url.Values{"metadata": {"{"}}, "metadata", "it ends too early, at line 1, column"},
		"an unknown key":      {url.Values{"depends_on": {"teleport"}}, "depends_on", `no feature with the key "teleport"`},
		"itself":              {url.Values{"conflicts_with": {"ai_agents"}}, "conflicts_with", "cannot conflict with itself. Remove ai_agents."},
		"circular dependency": {url.Values{"depends_on": {"chat"}}, "depends_on", "ai_agents, which needs chat, which needs ai_agents"},
		"a rival of what it needs": {
			url.Values{"conflicts_with": {"chat"}},
			"conflicts_with",
			"chat cannot conflict with ai_agents, which it needs",
		},
	} {
		test.form.Set("version", s.versionOfAgents())
		test.form.Set("name", "AI Agents")
		test.form.Set("owner", "<b>me</b>")
		page := editor.post("/admin/features/ai_agents", test.form).want(http.StatusUnprocessableEntity).page()
		if got := text(page.Find("#" + test.field + "-error")); !strings.Contains(got, test.want) {
			t.Errorf("%s: beside %s stands %q, want %q", name, test.field, got, test.want)
		}
		again := formOf(page.Find("#feature-form"))
		for field := range test.form {
			if again.Get(field) != strings.ReplaceAll(test.form.Get(field), "float", "") {
				t.Errorf("%s: %s is now %q", name, field, again.Get(field))
			}
		}
	}
	if n := s.changes(); n != before {
		t.Errorf("%d changes were saved", n-before)
	}
}

func TestAConflictWithWhatADependencyNeedsIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create(features.FeatureDraft{Key: "chat", Name: "Chat", Links: features.Links{DependsOn: []string{"ai_agents"}}})
	page := s.as("editor").post("/admin/features", url.Values{
		"key": {"rooms"}, "name": {"Rooms"}, "depends_on": {"chat"}, "conflicts_with": {"ai_agents"},
	}).want(http.StatusUnprocessableEntity).page()
	if got := text(page.Find("#conflicts_with-error")); got != "rooms cannot conflict with ai_agents, which it needs: rooms needs chat needs ai_agents." {
		t.Errorf("beside the field stands %q", got)
	}
}

func TestTheTypeOfWhatIsReferredToIsFixed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	editor := s.as("editor")
	page := editor.get("/admin/features/ai_agents/edit").want(http.StatusOK).page()
	if page.Find("[name=type]").Length() != 1 || !strings.Contains(text(page.Find("#values").Closest("section")), "Cannot be changed: it is used by overrides of 1 account.") {
		t.Errorf("the type can be chosen: %s", text(page.Find("fieldset")))
	}
	values := formOf(page.Find("#feature-form"))
	values.Set("type", "string")
	refused := editor.post("/admin/features/ai_agents", values).want(http.StatusUnprocessableEntity).page()
	if got := text(refused.Find("#type-error")); got != "The type stays boolean while AI Agents is used by overrides of 1 account. Change these first." {
		t.Errorf("beside the field stands %q", got)
	}
}

func TestQuestionsNameWhatNeedsTheFeature(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	on := features.Value{Enabled: true}
	s.create(features.FeatureDraft{Key: "streaming", Name: "Streaming", Category: "core", Default: on})
	s.create(features.FeatureDraft{Key: "chat", Name: "Chat", Default: on, Links: features.Links{DependsOn: []string{"streaming"}}})
	s.create(features.FeatureDraft{Key: "rooms", Name: "Rooms", Default: on, Links: features.Links{DependsOn: []string{"chat"}}})
	editor := s.as("editor").viaHtmx()
	for _, question := range []string{
		"/admin/features/streaming/kill?enabled=false", "/admin/features/streaming/active?active=false", "/admin/category/kill?category=core&enabled=false",
	} {
		page := editor.get(question).want(http.StatusOK).page()
		if got := text(page.Find(".banner")); got != "2 features need this: Chat and Rooms." {
			t.Errorf("%s says %q", question, got)
		}
		if got := text(page.Find("summary")); !strings.Contains(got, "Chat 2 accounts lose it") || !strings.Contains(got, "Rooms 2 accounts lose it") {
			t.Errorf("%s shows of the others %q", question, got)
		}
	}
	values := formOf(s.as("editor").get("/admin/features/streaming").page().Find("#rollout"))
	values.Set("strategy", "whitelist")
	values.Set("account_ids", "maple-garage")
	preview := editor.post("/admin/features/streaming/effect/rollout", values).want(http.StatusOK).page()
	if got := text(preview.Find("#rollout-names .others summary")); got != "Chat 1 account loses itRooms 1 account loses it" {
		t.Errorf("the rollout shows of the others %q", got)
	}
	if got := text(preview.Find("p")); !strings.Contains(got, "2 other features change through links.") {
		t.Errorf("the rollout says %q", got)
	}
}
