package db_test

import (
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// TestBecomingStaff has somebody else know a portal user's password and hold a session: neither is worth anything once
// the user is staff, whichever way that came about.
func TestBecomingStaff(t *testing.T) {
	t.Parallel()
	ctx, by := t.Context(), dbtest.Actor()
	update := func(d *db.DB, id int64, role features.StaffRole) (int64, error) {
		user := d.Live().People().User(id)
		draft := features.UserDraft{Email: user.Email, Name: user.Name, StaffRole: role}
		return d.UpdateUser(ctx, by, id, draft, user.Revision)
	}
	for name, promote := range map[string]func(d *db.DB, id int64) error{
		"added to the staff": func(d *db.DB, _ int64) error {
			_, err := d.AddStaff(ctx, by, features.UserDraft{Email: "Boss@corp.example", StaffRole: features.Viewer}, "")
			return err
		},
		"given a role": func(d *db.DB, id int64) error {
			_, err := update(d, id, features.Admin)
			return err
		},
		"the end of a role undone": func(d *db.DB, id int64) error {
			if _, err := update(d, id, features.Admin); err != nil {
				return err
			}
			if err := d.SetPassword(ctx, by, id, password, 0); err != nil {
				return err
			}
			taken, err := update(d, id, features.NoStaff)
			if err != nil {
				return err
			}
			_, _, err = d.Undo(ctx, by, taken, "")
			return err
		},
		"by hand": func(d *db.DB, _ int64) error {
			run(t, d, `UPDATE users SET staff_role = 'admin' WHERE email = 'boss@corp.example'`)
			return d.CatchUp(ctx)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dbtest.Open(t)
			addUser(t, d, "root@example.com", features.Admin)
			id := addUser(t, d, "boss@corp.example", features.NoStaff)
			hash := startSession(t, d, db.SignIn{User: id})
			if err := promote(d, id); err != nil {
				t.Fatal(err)
			}
			if d.Live().People().User(id).StaffRole == features.NoStaff {
				t.Fatal("they are not staff")
			}
			_, err := d.Authenticate(ctx, "boss@corp.example", password)
			refused(t, "the password of before", err, features.Unauthenticated, "")
			if d.Live().People().Session(hash) != nil {
				t.Error("the session of before goes on")
			}
			if err := d.SetPassword(ctx, by, id, "a password of their own", 0); err != nil {
				t.Fatal(err)
			}
			if _, err := d.Authenticate(ctx, "boss@corp.example", "a password of their own"); err != nil {
				t.Error(err)
			}
		})
	}
}

// A viewer's password is nobody's but the viewer's: more rights end the sessions alone, and fewer end nothing.
func TestPromotionWithinTheStaff(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	addUser(t, d, "other@example.com", features.Admin)
	id := addUser(t, d, "dana@example.com", features.Viewer)
	change := func(role features.StaffRole) bool {
		hash := startSession(t, d, db.SignIn{User: id})
		draft := features.UserDraft{Email: "dana@example.com", Name: "dana", StaffRole: role}
		if _, err := d.UpdateUser(t.Context(), dbtest.Actor(), id, draft, d.Live().People().User(id).Revision); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Authenticate(t.Context(), "dana@example.com", password); err != nil {
			t.Errorf("as %s: %v", role, err)
		}
		return d.Live().People().Session(hash) != nil
	}
	if change(features.Admin) {
		t.Error("a viewer's session became an admin's")
	}
	if !change(features.Editor) {
		t.Error("fewer rights ended the session")
	}
}

func TestEditorsDoNotManageStaff(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	account := addAccount(t, d, "Arizona Comedy")
	admin := features.Actor{Kind: features.ByUser, Name: "root", UserID: addUser(t, d, "root@example.com", features.Admin)}
	editor := features.Actor{Kind: features.ByUser, Name: "ed", UserID: addUser(t, d, "ed@example.com", features.Editor)}
	owner := features.Membership{AccountID: account, Role: "owner"}
	staff := addUser(t, d, "viewer@example.com", features.Viewer, owner)
	member := addUser(t, d, "member@example.com", features.NoStaff, owner)
	for name, manage := range map[string]func(features.Actor, int64) error{
		"disable": func(by features.Actor, id int64) error {
			_, err := d.DisableUser(t.Context(), by, id)
			return err
		},
		"enable": func(by features.Actor, id int64) error {
			if _, err := d.DisableUser(t.Context(), dbtest.Actor(), id); err != nil {
				return err
			}
			_, err := d.EnableUser(t.Context(), by, id)
			return err
		},
	} {
		refused(t, name, manage(editor, staff), features.Forbidden, "")
		if err := manage(admin, staff); err != nil {
			t.Errorf("%s by an admin: %v", name, err)
		}
		if err := manage(editor, member); err != nil {
			t.Errorf("%s a portal user: %v", name, err)
		}
	}
}
