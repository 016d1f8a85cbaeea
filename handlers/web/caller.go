package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
)

// MayEdit reports whether the caller may write accounts, features and users (docs/admin-guide.md, "People and roles").
func MayEdit(c echo.Context) bool { return CallerOf(c).User.StaffRole.AtLeast(features.Editor) }

const momentKey = "moment"

// NoteMoment notes how far the live state is before a page of the console is made from it: what comes later is news to
// the page. The position is read last, as the live state moves it last.
func (s *Base) NoteMoment(c echo.Context, who Access) {
	if who.staffRole() != features.NoStaff {
		revision := s.Live.Revision()
		c.Set(momentKey, db.Moment{Revision: revision, Position: s.Live.Position()})
	}
}

// MomentOf returns the moment of the data that a request saw first; NoteMoment keeps it.
func MomentOf(c echo.Context) db.Moment {
	moment, _ := c.Get(momentKey).(db.Moment)
	return moment
}

// OwnRevision names, in the header of an answer, the change set that the request has made.
const OwnRevision = "Flagstone-Revision"

// caller is who a request comes from: a user with a live session, or a program with a key.
type caller struct {
	User    *features.User
	Session *features.Session
	Key     *features.APIKey // then there is neither user nor session
}

const callerKey = "caller"

// CallerOf gives who a request comes from; nil for someone who is not signed in and has no key.
func CallerOf(c echo.Context) *caller {
	found, _ := c.Get(callerKey).(*caller)
	return found
}

// Identify finds out who a request comes from, once, from the live state: no SQL. A request with a key is the key's, even
// where it brings a session's cookie too.
func (s *Base) Identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, now := c.Request(), time.Now()
		if secret := keyOf(r); secret != "" {
			found, err := s.keyCaller(c, secret, now)
			if err != nil {
				return err
			}
			c.Set(callerKey, found)
		} else if found := s.Store.Caller(r, now); found != nil {
			s.Store.Seen.touch(found.Session.ID, found.Session.TokenHash, now)
			c.Set(callerKey, found)
		}
		return next(c)
	}
}

// Actor is the caller as the audit log records it.
func Actor(c echo.Context) features.Actor {
	by := features.Actor{Kind: features.ByUser, IP: c.RealIP(), UserAgent: clip(c.Request().UserAgent(), 300)}
	switch who := CallerOf(c); {
	case who == nil:
	case who.Key != nil:
		by.Kind, by.Name = features.ByKey, who.Key.Name
	default:
		by.UserID, by.Name = who.User.ID, who.User.Name
	}
	return by
}

// clip returns the beginning of a text, of so many characters at most.
func clip(text string, most int) string {
	text = strings.ToValidUTF8(text, "\ufffd")
	for at := range text {
		if most--; most < 0 {
			return text[:at]
		}
	}
	return text
}

// sessionStore is a gorilla/sessions store over the live sessions. The cookie holds a random token, the server only its
// hash; what a session is worth is read from the live state each time, so revoking one ends it at once.
type sessionStore struct {
	people *features.People
	Seen   lastSeen
	cookie string
	secure bool
}

var _ sessions.Store = (*sessionStore)(nil)

func newSessionStore(people *features.People, secret []byte, secure bool) *sessionStore {
	return &sessionStore{people: people, cookie: SessionCookie(secret, secure), secure: secure}
}

// SessionCookie is the name of the cookie of a session. It differs by the server's secret: browsers send cookies to every port
// of a host, where another Flagstone may serve.
func SessionCookie(secret []byte, secure bool) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("cookie\n"))
	name := "flagstone-" + hex.EncodeToString(mac.Sum(nil)[:4])
	if secure {
		return "__Host-" + name
	}
	return name
}

// Get gives the request's session, the same one each time it is asked.
func (st *sessionStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(st, name)
}

