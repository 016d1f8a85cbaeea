package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"flagstone/db/dbtest"
	"flagstone/features"
)

// tiered is a site with the tiers Free and Pro, Arizona Comedy in Pro and Maple Garage in Free.
func tiered(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	for i, key := range []string{"free", "pro"} {
		if _, err := s.db.CreateTier(t.Context(), dbtest.Actor(), features.Tier{Key: key, Name: strings.ToUpper(key[:1]) + key[1:], Position: i + 1}); err != nil {
			t.Fatal(err)
		}
	}
	for slug, tier := range map[string]string{"arizona-comedy": "pro", "maple-garage": "free"} {
		a := s.db.Live().Accounts().Find(slug)
		draft := features.AccountDraft{Name: a.Name, Slug: a.Slug, Tier: tier}
		if _, err := s.db.UpdateAccount(t.Context(), dbtest.Actor(), a.ID, draft, a.Revision); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestAReleaseThatReachesNobodySaysWhy(t *testing.T) {
	t.Parallel()
	s := tiered(t)
	editor := s.as("editor")
	if got := text(editor.get("/admin/features/ai_agents").page().Find(".page-title .badge").First()); got != "Off for all" {
		t.Errorf("a feature that nobody has is called %q", got)
	}
	form := s.rolloutOf()
	form.Set("strategy", "percentage")
	form.Set("percentage", "100")
	preview := editor.viaHtmx().post("/admin/features/ai_agents/effect/rollout", form).want(http.StatusOK).page()
	if got := text(preview.Find("#unreached")); !strings.HasPrefix(got, "This release switches it on for nobody") {
		t.Errorf("the preview says %q", got)
	}
	editor.post("/admin/features/ai_agents/rollout", form).want(http.StatusSeeOther)
	page := editor.get("/admin/features/ai_agents").page()
	if got := text(page.Find(".sentence")); got != "Nobody has it: released to every account, but off by default" {
		t.Errorf("the headline is %q", got)
	}
	form = s.rolloutOf()
	form.Set("default", "true")
	preview = editor.viaHtmx().post("/admin/features/ai_agents/effect/rollout", form).want(http.StatusOK).page()
	if preview.Find("#unreached").Length() != 0 || !strings.Contains(text(preview.Find(".effect-sentence")), "2 accounts gain it") {
		t.Errorf("with its default on: %q", text(preview.Find(".effect-sentence")))
	}
}

// Default, release rule and tiers are one change: shown together, saved together, undone together.
func TestAReleaseIsOneChange(t *testing.T) {
	t.Parallel()
	s := tiered(t)
	editor := s.as("editor")
	form := s.rolloutOf()
	form.Set("default", "true")
	form.Set("strategy", "whitelist")
	form.Set("account_ids", "arizona-comedy\nmaple-garage")
	form.Set("tier.free", "off")
	preview := editor.viaHtmx().post("/admin/features/ai_agents/effect/rollout", form).want(http.StatusOK).page()
	if got := text(preview.Find(".effect-sentence")); got != "1 account gains it, nobody loses it." {
		t.Errorf("the preview says %q", got)
	}
	if got := text(editor.viaHtmx().post("/admin/features/ai_agents/effect/rollout/names?who=gain", form).want(http.StatusOK).page().Find("li")); got != "Arizona Comedy" {
		t.Errorf("named is %q", got)
	}
	form.Set("reason", "pilot")
	editor.post("/admin/features/ai_agents/rollout", form).want(http.StatusSeeOther)
	if !s.has("arizona-comedy", "ai_agents") || s.has("maple-garage", "ai_agents") {
		t.Error("the wrong account has it")
	}
	set, err := s.db.ChangeSet(t.Context(), s.db.Live().Revision())
	if err != nil || set.Rows != 2 || set.Summary != "Changed the release of AI Agents: 2 accounts, on by default, off in Free" || set.Reason != "pilot" {
		t.Errorf("the change set is %+v, %v", set, err)
	}
	if _, _, err := s.db.Undo(t.Context(), dbtest.Actor(), set.ID, ""); err != nil {
		t.Fatal(err)
	}
	if f := s.feature("ai_agents"); f.Default.Enabled || f.Rollout.Strategy != features.ToAll || len(s.db.Live().Catalogue().TierFeatures()) != 0 {
		t.Errorf("after the undo: %+v", f)
	}
}

func TestTwoPeopleReleaseToOneTier(t *testing.T) {
	t.Parallel()
	s := tiered(t)
	form := s.rolloutOf()
	theirs := s.rolloutOf()
	theirs.Set("tier.pro", "on")
	s.as("editor").post("/admin/features/ai_agents/rollout", theirs).want(http.StatusSeeOther)
	form.Set("tier.pro", "off")
	page := s.as("admin").post("/admin/features/ai_agents/rollout", form).want(http.StatusConflict).page()
	if got := text(page.Find(".diff")); !strings.Contains(got, "On") || !strings.Contains(got, "Off") {
		t.Errorf("both versions: %q", got)
	}
	if !s.has("arizona-comedy", "ai_agents") {
		t.Error("the first version was overwritten")
	}
	s.as("admin").post("/admin/features/ai_agents/rollout", formOf(page.Find("#rollout"))).want(http.StatusSeeOther)
	if s.has("arizona-comedy", "ai_agents") {
		t.Error("what was chosen over it is not saved")
	}
}

func TestReleaseValuesAreChecked(t *testing.T) {
	t.Parallel()
	s := tiered(t)
	least := int64(1)
	draft := features.FeatureDraft{Key: "limits.max_flows", Name: "Max Flows", Type: features.IntegerType, Constraints: features.Constraints{Min: &least}}
	if _, err := s.db.CreateFeature(t.Context(), dbtest.Actor(), draft); err != nil {
		t.Fatal(err)
	}
	editor := s.as("editor")
	const path = "/admin/features/limits.max_flows/rollout"
	fresh := func() url.Values {
		return formOf(editor.get("/admin/features/limits.max_flows").page().Find("#rollout"))
	}
	for _, c := range []struct{ field, value, with, beside, say string }{
		{"default", "perhaps", "", "default", "Choose on or off."},
		{"default", "true", "", "default", "A feature that is on needs a value of the type integer"},
		{"default_value", "0", "default", "default", "less than the minimum, 1"},
		{"tier.pro", "on", "", "tier.pro", "A feature that is on needs a value of the type integer"},
		{"tier_value.pro", "x", "tier.pro", "tier.pro", "whole number"},
		{"tier.pro", "sometimes", "", "tier.pro", "Choose on, off or the default."},
	} {
		form := fresh()
		switch c.with {
		case "default":
			form.Set("default", "true")
		case "tier.pro":
			form.Set("tier.pro", "on")
		}
		form.Set(c.field, c.value)
		page := editor.post(path, form).want(http.StatusUnprocessableEntity).page()
		if got := text(page.Find(`[id="` + c.beside + `-error"]`)); !strings.Contains(got, c.say) {
			t.Errorf("%s=%s: %q, want %q", c.field, c.value, got, c.say)
		}
	}
	form := fresh()
	form.Set("default", "true")
	form.Set("default_value", "5")
	form.Set("tier.pro", "on")
	form.Set("tier_value.pro", "50")
	editor.post(path, form).want(http.StatusSeeOther)
	f := s.feature("limits.max_flows")
	listed, _ := s.db.Live().Catalogue().TierFeature(s.db.Live().Accounts().Find("arizona-comedy").TierID, f)
	if f.Default.Data != "5" || listed.Value.Data != "50" || !listed.AllowOverride {
		t.Errorf("saved is %+v and %+v", f.Default, listed)
	}
}
