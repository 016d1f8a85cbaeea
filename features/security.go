package features

import "time"

// SecurityEventKind is what happened to somebody's way in.
type SecurityEventKind string

// The events of the security log.
const (
	SignedIn        SecurityEventKind = "signin"
	SignInFailed    SecurityEventKind = "signin.failed"
	SignInThrottled SecurityEventKind = "signin.throttled"
	SignedOut       SecurityEventKind = "signout"
	PasswordChanged SecurityEventKind = "password"
	LinkCreated     SecurityEventKind = "link.created"
	LinkUsed        SecurityEventKind = "link.used"
	SessionEnded    SecurityEventKind = "session.ended"
	Refused         SecurityEventKind = "refused"
	KeyRefused      SecurityEventKind = "key.refused"
	BackupTaken     SecurityEventKind = "backup"
	DataExported    SecurityEventKind = "export"
)

// SecurityEventKinds are all kinds of events, as the log's filter lists them.
var SecurityEventKinds = []SecurityEventKind{
	SignedIn, SignInFailed, SignInThrottled, SignedOut, PasswordChanged, LinkCreated, LinkUsed, SessionEnded, Refused, KeyRefused,
	BackupTaken, DataExported,
}

// SecurityEvent is one row of the security log: who came in, who could not, and what was carried out.
type SecurityEvent struct {
	ID        int64
	At        time.Time // of the last, where it is several
	Event     SecurityEventKind
	UserID    int64  // whom it is about; 0 for somebody unknown
	Email     string // of that user
	EmailHash string // of the e-mail that was typed, where somebody tried to sign in
	Actor     string // who did it
	IP        string
	UserAgent string
	Detail    string
	Count     int // how many of the same, shortly after one another
}