// New gives the request's session; it is new unless the cookie's token is that of a live one.
func (st *sessionStore) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(st, name)
	session.IsNew = true
	session.Options = &sessions.Options{Path: "/", HttpOnly: true, Secure: st.secure, SameSite: http.SameSiteLaxMode}
	cookie, err := r.Cookie(name)
	if err != nil {
		return session, nil
	}
	if hash, ok := tokenHash(cookie.Value); ok && st.people.Session(hash) != nil {
		session.ID, session.IsNew = cookie.Value, false
	}
	return session, nil
}

// Save sends the cookie; a negative MaxAge in the options takes it away.
func (st *sessionStore) Save(_ *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	http.SetCookie(w, sessions.NewCookie(session.Name(), session.ID, session.Options))
	return nil
}

// give sends a browser the token of its session, for as long as that lasts; "" and less than nothing take it away.
func (st *sessionStore) give(c echo.Context, token string, lasts time.Duration) error {
	session, err := st.Get(c.Request(), st.cookie)
	if err != nil {
		return err
	}
	session.ID, session.Options.MaxAge = token, int(lasts/time.Second)
	return session.Save(c.Request(), c.Response())
}

// Token gives the hash of the token that a request carries, whatever it is worth.
func (st *sessionStore) Token(r *http.Request) (hash [32]byte, ok bool) {
	cookie, err := r.Cookie(st.cookie)
	if err != nil {
		return hash, false
	}
	return tokenHash(cookie.Value)
}

// Caller gives who a request's session belongs to; nil when there is none that counts at a moment. Every request and
// every look of a stream asks, so it reads the cookie and the live state alone.
func (st *sessionStore) Caller(r *http.Request, at time.Time) *caller {
	hash, ok := st.Token(r)
	if !ok {
		return nil
	}
	live := st.people.Session(hash)
	if live == nil || !live.Counts(st.Seen.Of(live.ID, live.SeenAt), at) {
		return nil
	}
	user := st.people.User(live.UserID)
	if user == nil || user.Disabled {
		return nil
	}
	return &caller{User: user, Session: live}
}

// tokenHash is what the database keeps of a session's token.
func tokenHash(token string) (hash [32]byte, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != 32 {
		return hash, false
	}
	return sha256.Sum256(raw), true
}

const csrfKey = "csrf"

// CSRFToken is the token that the forms of an answer carry, "" where nobody is signed in. It is another one in each answer:
// what repeats in a compressed page can be guessed from its length.
func (s *Base) CSRFToken(c echo.Context) string {
	if token, made := c.Get(csrfKey).(string); made {
		return token
	}
	who := CallerOf(c)
	if who == nil || who.Session == nil {
		return ""
	}
	token := s.CSRFTokenOf(who.Session.TokenHash)
	c.Set(csrfKey, token)
	return token
}

// CSRFTokenOf is a session's secret under a mask made for this once, behind the mask.
func (s *Base) CSRFTokenOf(session [sha256.Size]byte) string {
	token := make([]byte, 2*sha256.Size)
	mask := token[:sha256.Size]
	_, _ = rand.Read(mask) // never fails
	subtle.XORBytes(token[sha256.Size:], mask, s.csrfSecret(session))
	return base64.RawURLEncoding.EncodeToString(token)
}

// isCSRFToken reports whether a token is one of a session's.
func (s *Base) isCSRFToken(token string, session [sha256.Size]byte) bool {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != 2*sha256.Size {
		return false
	}
	secret := make([]byte, sha256.Size)
	subtle.XORBytes(secret, raw[:sha256.Size], raw[sha256.Size:])
	return subtle.ConstantTimeCompare(secret, s.csrfSecret(session)) == 1
}

// csrfSecret is keyed by the server's secret; nothing is stored.
func (s *Base) csrfSecret(session [sha256.Size]byte) []byte {
	mac := hmac.New(sha256.New, s.Secret)
	mac.Write([]byte("csrf\n"))
	mac.Write(session[:])
	return mac.Sum(nil)
}
