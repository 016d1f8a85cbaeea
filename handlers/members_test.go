package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

const comedyUsers = "/admin/accounts/arizona-comedy/users"

func (s *site) memberURL(who string) string {
	return comedyUsers + "/" + strconv.FormatInt(s.user(who), 10)
}

func TestMembersList(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.user("owner")
	s.user("mechanic")
	for who, actions := range map[string]int{"viewer": 0, "editor": 5} {
		page := s.as(who).get(comedyUsers).want(http.StatusOK).page()
		rows := page.Find("tbody tr")
		if rows.Length() != 1 || !strings.Contains(rows.Text(), "owner@example.com") || !strings.Contains(rows.Text(), "Not invited yet") {
			t.Errorf("%s sees the users %s", who, rows.Text())
		}
		if n := rows.Find(".menu a, .menu button").Length(); n != actions {
			t.Errorf("%s is offered %d actions, want %d", who, n, actions)
		}
		if add := page.Find("#add-person").Length(); add != min(actions, 1) {
			t.Errorf("%s is offered %d ways to add someone", who, add)
		}
		if tab := page.Find(".tabs [aria-current=page]").Text(); !strings.Contains(tab, "Users") || !strings.Contains(tab, "1") {
			t.Errorf("the tab is %q", tab)
		}
	}
	s.as("viewer").get("/admin/accounts/nowhere/users").want(http.StatusNotFound)
	s.account("Empty")
	s.as("viewer").get("/admin/accounts/empty/users").want(http.StatusOK).wantText("No users yet")
}

func TestAddMember(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	mechanic := s.user("mechanic")
	editor := s.as("editor")
	editor.get(comedyUsers + "/new").want(http.StatusOK).wantText(`<option value="mechanic">`)
	add := func(form url.Values) *answer { return editor.viaHtmx().post(comedyUsers+"/new", form) }
	bad := add(url.Values{"email": {"nonsense"}, "role": {"The Boss"}}).want(http.StatusUnprocessableEntity).page()
	for _, field := range []string{"member-email", "member-role"} {
		if bad.Find("#"+field+"-error").Length() != 1 {
			t.Errorf("no error beside %s", field)
		}
	}
	invited := add(url.Values{"email": {"new@example.com"}, "role": {"clerk"}, "password": {"chosen by the editor"}}).want(http.StatusOK).wantText("Added new to Arizona Comedy")
	s.choosePassword(invited, "/invite/")
	if _, err := s.db.Authenticate(t.Context(), "new@example.com", testPassword); err != nil {
		t.Error(err)
	}
	s.withPassword("mechanic")
	add(url.Values{"email": {"mechanic@example.com"}, "role": {"owner"}}).done()
	if memberships := s.userNamed("mechanic").Memberships; len(memberships) != 2 {
		t.Errorf("the mechanic's memberships are %v", memberships)
	}
	add(url.Values{"email": {"mechanic@example.com"}, "role": {"owner"}}).want(http.StatusUnprocessableEntity).wantText("is already a member")
	s.user("viewer")
	add(url.Values{"email": {"viewer@example.com"}, "role": {"owner"}}).done() // without a link: an editor makes none for staff
	if s.user("mechanic") != mechanic {
		t.Error("a second user was made")
	}
	editor.post("/admin/accounts/nowhere/users/new", nil).want(http.StatusNotFound)
	s.as("viewer").post(comedyUsers+"/new", url.Values{"email": {"eve@example.com"}, "role": {"owner"}}).want(http.StatusForbidden)
}

func TestMemberRole(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := s.memberURL("owner") + "/role"
	editor, role := s.as("editor"), func() string {
		role, _ := s.userNamed("owner").RoleIn(s.db.Live().Accounts().Find("arizona-comedy").ID)
		return role
	}
	form := editor.get(path).want(http.StatusOK).page()
	if was, _ := form.Find("[name=was]").Attr("value"); was != "owner" {
		t.Errorf("the form says that the role was %q", was)
	}
	editor.viaHtmx().post(path, url.Values{"role": {"Not a role"}, "was": {"owner"}}).want(http.StatusUnprocessableEntity).wantText("member-role-error")
	editor.viaHtmx().post(path, url.Values{"role": {"clerk"}, "was": {"owner"}}).done()
	again := editor.viaHtmx().post(path, url.Values{"role": {"boss"}, "was": {"owner"}}).want(http.StatusConflict).wantText("is now clerk").page()
	if was, _ := again.Find("[name=was]").Attr("value"); role() != "clerk" || was != "clerk" {
		t.Errorf("the role is %s, the form says %s", role(), was)
	}
	editor.viaHtmx().post(path, url.Values{"role": {"boss"}, "was": {"clerk"}}).done()
	if role() != "boss" {
		t.Errorf("the role is %s", role())
	}
}

