package features_test

import (
	"strings"
	"testing"
	"time"

	"flagstone/features"
)

// staffRoles are the roles that let a user into the console, least rights first.
func staffRoles() []features.StaffRole {
	return []features.StaffRole{features.Viewer, features.Editor, features.Admin}
}

func TestStaffRoles(t *testing.T) {
	t.Parallel()
	rising := append([]features.StaffRole{features.NoStaff}, staffRoles()...)
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
	for _, role := range staffRoles() {
		good.StaffRole = role
		wantProblems(t, string(role), good.Validate())
	}
	wantProblems(t, "everything wrong", features.UserDraft{
		Email: "Dana <a@b.example>", ExternalID: strings.Repeat("e", 101), StaffRole: "root",
	}.Validate(), "email", "name", "external_id", "staff_role")
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

func TestRoleIn(t *testing.T) {
	t.Parallel()
	user := &features.User{Memberships: []features.Membership{{AccountID: 1, Role: "owner"}, {AccountID: 2, Role: "mechanic"}}}
	if role, member := user.RoleIn(2); role != "mechanic" || !member {
		t.Errorf("in account 2: %q, %v", role, member)
	}
	if role, member := user.RoleIn(3); role != "" || member {
		t.Errorf("in account 3: %q, %v", role, member)
	}
}

func TestMayManage(t *testing.T) {
	t.Parallel()
	for _, who := range staffRoles() {
		for _, other := range append(staffRoles(), features.NoStaff) {
			want := who == features.Admin || who == features.Editor && other == features.NoStaff
			if got := (&features.User{StaffRole: who}).MayManage(&features.User{StaffRole: other}); got != want {
				t.Errorf("%s may manage %q: %v, want %v", who, other, got, want)
			}
		}
	}
	if (&features.User{}).MayManage(&features.User{}) {
		t.Error("a portal user may manage another")
	}
}

func TestSessionCounts(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	session := &features.Session{CreatedAt: start, ExpiresAt: start.Add(features.SessionLifetime)}
	for _, c := range []struct {
		name     string
		seen, at time.Time
		want     bool
	}{
		{"at once", start, start, true},
		{"just not idle", start, start.Add(features.SessionIdle - 1), true},
		{"idle", start, start.Add(features.SessionIdle), false},
		{"used since", start.Add(time.Hour), start.Add(features.SessionIdle), true},
		{"at the end, in use", start.Add(features.SessionLifetime - 2), start.Add(features.SessionLifetime - 1), true},
		{"over, though in use", start.Add(features.SessionLifetime - 1), start.Add(features.SessionLifetime), false},
	} {
		if got := session.Counts(c.seen, c.at); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
