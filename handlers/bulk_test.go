package handlers

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
)

const bulkURL = "/admin/accounts/-/bulk"

// stored is every override, and the tier of every account, as the tables have them.
func (s *site) stored() string {
	s.t.Helper()
	handle, err := sql.Open("sqlite3", "file:"+s.db.Path()+"?mode=ro")
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = handle.Close() }()
	var all string
	err = handle.QueryRowContext(s.t.Context(), `
		SELECT json_array(
			(SELECT json_group_array(json_array(account_id, feature_id, enabled, reason, expires_at, set_by, set_at))
			 FROM (SELECT * FROM overrides ORDER BY account_id, feature_id)),
			(SELECT json_group_array(json_array(id, tier_id)) FROM (SELECT * FROM accounts ORDER BY id)))`).Scan(&all)
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// selecting is the fields that the selection bar posts for an action on all that match a filter.
func selecting(action, filter string) url.Values {
	return url.Values{"action": {action}, "all": {"1"}, "filter": {filter}}
}

// ticking is the fields that it posts for accounts that are ticked.
func (s *site) ticking(action string, slugs ...string) url.Values {
	values := url.Values{"action": {action}}
	for _, slug := range slugs {
		values.Add("id", itoa(s.db.Live().Accounts().Find(slug).ID))
	}
	return values
}

// with gives the same fields with one set to something else.
func with(values url.Values, name, value string) url.Values {
	other := url.Values{}
	for n, v := range values {
		other[n] = slices.Clone(v)
	}
	other.Set(name, value)
	return other
}

// preview opens the dialog for an action.
func (b *browser) preview(values url.Values) *goquery.Document {
	b.t.Helper()
	page := b.viaHtmx().post(bulkURL+"/preview", values).want(http.StatusOK).page()
	if page.Find("dialog#bulk-dialog form#bulk-form").Length() != 1 {
		b.t.Fatal("the answer is not the dialog")
	}
	return page
}

// confirm sends a dialog as it stands.
func (b *browser) confirm(dialog *goquery.Document) *answer {
	b.t.Helper()
	return b.viaHtmx().post(bulkURL, form(dialog.Find("#bulk-form")))
}

// rows is the effect that a dialog shows, row by row.
func rows(dialog *goquery.Document) (all []string) {
	dialog.Find(".effect li").Each(func(_ int, row *goquery.Selection) { all = append(all, words(row)) })
	return all
}

func TestBulkDialogSaysWhatItDoes(t *testing.T) {
	t.Parallel()
	s := newList(t)
	s.kill("additional_services")
	editor := s.as("editor")
	for _, one := range []struct {
		action, choice, filter string
		title, selection       string
		effect                 string
		button                 string
	}{
		{
			"enable", "feature=knowledge_base", "", "Enable Knowledge Base for 4 accounts", "All accounts",
			"2 gain it off now, on by override after; 1 sees no change now the override is kept, but these accounts are suspended; " +
				"1 has exactly this override nothing is written", "Enable for 3 accounts",
		},
		{
			"enable", "feature=additional_services", "", "Enable Additional Services for 4 accounts", "All accounts",
			"4 see no change now the override is kept, but the kill switch is off, and 1 account suspended", "Enable for 4 accounts",
		},
		{
			"enable", "feature=additional_services", "status=active", "Enable Additional Services for 3 accounts", "All that match: Status is active",
			"3 see no change now the override is kept, but the kill switch is off", "Enable for 3 accounts",
		},
		{
			"disable", "feature=knowledge_base", "q=comedy&tier=pro", "Disable Knowledge Base for 1 account", `All that match: "comedy", Tier is Pro`,
			"1 loses it on now, off by override after", "Disable for 1 account",
		},
		{
			"disable", "feature=knowledge_base", "tier=none&tier=enterprise", "Disable Knowledge Base for 2 accounts", "All that match: Tier is none or Enterprise",
			"1 lacks it already the override keeps it off even if the inherited value changes; 1 has exactly this override nothing is written", "Disable for 1 account",
		},
		{
			"disable-all", "", "", "Disable all features for 4 accounts", "All accounts",
			"1 loses at least one feature; 3 have nothing on nothing is written", "Disable all for 1 account",
		},
		{
			"clear", "feature=", "", "Clear every override of 4 accounts", "All accounts",
			"1 loses at least one feature; 2 keep what they have the overrides are removed, which changes nothing now; 1 has no override nothing is written", "Clear for 3 accounts",
		},
		{
			"clear", "feature=knowledge_base", "", "Clear the override of Knowledge Base for 4 accounts", "All accounts",
			"1 loses it off again as inherited; 1 goes on without it the override is removed, which changes nothing now; 2 have no override of it nothing is written", "Clear for 2 accounts",
		},
		{
			"set-tier", "tier=pro", "", "Move 4 accounts to Pro", "All accounts",
			"3 move to Pro and see no change now; 1 is in it already nothing is written", "Move 3 accounts",
		},
		{
			"set-tier", "tier=none", "", "Remove the tier from 4 accounts", "All accounts",
			"3 lose their tier and see no change now; 1 has none nothing is written", "Move 3 accounts",
		},
		{
			"set-tier", "tier=pro", "tier=pro", "Move 1 account to Pro", "All that match: Tier is Pro",
			"1 is in it already nothing is written", "",
		},
	} {
		values := selecting(one.action, one.filter)
		if name, value, ok := strings.Cut(one.choice, "="); ok {
			values.Set(name, value)
		}
		dialog := editor.preview(values)
		for selector, want := range map[string]string{"h2": one.title, "header .hint": one.selection, "footer [type=submit]": one.button} {
			if got := text(dialog.Find(selector)); got != want {
				t.Errorf("%s %s: %s says %q, want %q", one.action, one.choice, selector, got, want)
			}
		}
		if got := strings.Join(rows(dialog), "; "); got != one.effect {
			t.Errorf("%s %s of %q:\n%q, want\n%q", one.action, one.choice, one.filter, got, one.effect)
		}
		if danger := dialog.Find("footer .danger").Length() == 1; danger != (strings.Contains(one.effect, "loses ") || strings.HasPrefix(one.action, "disable")) {
			t.Errorf("%s %s: danger is %v", one.action, one.choice, danger)
		}
	}
}

