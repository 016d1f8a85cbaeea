package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"flagstone/db/dbtest"
	"flagstone/features"
)

func TestRetireAndTakeIntoUse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	editor := s.as("editor").viaHtmx()
	question := editor.get("/admin/features/ai_agents/active?active=false").want(http.StatusOK).page()
	if got := text(question.Find(".lose")); got != "1 loses it Arizona Comedy" || text(question.Find("button[type=submit]")) != "Retire for 1 account" {
		t.Errorf("the question says %q and %q", got, text(question.Find("button[type=submit]")))
	}
	editor.post("/admin/features/ai_agents/active", url.Values{"active": {"false"}, "reason": {strings.Repeat("x", 501)}}).want(http.StatusUnprocessableEntity)
	editor.post("/admin/features/ai_agents/active", url.Values{"active": {"false"}, "reason": {"old"}}).done().wantText("AI Agents is retired")
	if s.has("arizona-comedy", "ai_agents") || s.feature("ai_agents").Active {
		t.Error("it is still in use")
	}
	editor.post("/admin/features/ai_agents/active", url.Values{"active": {"false"}}).done().wantText("AI Agents is retired already")
	page := editor.get("/admin/features/ai_agents/registry").page()
	if got := text(page.Find("#retire")); got != "Reactivate…" {
		t.Errorf("offered is %q", got)
	}
	again := editor.get("/admin/features/ai_agents/active?active=true").want(http.StatusOK).page()
	if got := text(again.Find(".gain")); got != "1 gains it Arizona Comedy" {
		t.Errorf("the question says %q", got)
	}
	editor.post("/admin/features/ai_agents/active", url.Values{"active": {"true"}}).done().wantText("AI Agents is active again")
	if !s.has("arizona-comedy", "ai_agents") {
		t.Error("it is not in use again")
	}
	editor.get("/admin/features/ai_agents/active").want(http.StatusUnprocessableEntity)
	editor.post("/admin/features/ai_agents/active", url.Values{"active": {"x"}}).want(http.StatusUnprocessableEntity)
	s.as("viewer").post("/admin/features/ai_agents/active", url.Values{"active": {"false"}}).want(http.StatusForbidden)
}

func TestDeleteOnlyWhatNothingRefersTo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	editor := s.as("editor").viaHtmx()
	refused := editor.get("/admin/features/ai_agents/delete").want(http.StatusOK).page()
	if got := text(refused.Find(".banner")); got != "AI Agents is used by overrides of 1 account. Change these first, or retire the feature." || refused.Find("button[type=submit]").Length() != 0 {
		t.Errorf("the question says %q", got)
	}
	if got, _ := refused.Find("a.button").Attr("href"); got != "/admin/features/ai_agents/active?active=false" {
		t.Errorf("instead %q is offered", got)
	}
	editor.post("/admin/features/ai_agents/delete", nil).want(http.StatusConflict).wantText("Change these first")
	if got := text(editor.get("/admin/features/additional_services/delete").want(http.StatusOK).page().Find("h2")); got != "Delete Additional Services?" {
		t.Errorf("the question is %q", got)
	}
	editor.post("/admin/features/additional_services/delete", url.Values{"reason": {strings.Repeat("x", 501)}}).want(http.StatusUnprocessableEntity)
	gone := editor.post("/admin/features/additional_services/delete", url.Values{"reason": {"never used"}}).want(http.StatusNoContent)
	if at := gone.Header.Get("HX-Redirect"); at != "/admin/features" {
		t.Errorf("leads to %q", at)
	}
	editor.get("/admin/features/additional_services").want(http.StatusNotFound)
	s.as("viewer").post("/admin/features/ai_agents/delete", nil).want(http.StatusForbidden)
}

// What refers to a feature refuses its deletion: the question says it in the same words before anybody answers.
func TestQuestionOfDeletionSaysWhatRefuses(t *testing.T) {
	t.Parallel()
	refers := map[string]func(s *site){
		"the tier Pro": func(s *site) {
			if _, err := s.db.CreateTier(t.Context(), dbtest.Actor(), features.Tier{Key: "pro", Name: "Pro"}); err != nil {
				t.Fatal(err)
			}
			s.setTierFeature("ai_agents", features.Value{Enabled: true})
		},
		"the feature needs_agents": func(s *site) {
			s.create(features.FeatureDraft{Key: "needs_agents", Name: "Needs", Category: "portal", Links: features.Links{DependsOn: []string{"ai_agents"}}})
		},
		"the feature against_agents": func(s *site) {
			s.create(features.FeatureDraft{Key: "against_agents", Name: "Against", Category: "portal", Links: features.Links{ConflictsWith: []string{"ai_agents"}}})
		},
		"overrides of 1 account": func(s *site) { s.switchOn("arizona-comedy", "ai_agents", true) },
	}
	for use, refer := range refers {
		t.Run(use, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			refer(s)
			editor := s.as("editor").viaHtmx()
			question := editor.get("/admin/features/ai_agents/delete").want(http.StatusOK).page()
			want := "AI Agents is used by " + use + ". Change these first, or retire the feature."
			if got := text(question.Find(".banner")); got != want || question.Find("button[type=submit]").Length() != 0 {
				t.Errorf("the question says %q, not %q", got, want)
			}
			editor.post("/admin/features/ai_agents/delete", nil).want(http.StatusConflict).wantText(want)
		})
	}
}

func TestDeletionCanBeUndone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	if got := text(editor.get("/admin/features/ai_agents/delete").want(http.StatusOK).page().Find("form footer")); !strings.Contains(got, "Can be undone.") {
		t.Errorf("the question says %q", got)
	}
	list := editor.following(editor.post("/admin/features/ai_agents/delete", nil).want(http.StatusSeeOther)).page()
	undo := list.Find("#toasts form")
	editor.post(undo.AttrOr("action", ""), form(undo)).want(http.StatusSeeOther)
	editor.get("/admin/features/ai_agents").want(http.StatusOK)
}

func TestMeantToStay(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	form := formOf(editor.get("/admin/features/ai_agents/edit").page().Find("#feature-form"))
	form.Set("permanent", "true")
	editor.post("/admin/features/ai_agents", form).want(http.StatusSeeOther)
	if !s.feature("ai_agents").Permanent {
		t.Error("it is not stored")
	}
	if _, checked := editor.get("/admin/features/ai_agents/edit").page().Find("#permanent").Attr("checked"); !checked {
		t.Error("the form does not show it")
	}
	if got := text(editor.get("/admin/features/ai_agents/registry").page().Find("#registry .meta")); !strings.Contains(got, "PermanentYes") {
		t.Errorf("the registry says %q", got)
	}
}
