package handlers

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"flagstone/features"
	"flagstone/registry"
)

// rolloutOf is the form of the release of ai_agents as a browser would send it back unchanged.
func (s *site) rolloutOf() url.Values {
	s.t.Helper()
	return formOf(s.as("editor").get("/admin/features/ai_agents").want(http.StatusOK).page().Find("#rollout"))
}

// formOf gives what a browser would post of a form.
func formOf(form *goquery.Selection) url.Values {
	values := url.Values{}
	form.Find("input[name], select[name], textarea[name]").Each(func(_ int, field *goquery.Selection) {
		name, _ := field.Attr("name")
		value, _ := field.Attr("value")
		if kind, _ := field.Attr("type"); kind == "radio" || kind == "checkbox" {
			if _, checked := field.Attr("checked"); !checked {
				return
			}
		}
		switch goquery.NodeName(field) {
		case "select":
			value, _ = field.Find("option[selected]").Attr("value")
		case "textarea":
			value = field.Text()
		}
		values.Add(name, value)
	})
	return values
}

func (s *site) feature(key string) *features.Feature {
	s.t.Helper()
	f, err := s.db.Live().Catalogue().Feature(key)
	if err != nil {
		s.t.Fatal(err)
	}
	return f
}

// release saves the release of ai_agents, changed in some fields.
func (s *site) release(change url.Values) *answer {
	s.t.Helper()
	form := s.rolloutOf()
	maps.Copy(form, change)
	return s.as("editor").post("/admin/features/ai_agents/rollout", form)
}

// defaultOn makes ai_agents on by default, so that its release decides.
func (s *site) defaultOn() {
	s.t.Helper()
	editor := s.as("editor")
	form := formOf(editor.get("/admin/features/ai_agents/edit").page().Find("#feature-form"))
	form.Set("default", "true")
	editor.post("/admin/features/ai_agents", form).want(http.StatusSeeOther)
}

func TestReleaseTo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.user("owner")
	s.defaultOn()
	saved := s.release(url.Values{
		"strategy": {"whitelist"}, "account_ids": {"maple-garage;\r\nonly-theirs,\tmaple-garage"}, "user_ids": {"Owner@Example.com\n"},
		"postal_codes": {"m5v 2t6; k1a"}, "reason": {"pilot"},
	}).want(http.StatusSeeOther)
	if at := saved.Header.Get("Location"); at != "/admin/features/ai_agents" {
		t.Errorf("leads to %q", at)
	}
	want := features.Target{
		AccountIDs: []string{"maple-garage", "only-theirs"}, UserIDs: []string{"owner@example.com"}, PostalCodes: []string{"K1A", "M5V2T6"},
	}
	r := s.feature("ai_agents").Rollout
	if fmt.Sprint(r.Target) != fmt.Sprint(want) || r.Strategy != features.ToWhitelist {
		t.Errorf("stored %+v, want %+v", r, want)
	}
	if !s.has("maple-garage", "ai_agents") || s.has("arizona-comedy", "ai_agents") {
		t.Error("the wrong account has it")
	}
	page := s.as("viewer").get("/admin/features/ai_agents").want(http.StatusOK).page()
	if _, disabled := page.Find("#percentage").Attr("disabled"); !disabled || page.Find("#rollout-submit").Length() != 0 {
		t.Error("a viewer may edit the release")
	}
	s.as("viewer").post("/admin/features/ai_agents/rollout", url.Values{"strategy": {"all"}}).want(http.StatusForbidden)
}

func TestReleaseStoresTargetingKeys(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id, err := s.db.CreateAccount(t.Context(), features.System(), features.AccountDraft{Name: "North", ExternalID: "crm_7"})
	if err != nil {
		t.Fatal(err)
	}
	s.release(url.Values{"strategy": {"whitelist"}, "account_ids": {"north"}}).want(http.StatusSeeOther)
	if got := s.feature("ai_agents").Rollout.Target.AccountIDs; !slices.Equal(got, []string{"crm_7"}) {
		t.Errorf("account %d is stored as %q, want its targeting key crm_7", id, got)
	}
}