func TestRemoveMember(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := s.memberURL("owner") + "/remove"
	owner := s.as("owner")
	owner.get("/api/me/features?account=arizona-comedy").want(http.StatusOK)
	s.as("editor").get(path).want(http.StatusOK)
	s.as("editor").viaHtmx().post(path, nil).done()
	owner.get("/api/me/features?account=arizona-comedy").want(http.StatusForbidden)
	s.as("editor").viaHtmx().post(path, nil).want(http.StatusNotFound)
}

// What an address names must belong together: a user of one account is not reached through another, nor is staff taken
// over by an editor through a membership.
func TestMemberBounds(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor, admin := s.as("editor"), s.as("admin")
	for _, what := range []string{"/role", "/remove", "/link", "/disable"} {
		path := s.memberURL("mechanic") + what // of the other account
		admin.get(path).want(http.StatusNotFound)
		admin.post(path, nil).want(http.StatusNotFound)
	}
	account := s.db.Live().Accounts().Find("arizona-comedy").ID
	if _, err := s.db.AddMembership(t.Context(), dbtest.Actor(), db.NewMember{Account: account, Email: "admin@example.com", Role: "owner"}); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"/link", "/disable", "/enable"} {
		path := s.memberURL("admin") + what
		editor.post(path, nil).want(http.StatusForbidden)
		admin.post(path, nil).want(http.StatusForbidden) // oneself
	}
	editor.get(comedyUsers).want(http.StatusOK).wantText("Staff: Admin")

	owner := s.memberURL("owner")
	s.choosePassword(editor.viaHtmx().post(owner+"/link", nil), "/invite/")
	editor.viaHtmx().post(owner+"/disable", nil).done()
	editor.get(comedyUsers).want(http.StatusOK).wantText("Disabled")
	if _, err := s.db.Authenticate(t.Context(), "owner@example.com", testPassword); features.KindOf(err) != features.Unauthenticated {
		t.Errorf("a disabled user signs in: %v", err)
	}
	editor.viaHtmx().post(owner+"/enable", nil).done()
	editor.get(comedyUsers).want(http.StatusOK).wantText("Active")
	if _, err := s.db.Authenticate(t.Context(), "owner@example.com", testPassword); err != nil {
		t.Error(err)
	}
	s.as("viewer").post(owner+"/disable", nil).want(http.StatusForbidden)
}

func TestMemberExternalID(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	editor.viaHtmx().post(comedyUsers+"/new", url.Values{"email": {"new@example.com"}, "role": {"clerk"}, "external_id": {"crm-1"}}).want(http.StatusOK)
	if id := s.userNamed("new").ExternalID; id != "crm-1" {
		t.Errorf("the new user's is %q", id)
	}
	path := s.memberURL("owner") + "/external-id"
	page := form(editor.get(path).want(http.StatusOK).page().Find("form.ask"))
	page.Set("external_id", "crm-1")
	editor.viaHtmx().post(path, page).want(http.StatusUnprocessableEntity).wantText("member-external-id-error")
	page.Set("external_id", "crm-2")
	editor.viaHtmx().post(path, page).done()
	if id := s.userNamed("owner").ExternalID; id != "crm-2" {
		t.Errorf("the owner's is %q", id)
	}
	page.Set("external_id", "crm-3")
	editor.viaHtmx().post(path, page).want(http.StatusConflict).wantText("member-external-id-error")

	account := s.db.Live().Accounts().Find("arizona-comedy").ID
	s.user("viewer")
	if _, err := s.db.AddMembership(t.Context(), dbtest.Actor(), db.NewMember{Account: account, Email: "viewer@example.com", Role: "owner"}); err != nil {
		t.Fatal(err)
	}
	staff := s.memberURL("viewer") + "/external-id"
	editor.get(staff).want(http.StatusForbidden)
	editor.post(staff, url.Values{"external_id": {"crm-9"}}).want(http.StatusForbidden)
}