// The number on the button is what changes, and Undo restores exactly what was there.
func TestBulkChangesWhatItSaysAndUndoRestoresIt(t *testing.T) {
	t.Parallel()
	s := newList(t)
	editor := s.as("editor")
	for action, choices := range map[string][]string{
		"enable": {"feature=knowledge_base", "feature=ai_agents"}, "disable": {"feature=knowledge_base"}, "disable-all": {"feature="},
		"clear": {"feature=", "feature=knowledge_base"}, "set-tier": {"tier=pro", "tier=none"},
	} {
		for _, choice := range choices {
			name, value, _ := strings.Cut(choice, "=")
			before := s.stored()
			dialog := editor.preview(with(selecting(action, ""), name, value))
			shown := countIn(t, text(dialog.Find("footer [type=submit]")))
			answer := editor.confirm(dialog).want(http.StatusOK)
			if got := answer.Header.Get("HX-Trigger"); got != "dialog:close, selection:clear, list:reload" {
				t.Errorf("%s %s: HX-Trigger %q", action, choice, got)
			}
			if changed := s.changedBy(s.newest()); changed != shown || changed == 0 {
				t.Errorf("%s %s: %d accounts changed, the button said %d", action, choice, changed, shown)
			}
			if s.stored() == before {
				t.Errorf("%s %s changed nothing", action, choice)
			}
			if got := countIn(t, toast(answer.page())); got != shown {
				t.Errorf("%s %s: the message says %q", action, choice, toast(answer.page()))
			}
			editor.viaHtmx().post(answer.page().Find("[data-toast] form").AttrOr("hx-post", ""), nil).want(http.StatusOK)
			if got := s.stored(); got != before {
				t.Errorf("%s %s, undone:\n%s, was\n%s", action, choice, got, before)
			}
		}
	}
}

// countIn is the number of accounts that a text names.
func countIn(t *testing.T, text string) int {
	t.Helper()
	for _, word := range strings.Fields(text) {
		if n, err := strconv.Atoi(strings.ReplaceAll(word, ",", "")); err == nil {
			return n
		}
	}
	t.Fatalf("no number in %q", text)
	return 0
}

// changedBy is how many accounts a change set changed.
func (s *site) changedBy(changeSet int64) int {
	s.t.Helper()
	rows, err := s.db.AuditRows(s.t.Context(), db.AuditFilter{}, changeSet, 0, 10_000)
	if err != nil {
		s.t.Fatal(err)
	}
	accounts := make(map[int64]bool)
	for _, row := range rows {
		accounts[row.AccountID] = true
	}
	return len(accounts)
}

