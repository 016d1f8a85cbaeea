package db_test

import (
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

func TestAddMembership(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	comedy, garage := addAccount(t, d, "Arizona Comedy"), addAccount(t, d, "Maple Garage")
	owner, err := d.AddMembership(t.Context(), dbtest.Actor(), db.NewMember{Account: comedy, Email: "owner@example.com", Role: "owner", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	if user, err := d.Authenticate(t.Context(), "owner@example.com", password); err != nil || user.ID != owner || user.Name != "owner" {
		t.Errorf("the new user is %+v, %v", user, err)
	}
	again, err := d.AddMembership(t.Context(), dbtest.Actor(), db.NewMember{Account: garage, Email: "OWNER@example.com", Name: "Ignored", Role: "mechanic"})
	if err != nil || again != owner {
		t.Fatalf("a known e-mail gives user %d, %v: want %d", again, err, owner)
	}
	user := d.Live().People().User(owner)
	if role, _ := user.RoleIn(garage); role != "mechanic" || len(user.Memberships) != 2 || user.Name != "owner" {
		t.Errorf("the user is %+v", user)
	}
	for _, c := range []struct {
		name, field string
		member      db.NewMember
		kind        features.Kind
	}{
		{"already a member", "email", db.NewMember{Account: comedy, Email: "owner@example.com", Role: "owner"}, features.Invalid},
		{"bad e-mail", "email", db.NewMember{Account: comedy, Email: "owner", Role: "owner"}, features.Invalid},
		{"bad role", "role", db.NewMember{Account: comedy, Email: "new@example.com"}, features.Invalid},
		{"short password", "password", db.NewMember{Account: comedy, Email: "new@example.com", Role: "owner", Password: "short"}, features.Invalid},
		{"unknown account", "", db.NewMember{Account: 99, Email: "new@example.com", Role: "owner"}, features.NotFound},
	} {
		_, err := d.AddMembership(t.Context(), dbtest.Actor(), c.member)
		refused(t, c.name, err, c.kind, c.field)
	}
	third := addAccount(t, d, "Northwind AI")
	_, err = d.AddMembership(t.Context(), dbtest.Actor(), db.NewMember{Account: third, Email: "owner@example.com", Role: "owner", Password: "somebody else's"})
	refused(t, "a password for someone who has one", err, features.Invalid, "password")
	if _, err := d.Authenticate(t.Context(), "owner@example.com", password); err != nil {
		t.Errorf("the password was changed: %v", err)
	}
}

func TestChangeAndRemoveMembership(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	account, other := addAccount(t, d, "Arizona Comedy"), addAccount(t, d, "Maple Garage")
	user := addUser(t, d, "owner@example.com", features.NoStaff, features.Membership{AccountID: account, Role: "owner"})
	role := func() string {
		role, _ := d.Live().People().User(user).RoleIn(account)
		return role
	}
	change := db.RoleChange{User: user, Account: account, Role: "mechanic", Was: "owner"}
	if revision, err := d.ChangeMembershipRole(t.Context(), dbtest.Actor(), change); err != nil || revision == 0 || role() != "mechanic" {
		t.Fatalf("the role is %s, revision %d, %v", role(), revision, err)
	}
	if revision, err := d.ChangeMembershipRole(t.Context(), dbtest.Actor(), change); err != nil || revision != 0 {
		t.Errorf("the same again gives %d, %v", revision, err)
	}
	_, err := d.ChangeMembershipRole(t.Context(), dbtest.Actor(), db.RoleChange{User: user, Account: account, Role: "clerk", Was: "owner"})
	refused(t, "a role seen before another change", err, features.Conflict, "role")
	_, err = d.ChangeMembershipRole(t.Context(), dbtest.Actor(), db.RoleChange{User: user, Account: account, Role: "", Was: "mechanic"})
	refused(t, "an empty role", err, features.Invalid, "role")
	for _, who := range []struct{ user, account int64 }{{user, other}, {99, account}, {user, 99}} {
		_, err := d.ChangeMembershipRole(t.Context(), dbtest.Actor(), db.RoleChange{User: who.user, Account: who.account, Role: "owner"})
		refused(t, "the role of no member", err, features.NotFound, "")
		_, err = d.RemoveMembership(t.Context(), dbtest.Actor(), who.user, who.account)
		refused(t, "removing no member", err, features.NotFound, "")
	}
	if role() != "mechanic" {
		t.Errorf("a refused change is kept: %s", role())
	}
	if revision, err := d.RemoveMembership(t.Context(), dbtest.Actor(), user, account); err != nil || revision == 0 {
		t.Fatal(revision, err)
	}
	if left := d.Live().People().User(user); left == nil || len(left.Memberships) != 0 {
		t.Errorf("the user is %+v", left)
	}
}
