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

// tier puts Arizona Comedy into a tier Pro that gives one feature.
func (s *site) tier(key string, v features.Value, allowOverride bool) {
	s.t.Helper()
	if _, err := s.db.CreateTier(s.t.Context(), dbtest.Actor(), features.Tier{Key: "pro", Name: "Pro"}); err != nil {
		s.t.Fatal(err)
	}
	tier, _ := s.db.Live().Catalogue().TierByKey("pro")
	handle := dbtest.Handle(s.t, s.db)
	for _, step := range []struct {
		statement string
		args      []any
	}{
		{
			`INSERT INTO tier_features (tier_id, feature_id, enabled, value, allow_override, allow_upgrade, revision) VALUES (?1, ?2, ?3, ?4, ?5, 0, 1)`,
			[]any{tier.ID, s.feature(key).ID, v.Enabled, string(v.Data), allowOverride},
		},
		{`UPDATE accounts SET tier_id = ?1 WHERE slug = 'arizona-comedy'`, []any{tier.ID}},
	} {
		if _, err := handle.ExecContext(s.t.Context(), step.statement, step.args...); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := s.db.CatchUp(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

const flows = arizona + "/features/limits.max_flows"

func (b *browser) flowsRow() *goquery.Selection {
	b.t.Helper()
	return featureOf(b.with("HX-Request", "").get(arizona).want(http.StatusOK).page(), "limits.max_flows")
}

func (b *browser) flowsCell() *goquery.Selection {
	b.t.Helper()
	page := b.get("/admin/accounts?col=limits.max_flows").want(http.StatusOK).page()
	return page.Find("[data-name='Arizona Comedy'] [data-label='Max Flows'] .feature-cell")
}

func (s *site) value(account, key string) string {
	s.t.Helper()
	a := s.db.Live().Accounts().Find(account)
	return s.db.Live().Catalogue().Evaluate(s.feature(key), &features.Context{Account: a}, time.Now()).Value.Words()
}

func TestNumberIsSavedFromItsField(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.limit()
	s.switchOn("arizona-comedy", "ai_agents", true)
	editor := s.as("editor")
	field := editor.flowsRow().Find(".value-form")
	if got := field.Find("[name=value]").AttrOr("value", ""); got != "10" {
		t.Errorf("the field has %q", got)
	}
	values := form(field)
	values.Set("value", "-5")
	row := featureOf(editor.viaHtmx().post(flows, values).want(http.StatusUnprocessableEntity).page(), "limits.max_flows")
	if got := text(row.Find(".field-error")); !strings.Contains(got, "-5 is less than the minimum, 0") || row.Find("[name=value]").AttrOr("value", "") != "-5" {
		t.Errorf("-5 is refused as %q", got)
	}
	editor.post(flows, values).want(http.StatusUnprocessableEntity).wantText("-5 is less than the minimum, 0")
	values.Set("value", "50")
	page := editor.viaHtmx().post(flows, values).want(http.StatusOK).page()
	if got := toast(page); got != "Max Flows set to 50 for Arizona Comedy." || s.value("arizona-comedy", "limits.max_flows") != "50" {
		t.Errorf("saved as %q, the message is %q", s.value("arizona-comedy", "limits.max_flows"), got)
	}
	if got := featureOf(page, "limits.max_flows").Find("[name=value][autofocus]").AttrOr("value", ""); got != "50" {
		t.Errorf("the field has %q", got)
	}
	if got := words(editor.viaHtmx().get(flows + "/why").want(http.StatusOK).page().Find("header")); got != "Max Flows is 50 for Arizona Comedy Without the override it would be 10." {
		t.Errorf("why: %q", got)
	}
	editor.get("/admin/accounts/export.csv?col=limits.max_flows").want(http.StatusOK).wantText("active,50\n")
	if got := text(s.as("viewer").get(arizona).page().Find("[data-row-feature='limits.max_flows'] .badge.good")); got != "50" {
		t.Errorf("a viewer sees %q", got)
	}
}

func TestJSONIsEditedInTheDialog(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create(features.FeatureDraft{Key: "retry", Name: "Retry", Type: features.JSONType, Default: features.Value{Data: `{"retries":3}`}})
	editor := s.as("editor").viaHtmx()
	values := formOf(editor.get(arizona + "/features/retry").want(http.StatusOK).page().Find("#override-form"))
	if got := values.Get("value"); got != "{\n  \"retries\": 3\n}" {
		t.Errorf("the editor begins with %q", got)
	}
	values.Set("enabled", "true")
	values.Set("value", "{\n  \"retries\": ,\n}")
	values.Set("reason", "kept")
	refused := editor.post(arizona+"/features/retry", values).want(http.StatusUnprocessableEntity).page()
	if got := text(refused.Find("#override-value-error")); !strings.Contains(got, "line 2, column 14") {
		t.Errorf("refused as %q", got)
	}
	if again := formOf(refused.Find("#override-form")); again.Get("value") != values.Get("value") || again.Get("reason") != "kept" {
		t.Errorf("what was typed is lost: %v", again)
	}
	values.Set("value", `{"retries": 5}`)
	page := editor.post(arizona+"/features/retry", values).want(http.StatusOK).page()
	if got := text(featureOf(page, "retry").Find("a.value")); got != `{"retries":5}` {
		t.Errorf("the row shows %q", got)
	}
	values = formOf(editor.get(arizona + "/features/retry").page().Find("#override-form"))
	values.Set("enabled", "")
	editor.post(arizona+"/features/retry", values).want(http.StatusOK)
	if s.has("arizona-comedy", "retry") {
		t.Error("it cannot be switched off")
	}
}

func TestAValueThatNeedsAnotherFeatureIsAskedAbout(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.limit()
	editor, before := s.as("editor"), s.changes()
	values := form(editor.flowsRow().Find(".value-form"))
	values.Set("value", "50")
	page := editor.viaHtmx().post(flows, values).want(http.StatusOK).page()
	question := page.Find("dialog#question")
	if got := words(question.Find("#question-form")); got != "It stays as it is for now: it needs AI Agents, which is off. AI Agents can be switched on for this account with it, in the same change." {
		t.Errorf("asked: %q", got)
	}
	if s.changes() != before || featureOf(page, "limits.max_flows").Length() != 1 {
		t.Error("something was saved, or the row is not as it was")
	}
	again := form(question.Find("form"))
	again.Set("answer", "needs")
	saved := editor.viaHtmx().post(question.Find("form").AttrOr("hx-post", ""), again).want(http.StatusOK)
	if got := s.value("arizona-comedy", "limits.max_flows"); got != "50" || !s.has("arizona-comedy", "ai_agents") || s.changes() != before+1 {
		t.Errorf("it is %s after %d changes", got, s.changes()-before)
	}
	if got := saved.Header.Get("HX-Trigger"); got != "dialog:close, list:reload" {
		t.Errorf("the page hears %q", got)
	}
	// Without script the question is a page of its own.
	plain := form(featureOf(editor.get("/admin/accounts/maple-garage").page(), "limits.max_flows").Find(".value-form"))
	plain.Set("value", "7")
	asked := editor.post("/admin/accounts/maple-garage/features/limits.max_flows", plain).want(http.StatusOK).page().Find("form#question-form")
	if got := asked.Find("button[name=answer]").Length(); got != 2 || form(asked).Get("value") != "7" {
		t.Errorf("the page has %d answers", got)
	}
	save := form(asked)
	save.Set("answer", "anyway")
	editor.post(asked.AttrOr("action", ""), save).want(http.StatusSeeOther)
	row := featureOf(editor.get("/admin/accounts/maple-garage").page(), "limits.max_flows")
	if got := words(row.Find(".because")); got != "Needs AI Agents, which is off The override (7, by Editor) takes effect once AI Agents is on." {
		t.Errorf("saved anyway, the row says %q", got)
	}
}

func TestSwitchingOffNamesWhatGoesOffWithIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.limit()
	s.switchOn("arizona-comedy", "ai_agents", true)
	editor := s.as("editor")
	values := editor.switchForm()
	values.Del("enabled")
	question := editor.viaHtmx().post(arizona+"/features/ai_agents", values).want(http.StatusOK).page().Find("dialog#question")
	if got := words(question.Find("#question-form")); got != "Max Flows goes off with it." || !s.has("arizona-comedy", "ai_agents") {
		t.Errorf("asked: %q", got)
	}
	reset := form(featureOf(editor.get(arizona).page(), "ai_agents").Find("form:has([id$=reset])"))
	question = editor.viaHtmx().post(arizona+"/features/ai_agents/reset", reset).want(http.StatusOK).page().Find("dialog#question")
	if got := words(question.Find("h2")); got != "Reset AI Agents for Arizona Comedy?" || !s.has("arizona-comedy", "ai_agents") {
		t.Errorf("asked: %q", got)
	}
	answer := form(question.Find("form"))
	answer.Set("answer", "anyway")
	editor.viaHtmx().post(question.Find("form").AttrOr("hx-post", ""), answer).want(http.StatusOK)
	if s.has("arizona-comedy", "ai_agents") {
		t.Error("it is not reset")
	}
	// With nothing on that needs it, nothing is asked.
	s.switchOn("arizona-comedy", "ai_agents", true)
	s.switchOn("arizona-comedy", "limits.max_flows", false)
	values = editor.switchForm()
	values.Del("enabled")
	if page := editor.viaHtmx().post(arizona+"/features/ai_agents", values).want(http.StatusOK).page(); page.Find("dialog").Length() != 0 || s.has("arizona-comedy", "ai_agents") {
		t.Error("it is asked about, or not saved")
	}
}

func TestAConflictThatIsLostIsAskedAbout(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create(features.FeatureDraft{Key: "legacy", Name: "Legacy", Links: features.Links{ConflictsWith: []string{"knowledge_base"}}})
	s.switchOn("arizona-comedy", "knowledge_base", true)
	editor := s.as("editor").viaHtmx()
	page := editor.post(arizona+"/features/legacy", url.Values{"version": {"0"}, "enabled": {"true"}}).want(http.StatusOK).page()
	if got := words(page.Find("#question-form")); got != "It stays as it is for now: it conflicts with Knowledge Base, which is on and stronger." || page.Find("#question-needs").Length() != 0 {
		t.Errorf("asked: %q", got)
	}
	editor.post(arizona+"/features/legacy", url.Values{"version": {"0"}, "enabled": {"true"}, "answer": {"anyway"}}).want(http.StatusOK)
	if got := words(featureOf(editor.with("HX-Request", "").get(arizona).page(), "legacy").Find(".because")); !strings.HasPrefix(got, "Loses to Knowledge Base, which it conflicts with") {
		t.Errorf("the row says %q", got)
	}
}

func TestSwitchingOnNamesWhatGoesOffThen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create(features.FeatureDraft{
		Key: "legacy", Name: "Legacy", Default: features.Value{Enabled: true}, Links: features.Links{ConflictsWith: []string{"knowledge_base"}},
	})
	editor := s.as("editor").viaHtmx()
	page := editor.post(arizona+"/features/knowledge_base", url.Values{"version": {"0"}, "enabled": {"true"}}).want(http.StatusOK).page()
	question := page.Find("dialog#question")
	if got := words(question.Find("#question-form")); got != "Legacy goes off then." || s.has("arizona-comedy", "knowledge_base") {
		t.Errorf("asked: %q", got)
	}
	if got := words(question.Find("h2")) + words(question.Find("#question-anyway")); got != "Switch Knowledge Base on for Arizona Comedy?Switch on" {
		t.Errorf("asked: %q", got)
	}
	answer := form(question.Find("form"))
	answer.Set("answer", "anyway")
	editor.post(question.Find("form").AttrOr("hx-post", ""), answer).want(http.StatusOK)
	if !s.has("arizona-comedy", "knowledge_base") || s.has("arizona-comedy", "legacy") {
		t.Error("it is not switched on in place of the other")
	}
}

func TestALockIsShown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.limit()
	s.switchOn("arizona-comedy", "ai_agents", true)
	if _, err := s.db.SetOverride(t.Context(), dbtest.Actor(), db.OverrideChange{
		Account: s.db.Live().Accounts().Find("arizona-comedy").ID, Feature: "limits.max_flows", Value: features.Value{Enabled: true, Data: "500"},
	}); err != nil {
		t.Fatal(err)
	}
	s.tier("limits.max_flows", features.Value{Enabled: true, Data: "50"}, false)
	editor := s.as("editor")
	row := editor.flowsRow()
	if got := words(row.Find(".because")); got != "Locked by tier Pro The override (500, by tester) is inactive: the tier Pro locks the feature." {
		t.Errorf("the row says %q", got)
	}
	if row.Find(".value-form, [id$=-edit]").Length() != 0 || row.Find("[id$=reset]").Length() != 1 || text(row.Find(".badge.good")) != "50" {
		t.Errorf("it can be edited, or not be reset, or shows %q", text(row.Find(".badge.good")))
	}
	refused := editor.viaHtmx().post(flows, url.Values{"enabled": {"true"}, "value": {"60"}, "version": {"0"}, "editor": {"1"}, "answer": {"anyway"}})
	if got := text(refused.want(http.StatusUnprocessableEntity).page().Find("#override-value-error")); !strings.HasPrefix(got, "The tier Pro locks Max Flows") {
		t.Errorf("refused as %q", got)
	}
	cell := editor.flowsCell()
	if got := words(cell); !strings.HasPrefix(got, "50 locked") || !strings.HasSuffix(got, "override 500, but the tier Pro locks it") || cell.Find("form, a.value").Length() != 0 {
		t.Errorf("the cell says %q", got)
	}
	editor.viaHtmx().post(flows+"/reset", form(row.Find("form:has([id$=reset])"))).want(http.StatusOK)
	if got := words(editor.flowsRow().Find(".because")); got != "Locked by tier Pro" {
		t.Errorf("reset, the row says %q", got)
	}
}

