package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// staffURL is where a member of the staff is changed.
func staffURL(id int64) string { return fmt.Sprintf("/admin/settings/staff/%d", id) }

// staffForm is the form that edits someone as they are.
func (s *site) staffForm(who string) url.Values {
	user := s.userNamed(who)
	return url.Values{
		"name": {user.Name}, "email": {user.Email}, "external_id": {user.ExternalID}, "staff_role": {string(user.StaffRole)},
		"version": {strconv.FormatInt(user.Revision, 10)},
	}
}

// done fails the test unless a form posted as htmx does has closed its dialog and had the list read again.
func (a *answer) done() *answer {
	a.t.Helper()
	a.want(http.StatusOK)
	if got := a.Header.Get("HX-Trigger"); got != "dialog:close, list:reload" || a.Header.Get("HX-Reswap") != "none" {
		a.t.Errorf("%s: HX-Trigger %q, HX-Reswap %q", a.Request.URL, got, a.Header.Get("HX-Reswap"))
	}
	return a
}

func TestStaffList(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.user("editor")
	s.user("owner")
	admin := s.as("admin")
	page := admin.get("/admin/settings").want(http.StatusOK).page()
	rows := page.Find("tbody tr")
	if rows.Length() != 2 || strings.Contains(rows.Text(), "Owner") {
		t.Errorf("the staff is %s", rows.Text())
	}
	if you := rows.First().Text(); !strings.Contains(you, "Admin") || !strings.Contains(you, "You") || strings.Contains(you, "Disable") {
		t.Errorf("one's own row is %s", you)
	}
	for path, want := range map[string]string{
		"?q=EDIT":             "Editor",
		"?q=admin@example":    "Admin",
		"?sort=-name":         "Editor",
		"?sort=role":          "Admin",
		"?sort=-seen":         "Admin",
		"?q=nobody+at+all":    "",
		"?q=editor&sort=role": "Editor",
	} {
		first := admin.get("/admin/settings" + path).want(http.StatusOK).page().Find("tbody th b").First().Text()
		if first != want {
			t.Errorf("%s begins with %q, want %q", path, first, want)
		}
	}
	for _, path := range []string{"?page=2", "?page=0", "?page=x", "?sort=password"} {
		admin.get("/admin/settings" + path).want(http.StatusNotFound)
	}
	admin.viaHtmx().get("/admin/settings?page=2").want(http.StatusOK)
}

func TestPeoplePages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range 55 {
		draft := features.UserDraft{Email: fmt.Sprintf("p%03d@example.com", i), Name: fmt.Sprintf("P %03d", i), StaffRole: features.Viewer}
		if _, err := s.db.CreateUser(t.Context(), dbtest.Actor(), draft, "", nil); err != nil {
			t.Fatal(err)
		}
	}
	admin := s.as("admin") // sorts first
	first := admin.get("/admin/settings").want(http.StatusOK).page()
	next, _ := first.Find("#next-page").Attr("href")
	if n := first.Find("tbody tr").Length(); n != 50 || next != "/admin/settings?page=2" {
		t.Errorf("the first page has %d rows and leads to %q", n, next)
	}
	second := admin.get(next).want(http.StatusOK).page()
	if n := second.Find("tbody tr").Length(); n != 6 || !strings.Contains(second.Find(".pager").Text(), "51–56 of 56") {
		t.Errorf("the second page has %d rows: %s", n, second.Find(".pager").Text())
	}
	if back, _ := second.Find("#previous-page").Attr("href"); back != "/admin/settings" {
		t.Errorf("the second page leads back to %q", back)
	}
}

func TestAddStaff(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as("admin")
	const path = "/admin/settings/staff/new"
	if title := admin.get(path).want(http.StatusOK).page().Find("h1").Text(); title != "Add staff member" {
		t.Errorf("opened directly, the form is titled %q", title)
	}
	admin.viaHtmx().get(path).want(http.StatusOK).wantText("<dialog")
	wrong := url.Values{"email": {"dana"}, "staff_role": {"root"}}
	form := admin.viaHtmx().post(path, wrong).want(http.StatusUnprocessableEntity).page()
	if form.Find("#person-email-error").Length() != 1 || form.Find("#person-role-error").Length() != 1 || form.Find("dialog").Length() != 1 {
		t.Error("no errors beside the fields")
	}
	right := url.Values{"email": {"dana@example.com"}, "staff_role": {"viewer"}}
	s.choosePassword(admin.viaHtmx().post(path, right).want(http.StatusOK).wantText("Added dana to the staff"), "/invite/")
	if user, err := s.db.Authenticate(t.Context(), "dana@example.com", testPassword); err != nil || user.StaffRole != features.Viewer {
		t.Errorf("the new viewer is %+v, %v", user, err)
	}
	admin.post(path, right).want(http.StatusUnprocessableEntity).wantText("is already on the staff")
	plain := admin.post(path, url.Values{"email": {"bert@example.com"}, "staff_role": {"editor"}}).want(http.StatusOK).page()
	if back, _ := plain.Find("main footer a").Attr("href"); back != "/admin/settings" || plain.Find("main #link-url").Length() != 1 {
		t.Errorf("without script one is led to %s", back)
	}
}

