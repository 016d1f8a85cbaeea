package db_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// An account goes with all that is of it, as the preview says, and an undo brings all of it back.
func TestAccountIsDeletedAndBroughtBack(t *testing.T) {
	t.Parallel()
	s := openStore(t, 3)
	gone, stays := s.accounts[0], s.accounts[1]
	for _, account := range []int64{gone, stays} {
		member := db.NewMember{Account: account, Email: "dana@example.com", Role: "owner"}
		if _, err := s.AddMembership(t.Context(), dbtest.Actor(), member); err != nil {
			t.Fatal(err)
		}
		s.set(t, account, "additional_services", true)
		s.ask(t, account, "flows")
	}
	before := dumpState(t, s.DB)
	remove := &db.DeleteAccount{ChangeOptions: db.ChangeOptions{Reason: "left us"}, ID: gone}
	preview, err := s.Preview(t.Context(), dbtest.Actor(), remove)
	if got := said(preview.Effects); err != nil || len(got) != 2 || !strings.HasPrefix(got[0], "-additional_services of ") {
		t.Fatalf("the preview says %v, %v", got, err)
	}
	parts, err := s.AccountParts(t.Context(), gone)
	if want := map[string]int{"account": 1, "override": 1, "membership": 1, "upgrade_request": 1}; err != nil || !maps.Equal(parts, want) {
		t.Errorf("%v are to go with it, %v", parts, err)
	}
	done, err := s.Apply(t.Context(), dbtest.Actor(), remove)
	if err != nil {
		t.Fatal(err)
	}
	if s.Live().Accounts().ByID(gone) != nil || s.Live().Accounts().ByID(stays) == nil {
		t.Error("the account is still served, or the other is not")
	}
	set, err := s.ChangeSet(t.Context(), done.Revision)
	if err != nil || set.Action != "account.delete" || set.Reason != "left us" || set.Rows != 4 {
		t.Errorf("the log says %+v, %v", set, err)
	}
	if _, _, err := s.Undo(t.Context(), dbtest.Actor(), done.Revision, ""); err != nil {
		t.Fatal(err)
	}
	if after := dumpState(t, s.DB); !slices.Equal(before, after) {
		t.Errorf("back is\n%s\nnot\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
	}
	if !s.has(t, gone, "additional_services") {
		t.Error("the account is back without its override")
	}
	if _, err := s.Apply(t.Context(), dbtest.Actor(), remove); err != nil {
		t.Errorf("it cannot be deleted again: %v", err)
	}
	if _, err := s.Apply(t.Context(), dbtest.Actor(), remove); features.KindOf(err) != features.NotFound {
		t.Errorf("deleting what is gone gives %v", err)
	}
}
