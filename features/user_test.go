package features_test

import (
	"fmt"
	"strings"
	"testing"

	"flagstone/features"
)

func TestStaffRoles(t *testing.T) {
	t.Parallel()
	if got := fmt.Sprint(features.StaffRoles()); got != "[viewer editor admin]" {
		t.Errorf("the staff roles are %s", got)
	}
	rising := append([]features.StaffRole{features.NoStaff}, features.StaffRoles()...)
	for i, role := range rising {
		for j, other := range rising {
			if got := role.AtLeast(other); got != (i >= j) {
				t.Errorf("%q has all rights of %q: %v", role, other, got)
			}
		}
		if role.AtLeast("root") || features.StaffRole("root").AtLeast(role) {
			t.Errorf("a role that there is not was compared with %q", role)
		}
	}
}

func TestUserTargetingKey(t *testing.T) {
	t.Parallel()
	user := &features.User{Email: "Dana@Example.com"}
	if user.TargetingKey() != "dana@example.com" {
		t.Errorf("by e-mail: %s", user.TargetingKey())
	}
	user.ExternalID = "U-7"
	if user.TargetingKey() != "U-7" {
		t.Errorf("by external id: %s", user.TargetingKey())
	}
}

func TestUserDraft(t *testing.T) {
	t.Parallel()
	got := features.UserDraft{Email: " a@b.example ", Name: "\tDana ", ExternalID: " 7 ", StaffRole: features.Viewer}.Normalize()
	if got != (features.UserDraft{Email: "a@b.example", Name: "Dana", ExternalID: "7", StaffRole: features.Viewer}) {
		t.Errorf("normalized: %+v", got)
	}
	good := features.UserDraft{Email: "a@b.example", Name: strings.Repeat("é", 200), ExternalID: strings.Repeat("é", 100)}
	wantProblems(t, "at every limit", good.Validate())
	for _, role := range features.StaffRoles() {
		good.StaffRole = role
		wantProblems(t, string(role), good.Validate())
	}
	wantProblems(t, "everything wrong", features.UserDraft{
		Email: "Dana <a@b.example>", ExternalID: strings.Repeat("e", 101), StaffRole: "root",
	}.Validate(), "email", "name", "external_id", "staff_role")
}

func TestValidatePassword(t *testing.T) {
	t.Parallel()
	for length, field := range map[int]string{0: "password", 11: "password", 12: "", 200: "", 201: "password"} {
		wantProblems(t, fmt.Sprint(length, " characters"), features.ValidatePassword(strings.Repeat("x", length)), strings.Fields(field)...)
	}
}

func TestValidateMemberRole(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"owner", "workshop_admin", "a1", strings.Repeat("a", 50)} {
		wantProblems(t, role, features.ValidateMemberRole(role))
	}
	for _, role := range []string{"", "Owner", "1a", "_a", "a b", "a-b", strings.Repeat("a", 51)} {
		wantProblems(t, role, features.ValidateMemberRole(role), "role")
	}
}

func TestSystemActor(t *testing.T) {
	t.Parallel()
	if got := features.System(); got != (features.Actor{Kind: features.BySystem, Name: "system"}) {
		t.Errorf("the system acts as %+v", got)
	}
}
