package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"flagstone/features"
)

// switchForm is what the switch of AI Agents on the account's page posts as it stands.
func (b *browser) switchForm() url.Values {
	b.t.Helper()
	return form(featureOf(b.get(arizona).want(http.StatusOK).page(), "ai_agents").Find(".switch-form"))
}

func TestSwitchSavesAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	values := editor.switchForm()
	values.Set("enabled", "true")
	answer := editor.viaHtmx().post(arizona+"/features/ai_agents", values).want(http.StatusOK)
	page := answer.page()
	if !s.has("arizona-comedy", "ai_agents") {
		t.Error("the feature is not on")
	}
	if got := words(featureOf(page, "ai_agents").Find(".because")); got != "Override by Editor, no expiry" {
		t.Errorf("the row says %q", got)
	}
	if got := words(page.Find("#count")); got != "1 of 3, 1 overridden" {
		t.Errorf("the count beside it says %q", got)
	}
	if got := words(page.Find(".toast span").First()); got != "AI Agents switched on for Arizona Comedy." {
		t.Errorf("the toast says %q", got)
	}
	undo, _ := page.Find(".toast form").Attr("action")
	if want := fmt.Sprintf("/admin/audit/%d/undo", s.changes()); undo != want {
		t.Errorf("undo posts to %q, want %q", undo, want)
	}
	editor.viaHtmx().post(undo, url.Values{}).want(http.StatusOK)
	if s.has("arizona-comedy", "ai_agents") {
		t.Error("undone, the feature is still on")
	}
}

func TestSwitchSavesOnceWhenClickedTwice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	values := editor.switchForm()
	values.Set("enabled", "true")
	editor.viaHtmx().post(arizona+"/features/ai_agents", values).want(http.StatusOK)
	before := s.changes()
	again := editor.viaHtmx().post(arizona+"/features/ai_agents", values).want(http.StatusOK)
	if n := s.changes(); n != before {
		t.Errorf("the second click made %d changes", n-before)
	}
	if again.page().Find(".toast").Length() != 0 {
		t.Error("the second click claims to have done something")
	}
}

func TestSwitchWorksAsAPlainForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	values := editor.switchForm()
	values.Set("enabled", "true")
	answer := editor.post(arizona+"/features/ai_agents", values).want(http.StatusSeeOther)
	if got := answer.Header.Get("Location"); got != arizona {
		t.Errorf("leads to %q", got)
	}
	page := editor.following(answer).want(http.StatusOK).page()
	if got := words(page.Find("#toasts .toast span").First()); got != "AI Agents switched on for Arizona Comedy." {
		t.Errorf("the next page says %q", got)
	}
}

// following opens the page that an answer leads to, with the message that it left.
func (b *browser) following(a *answer) *answer {
	b.t.Helper()
	for _, cookie := range a.Cookies() {
		if cookie.Name == "flagstone-message" {
			return b.with("Cookie", b.cookie.String()+"; "+cookie.Name+"="+cookie.Value).get(a.Header.Get("Location"))
		}
	}
	b.t.Fatal("no message was left for the next page")
	return nil
}

func TestEditorSavesReasonAndExpiry(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor").viaHtmx()
	values := form(editor.get(arizona + "/features/ai_agents").want(http.StatusOK).page().Find("#override-form"))
	values.Set("enabled", "true")
	values.Set("reason", "  Trial  ")
	values.Set("expires_at", "2099-12-31T18:00")
	answer := editor.post(arizona+"/features/ai_agents", values).want(http.StatusOK)
	if got := answer.Header.Get("HX-Trigger"); got != "dialog:close" {
		t.Errorf("HX-Trigger is %q: the dialog stays open", got)
	}
	if got := words(featureOf(answer.page(), "ai_agents").Find(".because")); got != "Override by Editor, until 31 Dec 2099 18:00 UTC Trial" {
		t.Errorf("the row says %q", got)
	}
	values = form(editor.get(arizona + "/features/ai_agents").page().Find("#override-form"))
	if values.Get("reason") != "Trial" || values.Get("expires_at") != "2099-12-31T18:00" || values.Get("enabled") != "true" {
		t.Errorf("opened again, the editor has %v", values)
	}
}