func TestEditStaff(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withPassword("admin")
	id := s.user("viewer")
	admin, path := s.as("admin"), staffURL(id)
	admin.get(path).want(http.StatusOK).wantText("viewer@example.com")
	form := s.staffForm("viewer")
	form.Set("staff_role", "editor")
	form.Set("name", "Vera")
	admin.viaHtmx().post(path, form).done()
	if user := s.userNamed("viewer"); user.StaffRole != features.Editor || user.Name != "Vera" {
		t.Errorf("the user is %+v", user)
	}

	form.Set("name", "Veronica")
	conflict := admin.viaHtmx().post(path, form).want(http.StatusConflict).page()
	if diff := conflict.Find("del").Text() + conflict.Find("ins").Text(); diff != "VeraVeronica" {
		t.Errorf("both versions are %q", diff)
	}
	if s.userNamed("viewer").Name != "Vera" {
		t.Error("the conflict was saved over")
	}
	version, _ := conflict.Find("[name=version]").Attr("value")
	form.Set("version", version)
	admin.viaHtmx().post(path, form).done()
	if s.userNamed("viewer").Name != "Veronica" {
		t.Error("saving again did not put the draft in place")
	}

	form.Set("email", "nonsense")
	admin.viaHtmx().post(path, form).want(http.StatusUnprocessableEntity).wantText("person-email-error")

	own := s.staffForm("admin")
	own.Set("staff_role", "viewer")
	own.Set("name", "Ada")
	admin.viaHtmx().post(staffURL(s.user("admin")), own).done()
	if user := s.userNamed("admin"); user.StaffRole != features.Admin || user.Name != "Ada" {
		t.Errorf("the admin is %+v: want the name changed, the role kept", user)
	}
}

func TestLastAdminInSettings(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	last := s.withPassword("admin")
	if _, err := s.db.CreateUser(t.Context(), dbtest.Actor(), features.UserDraft{Email: "second@example.com", Name: "Second", StaffRole: features.Admin}, "", nil); err != nil {
		t.Fatal(err)
	}
	second := s.as("second")
	second.viaHtmx().post(staffURL(last)+"/disable", nil).want(http.StatusUnprocessableEntity).wantText("is the last admin who can sign in")
	form := s.staffForm("admin")
	form.Set("staff_role", "")
	second.viaHtmx().post(staffURL(last), form).want(http.StatusUnprocessableEntity).wantText("is the last admin who can sign in")
	if user := s.userNamed("admin"); user.Disabled || user.StaffRole != features.Admin {
		t.Errorf("the last admin is %+v", user)
	}
}

func TestManageStaff(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	id := s.user("viewer")
	admin := s.as("admin")
	s.withPassword("viewer")
	viewer := s.as("viewer")
	admin.get(staffURL(id) + "/link").want(http.StatusOK)
	link := admin.viaHtmx().post(staffURL(id)+"/link", nil).want(http.StatusOK)
	viewer.get("/api/me").want(http.StatusOK) // until the link is used
	s.choosePassword(link, "/password/")
	viewer.get("/api/me").want(http.StatusUnauthorized)
	admin.get(staffURL(id) + "/disable").want(http.StatusOK)
	admin.viaHtmx().post(staffURL(id)+"/disable", nil).done()
	if !s.userNamed("viewer").Disabled {
		t.Error("the viewer is not disabled")
	}
	admin.viaHtmx().post(staffURL(id)+"/enable", nil).done()
	if s.userNamed("viewer").Disabled {
		t.Error("the viewer is not enabled")
	}
	self := staffURL(s.user("admin"))
	admin.post(self+"/disable", nil).want(http.StatusForbidden)
	admin.post(self+"/link", nil).want(http.StatusForbidden)
	for _, path := range []string{staffURL(s.user("owner")), staffURL(99), "/admin/settings/staff/none"} {
		admin.get(path).want(http.StatusNotFound)
		admin.post(path+"/link", nil).want(http.StatusNotFound)
	}
}

func TestStaffSessions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	agent := "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	if _, err := s.db.StartSession(t.Context(), db.SignIn{User: s.user("editor"), IP: "192.0.2.7", UserAgent: agent}); err != nil {
		t.Fatal(err)
	}
	s.as("owner")
	admin := s.as("admin")
	page := admin.get("/admin/settings/sessions").want(http.StatusOK).page()
	if rows := page.Find("tbody tr"); rows.Length() != 2 || !strings.Contains(rows.Text(), "Firefox on Linux") || !strings.Contains(rows.Text(), "This session") {
		t.Errorf("the sessions are %s", rows.Text())
	}
	end := page.Find("tbody form")
	action, _ := end.Attr("action")
	if end.Length() != 1 {
		t.Fatalf("%d sessions can be ended, want the other's alone", end.Length())
	}
	admin.viaHtmx().post(action, nil).done()
	admin.viaHtmx().post(action, nil).want(http.StatusNotFound)
	if left, err := s.db.ListSessions(t.Context(), s.user("editor")); err != nil || len(left) != 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}

// Settings is for admins alone (docs/admin-guide.md, "People and roles").
func TestSettingsIsForAdmins(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for who, status := range map[string]int{"": http.StatusSeeOther, "owner": http.StatusForbidden, "viewer": http.StatusForbidden, "editor": http.StatusForbidden, "admin": http.StatusOK} {
		for _, path := range []string{"/admin/settings", "/admin/settings/sessions", "/admin/settings/staff/new"} {
			s.as(who).get(path).want(status)
		}
	}
	s.as("editor").post("/admin/settings/staff/new", url.Values{"email": {"eve@example.com"}, "staff_role": {"admin"}}).want(http.StatusForbidden)
	if s.userNamed("eve") != nil {
		t.Error("an editor made an admin")
	}
}
