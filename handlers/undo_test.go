package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// bulkOn switches a feature on for every account, as the accounts list would, and gives the change set.
func (s *site) bulkOn(feature string) int64 {
	s.t.Helper()
	bulk := features.Bulk{Action: features.EnableFeature, Feature: feature, Selection: features.Selection{All: true}}
	plan, err := s.db.PlanBulk(bulk)
	if err != nil {
		s.t.Fatal(err)
	}
	_, revision, err := s.db.ApplyBulk(s.t.Context(), dbtest.Actor(), db.BulkChange{Bulk: bulk, Digest: plan.Digest, ChangeOptions: db.ChangeOptions{Reason: "spring launch"}})
	if err != nil {
		s.t.Fatal(err)
	}
	return revision
}

// has tells whether an account has a feature now.
func (s *site) has(account, feature string) bool {
	s.t.Helper()
	f, err := s.db.Live().Catalogue().Feature(feature)
	if err != nil {
		s.t.Fatal(err)
	}
	a := s.db.Live().Accounts().Find(account)
	return s.db.Live().Catalogue().Evaluate(f, &features.Context{Account: a}, time.Now()).Value.Enabled
}

// newest is the number of the newest change set.
func (s *site) newest() int64 {
	s.t.Helper()
	sets, err := s.db.ChangeSets(s.t.Context(), db.AuditFilter{}, 1)
	if err != nil || len(sets) != 1 {
		s.t.Fatal(sets, err)
	}
	return sets[0].ID
}

func change(id int64, below string) string { return "/admin/audit/" + itoa(id) + below }

func TestUndoLeavesAloneWhatChangedSince(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	set := s.bulkOn("ai_agents")
	s.switchOn("maple-garage", "ai_agents", false)
	editor := s.as("editor")

	question := editor.viaHtmx().get(change(set, "/undo")).want(http.StatusOK).page()
	if got := text(question.Find(".effect .gain")); got != "1 restored Arizona Comedy" {
		t.Errorf("the question says %q", got)
	}
	if got := text(question.Find(".effect .refused")); !strings.HasPrefix(got, "1 left unchanged AI Agents for Maple Garage: changed since by change #") || !strings.HasSuffix(got, "tester switched AI Agents off for Maple Garage") {
		t.Errorf("the question says %q", got)
	}
	if action, _ := question.Find("dialog form").Attr("action"); action != change(set, "/undo") {
		t.Errorf("the question posts to %q", action)
	}

	answer := editor.viaHtmx().post(change(set, "/undo"), url.Values{"reason": {"too early"}}).done()
	answer.wantText("Undone: 1 restored, 1 left unchanged")
	if s.has("arizona-comedy", "ai_agents") {
		t.Error("Arizona Comedy still has what was undone")
	}

	undo := s.newest()
	again, _ := answer.page().Find(".toast form").Attr("action")
	if again != change(undo, "/undo") {
		t.Errorf("the toast's Undo posts to %q", again)
	}
	editor.viaHtmx().post(again, nil).want(http.StatusOK).wantText("Undone: 1 restored")
	if !s.has("arizona-comedy", "ai_agents") || s.has("maple-garage", "ai_agents") {
		t.Error("undoing the undo does not give the state before it")
	}
}

func TestUndoIsRefusedOnceItIsDone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	set := s.bulkOn("ai_agents")
	editor := s.as("editor")
	editor.post(change(set, "/undo"), nil).want(http.StatusSeeOther)
	editor.get(change(set, "/undo")).want(http.StatusConflict).wantText("This change has been undone already.")
	editor.viaHtmx().post(change(set, "/undo"), nil).want(http.StatusConflict).wantText("This change has been undone already.")

	late := s.account("Late Arrival")
	created := s.newest()
	s.switchOn(late.Slug, "ai_agents", true)
	page := editor.get(change(created, "/undo")).want(http.StatusConflict).wantText("Late Arrival: has 1 override since").page()
	if page.Find("main form button[type=submit]").Length() != 0 || text(page.Find("h1")) != "Nothing to undo" {
		t.Error("there is a button, but nothing to undo")
	}
	editor.get(change(999, "/undo")).want(http.StatusNotFound)
	editor.post(change(999, "/undo"), nil).want(http.StatusNotFound)
	editor.get("/admin/audit/none/undo").want(http.StatusNotFound)
}

func TestUndoAsAPlainForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	set := s.bulkOn("ai_agents")
	editor := s.as("editor")
	page := editor.get(change(set, "/undo")).want(http.StatusOK).page()
	if page.Find("main form[method=post] input[name=csrf_token]").Length() != 1 || page.Find("main dialog").Length() != 0 {
		t.Error("the question is no form on a page of its own")
	}
	back := editor.with("Referer", s.URL+"/admin/accounts?q=a").post(change(set, "/undo"), nil).want(http.StatusSeeOther)
	if got := back.Header.Get("Location"); got != "/admin/accounts?q=a" {
		t.Errorf("leads to %q", got)
	}
	undo := s.newest()
	next := editor.with("Referer", s.URL+change(undo, "/undo")).post(change(undo, "/undo"), nil).want(http.StatusSeeOther)
	if got := next.Header.Get("Location"); got != change(s.newest(), "") {
		t.Errorf("leads to %q", got)
	}
}

func TestUndoSaysWhatIsWrongWithTheReason(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	set := s.bulkOn("knowledge_base")
	long := url.Values{"reason": {strings.Repeat("because ", 100)}}
	page := s.as("editor").viaHtmx().post(change(set, "/undo"), long).want(http.StatusUnprocessableEntity).page()
	if got := text(page.Find("#undo-reason-error")); got != "Use at most 500 characters." {
		t.Errorf("beside the reason: %q", got)
	}
	if !s.has("arizona-comedy", "knowledge_base") {
		t.Error("it was undone all the same")
	}
}

func TestViewersAreNotOfferedUndo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	set := s.bulkOn("ai_agents")
	for _, path := range []string{change(set, ""), "/admin", "/admin/features/ai_agents/history"} {
		if n := s.as("viewer").get(path).want(http.StatusOK).page().Find(`main [href$="/undo"]`).Length(); n != 0 {
			t.Errorf("%s offers a viewer %d undos", path, n)
		}
		if n := s.as("editor").get(path).want(http.StatusOK).page().Find(`main [href$="/undo"]`).Length(); n == 0 {
			t.Errorf("%s offers an editor no undo", path)
		}
	}
	s.as("viewer").get(change(set, "/undo")).want(http.StatusForbidden)
	s.as("viewer").post(change(set, "/undo"), nil).want(http.StatusForbidden)
	if !s.has("arizona-comedy", "ai_agents") {
		t.Error("a viewer undid a change")
	}
}

// TestUndoByEditors holds undo against what an editor may do directly.
func TestUndoByEditors(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor, admin := s.as("editor"), s.as("admin")
	editor.post("/admin/accounts/maple-garage/users/new", url.Values{"email": {"mia@example.com"}, "role": {"owner"}}).want(http.StatusOK)
	member := s.newest() - 1 // then comes the invitation
	admin.post("/admin/settings/staff/new", url.Values{"email": {"sam@example.com"}, "name": {"Sam"}, "staff_role": {"admin"}}).want(http.StatusOK)
	staff := s.newest() - 1
	for _, visitor := range []*browser{editor, editor.viaHtmx()} {
		visitor.get(change(staff, "/undo")).want(http.StatusForbidden)
		visitor.post(change(staff, "/undo"), nil).want(http.StatusForbidden)
	}
	for set, offered := range map[int64]int{member: 1, staff: 0} {
		if n := editor.get(change(set, "")).want(http.StatusOK).page().Find(`main [href$="/undo"]`).Length(); n != offered {
			t.Errorf("change %d offers an editor %d undos, want %d", set, n, offered)
		}
	}
	if s.userNamed("sam") == nil {
		t.Fatal("an editor undid what takes an admin")
	}
	admin.get(change(staff, "/undo")).want(http.StatusOK).wantText("Signs out 1 user.")
	admin.post(change(staff, "/undo"), nil).want(http.StatusSeeOther)
	undo := s.newest()
	editor.post(change(undo, "/undo"), nil).want(http.StatusForbidden)
	admin.get(change(undo, "/undo")).want(http.StatusOK).wantText("Brings back 1 user without a password")
	editor.post(change(member, "/undo"), nil).want(http.StatusSeeOther)
	if s.userNamed("sam") != nil || s.userNamed("mia") != nil {
		t.Error("what was undone is still there")
	}
}

