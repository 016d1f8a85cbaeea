package db_test

import (
	"database/sql"
	"strings"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	id := addUser(t, d, "dana@example.com", features.NoStaff)
	disabled := addUser(t, d, "gone@example.com", features.NoStaff)
	if _, err := d.DisableUser(t.Context(), dbtest.Actor(), disabled); err != nil {
		t.Fatal(err)
	}
	if _, err := d.CreateUser(t.Context(), dbtest.Actor(), features.UserDraft{Email: "new@example.com", Name: "New"}, "", nil); err != nil {
		t.Fatal(err)
	}
	if user, err := d.Authenticate(t.Context(), "DANA@example.com", password); err != nil || user.ID != id {
		t.Fatalf("the right password gives %v, %v", user, err)
	}
	answers := make(map[string]bool)
	for _, c := range []struct{ name, email, password string }{
		{"unknown", "nobody@example.com", password},
		{"wrong", "dana@example.com", password + "!"},
		{"empty", "dana@example.com", ""},
		{"disabled", "gone@example.com", password},
		{"no password", "new@example.com", ""},
		{"nothing", "", ""},
	} {
		user, err := d.Authenticate(t.Context(), c.email, c.password)
		if user != nil || features.KindOf(err) != features.Unauthenticated {
			t.Errorf("%s: %v, %v", c.name, user, err)
			continue
		}
		answers[err.Error()] = true
	}
	if len(answers) != 1 {
		t.Errorf("the answers tell the causes apart: %v", answers)
	}
}

func TestSetPasswordEndsOtherSessions(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	id := addUser(t, d, "dana@example.com", features.Editor)
	mine, other := startSession(t, d, db.SignIn{User: id}), startSession(t, d, db.SignIn{User: id})
	by := features.Actor{Kind: features.ByUser, UserID: id, Name: "dana"}
	keep := d.Live().People().Session(mine).ID

	err := d.ChangePassword(t.Context(), by, "not mine at all", "short", keep)
	refused(t, "a wrong present password", err, features.Invalid, "current")
	refused(t, "a short new password", err, features.Invalid, "password")
	err = d.ChangePassword(t.Context(), features.Actor{Kind: features.ByUser, UserID: 99}, password, "a new password", 0)
	refused(t, "nobody's password", err, features.Invalid, "current")
	if d.Live().People().Session(other) == nil {
		t.Error("a refused change ended a session")
	}
	if err := d.ChangePassword(t.Context(), by, password, "a new password", keep); err != nil {
		t.Fatal(err)
	}
	if d.Live().People().Session(mine) == nil || d.Live().People().Session(other) != nil {
		t.Error("want this session kept and the other ended")
	}
	if err := d.SetPassword(t.Context(), dbtest.Actor(), id, "an admin's password", 0); err != nil {
		t.Fatal(err)
	}
	if d.Live().People().Session(mine) != nil {
		t.Error("a session outlived the password")
	}
	if _, err := d.Authenticate(t.Context(), "dana@example.com", "a new password"); err == nil {
		t.Error("an old password still works")
	}
	if _, err := d.Authenticate(t.Context(), "dana@example.com", "an admin's password"); err != nil {
		t.Error(err)
	}
	refused(t, "a long password", d.SetPassword(t.Context(), dbtest.Actor(), id, strings.Repeat("x", 201), 0), features.Invalid, "password")
	refused(t, "nobody's password", d.SetPassword(t.Context(), dbtest.Actor(), 99, password, 0), features.NotFound, "")
}

func TestPasswordsStayOutOfTheAuditLog(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	id := addUser(t, d, "dana@example.com", features.Admin)
	if err := d.SetPassword(t.Context(), dbtest.Actor(), id, "an admin's password", 0); err != nil {
		t.Fatal(err)
	}
	file, err := sql.Open("sqlite3", d.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var log string
	err = file.QueryRow(`SELECT group_concat(coalesce(old, '') || coalesce(new, '') || entity_name, ' ') FROM audit`).Scan(&log)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log, "argon2") || strings.Contains(log, "horse") || strings.Contains(log, "admin's") {
		t.Errorf("the audit log tells of passwords: %s", log)
	}
	if !strings.Contains(log, `"password":"set"`) || !strings.Contains(log, `"password":"changed"`) {
		t.Errorf("the audit log does not say that passwords were set: %s", log)
	}
}

func TestFirstAdmin(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	refused(t, "a short password", d.EnsureFirstAdmin(t.Context(), "admin@example.com", "short"), features.Invalid, "password")
	if has, err := d.HasAdmin(t.Context()); err != nil || has {
		t.Fatalf("an empty database has an admin: %v, %v", has, err)
	}
	for range 2 { // the second start finds the admin that the first made
		if err := d.EnsureFirstAdmin(t.Context(), "admin@example.com", password); err != nil {
			t.Fatal(err)
		}
	}
	if has, err := d.HasAdmin(t.Context()); err != nil || !has {
		t.Fatalf("there is no admin: %v, %v", has, err)
	}
	user, err := d.Authenticate(t.Context(), "admin@example.com", password)
	if err != nil || user.StaffRole != features.Admin {
		t.Errorf("the admin is %+v, %v", user, err)
	}
	_, err = d.CreateFirstAdmin(t.Context(), dbtest.Actor(), features.UserDraft{Email: "two@example.com", Name: "Two"}, password)
	refused(t, "a second first admin", err, features.Conflict, "")
}
