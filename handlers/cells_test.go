package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

const cellURL = "/admin/accounts/arizona-comedy/cells/"

// switchIn is what the switch of a cell in the list posts as it stands.
func (b *browser) switchIn(feature, account string) url.Values {
	b.t.Helper()
	page := b.get("/admin/accounts").want(http.StatusOK).page()
	return form(cellIn(page, feature, account).Find("form"))
}

// toast is what a message in the corner says.
func toast(page *goquery.Document) string { return text(page.Find("[data-toast] > span")) }

func TestListSwitchSavesAtOnceAndCanBeUndone(t *testing.T) {
	t.Parallel()
	s := newList(t)
	editor := s.as("editor")
	values := editor.switchIn("AI Agents", "Arizona Comedy")
	values.Set("enabled", "true")
	page := editor.viaHtmx().post(cellURL+"ai_agents", values).want(http.StatusOK).page()
	if got := words(cellIn(page, "AI Agents", "Arizona Comedy")); got != "On override" || !s.has("arizona-comedy", "ai_agents") {
		t.Errorf("the cell says %q", got)
	}
	if got := toast(page); got != "AI Agents on for Arizona Comedy" {
		t.Errorf("the message is %q", got)
	}
	change := page.Find("[hx-swap-oob=true]")
	if want := "change-" + itoa(s.db.Live().Accounts().Find("arizona-comedy").ID); change.AttrOr("id", "") != want || !strings.HasSuffix(text(change), "· Editor") {
		t.Errorf("the last change is %s %q", change.AttrOr("id", ""), text(change))
	}
	editor.viaHtmx().post(page.Find("[data-toast] form").AttrOr("hx-post", ""), nil).want(http.StatusOK)
	if s.has("arizona-comedy", "ai_agents") {
		t.Error("Undo leaves it on")
	}
}

func TestListSwitchSwitchesOff(t *testing.T) {
	t.Parallel()
	s := newList(t)
	editor := s.as("editor")
	values := editor.switchIn("Knowledge Base", "Arizona Comedy")
	if values.Get("enabled") != "true" {
		t.Fatal("the switch is not on")
	}
	values.Del("enabled")
	page := editor.viaHtmx().post(cellURL+"knowledge_base", values).want(http.StatusOK).page()
	if got := toast(page); got != "Knowledge Base off for Arizona Comedy" || s.has("arizona-comedy", "knowledge_base") {
		t.Errorf("the message is %q", got)
	}
}

// A double click posts the wanted state twice: the second finds it so already and changes nothing.
func TestListSwitchTwiceIsOnce(t *testing.T) {
	t.Parallel()
	s := newList(t)
	editor := s.as("editor")
	values := editor.switchIn("AI Agents", "Arizona Comedy")
	values.Set("enabled", "true")
	editor.viaHtmx().post(cellURL+"ai_agents", values).want(http.StatusOK)
	before := s.changes()
	page := editor.viaHtmx().post(cellURL+"ai_agents", values).want(http.StatusOK).page()
	if got := toast(page); got != "AI Agents is on for Arizona Comedy already" || page.Find("[data-toast] form").Length() != 0 {
		t.Errorf("the message is %q", got)
	}
	if s.changes() != before {
		t.Error("the second post made a change")
	}
}

func TestListSwitchThatCannotTakeEffectSaysSo(t *testing.T) {
	t.Parallel()
	s := newList(t)
	s.kill("additional_services")
	editor := s.as("editor")
	for _, one := range []struct{ feature, key, account, slug, obstacle, cell, toast string }{
		{
			"Additional Services", "additional_services", "Arizona Comedy", "arizona-comedy", "the kill switch is off",
			"Off override on, but the kill switch is off", "Additional Services on for Arizona Comedy, but the kill switch is off",
		},
		{
			"Knowledge Base", "knowledge_base", "Cedar Auto", "cedar-auto", "the account is suspended",
			"Off override on, but the account is suspended", "Knowledge Base on for Cedar Auto, but the account is suspended",
		},
	} {
		values := editor.switchIn(one.feature, one.account)
		values.Set("enabled", "true")
		before := s.changes()
		question := editor.viaHtmx().post("/admin/accounts/"+one.slug+"/cells/"+one.key, values).want(http.StatusOK).page().Find("dialog")
		if got := text(question.Find("#question-form")); got != "It stays as it is for now: "+one.obstacle+"." || s.changes() != before {
			t.Errorf("asked first: %q", got)
		}
		values = form(question.Find("form"))
		values.Set("answer", "anyway")
		page := editor.viaHtmx().post(question.Find("form").AttrOr("hx-post", ""), values).want(http.StatusOK).page()
		if got := words(cellIn(page, one.feature, one.account)); got != one.cell {
			t.Errorf("the cell says %q, want %q", got, one.cell)
		}
		if got := toast(page); got != one.toast {
			t.Errorf("the message is %q, want %q", got, one.toast)
		}
	}
}

