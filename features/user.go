package features

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// StaffRole lets a user into the console (docs/admin-guide.md, "People and roles"); "" is none.
type StaffRole string

// The staff roles, each with the rights of those before it.
const (
	NoStaff StaffRole = ""
	Viewer  StaffRole = "viewer"
	Editor  StaffRole = "editor"
	Admin   StaffRole = "admin"
)

var staffRoles = []StaffRole{NoStaff, Viewer, Editor, Admin}

// AtLeast tells whether a role has all rights of another.
func (r StaffRole) AtLeast(other StaffRole) bool {
	wanted := slices.Index(staffRoles, other)
	return wanted >= 0 && slices.Index(staffRoles, r) >= wanted
}

// User is a person who signs in, as the serving paths need one: immutable, replaced whole when it changes.
type User struct {
	ID          int64
	Email       string
	Name        string
	ExternalID  string
	StaffRole   StaffRole
	Disabled    bool
	CreatedAt   time.Time
	Revision    int64
	Memberships []Membership
}

// TargetingKey is the name by which rules know the user (docs/evaluation.md §1).
func (u *User) TargetingKey() string {
	if u.ExternalID != "" {
		return u.ExternalID
	}
	return strings.ToLower(u.Email)
}

// RoleIn gives the user's role in an account's portal, and whether the user is a member at all.
func (u *User) RoleIn(account int64) (role string, member bool) {
	for _, m := range u.Memberships {
		if m.AccountID == account {
			return m.Role, true
		}
	}
	return "", false
}

// MayManage tells whether a user may set another's password, end their sessions or disable them: an admin anyone's,
// an editor those of people who are not staff. Otherwise an editor could sign in as an admin.
func (u *User) MayManage(other *User) bool {
	return u.StaffRole == Admin || u.StaffRole == Editor && other.StaffRole == NoStaff
}

// Membership lets a user into one account's portal, in a role such as "owner".
type Membership struct {
	AccountID int64
	Role      string
}

// Session is one sign-in. Only the hash of its token is ever stored.
type Session struct {
	ID        int64
	TokenHash [32]byte
	UserID    int64
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time // absolute
	IP        string
	UserAgent string
}

// How long a session counts: SessionLifetime in all, and SessionIdle without a request.
const (
	SessionLifetime = 14 * 24 * time.Hour
	SessionIdle     = 24 * time.Hour
)

// Counts tells whether a session that was last used at one moment still counts at another.
func (s *Session) Counts(seen, at time.Time) bool {
	return at.Before(s.ExpiresAt) && at.Before(seen.Add(SessionIdle))
}

// LinkPurpose is why somebody is to choose a password.
type LinkPurpose string

// The purposes of a link.
const (
	Invite LinkPurpose = "invite" // for someone who has no password
	Reset  LinkPurpose = "reset"
)

// Noun returns what people call a link of this purpose.
func (p LinkPurpose) Noun() string {
	if p == Invite {
		return "an invitation link"
	}
	return "a password reset link"
}

// PasswordLink is a link by which a user chooses a password. Only the hash of its token is ever stored.
type PasswordLink struct {
	Purpose   LinkPurpose
	ExpiresAt time.Time
}

// NewPasswordLink returns a link made at a moment: an invitation works for seven days, a reset for one.
func NewPasswordLink(invited bool, at time.Time) PasswordLink {
	if invited {
		return PasswordLink{Invite, at.Add(7 * 24 * time.Hour)}
	}
	return PasswordLink{Reset, at.Add(24 * time.Hour)}
}

// UserDraft is what staff may write of a user.
type UserDraft struct {
	Email, Name, ExternalID string
	StaffRole               StaffRole
}

// Normalize tidies what people type.
func (d UserDraft) Normalize() UserDraft {
	d.Email, d.Name, d.ExternalID = Email(d.Email), Tidy(d.Name), Tidy(d.ExternalID)
	return d
}

// Validate gives Problems for every field that breaks a rule, or nil.
func (d UserDraft) Validate() error {
	var problems Problems
	problems.checkEmail("email", d.Email, "dana@example.com")
	problems.checkName(d.Name)
	problems.checkIdentifier("external_id", d.ExternalID, maxIdentifier)
	if !slices.Contains(staffRoles, d.StaffRole) {
		problems.add("staff_role", "Choose viewer, editor, admin or none.")
	}
	return problems.Err()
}

var memberRole = regexp.MustCompile(`^[a-z][a-z0-9_]{0,49}$`)

// ValidateMemberRole gives a refusal of a portal role that is not a plain word.
func ValidateMemberRole(role string) error {
	var problems Problems
	if !memberRole.MatchString(role) {
		problems.add("role", "Use lower-case letters, digits and underscores, such as owner or workshop_admin.")
	}
	return problems.Err()
}

// ActorKind says through which door an actor came.
type ActorKind string

// The kinds of actor.
const (
	ByUser   ActorKind = "user"
	ByKey    ActorKind = "key"
	ByCLI    ActorKind = "cli"
	BySystem ActorKind = "system"
)

// Actor is who makes a change, as the audit log records it.
type Actor struct {
	Kind      ActorKind
	UserID    int64 // 0 unless Kind is ByUser
	Name      string
	IP        string
	UserAgent string
}

// System is the actor of what Flagstone does by itself, such as removing an expired override.
func System() Actor { return Actor{Kind: BySystem, Name: "system"} }
