package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/handlers/console"
)

// newPlans is a site with the tiers Free (Arizona Comedy is in it) and Pro (Maple Garage is), a limit, a region and
// settings in JSON; Webhook Retries needs Webhooks.
func newPlans(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	low, high := int64(0), int64(100)
	for _, f := range []features.FeatureDraft{
		{
			Key: "limits.max_flows", Name: "Max Flows", Category: "limits", Type: features.IntegerType, Default: features.Value{Enabled: true, Data: "5"},
			Constraints: features.Constraints{Min: &low, Max: &high},
		},
		{
			Key: "region", Name: "Region", Category: "limits", Type: features.StringType, Default: features.Value{Enabled: true, Data: `"eu"`},
			Constraints: features.Constraints{Enum: []features.JSON{`"eu"`, `"us"`}},
		},
		{Key: "retries", Name: "Retries", Category: "api", Type: features.JSONType},
		{Key: "api.webhooks", Name: "Webhooks", Category: "api"},
		{
			Key: "api.webhook_retries", Name: "Webhook Retries", Category: "api", Default: features.Value{Enabled: true},
			Links: features.Links{DependsOn: []string{"api.webhooks"}},
		},
	} {
		if _, err := s.db.CreateFeature(t.Context(), dbtest.Actor(), f); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"Free", "Pro", "Enterprise"} {
		if _, err := s.db.CreateTier(t.Context(), dbtest.Actor(), features.Tier{Key: strings.ToLower(name), Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	s.moved("arizona-comedy", "", "free")
	s.moved("maple-garage", "", "pro")
	s.setTierFeature("limits.max_flows", features.Value{Enabled: true, Data: "50"})
	s.setTierFeature("api.webhooks", features.Value{Enabled: true})
	return s
}

func (s *site) moved(account, from, to string) {
	s.t.Helper()
	move := db.TierMove{Account: s.db.Live().Accounts().Find(account).ID, From: from, To: to}
	if _, err := s.db.MoveAccount(s.t.Context(), dbtest.Actor(), move); err != nil {
		s.t.Fatal(err)
	}
}

// setTierFeature makes the tier Pro list a feature, over whatever it lists.
func (s *site) setTierFeature(feature string, value features.Value) {
	s.t.Helper()
	const tier = "pro"
	of, _ := s.db.Live().Catalogue().TierByKey(tier)
	versions, err := s.db.TierCellVersions(s.t.Context(), []int64{of.ID}, []int64{s.feature(feature).ID})
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = s.db.SetTierFeature(s.t.Context(), dbtest.Actor(), db.TierFeatureChange{
		TierEdit: features.TierEdit{Tier: tier, Feature: feature, Value: value, AllowOverride: true},
		Version:  versions[db.TierCell{Tier: of.ID, Feature: s.feature(feature).ID}],
	}, "")
	if err != nil {
		s.t.Fatal(err)
	}
}

// gives is what a tier gives of a feature, in words.
func (s *site) gives(tier, feature string) string {
	s.t.Helper()
	of, err := s.db.Live().Catalogue().TierByKey(tier)
	if err != nil {
		return "no such tier"
	}
	listed, ok := s.db.Live().Catalogue().TierFeature(of.ID, s.feature(feature))
	if !ok {
		return console.TierFeatureWords(nil)
	}
	return console.TierFeatureWords(&listed)
}

// cellAt is a cell of the matrix.
func cellAt(page *goquery.Document, cell string) *goquery.Selection {
	return page.Find(`[data-cell="` + cell + `"]`)
}

// typed is what the page posts of some cells, by their names, as they stand in a page with other text in them.
func typed(page *goquery.Document, texts map[string]string) url.Values {
	values := url.Values{}
	for name, text := range texts {
		cell := cellAt(page, name)
		values.Add("cell", name)
		values.Add("text", text)
		values.Add("allows", cell.AttrOr("data-allows", ""))
		values.Add("version", cell.AttrOr("data-version", ""))
	}
	return values
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	s := newPlans(t)
	page := s.as("editor").get("/admin/tiers").want(http.StatusOK).page()
	var heads []string
	page.Find(".matrix thead th").Each(func(_ int, th *goquery.Selection) { heads = append(heads, words(th)) })
	if got := strings.Join(heads, "; "); got != "Feature; Free 1 account; Pro 1 account; Enterprise 0 accounts" {
		t.Errorf("the columns are %s", got)
	}
	if got := text(page.Find("#count")); got != "3 tiers, 8 features" {
		t.Errorf("the count is %q", got)
	}
	var categories []string
	page.Find(".matrix .category").Each(func(_ int, tr *goquery.Selection) { categories = append(categories, words(tr)) })
	if got := strings.Join(categories, "; "); got != "Portal 0 of 3 differ; Limits 1 of 2 differs; API 1 of 3 differs" {
		t.Errorf("the categories are %s", got)
	}
	if got := cellAt(page, "pro/limits.max_flows").Find("input").AttrOr("value", ""); got != "50" {
		t.Errorf("the limit is %q", got)
	}
	free := cellAt(page, "free/limits.max_flows").Find("input")
	if free.AttrOr("value", "?") != "" || free.AttrOr("placeholder", "") != "5" {
		t.Error("what is not listed does not show the default")
	}
	if got := words(cellAt(page, "pro/api.webhooks").Find("label")); got != "On" {
		t.Errorf("the switch says %q", got)
	}
	if got := words(cellAt(page, "free/api.webhooks").Find("label")); got != "Default" {
		t.Errorf("the switch says %q", got)
	}
	if page.Find("nav .nav-link[aria-current=page]").AttrOr("href", "") != "/admin/tiers" {
		t.Error("the sidebar does not say where we are")
	}
	viewer := s.as("viewer").get("/admin/tiers").want(http.StatusOK).page()
	if viewer.Find("[data-value]:not([disabled]), #matrix-form, [data-in-dialog], #new-tier").Length() != 0 {
		t.Error("a viewer is offered to write")
	}
}

func TestMatrixFilters(t *testing.T) {
	t.Parallel()
	s := newPlans(t)
	editor := s.as("editor")
	rows := func(query string) string {
		var names []string
		editor.get("/admin/tiers?" + query).want(http.StatusOK).page().Find("[data-row-feature]").Each(func(_ int, tr *goquery.Selection) {
			names = append(names, tr.AttrOr("data-name", ""))
		})
		return strings.Join(names, ", ")
	}
	for query, want := range map[string]string{
		"q=flows":                               "Max Flows",
		"category=api":                          "Retries, Webhooks, Webhook Retries",
		"differences=1":                         "Max Flows, Webhooks",
		"compare=free,enterprise&differences=1": "",
		"compare=free,pro&differences=1":        "Max Flows, Webhooks",
	} {
		if got := rows(query); got != want {
			t.Errorf("%s leaves %q, want %q", query, got, want)
		}
	}
	page := editor.get("/admin/tiers?compare=pro,free").want(http.StatusOK).page()
	if got := page.Find(".matrix thead th").Length(); got != 3 {
		t.Errorf("%d columns are compared", got)
	}
	for _, query := range []string{"compare=free", "compare=free,free", "compare=free,gold", "compare=free,pro,enterprise", "differences=yes"} {
		editor.get("/admin/tiers?" + query).want(http.StatusUnprocessableEntity)
	}
	editor.get("/admin/tiers?q=nothing-like-this").want(http.StatusOK).wantText("No feature matches")
	newSite(t).as("editor").get("/admin/tiers").want(http.StatusOK).wantText("No tiers yet")
}

// A value typed in the matrix: what it does is said first, then Enter saves it.
func TestTypedInTheMatrix(t *testing.T) {
	t.Parallel()
	s := newPlans(t)
	editor := s.as("editor").viaHtmx().with("HX-Current-URL", s.URL+"/admin/tiers")
	values := typed(s.as("editor").get("/admin/tiers").page(), map[string]string{"pro/limits.max_flows": "10"})
	bar := editor.post("/admin/tiers/-/effect", values).want(http.StatusOK).page()
	if got := words(bar.Find(".effect-lines")); got != "Max Flows: 1 Pro account drops from 50 to 10." {
		t.Errorf("the effect says %q", got)
	}
	if s.gives("pro", "limits.max_flows") != "50" {
		t.Fatal("the preview saves")
	}
	asked := editor.post("/admin/tiers/-/cells", values).want(http.StatusOK).page()
	if got := text(asked.Find("dialog h2")); got != "Save 1 change?" || s.gives("pro", "limits.max_flows") != "50" {
		t.Errorf("what nobody has seen the effect of is asked about as %q", got)
	}
	values.Set("digest", bar.Find("[name=digest]").AttrOr("value", ""))
	answer := editor.post("/admin/tiers/-/cells", values).want(http.StatusOK)
	page := answer.page()
	if got := toast(page); got != "Set Max Flows to 10 in Pro" || s.gives("pro", "limits.max_flows") != "10" {
		t.Errorf("the message is %q", got)
	}
	if cellAt(page, "pro/limits.max_flows").Find("input").AttrOr("value", "") != "10" || answer.Header.Get("HX-Trigger") != "dialog:close, matrix:saved" {
		t.Error("the cell does not come back")
	}
	editor.post(page.Find("[data-toast] form").AttrOr("hx-post", ""), nil).want(http.StatusOK)
	if got := s.gives("pro", "limits.max_flows"); got != "50" {
		t.Errorf("undone it gives %s", got)
	}
}

// Who takes a feature away is asked once more, and told of what is reached through dependencies.
func TestMatrixAsksBeforeItTakesAway(t *testing.T) {
	t.Parallel()
	s := newPlans(t)
	editor := s.as("editor").viaHtmx()
	values := typed(s.as("editor").get("/admin/tiers").page(), map[string]string{"pro/api.webhooks": "off"})
	bar := editor.post("/admin/tiers/-/effect", values).want(http.StatusOK).page()
	if got := words(bar.Find(".effect-lines")); got != "Webhooks: 1 Pro account loses it. Webhook Retries: 1 account loses it, as it needs or conflicts with what changes." {
		t.Errorf("the effect says %q", got)
	}
	values.Set("digest", bar.Find("[name=digest]").AttrOr("value", ""))
	dialog := editor.post("/admin/tiers/-/cells", values).want(http.StatusOK).page().Find("dialog")
	if dialog.Find("button.danger[autofocus]").Length() != 1 || s.gives("pro", "api.webhooks") != "On" {
		t.Fatal("it is not asked about")
	}
	editor.post("/admin/tiers/-/cells", formOf(dialog.Find("form"))).want(http.StatusOK).wantText("Switched Webhooks off in Pro")
	if s.has("maple-garage", "api.webhook_retries") {
		t.Error("what needs it is still on")
	}
}

func TestMatrixSavesSeveralTogether(t *testing.T) {
	t.Parallel()
	s := newPlans(t)
	editor := s.as("editor").viaHtmx()
	values := typed(s.as("editor").get("/admin/tiers").page(), map[string]string{
		"enterprise/limits.max_flows": "100", "enterprise/region": "us", "enterprise/api.webhooks": "on", "pro/limits.max_flows": "50",
	})
	page := editor.post("/admin/tiers/-/cells", values).want(http.StatusOK).page() // nobody is in Enterprise
	if got := toast(page); got != "Changed 3 values in Enterprise" {
		t.Errorf("the message is %q", got)
	}
	if s.gives("enterprise", "region") != "us" || s.gives("enterprise", "limits.max_flows") != "100" || s.gives("enterprise", "api.webhooks") != "On" {
		t.Error("they are not saved")
	}
	cleared := typed(s.as("editor").get("/admin/tiers").page(), map[string]string{"enterprise/region": " ", "enterprise/limits.max_flows": "off"})
	editor.post("/admin/tiers/-/cells", cleared).want(http.StatusOK)
	if s.gives("enterprise", "region") != "Not listed" || s.gives("enterprise", "limits.max_flows") != "Off" {
		t.Errorf("cleared they are %s and %s", s.gives("enterprise", "region"), s.gives("enterprise", "limits.max_flows"))
	}
}

func TestMatrixRefusesBesideTheCell(t *testing.T) {
	t.Parallel()
	s := newPlans(t)
	editor := s.as("editor").viaHtmx()
	page := s.as("editor").get("/admin/tiers").page()
	before := s.changes()
	for text, want := range map[string]string{
		"-1": "Max Flows, Pro: -1 is less than the minimum, 0.", "x": "Max Flows, Pro: Enter a whole number, such as 10.",
		"on": "Max Flows, Pro: A feature that is on needs a value of the type integer.",
	} {
		values := typed(page, map[string]string{"pro/limits.max_flows": text, "free/api.webhooks": "on"})
		for path, status := range map[string]int{"/admin/tiers/-/effect": http.StatusOK, "/admin/tiers/-/cells": http.StatusUnprocessableEntity} {
			answer := editor.post(path, values).want(status).page()
			problem := answer.Find(".field-error")
			if got := words(problem); got != want || problem.AttrOr("data-error-for", "") != cellAt(page, "pro/limits.max_flows").AttrOr("id", "?") {
				t.Errorf("%s says %q, want %q", text, got, want)
			}
		}
	}
	editor.post("/admin/tiers/-/cells", url.Values{"cell": {"pro/limits.max_flows"}}).want(http.StatusUnprocessableEntity)
	editor.post("/admin/tiers/-/cells", url.Values{"cell": {"pro/none"}, "text": {""}, "allows": {""}, "version": {"0"}}).want(http.StatusNotFound)
	editor.post("/admin/tiers/-/cells", url.Values{"cell": {"pro/region"}, "text": {""}, "allows": {""}, "version": {"x"}}).want(http.StatusUnprocessableEntity)
	if s.changes() != before {
		t.Error("something was saved")
	}
}

// Two people edit one cell: the second is told, with both values, and nothing is lost.
func TestMatrixTellsOfAConflict(t *testing.T) {
	t.Parallel()
	s := newPlans(t)
	editor := s.as("editor").viaHtmx().with("HX-Current-URL", s.URL+"/admin/tiers")
	values := typed(s.as("editor").get("/admin/tiers").page(), map[string]string{"pro/limits.max_flows": "10", "enterprise/limits.max_flows": "99"})
	s.setTierFeature("limits.max_flows", features.Value{Enabled: true, Data: "20"})
	confirm := editor.post("/admin/tiers/-/cells", values).want(http.StatusOK).page().Find("dialog form")
	answer := editor.post("/admin/tiers/-/cells", formOf(confirm)).want(http.StatusConflict).page()
	if got := words(answer.Find("dialog .diff tbody")); got != "Max Flows, Pro 20 10" {
		t.Errorf("the dialog shows %q", got)
	}
	if cellAt(answer, "pro/limits.max_flows").Find("input").AttrOr("value", "") != "20" {
		t.Error("the cell does not show theirs")
	}
	if s.gives("pro", "limits.max_flows") != "20" || s.gives("enterprise", "limits.max_flows") != "Not listed" {
		t.Fatal("something was saved")
	}
	mine := editor.post("/admin/tiers/-/cells", formOf(answer.Find("dialog form"))).want(http.StatusOK).page()
	editor.post("/admin/tiers/-/cells", formOf(mine.Find("dialog form"))).want(http.StatusOK)
	if s.gives("pro", "limits.max_flows") != "10" || s.gives("enterprise", "limits.max_flows") != "99" {
		t.Error("mine is not saved over theirs")
	}
}

func TestTierFeatureEditor(t *testing.T) {
	t.Parallel()
	s := newPlans(t)
	editor := s.as("editor").viaHtmx()
	const at = "/admin/tiers/pro/features/retries"
	form := formOf(editor.get(at).want(http.StatusOK).page().Find("form"))
	form.Set("state", "on")
	form.Set("value", "{\n  \"times\": }")
	effect := editor.post(at+"/effect", form).want(http.StatusOK).page()
	if got := words(effect.Find(".field-error")); !strings.Contains(got, "line 2, column 12") {
		t.Errorf("the preview says %q", got)
	}
	refused := editor.post(at, form).want(http.StatusUnprocessableEntity).page()
	if got := words(refused.Find("#tier-feature-effect")); !strings.HasPrefix(got, "Value: This is not valid JSON") {
		t.Errorf("refused, the effect is %q", got)
	}
	form.Set("value", `{"times": 3}`)
	form.Del("allow_override")
	asked := editor.post(at, form).want(http.StatusOK).page()
	if got := words(asked.Find(".effect-lines")); !strings.Contains(got, "1 Pro account gains it") || s.gives("pro", "retries") != "Not listed" {
		t.Errorf("what has not been seen is saved: %q", got)
	}
	form.Set("digest", asked.Find("[name=digest]").AttrOr("value", ""))
	form.Set("reason", "sold")
	editor.post(at, form).done().wantText("in Pro")
	if got := s.gives("pro", "retries"); got != `{"times":3}, overrides not allowed` {
		t.Errorf("it gives %s", got)
	}
	again := formOf(editor.get(at).want(http.StatusOK).page().Find("form"))
	if again.Get("state") != "on" || again.Get("value") != `{"times":3}` || again.Has("allow_override") || again.Has("allow_upgrade") {
		t.Errorf("the editor opens as %v", again)
	}
	before := s.changes()
	again.Set("digest", editor.post(at+"/effect", again).page().Find("[name=digest]").AttrOr("value", ""))
	if editor.post(at, again).done(); s.changes() != before {
		t.Error("saving what is there already is recorded as a change")
	}
	form.Set("allow_upgrade", "true")
	editor.post(at, form).want(http.StatusUnprocessableEntity).wantText("An approved upgrade is an override")
	form.Del("allow_upgrade")
	form.Set("value", `{"times": 4}`)
	form.Set("digest", editor.post(at+"/effect", form).page().Find("[name=digest]").AttrOr("value", ""))
	editor.post(at, form).want(http.StatusConflict).wantText("saved this first")
	s.as("viewer").get(at).want(http.StatusForbidden)
	for path, status := range map[string]int{"/admin/tiers/gold/features/retries": 404, "/admin/tiers/pro/features/none": 404} {
		editor.get(path).want(status)
	}
}

func TestTierPage(t *testing.T) {
	t.Parallel()
	s := newPlans(t)
	page := s.as("viewer").get("/admin/tiers/pro").want(http.StatusOK).page()
	if got := words(page.Find(".with-aside .panel").First()); !strings.Contains(got, "Max Flows") || !strings.Contains(got, "50") {
		t.Errorf("it includes %q", got)
	}
	if got := page.Find("aside footer a").AttrOr("href", ""); got != "/admin/accounts?tier=pro" {
		t.Errorf("its accounts are at %s", got)
	}
	if got := words(page.Find("#history")); !strings.Contains(got, "Switched Webhooks on in Pro") || !strings.Contains(got, "Created tier Pro") {
		t.Errorf("its history is %q", got)
	}
	if page.Find("#edit-tier, #delete-tier").Length() != 0 {
		t.Error("a viewer is offered to write")
	}
	s.as("viewer").get("/admin/tiers/gold").want(http.StatusNotFound)
}

func TestCreateAndEditTier(t *testing.T) {
	t.Parallel()
	s := newPlans(t)
	editor := s.as("editor").viaHtmx()
	editor.post("/admin/tiers", url.Values{"key": {"pro"}, "name": {"Other"}}).want(http.StatusUnprocessableEntity).wantText("The key pro is taken.")
	editor.post("/admin/tiers", url.Values{"key": {"gold"}, "name": {"Gold"}, "position": {"x"}}).want(http.StatusUnprocessableEntity).wantText("Enter a whole number")
	editor.post("/admin/tiers", url.Values{"key": {"gold"}, "name": {"Gold"}, "position": {"1000001"}}).want(http.StatusUnprocessableEntity).wantText("Enter a whole number of at most 1,000,000.")
	editor.post("/admin/tiers", url.Values{"key": {"gold"}, "name": {"Gold"}}).done().wantText("Created tier Gold")
	form := formOf(editor.get("/admin/tiers/gold/edit").want(http.StatusOK).page().Find("form"))
	form.Set("name", "Golden")
	editor.post("/admin/tiers/gold", form).done().wantText("Saved Golden")
	form.Set("name", "Gilded")
	conflict := editor.post("/admin/tiers/gold", form).want(http.StatusConflict).page()
	if got := words(conflict.Find(".diff tbody")); got != "Name Golden Gilded" {
		t.Errorf("both versions are %q", got)
	}
	editor.post("/admin/tiers/gold", formOf(conflict.Find("form"))).done()
	if tier, _ := s.db.Live().Catalogue().TierByKey("gold"); tier.Name != "Gilded" {
		t.Errorf("it is %+v", tier)
	}
}

func TestDeleteTierAsksWhereItsAccountsGo(t *testing.T) {
	t.Parallel()
	s := newPlans(t)
	editor := s.as("editor").viaHtmx()
	question := editor.get("/admin/tiers/pro/delete").want(http.StatusOK).page()
	if got := text(question.Find("button[type=submit]")); got != "Delete it and move 1 account" {
		t.Errorf("the button says %q", got)
	}
	if got := text(question.Find("#delete-tier-dialog")); !strings.Contains(got, "Its values for 2 features are deleted with it.") {
		t.Errorf("the question says %q", got)
	}
	if got := text(editor.get("/admin/tiers/enterprise/delete").want(http.StatusOK).page().Find("#delete-tier-dialog")); !strings.Contains(got, "It lists nothing.") {
		t.Errorf("of a tier that lists nothing, the question says %q", got)
	}
	editor.post("/admin/tiers/pro/delete", nil).want(http.StatusConflict).wantText("1 account is in Pro. Choose the tier to move them to.")
	unknown := editor.post("/admin/tiers/pro/delete", url.Values{"move_to": {"gone_meanwhile"}}).want(http.StatusUnprocessableEntity).page()
	if got := text(unknown.Find("#move_to-error")); !strings.Contains(got, "gone_meanwhile") {
		t.Errorf("of a tier that has gone meanwhile it says %q", got)
	}
	effect := editor.post("/admin/tiers/pro/delete/effect", url.Values{"move_to": {"free"}}).want(http.StatusOK).page()
	if got := words(effect.Find("summary")); got != "Max Flows 1 account has another value, nobody loses it Webhooks 1 account loses it Webhook Retries 1 account loses it" {
		t.Errorf("the effect is %q", got)
	}
	editor.post("/admin/tiers/pro/delete/effect", nil).want(http.StatusOK).wantText("Choose a tier for its accounts")
	gone := editor.post("/admin/tiers/pro/delete", url.Values{"move_to": {"free"}}).want(http.StatusNoContent)
	if gone.Header.Get("HX-Redirect") != "/admin/tiers" || s.gives("pro", "region") != "no such tier" {
		t.Error("it is not deleted")
	}
}

func TestAccountTierSaysWhatItDoes(t *testing.T) {
	t.Parallel()
	s := newPlans(t)
	s.switchOn("maple-garage", "knowledge_base", true)
	s.switchOn("maple-garage", "ai_agents", true)
	s.lock("free", "ai_agents")
	editor := s.as("editor").viaHtmx()
	const at = "/admin/accounts/maple-garage/tier"
	question := editor.get(at).want(http.StatusOK).page()
	if got := words(question.Find("#move-effect")); got != "Maple Garage is in Pro already: nothing changes." {
		t.Errorf("at first it says %q", got)
	}
	effect := editor.post(at+"/effect", url.Values{"tier": {"free"}}).want(http.StatusOK).page()
	want := "Maple Garage loses AI Agents, Webhooks and Webhook Retries (it needs Webhooks), and Max Flows drops from 50 to 5."
	if got := words(effect.Find(".move-sentence")); got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	all := words(effect.Selection)
	for _, part := range []string{"Keeps its overrides 1 Knowledge Base (on)", "Overrides that become inactive, because Free locks them 1 AI Agents (on)"} {
		if !strings.Contains(all, part) {
			t.Errorf("no %q in %q", part, all)
		}
	}
	form := formOf(question.Find("form"))
	form.Set("tier", "free")
	editor.post(at, form).want(http.StatusNoContent)
	if s.has("maple-garage", "api.webhooks") || s.has("maple-garage", "ai_agents") {
		t.Error("it is not moved")
	}
	form.Set("tier", "enterprise")
	editor.post(at, form).want(http.StatusConflict).wantText("has been moved since")
	back := editor.post(at+"/effect", url.Values{"tier": {"pro"}}).want(http.StatusOK).page()
	if got := words(back.Find(".move-sentence")); got != "Maple Garage gains AI Agents, Webhooks and Webhook Retries, and Max Flows rises from 5 to 50." {
		t.Errorf("back it says %q", got)
	}
	editor.post(at+"/effect", url.Values{"tier": {"gold"}}).want(http.StatusNotFound)
	none := editor.post(at+"/effect", url.Values{"tier": {""}}).want(http.StatusOK).page()
	if got := words(none.Find(".move-sentence")); got != "Maple Garage gains AI Agents." {
		t.Errorf("without a tier it says %q", got)
	}
}

// lock makes a tier list a feature as off, without overrides.
func (s *site) lock(tier, feature string) {
	s.t.Helper()
	_, err := s.db.SetTierFeature(s.t.Context(), dbtest.Actor(), db.TierFeatureChange{TierEdit: features.TierEdit{Tier: tier, Feature: feature}}, "")
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestBulkTierNamesWhatChanges(t *testing.T) {
	t.Parallel()
	s := newPlans(t)
	question := s.as("editor").viaHtmx().post("/admin/accounts/-/bulk/preview", url.Values{"action": {"set-tier"}, "tier": {"free"}, "all": {"1"}}).page()
	if got := words(question.Find(".effect").First()); got != "1 moves to Free and loses at least one feature 1 is in it already nothing is written" {
		t.Errorf("the rows say %q", got)
	}
	if got := words(question.Find("summary")); got != "Max Flows 1 account has another value, nobody loses it Webhooks 1 account loses it Webhook Retries 1 account loses it" {
		t.Errorf("the features say %q", got)
	}
}
