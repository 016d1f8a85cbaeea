package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// forMechanics is a site with one more feature, which is on for the role mechanic.
func forMechanics(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	s.addReleased("job_board", features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"mechanic"}}}, true)
	return s
}

// addReleased adds a feature with a rollout.
func (s *site) addReleased(key string, rollout features.Rollout, byDefault bool, variants ...features.Variant) {
	s.t.Helper()
	draft := features.FeatureDraft{
		Key: key, Name: strings.ToUpper(key[:1]) + strings.ReplaceAll(key[1:], "_", " "), Category: "portal", Rollout: rollout, Variants: variants,
		Default: features.Value{Enabled: byDefault}, DisplayOrder: -1,
	}
	if _, err := s.db.CreateFeature(s.t.Context(), dbtest.Actor(), draft); err != nil {
		s.t.Fatal(err)
	}
}

// mode sets the mode.
func (s *site) mode(m features.Mode) {
	s.t.Helper()
	if _, err := s.db.SetMode(s.t.Context(), dbtest.Actor(), m, ""); err != nil {
		s.t.Fatal(err)
	}
}

func TestStateOfSomeInTheList(t *testing.T) {
	t.Parallel()
	s := forMechanics(t)
	editor := s.as("editor")
	page := editor.get("/admin/accounts?col=job_board").want(http.StatusOK).page()
	cell := cellIn(page, "Job board", "Maple Garage")
	if got := words(cell); !strings.HasPrefix(got, "Some") || !strings.HasSuffix(got, "default") {
		t.Errorf("the cell says %q", got)
	}
	input := cell.Find("input[role=switch]")
	why := input.AttrOr("aria-describedby", "")
	if got := text(cell.Find("#" + why)); got != "Some of its users have it: it is for the role mechanic." {
		t.Errorf("the switch is described as %q", got)
	}
	if cell.Find("button.help[aria-describedby="+why+"]").Length() != 1 {
		t.Error("nothing shows why on hover")
	}
	for state, want := range map[string]int{"some": 2, "on": 0, "off": 0, "inherited": 2, "overridden": 0} {
		if got := editor.get("/admin/accounts?f.job_board=" + state).want(http.StatusOK).page().Find("tbody tr").Length(); got != want {
			t.Errorf("%d accounts are %s, want %d", got, state, want)
		}
	}
	editor.get("/admin/accounts/export.csv?col=job_board").want(http.StatusOK).wantText("Maple Garage,maple-garage,,,,,active,some\n")
}

func TestSwitchOfSomePostsTheWantedState(t *testing.T) {
	t.Parallel()
	s := forMechanics(t)
	editor := s.as("editor").viaHtmx()
	path := "/admin/accounts/maple-garage/cells/job_board"
	values := form(cellIn(s.as("editor").get("/admin/accounts?col=job_board").page(), "Job board", "Maple Garage").Find("form"))
	values.Del("enabled")
	page := editor.post(path, values).want(http.StatusOK).page()
	if got := words(page.Find(".feature-cell")); got != "Off override" {
		t.Errorf("off, the cell says %q", got)
	}
	values.Set("version", page.Find("input[name=version]").AttrOr("value", ""))
	values.Set("enabled", "true")
	page = editor.post(path, values).want(http.StatusOK).page()
	if got := words(page.Find(".feature-cell")); !strings.HasPrefix(got, "Some") || !strings.HasSuffix(got, "override") {
		t.Errorf("on again, the cell says %q", got)
	}
	if got := toast(page); got != "Job board on for Maple Garage, but it is for the role mechanic" {
		t.Errorf("the message is %q", got)
	}
}

func TestStateOfSomeOnTheAccountPage(t *testing.T) {
	t.Parallel()
	s := forMechanics(t)
	s.addReleased("beta_search", features.Rollout{Strategy: features.ToPercentage, Percentage: 5000, By: features.ByPerson}, true)
	s.switchOn("maple-garage", "ai_agents", true)
	viewer := s.as("viewer")
	page := viewer.get("/admin/accounts/maple-garage").want(http.StatusOK).page()
	if got := text(page.Find("#count")); got != "1 of 5, 2 for some, 1 overridden" {
		t.Errorf("the facts count %q", got)
	}
	if got := text(page.Find(".panel .count").First()); got != "1 of 5 on, 2 for some" {
		t.Errorf("the category counts %q", got)
	}
	if got := text(page.Find("#chips")); !strings.HasSuffix(got, "All 5 On 1 Off 2 Some 2 Overridden 1") {
		t.Errorf("the filter counts %q", got)
	}
	for show, want := range map[string]string{"some": "job_board beta_search", "on": "ai_agents", "off": "knowledge_base additional_services"} {
		keys := viewer.get("/admin/accounts/maple-garage?show=" + show).page().Find(".feature-row .key").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
		if len(keys) != len(strings.Fields(want)) {
			t.Errorf("%s are %v, want %s", show, keys, want)
		}
	}
	for key, want := range map[string]string{
		"job_board":   "Job board is on for some of the users of Maple Garage It depends on the user: it is for the role mechanic.",
		"beta_search": "It depends on the user: it is released by user, to 50% of users.",
	} {
		if got := text(viewer.viaHtmx().get("/admin/accounts/maple-garage/features/" + key + "/why").want(http.StatusOK).page().Find("header")); !strings.Contains(got, want) {
			t.Errorf("why: %q, want %q", got, want)
		}
	}
}