func TestValueIsSetFromTheList(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.limit()
	s.switchOn("arizona-comedy", "ai_agents", true)
	editor := s.as("editor")
	cell := editor.flowsCell()
	open := cell.Find("a.value")
	if text(open) != "10" {
		t.Errorf("the cell shows %q", text(cell))
	}
	editing := editor.viaHtmx().get(open.AttrOr("hx-get", "")).want(http.StatusOK).page().Find("#override-form")
	values := form(editing)
	values.Set("enabled", "true")
	values.Set("value", "25")
	answer := editor.viaHtmx().post(editing.AttrOr("hx-post", ""), values).want(http.StatusOK)
	if got := words(answer.page().Find(".feature-cell")); got != "25 override" || toast(answer.page()) != "Max Flows 25 for Arizona Comedy" {
		t.Errorf("the cell says %q, the message %q", got, toast(answer.page()))
	}
	if got := answer.Header.Get("HX-Retarget"); got != "#"+answer.page().Find(".feature-cell").AttrOr("id", "") {
		t.Errorf("the answer goes to %q", got)
	}
	stale := editor.viaHtmx().post(editing.AttrOr("hx-post", ""), url.Values{"enabled": {"true"}, "value": {"30"}, "version": {"1"}, "editor": {"1"}}).want(http.StatusConflict)
	if got := words(stale.page().Find("dialog tbody tr").First()); got != "Value 25 30" {
		t.Errorf("the conflict shows %q", got)
	}
}