func TestReleaseSaysWhatIsWrongWhere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	before := s.feature("ai_agents")
	for _, test := range []struct {
		change      url.Values
		beside, say string
	}{
		{url.Values{"strategy": {"percentage"}, "percentage": {"101"}}, "percentage", "Enter a number from 0 to 100"},
		{url.Values{"strategy": {"percentage"}, "percentage": {"half"}}, "percentage", "Enter a number from 0 to 100"},
		{url.Values{"strategy": {"percentage"}, "percentage": {""}}, "percentage", "Enter a number from 0 to 100"},
		{url.Values{"strategy": {"percentage"}, "percentage": {"0.001"}}, "percentage", "Enter a number from 0 to 100"},
		{url.Values{"strategy": {"all"}, "percentage": {"-1"}}, "percentage", "Enter a number from 0 to 100"},
		{url.Values{"strategy": {"everyone"}}, "strategy", "Choose all, percentage, whitelist or role."},
		{url.Values{"strategy": nil}, "strategy", "Choose all, percentage, whitelist or role."},
		{url.Values{"rollout_by": {"planet"}}, "rollout-by", "Choose account or user."},
		{url.Values{"strategy": {"role"}, "roles": {"Work Shop!"}}, "roles", "is not a valid role"},
		{url.Values{"strategy": {"role"}, "roles": {""}}, "roles", "Enter at least one role"},
		{url.Values{"account_ids": {strings.Repeat("x", 101)}}, "account_ids", "Use at most 100 characters."},
		{url.Values{"reason": {strings.Repeat("x", 501)}}, "reason", "Use at most 500 characters."},
	} {
		test.change.Set("user_ids", "kept@example.com")
		page := s.release(test.change).want(http.StatusUnprocessableEntity).page()
		if got := text(page.Find("#" + test.beside + "-error")); !strings.Contains(got, test.say) {
			t.Errorf("%v: beside the field %q, want %q", test.change, got, test.say)
		}
		if kept := page.Find("#user_ids").Text(); kept != "kept@example.com" {
			t.Errorf("%v: what was typed elsewhere is now %q", test.change, kept)
		}
		preview := s.as("editor").viaHtmx().post("/admin/features/ai_agents/effect/rollout", test.change).want(http.StatusOK).page()
		if got := text(preview.Find(".effect-sentence")); got != "This cannot be saved yet." {
			t.Errorf("%v: the preview says %q", test.change, got)
		}
	}
	if s.feature("ai_agents") != before {
		t.Error("something was saved")
	}
}

func TestTwoPeopleReleaseOneFeature(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	form := s.rolloutOf()
	s.release(url.Values{"strategy": {"percentage"}, "percentage": {"10"}}).want(http.StatusSeeOther)
	form.Set("strategy", "percentage")
	form.Set("percentage", "50")
	page := s.as("admin").post("/admin/features/ai_agents/rollout", form).want(http.StatusConflict).page()
	if got := text(page.Find(".banner")); !strings.HasPrefix(got, "Editor saved this feature since you opened it.") {
		t.Errorf("the page says %q", got)
	}
	if theirs, mine := text(page.Find(".diff del")), text(page.Find(".diff ins")); theirs != "10" || mine != "50" {
		t.Errorf("the versions are %q and %q", theirs, mine)
	}
	if got := text(page.Find("#rollout-submit")); got != "Save my version" {
		t.Errorf("the button says %q", got)
	}
	if got := s.feature("ai_agents").Rollout.Percentage; got != 1000 {
		t.Errorf("the first version was overwritten with %s", got)
	}
	s.as("admin").post("/admin/features/ai_agents/rollout", formOf(page.Find("#rollout"))).want(http.StatusSeeOther)
	if got := s.feature("ai_agents").Rollout.Percentage; got != 5000 {
		t.Errorf("after \"Save my version\" it is %s", got)
	}
}

func TestConflictOverSomethingElseKeepsBoth(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	form := s.rolloutOf()
	editor := s.as("editor")
	theirs := formOf(editor.get("/admin/features/ai_agents/edit").page().Find("#feature-form"))
	theirs.Set("owner", "Workshop team")
	editor.post("/admin/features/ai_agents", theirs).want(http.StatusSeeOther)
	page := s.as("admin").post("/admin/features/ai_agents/rollout", form)
	page.want(http.StatusSeeOther) // nothing of the release is changed, so nothing is overwritten
	form.Set("strategy", "percentage")
	answer := s.as("admin").post("/admin/features/ai_agents/rollout", form).want(http.StatusConflict).page()
	s.as("admin").post("/admin/features/ai_agents/rollout", formOf(answer.Find("#rollout"))).want(http.StatusSeeOther)
	if f := s.feature("ai_agents"); f.Owner != "Workshop team" || f.Rollout.Strategy != features.ToPercentage {
		t.Errorf("stored %+v", f)
	}
}