// A feature that only some people could have says what holds it back from all of them, wherever it is looked at.
func TestBlockerOfAFeatureForSome(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	add := func(key string, rollout features.Rollout, variants ...features.Variant) {
		_, err := s.db.CreateFeature(t.Context(), dbtest.Actor(), features.FeatureDraft{
			Key: key, Name: strings.ToUpper(key[:1]) + key[1:], Category: "portal", Default: features.Value{Enabled: true}, Rollout: rollout, Variants: variants,
			Links: features.Links{DependsOn: []string{"ai_agents"}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	add("roles", features.Rollout{Strategy: features.ToRole, Target: features.Target{Roles: []string{"owner"}}})
	add("users", features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{UserIDs: []string{"somebody"}}})
	add("share", features.Rollout{Strategy: features.ToPercentage, Percentage: 5000, By: features.ByPerson})
	add("dealt", features.Rollout{By: features.ByPerson}, features.Variant{Key: "a", Value: features.Value{Enabled: true}, Weight: features.Everyone})
	editor := s.as("editor")
	page := editor.get(arizona).want(http.StatusOK).page()
	for _, key := range []string{"roles", "users", "share", "dealt"} {
		if got := words(featureOf(page, key)); !strings.Contains(got, "Needs AI Agents, which is off") {
			t.Errorf("%s: the page says %q", key, got)
		}
		why := editor.viaHtmx().get(arizona + "/features/" + key + "/why").want(http.StatusOK).page()
		if got := text(why.Find("[aria-current], .decided")); !strings.Contains(got, "AI Agents, which is off") {
			t.Errorf("%s: why? says %q", key, got)
		}
		set := url.Values{"enabled": {"true"}, "version": {"0"}}
		editor.viaHtmx().post(arizona+"/features/"+key, set).want(http.StatusOK).wantText("it needs AI Agents, which is off")
		preview := editor.json(http.MethodPut, "/api/v2/admin/accounts/arizona-comedy/overrides/"+key+"?preview=1", `{"enabled":true}`)
		preview.want(http.StatusOK).wantText(`"obstacle":"it needs AI Agents, which is off"`)
	}
}

func TestSourcesAreNamed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.addReleased("early", features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{AccountIDs: []string{"arizona-comedy"}}}, true)
	s.addReleased("colours", features.Rollout{}, false, features.Variant{Key: "blue", Value: features.Value{Enabled: true}, Weight: features.Everyone})
	s.addReleased("dealt", features.Rollout{By: features.ByPerson}, false,
		features.Variant{Key: "a", Value: features.Value{Enabled: true}, Weight: 5000}, features.Variant{Key: "b", Weight: 5000})
	s.switchOn("maple-garage", "ai_agents", true)
	s.switchOn("maple-garage", "knowledge_base", false)
	columns := "/admin/accounts?col=early&col=colours&col=ai_agents&col=knowledge_base&col=dealt"
	for _, step := range []struct {
		mode features.Mode
		list map[string]string // the cell of Maple Garage
		page map[string]string // its row, in part
	}{
		{
			features.ModeLive,
			map[string]string{"Early": "Off rollout", "Colours": "On variant", "AI Agents": "On override", "Knowledge Base": "Off override"},
			map[string]string{
				"early": "Not released to it, only to 1 named account", "colours": "Variant blue", "ai_agents": "Override by tester, no expiry",
				"dealt": "Variants, assigned by user",
			},
		},
		{
			features.ModeDefaults,
			map[string]string{"Early": "Off rollout", "AI Agents": "Off override on, but the mode is defaults", "Knowledge Base": "Off default"},
			map[string]string{
				"ai_agents": "The override (on, by tester) takes effect once the mode is live again.", "early": "Not released to it",
			},
		},
		{
			features.ModeOpen,
			map[string]string{"Early": "On mode", "AI Agents": "On mode", "Knowledge Base": "On override off, but the mode is open"},
			map[string]string{"early": "Mode is open", "knowledge_base": "The override (off, by tester) takes effect once the mode is live again."},
		},
	} {
		s.mode(step.mode)
		list := s.as("viewer").get(columns).want(http.StatusOK).page()
		for feature, want := range step.list {
			if got := words(cellIn(list, feature, "Maple Garage")); got != want {
				t.Errorf("%s in mode %s: %q, want %q", feature, step.mode, got, want)
			}
		}
		page := s.as("viewer").get("/admin/accounts/maple-garage").want(http.StatusOK).page()
		for key, want := range step.page {
			f, _ := s.db.Live().Catalogue().Feature(key)
			if got := text(page.Find("#feature-" + itoa(f.ID))); !strings.Contains(got, want) {
				t.Errorf("%s in mode %s: no %q in %q", key, step.mode, want, got)
			}
		}
	}
}

func TestSwitchInAnotherModeSaysThatItWaits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.mode(features.ModeDefaults)
	editor := s.as("editor").viaHtmx()
	page := editor.post("/admin/accounts/maple-garage/cells/ai_agents", url.Values{"enabled": {"true"}, "version": {"0"}, "answer": {"anyway"}}).want(http.StatusOK).page()
	if got := toast(page); got != "AI Agents on for Maple Garage, but the mode is defaults" {
		t.Errorf("the message is %q", got)
	}
	page = editor.post("/admin/accounts/maple-garage/features/knowledge_base", url.Values{"enabled": {"true"}, "version": {"0"}, "answer": {"anyway"}}).want(http.StatusOK).page()
	if got := toast(page); got != "Knowledge Base switched on for Maple Garage. It takes effect once the mode is live again." {
		t.Errorf("the message is %q", got)
	}
}

