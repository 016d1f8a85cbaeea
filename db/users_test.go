package db_test

import (
	"strings"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

const password = "correct horse battery"

// addUser makes a user with a password and gives the number.
func addUser(t *testing.T, d *db.DB, email string, role features.StaffRole, memberships ...features.Membership) int64 {
	t.Helper()
	name, _, _ := strings.Cut(email, "@")
	id, err := d.CreateUser(t.Context(), dbtest.Actor(), features.UserDraft{Email: email, Name: name, StaffRole: role}, password, memberships)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func addAccount(t *testing.T, d *db.DB, name string) int64 {
	t.Helper()
	id, err := d.CreateAccount(t.Context(), dbtest.Actor(), features.AccountDraft{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// refused checks that an error is a refusal of one kind about one field.
func refused(t *testing.T, what string, err error, kind features.Kind, field string) {
	t.Helper()
	if features.KindOf(err) != kind || field != "" && !strings.Contains(err.Error(), field+": ") {
		t.Errorf("%s gives %v: want a refusal of kind %d about %q", what, err, kind, field)
	}
}

func TestCreateUser(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	account := addAccount(t, d, "Arizona Comedy")
	id, err := d.CreateUser(t.Context(), dbtest.Actor(), features.UserDraft{Email: " Dana@Example.com ", Name: " Dana ", ExternalID: "crm-1", StaffRole: features.Editor},
		password, []features.Membership{{AccountID: account, Role: "owner"}})
	if err != nil {
		t.Fatal(err)
	}
	user := d.Live().People().User(id)
	if user == nil || user.Email != "Dana@Example.com" || user.Name != "Dana" || user.StaffRole != features.Editor || user.Revision == 0 {
		t.Fatalf("the live user is %+v", user)
	}
	if role, member := user.RoleIn(account); !member || role != "owner" {
		t.Errorf("the role is %q, %v", role, member)
	}
	if found, err := d.UserByEmail(t.Context(), "dana@EXAMPLE.com"); err != nil || found.ID != id {
		t.Errorf("by e-mail: %v, %v", found, err)
	}
	for _, c := range []struct {
		name, field string
		draft       features.UserDraft
		password    string
		memberships []features.Membership
		kind        features.Kind
	}{
		{"no e-mail", "email", features.UserDraft{Name: "A"}, "", nil, features.Invalid},
		{"e-mail taken", "email", features.UserDraft{Name: "A", Email: "DANA@example.com"}, "", nil, features.Invalid},
		{"e-mail is an external id", "email", features.UserDraft{Name: "A", Email: "other@example.com"}, "", nil, features.Invalid},
		{"external id taken", "external_id", features.UserDraft{Name: "A", Email: "a@example.com", ExternalID: "crm-1"}, "", nil, features.Invalid},
		{"external id is an e-mail", "external_id", features.UserDraft{Name: "A", Email: "a@example.com", ExternalID: "dana@example.com"}, "", nil, features.Invalid},
		{"unknown role", "staff_role", features.UserDraft{Name: "A", Email: "a@example.com", StaffRole: "root"}, "", nil, features.Invalid},
		{"short password", "password", features.UserDraft{Name: "A", Email: "a@example.com"}, "short", nil, features.Invalid},
		{"unknown account", "", features.UserDraft{Name: "A", Email: "a@example.com"}, "", []features.Membership{{AccountID: 99, Role: "owner"}}, features.NotFound},
		{"bad portal role", "role", features.UserDraft{Name: "A", Email: "a@example.com"}, "", []features.Membership{{AccountID: account, Role: "The Boss"}}, features.Invalid},
	} {
		if c.name == "e-mail is an external id" {
			if _, err := d.CreateUser(t.Context(), dbtest.Actor(), features.UserDraft{Email: "x@example.com", Name: "X", ExternalID: "other@example.com"}, "", nil); err != nil {
				t.Fatal(err)
			}
		}
		_, err := d.CreateUser(t.Context(), dbtest.Actor(), c.draft, c.password, c.memberships)
		refused(t, c.name, err, c.kind, c.field)
	}
	_, err = d.CreateUser(t.Context(), dbtest.Actor(), features.UserDraft{}, "short", nil)
	for _, field := range []string{"email", "name", "password"} {
		refused(t, "everything wrong", err, features.Invalid, field)
	}
	if _, err := d.UserByEmail(t.Context(), "a@example.com"); features.KindOf(err) != features.NotFound {
		t.Errorf("a refused user is there: %v", err)
	}
}

func TestUpdateUser(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	addUser(t, d, "admin@example.com", features.Admin)
	id := addUser(t, d, "dana@example.com", features.Viewer)
	version := d.Live().People().User(id).Revision
	draft := features.UserDraft{Email: "dana@example.org", Name: "Dana W", ExternalID: "crm-1", StaffRole: features.Editor}
	if _, err := d.UpdateUser(t.Context(), dbtest.Actor(), id, draft, version); err != nil {
		t.Fatal(err)
	}
	user := d.Live().People().User(id)
	if user.Email != "dana@example.org" || user.Name != "Dana W" || user.ExternalID != "crm-1" || user.StaffRole != features.Editor {
		t.Errorf("the user is %+v", user)
	}
	if revision, err := d.UpdateUser(t.Context(), dbtest.Actor(), id, draft, version); err != nil || revision != 0 {
		t.Errorf("saving the same again gives %d, %v", revision, err)
	}
	draft.Name = "Someone else's idea"
	_, err := d.UpdateUser(t.Context(), dbtest.Actor(), id, draft, version)
	refused(t, "an old version", err, features.Conflict, "version")
	draft.Email = "admin@example.com"
	_, err = d.UpdateUser(t.Context(), dbtest.Actor(), id, draft, user.Revision)
	refused(t, "a taken e-mail", err, features.Invalid, "email")
	_, err = d.UpdateUser(t.Context(), dbtest.Actor(), id, features.UserDraft{}, user.Revision)
	refused(t, "no name", err, features.Invalid, "name")
	draft.Email = "dana@example.org"
	_, err = d.UpdateUser(t.Context(), dbtest.Actor(), 99, draft, 0)
	refused(t, "an unknown user", err, features.NotFound, "")
	if name := d.Live().People().User(id).Name; name != "Dana W" {
		t.Errorf("a refused change is kept: %s", name)
	}
}

func TestLastAdminStays(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	admin := addUser(t, d, "admin@example.com", features.Admin)
	// Neither of these can run the console: one has no password, the other is disabled.
	if _, err := d.CreateUser(t.Context(), dbtest.Actor(), features.UserDraft{Email: "new@example.com", Name: "New", StaffRole: features.Admin}, "", nil); err != nil {
		t.Fatal(err)
	}
	second := addUser(t, d, "second@example.com", features.Admin)
	if _, err := d.DisableUser(t.Context(), dbtest.Actor(), second); err != nil {
		t.Fatal(err)
	}
	demoted := features.UserDraft{Email: "admin@example.com", Name: "admin", StaffRole: features.Editor}
	_, err := d.DisableUser(t.Context(), dbtest.Actor(), admin)
	refused(t, "disabling the last admin", err, features.Invalid, "")
	_, err = d.UpdateUser(t.Context(), dbtest.Actor(), admin, demoted, d.Live().People().User(admin).Revision)
	refused(t, "demoting the last admin", err, features.Invalid, "staff_role")
	if _, err := d.EnableUser(t.Context(), dbtest.Actor(), second); err != nil {
		t.Fatal(err)
	}
	if _, err := d.UpdateUser(t.Context(), dbtest.Actor(), admin, demoted, d.Live().People().User(admin).Revision); err != nil {
		t.Errorf("demoting one of two admins: %v", err)
	}
	if role := d.Live().People().User(admin).StaffRole; role != features.Editor {
		t.Errorf("the role is %s", role)
	}
}

func TestAddStaff(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	account := addAccount(t, d, "Arizona Comedy")
	member := addUser(t, d, "owner@example.com", features.NoStaff, features.Membership{AccountID: account, Role: "owner"})
	add := func(email string, role features.StaffRole, password string) (int64, error) {
		return d.AddStaff(t.Context(), dbtest.Actor(), features.UserDraft{Email: email, StaffRole: role}, password)
	}
	id, err := add("dana@example.com", features.Editor, password)
	if user := d.Live().People().User(id); err != nil || user == nil || user.Name != "dana" || user.StaffRole != features.Editor {
		t.Errorf("someone new is %+v, %v", user, err)
	}
	id, err = add("Owner@example.com", features.Viewer, "")
	if user := d.Live().People().User(member); err != nil || id != member || user.StaffRole != features.Viewer || len(user.Memberships) != 1 {
		t.Errorf("someone known is %+v, %v", user, err)
	}
	_, err = add("dana@example.com", features.Admin, "")
	refused(t, "already on the staff", err, features.Invalid, "email")
	_, err = add("new@example.com", features.NoStaff, "")
	refused(t, "no role", err, features.Invalid, "staff_role")
	_, err = add("new@example.com", "root", "short")
	refused(t, "a role that is none", err, features.Invalid, "staff_role")
	refused(t, "a short password", err, features.Invalid, "password")
	another := addUser(t, d, "another@example.com", features.NoStaff)
	_, err = add("another@example.com", features.Admin, "somebody else's")
	refused(t, "a password for someone known", err, features.Invalid, "password")
	if role := d.Live().People().User(another).StaffRole; role != features.NoStaff {
		t.Errorf("a refused addition made them %s", role)
	}
}

func TestDisableUserEndsSessions(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	id := addUser(t, d, "dana@example.com", features.NoStaff)
	hash := startSession(t, d, db.SignIn{User: id})
	if revision, err := d.DisableUser(t.Context(), dbtest.Actor(), id); err != nil || revision == 0 {
		t.Fatalf("disabling gives %d, %v", revision, err)
	}
	if !d.Live().People().User(id).Disabled || d.Live().People().Session(hash) != nil {
		t.Error("the user is not disabled, or still signed in")
	}
	if revision, err := d.DisableUser(t.Context(), dbtest.Actor(), id); err != nil || revision != 0 {
		t.Errorf("disabling again gives %d, %v", revision, err)
	}
	_, err := d.StartSession(t.Context(), db.SignIn{User: id})
	refused(t, "a session of a disabled user", err, features.Unauthenticated, "")
	_, err = d.DisableUser(t.Context(), dbtest.Actor(), 99)
	refused(t, "disabling nobody", err, features.NotFound, "")
}

func TestLists(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	account := addAccount(t, d, "Arizona Comedy")
	admin := addUser(t, d, "zoe@example.com", features.Admin)
	addUser(t, d, "Bert@example.com", features.Viewer)
	addUser(t, d, "member@example.com", features.NoStaff, features.Membership{AccountID: account, Role: "owner"})
	if _, err := d.AddMembership(t.Context(), dbtest.Actor(), db.NewMember{Account: account, Email: "asleep@example.com", Role: "mechanic"}); err != nil {
		t.Fatal(err)
	}
	startSession(t, d, db.SignIn{User: admin})
	staff, err := d.ListStaff(t.Context())
	if err != nil || len(staff) != 2 || staff[0].Name != "Bert" || staff[1].Name != "zoe" {
		t.Fatalf("staff are %+v, %v", staff, err)
	}
	if staff[1].SeenAt.IsZero() || !staff[0].SeenAt.IsZero() {
		t.Errorf("last seen are %v and %v", staff[0].SeenAt, staff[1].SeenAt)
	}
	members, err := d.ListUsers(t.Context(), account)
	if err != nil || len(members) != 2 || members[0].Name != "asleep" || members[0].HasPassword || !members[1].HasPassword {
		t.Errorf("members are %+v, %v", members, err)
	}
	if everyone, err := d.ListUsers(t.Context(), 0); err != nil || len(everyone) != 4 {
		t.Errorf("everyone is %+v, %v", everyone, err)
	}
}