// Two admins edit the same cell: the second is told, with both values, and nothing is lost.
func TestListSwitchTellsOfAConflict(t *testing.T) {
	t.Parallel()
	s := newList(t)
	editor := s.as("editor")
	mine := editor.switchIn("Knowledge Base", "Arizona Comedy")
	s.switchOn("arizona-comedy", "knowledge_base", false)
	before := s.changes()
	answer := editor.viaHtmx().post(cellURL+"knowledge_base", mine).want(http.StatusConflict)
	page := answer.page()
	if got := words(cellIn(page, "Knowledge Base", "Arizona Comedy")); got != "Off override" {
		t.Errorf("the cell shows %q instead of theirs", got)
	}
	dialog := page.Find(`[hx-swap-oob="innerHTML:#dialogs"] dialog`)
	if got := words(dialog.Find("tbody tr").First()); got != "Value Off On" {
		t.Errorf("the dialog shows %q", got)
	}
	if got := text(dialog.Find("h2")); got != "tester saved this first" {
		t.Errorf("the dialog is headed %q", got)
	}
	if s.changes() != before {
		t.Error("something was saved")
	}
	again := form(dialog.Find("form"))
	saved := editor.viaHtmx().post(dialog.Find("form").AttrOr("hx-post", ""), again).want(http.StatusOK)
	if saved.Header.Get("HX-Trigger") != "dialog:close" || !s.has("arizona-comedy", "knowledge_base") {
		t.Error("Save my version did not save it")
	}
	if target := dialog.Find("form").AttrOr("hx-target", ""); saved.page().Find(target).Length() != 1 {
		t.Errorf("the answer has nothing for %s", target)
	}
	full := editor.post(cellURL+"knowledge_base", url.Values{"version": {mine.Get("version")}}).want(http.StatusConflict)
	if full.page().Find("main dialog").Length() != 1 {
		t.Error("a plain form is not told of the conflict")
	}
}

func TestListSwitchRefusesWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := newList(t)
	editor, before := s.as("editor"), s.changes()
	for _, one := range []struct {
		path   string
		fields url.Values
		status int
		says   string
	}{
		{cellURL + "nope", url.Values{"version": {"0"}}, http.StatusNotFound, "There is no feature with the key &#34;nope&#34;."},
		{"/admin/accounts/nope/cells/ai_agents", url.Values{"version": {"0"}}, http.StatusNotFound, "There is no account with the slug &#34;nope&#34;."},
		{cellURL + "ai_agents", url.Values{"enabled": {"true"}}, http.StatusUnprocessableEntity, "The version is missing"},
		{cellURL + "ai_agents", url.Values{"version": {"x"}}, http.StatusUnprocessableEntity, "The version is missing"},
		{cellURL + "ai_agents", url.Values{"version": {"0"}, "enabled": {"yes"}}, http.StatusUnprocessableEntity, "Choose on or off."},
		{cellURL + "ai_agents", url.Values{"version": {"9999"}, "enabled": {"true"}}, http.StatusUnprocessableEntity, "There is no such version. Reload the page and try again."},
	} {
		answer := editor.viaHtmx().post(one.path, one.fields).want(one.status).wantText(one.says)
		if got := answer.page().Find("[data-toast].bad").Length(); got != 1 {
			t.Errorf("%s %v shows %d messages", one.path, one.fields, got)
		}
	}
	if s.changes() != before {
		t.Error("something was saved")
	}
}

func TestListSwitchWorksAsAPlainForm(t *testing.T) {
	t.Parallel()
	s := newList(t)
	editor := s.as("editor")
	values := editor.switchIn("AI Agents", "Arizona Comedy")
	values.Set("enabled", "true")
	answer := editor.with("Referer", s.URL+"/admin/accounts?q=comedy").post(cellURL+"ai_agents", values).want(http.StatusSeeOther)
	if got := answer.Header.Get("Location"); got != "/admin/accounts?q=comedy" {
		t.Errorf("it leads to %s", got)
	}
	if got := toast(editor.following(answer).want(http.StatusOK).page()); got != "AI Agents on for Arizona Comedy" {
		t.Errorf("the page that follows says %q", got)
	}
}

// Without script, and where the browser does not say which page it comes from, the list is next.
func TestSwitchWithoutScriptLeadsBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	wanted := url.Values{"enabled": {"true"}, "version": {"0"}}
	if got := editor.post("/admin/accounts/arizona-comedy/cells/ai_agents", wanted).want(http.StatusSeeOther).Header.Get("Location"); got != "/admin/accounts" {
		t.Errorf("leads to %q", got)
	}
	there := editor.with("Referer", s.URL+"/admin/accounts?page=2")
	if got := there.post("/admin/accounts/maple-garage/cells/ai_agents", wanted).want(http.StatusSeeOther).Header.Get("Location"); got != "/admin/accounts?page=2" {
		t.Errorf("leads to %q", got)
	}
}