// What the preview names is, name for name, what the engine says once it is saved.
func TestPreviewComesTrue(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range 40 {
		s.account(fmt.Sprintf("Shop %02d", i))
	}
	s.user("owner")
	s.user("mechanic")
	s.defaultOn()
	s.switchOn("shop-03", "ai_agents", false)
	editor := s.as("editor").viaHtmx()
	for _, change := range []url.Values{
		{"strategy": {"percentage"}, "percentage": {"25"}},
		{"strategy": {"percentage"}, "percentage": {"60"}, "account_ids": {"shop-01, shop-02"}},
		{"strategy": {"role"}, "roles": {"owner"}},
		{"strategy": {"whitelist"}, "account_ids": {"shop-05"}, "user_ids": {"mechanic@example.com"}},
		{"strategy": {"all"}},
	} {
		form := s.rolloutOf()
		maps.Copy(form, change)
		told := map[string][]string{}
		for _, who := range []string{"gain", "lose", "gain-people", "lose-people"} {
			page := editor.post("/admin/features/ai_agents/effect/rollout/names?who="+who, form).want(http.StatusOK).page()
			told[who] = page.Find("li").Map(func(_ int, li *goquery.Selection) string { return text(li) })
		}
		before := s.whoHas("ai_agents")
		s.as("editor").post("/admin/features/ai_agents/rollout", form).want(http.StatusSeeOther)
		after := s.whoHas("ai_agents")
		for _, who := range []string{"gain", "lose"} {
			if got, want := told[who], changedBetween(before, after, who); !slices.Equal(got, want) {
				t.Errorf("%v: told that %q %s, but %q do", change, got, who, want)
			}
		}
	}
}

// whoHas gives every account's state of a feature, by name.
func (s *site) whoHas(key string) map[string]features.State {
	states := map[string]features.State{}
	for a := range s.db.Live().Accounts().All() {
		states[a.Name] = s.db.Live().Catalogue().State(s.feature(key), a, time.Now())
	}
	return states
}