func TestBulkOverManyAccountsFoundByAFilter(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.many(220)
	s.switchOn("stage-007", "knowledge_base", true)
	editor := s.as("editor")
	before := s.stored()
	dialog := editor.preview(with(selecting("enable", "q=stage&f.knowledge_base=inherited"), "feature", "knowledge_base"))
	if got := text(dialog.Find("footer [type=submit]")); got != "Enable for 219 accounts" {
		t.Fatalf("the button says %q", got)
	}
	values := with(form(dialog.Find("#bulk-form")), "reason", "Help centre launch")
	answer := editor.viaHtmx().post(bulkURL, values).want(http.StatusOK)
	if got := toast(answer.page()); got != "Knowledge Base on for 219 accounts" {
		t.Errorf("the message is %q", got)
	}
	if n := s.changedBy(s.newest()); n != 219 || s.has("arizona-comedy", "knowledge_base") || !s.has("stage-220", "knowledge_base") {
		t.Errorf("%d accounts changed", n)
	}
	if set, err := s.db.ChangeSet(t.Context(), s.newest()); err != nil || set.Reason != "Help centre launch" {
		t.Errorf("the reason is %q, %v", set.Reason, err)
	}
	editor.viaHtmx().post(answer.page().Find("[data-toast] form").AttrOr("hx-post", ""), nil).want(http.StatusOK)
	if s.stored() != before {
		t.Error("Undo does not restore what was there")
	}
}

func TestBulkOfTickedAccounts(t *testing.T) {
	t.Parallel()
	s := newList(t)
	editor := s.as("editor")
	dialog := editor.preview(with(s.ticking("enable", "maple-garage", "boise-ballet"), "feature", "ai_agents"))
	if got := text(dialog.Find("header .hint")); got != "2 ticked accounts" {
		t.Errorf("the selection is %q", got)
	}
	if got := words(dialog.Find(".names")); got != "Boise Ballet Maple Garage" {
		t.Errorf("the names are %q", got)
	}
	editor.confirm(dialog).want(http.StatusOK)
	if !s.has("maple-garage", "ai_agents") || !s.has("boise-ballet", "ai_agents") || s.has("arizona-comedy", "ai_agents") {
		t.Error("it is on for the wrong accounts")
	}
	if again := editor.confirm(dialog).want(http.StatusConflict).page(); again.Find("footer [type=submit]").Length() != 0 {
		t.Error("the second time, something is left to do")
	}
}

func TestBulkAsksWhatItIsAbout(t *testing.T) {
	t.Parallel()
	s := newList(t)
	editor := s.as("editor")
	for action, want := range map[string][2]string{
		"enable":   {"Enable a feature for 4 accounts", "Choose a feature Knowledge Base AI Agents Additional Services"},
		"disable":  {"Disable a feature for 4 accounts", "Choose a feature Knowledge Base AI Agents Additional Services"},
		"set-tier": {"Set the tier of 4 accounts", "Choose a tier Basic Pro Enterprise No tier"},
	} {
		dialog := editor.preview(selecting(action, ""))
		if got := text(dialog.Find("h2")); got != want[0] {
			t.Errorf("%s: the title is %q", action, got)
		}
		if got := words(dialog.Find("select")); got != want[1] {
			t.Errorf("%s: the choices are %q", action, got)
		}
		if dialog.Find(".effect, footer [type=submit]").Length() != 0 {
			t.Errorf("%s can be confirmed before it is clear what it does", action)
		}
		refused := editor.confirm(dialog).want(http.StatusUnprocessableEntity).page()
		if got := text(refused.Find(".field-error")); got != "Choose a feature or tier first." {
			t.Errorf("%s: confirmed without a choice it says %q", action, got)
		}
	}
	if chosen := editor.preview(with(selecting("set-tier", ""), "tier", "none")).Find("option[selected]").AttrOr("value", ""); chosen != "none" {
		t.Errorf("the tier chosen is %q", chosen)
	}
}

// When something has changed since the dialog was shown, nothing is applied and the new effect is shown.
func TestBulkAppliesOnlyWhatWasShown(t *testing.T) {
	t.Parallel()
	s := newList(t)
	editor := s.as("editor")
	dialog := editor.preview(with(selecting("enable", ""), "feature", "ai_agents"))
	s.switchOn("maple-garage", "ai_agents", true)
	before, changes := s.stored(), s.changes()
	values := with(form(dialog.Find("#bulk-form")), "reason", "pilot")
	anew := editor.viaHtmx().post(bulkURL, values).want(http.StatusConflict).page()
	if s.stored() != before || s.changes() != changes {
		t.Error("something was applied")
	}
	if got := text(anew.Find("[role=alert]")); got != "Something has changed since this preview, so nothing was applied. Review the new effect." {
		t.Errorf("the dialog says %q", got)
	}
	if got := text(anew.Find("footer [type=submit]")); got != "Enable for 2 accounts" {
		t.Errorf("the button now says %q", got)
	}
	if got := anew.Find("#bulk-reason").AttrOr("value", ""); got != "pilot" {
		t.Errorf("the reason is now %q", got)
	}
	editor.confirm(anew).want(http.StatusOK)
	if s.changedBy(s.newest()) != 2 {
		t.Error("the new effect was not applied")
	}
}

func TestBulkRefusesWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := newList(t)
	editor, before := s.as("editor"), s.changes()
	crowd, crowded := url.Values{"action": {"disable-all"}}, url.Values{"action": {"disable-all"}}
	for i := range web.MaxTicked + 1 {
		crowded.Add("id", strconv.Itoa(i+1))
	}
	crowd.Set("id", strings.Join(crowded["id"], ","))
	enable := with(selecting("enable", ""), "feature", "knowledge_base")
	for name, one := range map[string]struct {
		values url.Values
		status int
		says   string
	}{
		"nobody":          {url.Values{"action": {"enable"}, "feature": {"ai_agents"}}, http.StatusUnprocessableEntity, "Tick at least one account first."},
		"a crowd":         {crowd, http.StatusUnprocessableEntity, "At most 10,000 accounts can be ticked. Narrow the list by a filter, and select all that match."},
		"too many fields": {crowded, http.StatusUnprocessableEntity, "This form cannot be read. Reload the page and try again."},
		"no number":       {url.Values{"action": {"disable-all"}, "id": {"x"}}, http.StatusUnprocessableEntity, "One of the ticked accounts cannot be read."},
		"a stranger":      {url.Values{"action": {"disable-all"}, "id": {"1", "9999"}}, http.StatusNotFound, "One of the chosen accounts does not exist."},
		"no action":       {with(enable, "action", ""), http.StatusUnprocessableEntity, "There is no bulk action"},
		"another action":  {with(enable, "action", "delete"), http.StatusUnprocessableEntity, "There is no bulk action"},
		"no feature":      {with(enable, "feature", "nope"), http.StatusNotFound, "There is no feature with the key"},
		"clear what":      {with(with(enable, "action", "clear"), "feature", "nope"), http.StatusNotFound, "There is no feature with the key"},
		"no tier":         {with(selecting("set-tier", ""), "tier", "gold"), http.StatusNotFound, "There is no tier with the key"},
		"broken filter":   {with(enable, "filter", "q=%zz"), http.StatusUnprocessableEntity, "The filter of this selection cannot be read."},
		"unknown filter":  {with(enable, "filter", "f.nope=on"), http.StatusNotFound, "There is no feature with the key"},
		"unknown, asked":  {selecting("enable", "f.nope=on"), http.StatusNotFound, "There is no feature with the key"},
		"unknown status":  {with(enable, "filter", "status=gone"), http.StatusUnprocessableEntity, "Choose active or suspended."},
	} {
		for _, path := range []string{bulkURL + "/preview", bulkURL, bulkURL + "/names"} {
			if name == "unknown, asked" && path != bulkURL+"/preview" {
				continue
			}
			answer := editor.viaHtmx().post(path, one.values)
			if got := toast(answer.page()); answer.StatusCode != one.status || !strings.Contains(got, one.says) {
				t.Errorf("%s, %s: %d %q, want %d %q", name, path, answer.StatusCode, got, one.status, one.says)
			}
		}
	}
	if s.changes() != before {
		t.Error("something was changed")
	}
}

func TestBulkRefusesAReasonThatIsTooLong(t *testing.T) {
	t.Parallel()
	s := newList(t)
	editor, before := s.as("editor"), s.changes()
	dialog := editor.preview(with(selecting("disable", ""), "feature", "knowledge_base"))
	values := with(form(dialog.Find("#bulk-form")), "reason", strings.Repeat("a", 501))
	again := editor.viaHtmx().post(bulkURL, values).want(http.StatusUnprocessableEntity).page()
	if got := text(again.Find("#bulk-reason-error")); got != "Use at most 500 characters." {
		t.Errorf("the field says %q", got)
	}
	if again.Find("#bulk-reason").AttrOr("aria-invalid", "") != "true" || s.changes() != before {
		t.Error("the reason is not refused")
	}
}

