package db_test

import (
	"testing"

	"flagstone/db/dbtest"
	"flagstone/features"
)

func TestEmailsCompareWithoutCaseInEveryLetter(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	if _, err := d.CreateUser(t.Context(), dbtest.Actor(), features.UserDraft{Email: "ÄB@x.example", Name: "Ä", StaffRole: features.Viewer}, "", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := d.CreateUser(t.Context(), dbtest.Actor(), features.UserDraft{Email: "äb@X.example", Name: "Ä", StaffRole: features.Viewer}, "", nil); features.KindOf(err) != features.Invalid {
		t.Errorf("the same address in other letters: %v", err)
	}
	for _, typed := range []string{"ÄB@x.example", " äB@x.example", "A\u0308b@x.example"} {
		if u, err := d.UserByEmail(t.Context(), typed); err != nil || u.Name != "Ä" {
			t.Errorf("%q finds %+v, %v", typed, u, err)
		}
	}
}