func changedBetween(before, after map[string]features.State, who string) (names []string) {
	for name, is := range after {
		if who == "gain" && is > before[name] || who == "lose" && is < before[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func TestPreviewSaysTheEffect(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.user("owner")
	s.user("mechanic")
	s.defaultOn()
	s.release(url.Values{"strategy": {"percentage"}, "percentage": {"0"}}).want(http.StatusSeeOther)
	preview := func(change url.Values) *goquery.Document {
		form := s.rolloutOf()
		maps.Copy(form, change)
		return s.as("editor").viaHtmx().post("/admin/features/ai_agents/effect/rollout", form).want(http.StatusOK).page()
	}
	all := preview(url.Values{"percentage": {"100"}})
	if got := text(all.Find(".effect-sentence")); got != "Raising to 100%: 2 accounts gain it, nobody loses it." {
		t.Errorf("the preview says %q", got)
	}
	if got := text(all.Find("#rollout-submit")); got != "Raise to 100%" {
		t.Errorf("the button says %q", got)
	}
	if got := text(all.Find(".figure")); !strings.Contains(got, "0 → 2") {
		t.Errorf("the figure is %q", got)
	}
	roles := preview(url.Values{"strategy": {"role"}, "roles": {"owner\nnobody_has_it"}})
	if got := text(roles.Find("#rollout-names .stack li.gain")); got != "1 gains it Owner (owner, Arizona Comedy)" {
		t.Errorf("of the people it says %q", got)
	}
	if got := text(roles.Find("#rollout-names .hint")); !strings.Contains(got, "cannot be listed") {
		t.Errorf("nothing is said of people who cannot be counted: %q", got)
	}
	if got := text(roles.Find("#resolved-roles .unknown")); !strings.HasPrefix(got, "nobody_has_it") {
		t.Errorf("unknown roles: %q", got)
	}
	named := preview(url.Values{"strategy": {"whitelist"}, "account_ids": {"arizona-comedy, nowhere"}})
	if got := text(named.Find("#resolved-account_ids .unknown")); got != "nowhere unknown" {
		t.Errorf("unknown accounts: %q", got)
	}
	if got := text(named.Find("#resolved-account_ids")); !strings.HasPrefix(got, "Listed: 2, 1 of them unknown here") || !strings.Contains(got, "Arizona Comedy") {
		t.Errorf("the list says %q", got)
	}
	if got := text(named.Find("#rollout-submit")); got != "Save for 1 account" {
		t.Errorf("the button says %q", got)
	}
}

func TestPreviewSaysWhatWaits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.defaultOn()
	editor := s.as("editor")
	change := url.Values{"strategy": {"percentage"}, "percentage": {"0"}, "rollout_by": {"account"}}
	says := func() string {
		return text(editor.viaHtmx().post("/admin/features/ai_agents/effect/rollout", change).want(http.StatusOK).page().Find(".banner"))
	}
	if got := says(); got != "" {
		t.Errorf("it waits for %q", got)
	}
	editor.post("/admin/features/ai_agents/enabled", url.Values{"enabled": {"false"}})
	if got := says(); !strings.Contains(got, "take effect once it is on again") {
		t.Errorf("killed: %q", got)
	}
	editor.post("/admin/features/ai_agents/enabled", url.Values{"enabled": {"true"}})
	editor.post("/admin/features/ai_agents/active", url.Values{"active": {"false"}})
	if got := says(); !strings.Contains(got, "once it is active again") {
		t.Errorf("retired: %q", got)
	}
	editor.post("/admin/features/ai_agents/active", url.Values{"active": {"true"}})
	s.mode(features.ModeOpen)
	if got := says(); !strings.Contains(got, "The mode is open") {
		t.Errorf("mode open: %q", got)
	}
}

func TestPreviewWithoutScript(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.defaultOn()
	form := s.rolloutOf()
	form.Set("strategy", "whitelist")
	editor := s.as("editor")
	page := editor.post("/admin/features/ai_agents/effect/rollout", form).want(http.StatusOK).page()
	if got := text(page.Find("#rollout-names .lose b")); got != "2" || page.Find("h1").Length() != 1 {
		t.Errorf("%s lose it", got)
	}
	names := editor.post("/admin/features/ai_agents/effect/rollout/names?who=lose", form).want(http.StatusOK).page()
	if got := text(names.Find("h1")); got != "2 accounts would lose AI Agents" {
		t.Errorf("the page of names is %q", got)
	}
	editor.post("/admin/features/ai_agents/effect/rollout/names?who=win", form).want(http.StatusNotFound)
	editor.post("/admin/features/ai_agents/effect/colour/names?who=gain", form).want(http.StatusNotFound)
	editor.viaHtmx().post("/admin/features/ai_agents/effect/rollout/names?who=lose&from=3", form).want(http.StatusUnprocessableEntity)
	form.Set("strategy", "x")
	editor.post("/admin/features/ai_agents/effect/rollout/names?who=lose", form).want(http.StatusUnprocessableEntity)
}

func TestNamesOfAnEffectComeInParts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var drafts []features.AccountDraft
	for i := range 500 {
		drafts = append(drafts, features.AccountDraft{Name: fmt.Sprintf("Shop %04d", i)})
	}
	if _, err := s.db.ImportAccounts(t.Context(), features.System(), registry.ImportOf(drafts)); err != nil {
		t.Fatal(err)
	}
	editor := s.as("editor").viaHtmx()
	form := url.Values{"name": {"AI Agents"}, "default": {"true"}}
	first := editor.post("/admin/features/ai_agents/effect/form/names?who=gain", form).want(http.StatusOK).page()
	more, _ := first.Find("button").Attr("hx-post")
	if n := first.Find("li").Length(); n != 500 || text(first.Find("button")) != "Show 2 more" {
		t.Errorf("%d names, then %q", n, text(first.Find("button")))
	}
	rest := editor.post(more, form).want(http.StatusOK).page()
	if n := rest.Find("li").Length(); n != 2 || rest.Find("button").Length() != 0 {
		t.Errorf("then %d names and %q", n, text(rest.Find("button")))
	}
}

func TestReleaseToTenThousand(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ids := make([]string, 10_000)
	for i := range ids {
		ids[i] = fmt.Sprintf("customer_%05d", i)
	}
	s.release(url.Values{"strategy": {"whitelist"}, "account_ids": {strings.Join(ids, "\n")}}).want(http.StatusSeeOther)
	page := s.as("editor").get("/admin/features/ai_agents").want(http.StatusOK).page()
	if n := len(strings.Fields(page.Find("#account_ids").Text())); n != len(ids) {
		t.Errorf("%d ids come back", n)
	}
	if n := page.Find("#resolved-account_ids li").Length(); n != 100 {
		t.Errorf("%d are shown, want %d", n, 100)
	}
}