func TestBulkNamesThemAll(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.many(620)
	editor := s.as("editor")
	dialog := editor.preview(with(selecting("enable", "q=stage"), "feature", "ai_agents"))
	if got := dialog.Find(".names li").Length(); got != 12 {
		t.Errorf("the dialog has %d names", got)
	}
	button := dialog.Find("#bulk-names button")
	if got := text(button); got != "Show all 620" {
		t.Errorf("the button says %q", got)
	}
	fields := form(dialog.Find("#bulk-form"))
	all := editor.viaHtmx().post(button.AttrOr("hx-post", ""), fields).want(http.StatusOK).page()
	more := all.Find("#more-names")
	if got := text(more); all.Find(".names li").Length() != 500 || got != "Show 120 more" {
		t.Errorf("%d names, then %q", all.Find(".names li").Length(), got)
	}
	rest := editor.viaHtmx().post(more.AttrOr("hx-post", ""), fields).want(http.StatusOK).page()
	if got := text(rest.Find(".names li").Last()); got != "Stage 620" || rest.Find("#more-names").Length() != 0 {
		t.Errorf("the last name is %q", got)
	}
	for _, from := range []string{"-1", "621", "x", ""} {
		editor.viaHtmx().post(bulkURL+"/names?from="+from, fields).want(http.StatusUnprocessableEntity)
	}
}

func TestBulkShowsItsProgress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor").viaHtmx()
	address := editor.preview(with(selecting("enable", ""), "feature", "ai_agents")).Find("#bulk-progress").AttrOr("hx-get", "")
	nonce := address[strings.LastIndex(address, "/")+1:]
	if len(nonce) < 20 {
		t.Fatalf("the nonce is %q", nonce)
	}
	ask := func() (said string, polls bool) {
		bar := editor.get(address).want(http.StatusOK).page().Find("#bulk-progress")
		return text(bar), bar.AttrOr("hx-trigger", "") == "every 300ms"
	}
	if said, polls := ask(); said != "" || polls {
		t.Errorf("before it begins: %q, %v", said, polls)
	}
}

func TestBulkWorksAsPlainForms(t *testing.T) {
	t.Parallel()
	s := newList(t)
	editor := s.as("editor")
	page := editor.post(bulkURL+"/preview", with(selecting("disable", "q=comedy"), "feature", "knowledge_base")).want(http.StatusOK).page()
	if got := text(page.Find("main h1")); got != "Disable Knowledge Base for 1 account" {
		t.Errorf("the page is headed %q", got)
	}
	values := form(page.Find("#bulk-form"))
	answer := editor.post(page.Find("#bulk-form").AttrOr("action", ""), values).want(http.StatusSeeOther)
	if got := answer.Header.Get("Location"); got != "/admin/accounts?q=comedy" {
		t.Errorf("it leads to %s", got)
	}
	if got := toast(editor.following(answer).want(http.StatusOK).page()); got != "Knowledge Base off for 1 account" {
		t.Errorf("the page that follows says %q", got)
	}
}

func TestBulkSaysWhenNothingIsToBeDone(t *testing.T) {
	t.Parallel()
	s := newList(t)
	editor, before := s.as("editor"), s.changes()
	dialog := editor.preview(with(s.ticking("clear", "maple-garage"), "feature", ""))
	if got := text(dialog.Find("footer .hint")); got != "Nothing would change." || dialog.Find("#bulk-reason").Length() != 0 {
		t.Errorf("the foot says %q", got)
	}
	answer := editor.confirm(dialog).want(http.StatusOK)
	if got := toast(answer.page()); got != "No changes to save: every chosen account already has this" || s.changes() != before {
		t.Errorf("the message is %q", got)
	}
	if answer.page().Find("[data-toast] form").Length() != 0 {
		t.Error("nothing can be undone")
	}
}

func TestBulkSaysPerFeature(t *testing.T) {
	t.Parallel()
	s := newList(t)
	if _, err := s.db.SetAccountStatus(t.Context(), features.System(), s.db.Live().Accounts().Find("cedar-auto").ID, features.Active, ""); err != nil {
		t.Fatal(err)
	}
	dialog := s.as("editor").preview(selecting("disable-all", ""))
	var lines []string
	dialog.Find(".totals tbody tr").Each(func(_ int, line *goquery.Selection) { lines = append(lines, words(line)) })
	if got := fmt.Sprint(lines); got != "[Knowledge Base 0 1 0 AI Agents 0 1 0]" {
		t.Errorf("per feature: %s", got)
	}
}