// A text is shown as it is, also where it begins with a small letter.
func TestTextsKeepTheirLetters(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create(features.FeatureDraft{Key: "region", Name: "Region", Type: features.StringType, Default: features.Value{Data: `"us"`}})
	s.tier("region", features.Value{Enabled: true, Data: `"eu-west"`}, true)
	viewer := s.as("viewer")
	if got := text(viewer.get("/admin/tiers/pro").want(http.StatusOK).page().Find(".tier-value")); got != "eu-west" {
		t.Errorf("the tier gives %q", got)
	}
	result := viewer.get("/admin/features/region/tester?account=arizona-comedy").want(http.StatusOK).page().Find("#result")
	if got := text(result.Find("dd").Eq(1)); got != "eu-west" {
		t.Errorf("the tester says %q", got)
	}
}

// Of a feature with a list of values one is chosen.
func TestListedValueIsChosen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.create(features.FeatureDraft{
		Key: "region", Name: "Region", Type: features.StringType, Default: features.Value{Enabled: true, Data: `"us"`},
		Constraints: features.Constraints{Enum: []features.JSON{`"eu"`, `"us"`}},
	})
	editor := s.as("editor").viaHtmx()
	row := featureOf(s.as("editor").get(arizona).want(http.StatusOK).page(), "region")
	if text(row.Find("a.value")) != "us" || row.Find("input[name=value]").Length() != 0 {
		t.Errorf("the row says %q", words(row))
	}
	open := editor.get(row.Find("a.value").AttrOr("hx-get", "")).want(http.StatusOK).page().Find("#override-form")
	if got := words(open.Find("select[name=value]")); got != "eu us" || open.Find("option[selected][value=us]").Length() != 1 {
		t.Errorf("the choice is %q", got)
	}
	answer := form(open)
	answer.Set("enabled", "true")
	answer.Set("value", "mars")
	refused := editor.post(open.AttrOr("action", ""), answer).want(http.StatusUnprocessableEntity).page()
	if text(refused.Find("#override-value-error")) == "" || refused.Find("option[selected][value=mars]").Length() != 1 {
		t.Errorf("another value is answered %q", words(refused.Find("#override-form")))
	}
	answer.Set("value", "eu")
	editor.post(open.AttrOr("action", ""), answer).want(http.StatusOK)
	if got := text(featureOf(s.as("editor").get(arizona).page(), "region").Find("a.value")); got != "eu" {
		t.Errorf("chosen is eu, shown %q", got)
	}
}