// A change of which an undo has left something alone is undone in part: the rest is offered, and undone once it can be.
func TestUndoOfTheRest(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	set := s.bulkOn("ai_agents")
	s.switchOn("maple-garage", "ai_agents", false)
	since := s.newest()
	editor := s.as("editor")
	editor.post(change(set, "/undo"), nil).want(http.StatusSeeOther)
	undo := s.newest()
	page := editor.get(change(set, "")).want(http.StatusOK).wantText("Partly undone by").wantText("partly undone").page()
	if page.Find(`main [href$="/undo"]`).Length() != 1 {
		t.Error("the rest is not offered")
	}
	editor.get(change(set, "/undo")).want(http.StatusConflict).wantText("Maple Garage: changed since")
	editor.post(change(since, "/undo"), nil).want(http.StatusSeeOther)
	editor.viaHtmx().post(change(set, "/undo"), nil).want(http.StatusOK).wantText("Undone: 1 restored")
	if page := editor.get(change(set, "")).want(http.StatusOK).page(); page.Find(`main [href$="/undo"]`).Length() != 0 {
		t.Error("what is undone as a whole is offered")
	}
	editor.post(change(undo, "/undo"), nil).want(http.StatusSeeOther)
	editor.get(change(s.newest(), "")).want(http.StatusOK).wantText("redid &#34;Switched")
}

// A key undoes what the API does, and neither people, keys nor settings; a preview is refused like the undo itself.
func TestUndoByKeys(t *testing.T) {
	t.Parallel()
	s, b := editing(t)
	admin := s.as("admin")
	did := func(path string, form url.Values) int64 {
		t.Helper()
		admin.post(path, form).want(http.StatusSeeOther)
		return s.newest()
	}
	editor := itoa(s.user("editor"))
	demoted := did("/admin/settings/staff/"+editor, url.Values{
		"name": {"Editor"}, "email": {s.userNamed("editor").Email}, "staff_role": {"viewer"}, "version": {itoa(s.userNamed("editor").Revision)},
	})
	disabled := did("/admin/settings/staff/"+editor+"/disable", nil)
	admin.post("/admin/accounts/maple-garage/users/new", url.Values{"email": {"mia@example.com"}, "role": {"owner"}}).want(http.StatusOK)
	invitation := s.newest()
	member := invitation - 1
	s.key(features.ScopeRead)
	key := s.newest()
	stale := did("/admin/settings/stale", url.Values{"days": {"7"}})
	redo := did(change(stale, "/undo"), nil)
	for what, set := range map[string]int64{
		"a role": demoted, "a user": disabled, "a member": member, "an invitation": invitation, "a key": key, "a setting": stale, "a redo": redo,
	} {
		path := "/api/v2/admin/changes/" + itoa(set) + "/undo"
		for _, preview := range []string{"?preview=1", ""} {
			if a := b.json(http.MethodPost, path+preview, `{}`); a.StatusCode != http.StatusForbidden {
				t.Errorf("undo of %s, %q, by a key: status %d", what, preview, a.StatusCode)
			}
		}
	}
	mode := did("/admin/settings/mode", url.Values{"mode": {"defaults"}})
	for _, set := range []int64{s.bulkOn("ai_agents"), mode} {
		b.json(http.MethodPost, "/api/v2/admin/changes/"+itoa(set)+"/undo", `{}`).want(http.StatusOK)
	}
}
