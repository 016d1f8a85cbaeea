package handlers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"flagstone/db"
)

func TestAccountIsDeletedFromItsMenu(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.user("owner")
	s.switchOn("arizona-comedy", "ai_agents", true)
	s.offer("knowledge_base")
	s.asked("arizona-comedy", "knowledge_base", "")
	editor := s.as("editor")
	link := editor.get(arizona).want(http.StatusOK).page().Find("#delete-account")
	question := editor.viaHtmx().get(link.AttrOr("hx-get", "")).want(http.StatusOK).page().Find("#delete-dialog-form")
	for _, want := range []string{"It loses 1 feature. AI Agents", "Its 1 override and 1 upgrade request go with it.", "Its 1 user loses its portal, and stays a user."} {
		if got := words(question); !strings.Contains(got, want) {
			t.Errorf("the question says %q, not %q", got, want)
		}
	}
	answer := form(question)
	answer.Set("reason", strings.Repeat("x", 501))
	refused := editor.viaHtmx().post(question.AttrOr("action", ""), answer).want(http.StatusUnprocessableEntity).page()
	if got := text(refused.Find("#delete-reason-error")); got == "" || s.db.Live().Accounts().Find("arizona-comedy") == nil {
		t.Errorf("a reason too long is refused as %q", got)
	}
	answer.Set("reason", "closed down")
	editor.post(question.AttrOr("action", ""), answer).want(http.StatusSeeOther)
	if s.db.Live().Accounts().Find("arizona-comedy") != nil {
		t.Fatal("it is still there")
	}
	editor.get(arizona).want(http.StatusNotFound)
	sets, err := s.db.ChangeSets(t.Context(), db.AuditFilter{}, 1)
	if err != nil || sets[0].Action != "account.delete" || sets[0].Reason != "closed down" {
		t.Fatalf("the log says %+v, %v", sets, err)
	}
	if got := words(editor.get("/admin/audit").page().Find(".change summary").First()); !strings.Contains(got, fmt.Sprintf("%d records", sets[0].Rows)) {
		t.Errorf("its line in the log is %q", got)
	}
	editor.post(fmt.Sprintf("/admin/audit/%d/undo", sets[0].ID), nil).want(http.StatusSeeOther)
	if a := s.db.Live().Accounts().Find("arizona-comedy"); a == nil || len(a.Overrides) != 1 {
		t.Errorf("brought back, it is %+v", a)
	}
}