// A reason typed over what is inherited overrides nothing: on or off has to be chosen first.
func TestEditorWantsAValueChosen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, editor := range []*browser{s.as("editor"), s.as("editor").viaHtmx()} {
		values := form(editor.get(arizona + "/features/ai_agents").want(http.StatusOK).page().Find("form:has(#override-enabled)"))
		values.Set("reason", "Asked for by phone")
		before := s.changes()
		page := editor.post(arizona+"/features/ai_agents", values).want(http.StatusUnprocessableEntity).page()
		if got := words(page.Find("#override-enabled-error")); !strings.HasPrefix(got, "Choose on or off.") {
			t.Errorf("it is refused with %q", got)
		}
		again := form(page.Find("form:has(#override-enabled)"))
		if again.Get("enabled") != "inherit" || again.Get("reason") != "Asked for by phone" || s.changes() != before {
			t.Errorf("answered again, the editor has %v, and %d changes were made", again, s.changes()-before)
		}
	}
}

func TestEditorRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	before := s.changes()
	for name, c := range map[string]struct{ field, value, message string }{
		"expiry in the past":  {"expires_at", "2020-01-01T10:00", "Choose a time in the future"},
		"expiry with a zone":  {"expires_at", "2099-01-01T10:00Z", "Enter date and time in UTC"},
		"expiry in words":     {"expires_at", "tomorrow", "Enter date and time in UTC"},
		"a reason too long":   {"reason", strings.Repeat("x", 501), "Use at most 500 characters."},
		"a value in between":  {"enabled", "maybe", "Choose on or off."},
		"a reason with a nul": {"reason", "a\x00b", "printable"},
	} {
		values := url.Values{"enabled": {"true"}, "version": {"0"}, "reason": {"Why not"}, "editor": {"1"}}
		values.Set(c.field, c.value)
		for _, browser := range []*browser{editor, editor.viaHtmx()} {
			page := browser.post(arizona+"/features/ai_agents", values).want(http.StatusUnprocessableEntity).page()
			field := page.Find("[name=" + c.field + "][aria-invalid=true]")
			problem := page.Find("#" + field.AttrOr("id", "none") + "-error")
			if !strings.Contains(problem.Text(), c.message) {
				t.Errorf("%s: beside the field stands %q, want %q", name, words(problem), c.message)
			}
			if got := page.Find("[name=reason]").AttrOr("value", ""); got != strings.ReplaceAll(values.Get("reason"), "\x00", "\uFFFD") {
				t.Errorf("%s: the reason typed is lost: %q", name, got)
			}
		}
	}
	editor.post(arizona+"/features/ai_agents", url.Values{"enabled": {"true"}}).want(http.StatusUnprocessableEntity).wantText("Reload the page")
	if n := s.changes(); n != before || s.has("arizona-comedy", "ai_agents") {
		t.Errorf("%d changes were saved", n-before)
	}
}

