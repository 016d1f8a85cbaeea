package features

import (
	"errors"
	"testing"
	"time"
)

func TestRoleIn(t *testing.T) {
	t.Parallel()
	user := &User{Memberships: []Membership{{AccountID: 1, Role: "owner"}, {AccountID: 2, Role: "mechanic"}}}
	if role, member := user.RoleIn(2); role != "mechanic" || !member {
		t.Errorf("in account 2: %q, %v", role, member)
	}
	if role, member := user.RoleIn(3); role != "" || member {
		t.Errorf("in account 3: %q, %v", role, member)
	}
}

func TestMayManage(t *testing.T) {
	t.Parallel()
	for _, who := range StaffRoles() {
		for _, other := range append(StaffRoles(), NoStaff) {
			want := who == Admin || who == Editor && other == NoStaff
			if got := (&User{StaffRole: who}).MayManage(&User{StaffRole: other}); got != want {
				t.Errorf("%s may manage %q: %v, want %v", who, other, got, want)
			}
		}
	}
	if (&User{}).MayManage(&User{}) {
		t.Error("a portal user may manage another")
	}
}

func TestSessionCounts(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	session := &Session{CreatedAt: start, ExpiresAt: start.Add(SessionLifetime)}
	for _, c := range []struct {
		name     string
		seen, at time.Time
		want     bool
	}{
		{"at once", start, start, true},
		{"just not idle", start, start.Add(SessionIdle - 1), true},
		{"idle", start, start.Add(SessionIdle), false},
		{"used since", start.Add(time.Hour), start.Add(SessionIdle), true},
		{"at the end, in use", start.Add(SessionLifetime - 2), start.Add(SessionLifetime - 1), true},
		{"over, though in use", start.Add(SessionLifetime - 1), start.Add(SessionLifetime), false},
	} {
		if got := session.Counts(c.seen, c.at); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestTogether(t *testing.T) {
	t.Parallel()
	if err := Together(nil, nil); err != nil {
		t.Errorf("no problems give %v", err)
	}
	err := Together(ValidatePassword("short"), nil, ValidateMemberRole(""))
	var all Problems
	if !errors.As(err, &all) || len(all) != 2 || all[0].Field != "password" || all[1].Field != "role" {
		t.Errorf("two problems give %v", err)
	}
}
