package db_test

import (
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

func TestPasswordLink(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	ctx, by := t.Context(), dbtest.Actor()
	id, err := d.CreateUser(ctx, by, features.UserDraft{Email: "dana@example.com", Name: "Dana"}, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	token, link, err := d.CreatePasswordLink(ctx, by, id)
	if err != nil || link.Purpose != features.Invite || len(token) != 43 {
		t.Fatalf("the first link is %q, %+v, %v", token, link, err)
	}
	if p, err := d.Person(ctx, id); err != nil || !p.Invited || p.HasPassword {
		t.Errorf("an invited user is %+v, %v", p, err)
	}
	hash := startSession(t, d, db.SignIn{User: id})
	_, err = d.UsePasswordLink(ctx, features.Actor{}, token, "Dana12345678")
	refused(t, "a password that is easy to guess", err, features.Invalid, "password")
	user, err := d.UsePasswordLink(ctx, features.Actor{IP: "192.0.2.1"}, token, password)
	if err != nil || user.ID != id {
		t.Fatalf("the link is %+v's, %v", user, err)
	}
	if _, err := d.Authenticate(ctx, "dana@example.com", password); err != nil || d.Live().People().Session(hash) != nil {
		t.Errorf("the password or the end of the sessions is missing: %v", err)
	}
	if p, err := d.Person(ctx, id); err != nil || p.Invited || !p.HasPassword {
		t.Errorf("with a password the user is %+v, %v", p, err)
	}
	_, err = d.UsePasswordLink(ctx, features.Actor{}, token, password)
	refused(t, "a link used twice", err, features.NotFound, "")
	if _, link, err := d.CreatePasswordLink(ctx, by, id); err != nil || link.Purpose != features.Reset {
		t.Errorf("the second link is %+v, %v", link, err)
	}
	if left := column(t, d, `SELECT count(*) FROM audit WHERE instr(new, '`+token+`')`); left[0] != "0" {
		t.Error("the token is in the log")
	}
}

// TestPasswordLinkEnds has a link end by all that makes it somebody else's, or of no use.
func TestPasswordLinkEnds(t *testing.T) {
	t.Parallel()
	ctx, by := t.Context(), dbtest.Actor()
	edit := func(d *db.DB, id int64, change func(*features.UserDraft)) error {
		user := d.Live().People().User(id)
		draft := features.UserDraft{Email: user.Email, Name: user.Name, StaffRole: user.StaffRole}
		change(&draft)
		_, err := d.UpdateUser(ctx, by, id, draft, user.Revision)
		return err
	}
	for name, end := range map[string]func(d *db.DB, id int64) error{
		"another": func(d *db.DB, id int64) error {
			_, _, err := d.CreatePasswordLink(ctx, by, id)
			return err
		},
		"disabled": func(d *db.DB, id int64) error {
			if _, err := d.DisableUser(ctx, by, id); err != nil {
				return err
			}
			_, err := d.EnableUser(ctx, by, id)
			return err
		},
		"another e-mail": func(d *db.DB, id int64) error {
			return edit(d, id, func(draft *features.UserDraft) { draft.Email = "eve@example.com" })
		},
		"a role": func(d *db.DB, id int64) error {
			return edit(d, id, func(draft *features.UserDraft) { draft.StaffRole = features.Viewer })
		},
		"another password": func(d *db.DB, id int64) error { return d.SetPassword(ctx, by, id, "another password", 0) },
		"its time": func(d *db.DB, _ int64) error {
			run(t, d, `UPDATE password_links SET expires_at = 1`)
			_, err := d.SweepSessions(ctx, time.Now())
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dbtest.Open(t)
			id := addUser(t, d, "dana@example.com", features.NoStaff)
			token, _, err := d.CreatePasswordLink(ctx, by, id)
			if err != nil {
				t.Fatal(err)
			}
			if err := edit(d, id, func(draft *features.UserDraft) { draft.Name = "Dana W" }); err != nil {
				t.Fatal(err)
			}
			if _, err := d.PasswordLinkUser(ctx, token); err != nil {
				t.Fatalf("another name ends the link: %v", err)
			}
			if err := end(d, id); err != nil {
				t.Fatal(err)
			}
			_, err = d.PasswordLinkUser(ctx, token)
			refused(t, "looking at the link", err, features.NotFound, "")
			_, err = d.UsePasswordLink(ctx, features.Actor{}, token, password)
			refused(t, "using the link", err, features.NotFound, "")
		})
	}
}

func TestPasswordLinkRefused(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	editor := features.Actor{Kind: features.ByUser, Name: "ed", UserID: addUser(t, d, "ed@example.com", features.Editor)}
	staff := addUser(t, d, "viewer@example.com", features.Viewer)
	member := addUser(t, d, "member@example.com", features.NoStaff)
	_, _, err := d.CreatePasswordLink(t.Context(), editor, staff)
	refused(t, "an editor's link for staff", err, features.Forbidden, "")
	if _, _, err := d.CreatePasswordLink(t.Context(), editor, member); err != nil {
		t.Error(err)
	}
	if _, err := d.DisableUser(t.Context(), dbtest.Actor(), member); err != nil {
		t.Fatal(err)
	}
	_, _, err = d.CreatePasswordLink(t.Context(), editor, member)
	refused(t, "a link for someone disabled", err, features.Conflict, "")
	_, _, err = d.CreatePasswordLink(t.Context(), editor, 99)
	refused(t, "a link for nobody", err, features.NotFound, "")
	_, err = d.PasswordLinkUser(t.Context(), "")
	refused(t, "no token", err, features.NotFound, "")
	_, err = d.Person(t.Context(), 99)
	refused(t, "nobody", err, features.NotFound, "")
}