// In every mode and for every kind of rollout, the rows of a bulk dialog together are the accounts chosen.
func TestBulkRowsSumUp(t *testing.T) {
	t.Parallel()
	s := forMechanics(t)
	s.addReleased("early", features.Rollout{Strategy: features.ToWhitelist, Target: features.Target{
		AccountIDs: []string{"arizona-comedy"}, UserIDs: []string{"mechanic@example.com"},
	}}, true)
	s.addReleased("colours", features.Rollout{}, false,
		features.Variant{Key: "blue", Value: features.Value{Enabled: true}, Weight: 5000},
		features.Variant{Key: "red", Value: features.Value{Enabled: true}, Weight: 5000})
	for i, name := range []string{"Blue Note", "Cedar Auto", "Desert Labs", "Elm Street"} {
		id := s.account(name).ID
		if i == 0 {
			if _, err := s.db.SetAccountStatus(t.Context(), dbtest.Actor(), id, features.Suspended, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, account := range []string{"maple-garage", "cedar-auto"} {
		for _, key := range []string{"job_board", "early", "ai_agents"} {
			s.switchOn(account, key, account == "cedar-auto")
		}
		s.force(account, "colours", "blue")
	}
	editor, tried := s.as("editor"), 0
	for _, mode := range features.Modes() {
		s.mode(mode)
		for _, feature := range []string{"", "job_board", "early", "colours", "ai_agents"} {
			for _, action := range []features.BulkAction{features.EnableFeature, features.DisableFeature, features.ClearOverrides, features.DisableAll} {
				bulk := features.Bulk{Action: action, Feature: feature, Selection: features.Selection{All: true}}
				plan, err := s.db.PlanBulk(bulk)
				if err != nil {
					continue // it needs a feature
				}
				sum := 0
				rows := editor.preview(with(selecting(string(action), ""), "feature", feature)).Find(".effect li")
				for _, row := range rows.EachIter() {
					n, _ := strconv.Atoi(row.Find("b").Text())
					sum += n
				}
				if tried++; sum != plan.Chosen {
					t.Errorf("%s %s in mode %s: the rows sum to %d of %d: %+v", action, feature, mode, sum, plan.Chosen, words(rows))
				}
			}
		}
	}
	if tried < 40 {
		t.Errorf("only %d were tried", tried)
	}
}

// force sets an override that forces a variant.
func (s *site) force(account, feature, variant string) {
	s.t.Helper()
	_, err := s.db.SetOverride(s.t.Context(), dbtest.Actor(), db.OverrideChange{
		Account: s.db.Live().Accounts().Find(account).ID, Feature: feature, Value: features.Value{Enabled: true}, Variant: variant,
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestBulkDialogSaysWhoHasItForSome(t *testing.T) {
	t.Parallel()
	s := forMechanics(t)
	s.switchOn("arizona-comedy", "job_board", false)
	post := url.Values{"action": {"enable"}, "feature": {"job_board"}, "all": {"1"}}
	dialog := s.as("editor").viaHtmx().post("/admin/accounts/-/bulk/preview", post).want(http.StatusOK).page()
	rows := dialog.Find(".effect li").Map(func(_ int, li *goquery.Selection) string { return text(li) })
	want := "1 gains it off now, on by override after; it is for the role mechanic | " +
		"1 keeps it for some of its users the override is kept, but it is for the role mechanic"
	if got := strings.Join(rows, " | "); got != want {
		t.Errorf("the rows are\n%s, want\n%s", got, want)
	}
}