func TestTwoEditorsOfOneCellSeeBothVersions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor, admin := s.as("editor").viaHtmx(), s.as("admin").viaHtmx()
	mine := editor.switchForm()
	admin.post(arizona+"/features/ai_agents", url.Values{"version": {mine.Get("version")}, "enabled": {"true"}, "reason": {"Pilot"}}).want(http.StatusOK)

	mine.Set("reason", "Too early")
	answer := editor.post(arizona+"/features/ai_agents", mine).want(http.StatusConflict)
	if !s.has("arizona-comedy", "ai_agents") {
		t.Error("the first version was overwritten")
	}
	page := answer.page()
	if row := featureOf(page, "ai_agents"); row.Find("[role=switch][checked]").Length() != 1 {
		t.Error("the row does not show what is stored")
	}
	dialog := page.Find("dialog#conflict")
	for _, want := range []string{"Admin saved this first", "Value On Off", "By Admin You", "Reason Pilot Too early", "Keep Admin's", "Save my version"} {
		if !strings.Contains(words(dialog), want) {
			t.Errorf("the dialog does not say %q: %s", want, words(dialog))
		}
	}
	again := dialog.Find("form")
	if got := again.AttrOr("hx-target", ""); got != "#"+featureOf(page, "ai_agents").AttrOr("id", "") {
		t.Errorf("the second answer would replace %q", got)
	}
	editor.post(again.AttrOr("action", ""), form(again)).want(http.StatusOK)
	if s.has("arizona-comedy", "ai_agents") {
		t.Error("saved nevertheless, mine is not there")
	}
	if got := words(featureOf(editor.get(arizona).page(), "ai_agents").Find(".because p")); got != "Too early" {
		t.Errorf("the reason saved is %q", got)
	}
}

func TestConflictOverAResetShowsWhoReset(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	editor, admin := s.as("editor").viaHtmx(), s.as("admin").viaHtmx()
	mine := editor.switchForm()
	admin.post(arizona+"/features/ai_agents/reset", form(featureOf(admin.get(arizona).page(), "ai_agents").Find("form:has([id$=reset])"))).want(http.StatusOK)
	mine.Del("enabled")
	dialog := editor.post(arizona+"/features/ai_agents", mine).want(http.StatusConflict).page().Find("dialog")
	for _, want := range []string{"Admin saved this first", "Value Inherited Off"} {
		if !strings.Contains(words(dialog), want) {
			t.Errorf("the dialog does not say %q: %s", want, words(dialog))
		}
	}
	editor.post(arizona+"/features/ai_agents", mine).want(http.StatusConflict) // asking twice changes nothing
	if s.has("arizona-comedy", "ai_agents") {
		t.Error("the reset is lost")
	}
}

func TestConflictOfAPlainFormSavesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	mine := editor.switchForm()
	s.switchOn("arizona-comedy", "ai_agents", true)
	editor.post(arizona+"/features/ai_agents", mine).want(http.StatusConflict).wantText("tester has saved this since you opened it")
	if !s.has("arizona-comedy", "ai_agents") {
		t.Error("the first version was overwritten")
	}
}

func TestResetInheritsAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	editor := s.as("editor").viaHtmx()
	reset := featureOf(editor.get(arizona).page(), "ai_agents").Find("form:has([id$=reset])")
	stale := form(reset)
	stale.Set("version", "1")
	conflict := editor.post(reset.AttrOr("action", ""), stale).want(http.StatusConflict).page().Find("dialog")
	if !strings.Contains(words(conflict), "Value On Inherited") || conflict.Find("form").AttrOr("action", "") != reset.AttrOr("action", "") {
		t.Errorf("the conflict says %q", words(conflict))
	}
	page := editor.post(reset.AttrOr("action", ""), form(reset)).want(http.StatusOK).page()
	row := featureOf(page, "ai_agents")
	if got := words(row.Find(".because")); got != "Default, off" || s.has("arizona-comedy", "ai_agents") {
		t.Errorf("after the reset the row says %q", got)
	}
	if row.Find("[id$=reset]").Length() != 0 || row.Find("[role=switch][autofocus]").Length() != 1 {
		t.Error("the focus of the button that is gone goes nowhere")
	}
}

