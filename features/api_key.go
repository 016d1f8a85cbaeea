package features

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Scope says what a program may do with its key.
type Scope string

// The scopes, each with the rights of those before it.
const (
	ScopeEvaluate Scope = "evaluate" // ask what an account has
	ScopeRead     Scope = "read"     // also read what staff see
	ScopeAdmin    Scope = "admin"    // also change it
)

// Scopes are all scopes, the least first.
var Scopes = []Scope{ScopeEvaluate, ScopeRead, ScopeAdmin}

// Covers tells whether a scope has all rights of another.
func (s Scope) Covers(other Scope) bool {
	wanted := slices.Index(Scopes, other)
	return wanted >= 0 && slices.Index(Scopes, s) >= wanted
}

// KeyPrefix begins every API key, so that people and scanners of source code know one when they see it.
const KeyPrefix = "fsk_"

// APIKey is what a program calls with. Only the hash of the key itself is ever stored.
type APIKey struct {
	ID        int64
	Name      string
	Hash      [32]byte
	Hint      string // the last characters of the key
	Scope     Scope
	CreatedAt time.Time
	CreatedBy string
	CreatorID int64     // the user who created it; 0 for the command line
	ExpiresAt time.Time // zero for never
	RevokedAt time.Time // zero while it has not been
	UsedAt    time.Time // as far as the database knows; zero for never
	Revision  int64
}

// KeyState is whether a key opens anything.
type KeyState string

// The states of a key.
const (
	KeyActive  KeyState = "active"
	KeyExpired KeyState = "expired"
	KeyRevoked KeyState = "revoked"
	KeyIdle    KeyState = "idle" // its creator is disabled or no longer an admin
)

// KeyState returns whether a key opens anything at a moment, and why not. A key that a user created works as long as that
// user is an admin who is not disabled.
func (p *People) KeyState(k *APIKey, at time.Time) KeyState {
	switch {
	case !k.RevokedAt.IsZero():
		return KeyRevoked
	case !k.ExpiresAt.IsZero() && !at.Before(k.ExpiresAt):
		return KeyExpired
	case k.CreatorID == 0:
		return KeyActive
	}
	if creator := p.User(k.CreatorID); creator == nil || creator.Disabled || creator.StaffRole != Admin {
		return KeyIdle
	}
	return KeyActive
}

// KeyDraft is what staff may say of a new key.
type KeyDraft struct {
	Name      string
	Scope     Scope
	ExpiresAt time.Time // zero for never
}

// Normalize tidies what people type.
func (d KeyDraft) Normalize() KeyDraft {
	d.Name = Tidy(d.Name)
	return d
}

// Validate gives Problems for every field that breaks a rule at a moment, or nil.
func (d KeyDraft) Validate(at time.Time) error {
	var problems Problems
	problems.checkName(d.Name)
	if !slices.Contains(Scopes, d.Scope) {
		problems.add("scope", "Choose evaluate, read or admin.")
	}
	if !d.ExpiresAt.IsZero() && !d.ExpiresAt.After(at) {
		problems.add("expires_at", "Choose a time in the future.")
	}
	return problems.Err()
}

// dayLayout is how a day is written.
const dayLayout = "2006-01-02"

// ParseExpiry reads when a key expires: "90d" is so many days from a moment, a date is the end of that day in UTC, "" is
// never.
func ParseExpiry(text string, at time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n <= maxKeyDays {
			return at.AddDate(0, 0, n), nil
		}
	} else if last, err := time.Parse(dayLayout, text); err == nil {
		return last.AddDate(0, 0, 1), nil
	}
	return time.Time{}, Problems{{
		Kind: Invalid, Field: "expires_at",
		Message: quote(text) + " is not a valid expiry: use days, such as 90d, or a date, such as 2027-01-31.",
	}}
}

// maxKeyDays is a hundred years.
const maxKeyDays = 36_500