func TestWhatCannotTakeEffectSaysSo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.kill("ai_agents")
	editor := s.as("editor").viaHtmx()
	if got := words(featureOf(editor.get(arizona).page(), "ai_agents").Find(".because")); got != "Kill switch is off What you set takes effect once the kill switch is on again." {
		t.Errorf("before saving: %q", got)
	}
	editor.get(arizona + "/features/ai_agents").wantText("What you save takes effect once the kill switch is on again.")
	page := editor.post(arizona+"/features/ai_agents", url.Values{"version": {"0"}, "enabled": {"true"}, "answer": {"anyway"}}).want(http.StatusOK).page()
	row := featureOf(page, "ai_agents")
	if got := words(row.Find(".because")); got != "Kill switch is off The override (on, by Editor) takes effect once the kill switch is on again." {
		t.Errorf("after saving: %q", got)
	}
	if row.Find("[checked]").Length() != 0 {
		t.Error("the switch claims that the feature is on")
	}
	if got := words(page.Find(".toast")); !strings.Contains(got, "It takes effect once the kill switch is on again.") {
		t.Errorf("the toast says %q", got)
	}
	s.suspend("arizona-comedy")
	if got := words(featureOf(editor.get(arizona).page(), "knowledge_base").Find(".because")); !strings.HasPrefix(got, "Account is suspended") {
		t.Errorf("suspended: %q", got)
	}
}

func TestWhyNamesTheRuleThatDecided(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	viewer := s.as("viewer")
	fragment := viewer.viaHtmx().get(arizona + "/features/ai_agents/why").want(http.StatusOK).page()
	if got := words(fragment.Find("header")); got != "AI Agents is on for Arizona Comedy Without the override it would be off." {
		t.Errorf("the explanation begins %q", got)
	}
	if got := words(fragment.Find(".trace .decided")); got != "Override on · decided" {
		t.Errorf("decided: %q", got)
	}
	if got := words(fragment.Find(".trace .unreached")); got != "Rollout not reached; released to everyone Tier not reached; the account has no tier Variants not reached; none Default not reached; off" {
		t.Errorf("not reached: %q", got)
	}
	page := viewer.get(arizona + "/features/ai_agents/why").want(http.StatusOK).page()
	if page.Find("main .trace .decided").Length() != 1 || page.Find("h1").Text() != "Arizona Comedy" {
		t.Error("opened directly, the explanation is not a page")
	}
}

func TestSuspendingSaysWhatGoesOff(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	s.switchOn("arizona-comedy", "knowledge_base", true)
	editor := s.as("editor").viaHtmx()
	dialog := editor.get(arizona + "/status").want(http.StatusOK).page().Find("dialog")
	for _, want := range []string{"Suspend Arizona Comedy?", "2 features go off.", "Knowledge Base AI Agents"} {
		if !strings.Contains(words(dialog), want) {
			t.Errorf("the dialog does not say %q: %s", want, words(dialog))
		}
	}
	values := form(dialog.Find("form"))
	values.Set("reason", strings.Repeat("x", 501))
	long := editor.post(arizona+"/status", values).want(http.StatusUnprocessableEntity).page()
	if long.Find("[name=reason][aria-invalid]").Length() != 1 || long.Find("[name=reason]").AttrOr("value", "") != values.Get("reason") {
		t.Error("the reason that is too long is not shown again with its error")
	}
	values.Set("reason", "Unpaid")
	if to := editor.post(arizona+"/status", values).want(http.StatusNoContent).Header.Get("HX-Redirect"); to != arizona {
		t.Errorf("leads to %q", to)
	}
	a := s.db.Live().Accounts().Find("arizona-comedy")
	if a.Status != features.Suspended || s.has("arizona-comedy", "ai_agents") {
		t.Error("the account is not suspended")
	}
	dialog = editor.get(arizona + "/status").page().Find("dialog")
	if got := words(dialog); !strings.Contains(got, "2 features go on.") {
		t.Errorf("making it active again says %q", got)
	}
	s.as("editor").post(arizona+"/status", form(dialog.Find("form"))).want(http.StatusSeeOther)
	if !s.has("arizona-comedy", "ai_agents") {
		t.Error("active again, the feature is not on")
	}
	editor.post(arizona+"/status", url.Values{"status": {"asleep"}}).want(http.StatusUnprocessableEntity).wantText("Choose active or suspended.")
}
