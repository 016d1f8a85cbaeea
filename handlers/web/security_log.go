package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
)

// maxPending is how many events wait in memory to be written; more are counted only.
const maxPending = 1000

// securityLog keeps events in memory until they are written together, so that no sign-in waits for them. Of events that
// repeat, the number is kept.
type securityLog struct {
	mu      sync.Mutex
	pending []features.SecurityEvent
	index   map[securityKey]int
	lost    int
}

// securityKey is what makes events the same.
type securityKey struct {
	event                features.SecurityEventKind
	user                 int64
	emailHash, actor, ip string
}

// add has an event written, or counted with one like it.
func (l *securityLog) add(e features.SecurityEvent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := securityKey{e.Event, e.UserID, e.EmailHash, e.Actor, e.IP}
	if i, there := l.index[key]; there {
		l.pending[i].At = e.At
		l.pending[i].Count += e.Count
		return
	}
	if len(l.pending) >= maxPending {
		l.lost += e.Count
		return
	}
	if l.index == nil {
		l.index = make(map[securityKey]int)
	}
	l.index[key] = len(l.pending)
	l.pending = append(l.pending, e)
}

// take returns the events to be written and how many were left out, and forgets both.
func (l *securityLog) take() (events []features.SecurityEvent, lost int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	events, lost = l.pending, l.lost
	l.pending, l.index, l.lost = nil, nil, 0
	return events, lost
}

// NoteSecurity has an event of the caller's written soon.
func (s *Base) NoteSecurity(c echo.Context, e features.SecurityEvent) {
	by := Actor(c)
	e.At, e.Count, e.Actor, e.IP, e.UserAgent = time.Now(), 1, by.Name, by.IP, by.UserAgent
	if e.UserID == 0 && e.Email == "" {
		e.UserID = by.UserID
	}
	s.securityLog.add(e)
}

// NoteTry notes a try to sign in that came to nothing. Of many that are not heard, from where is enough.
func (s *Base) NoteTry(c echo.Context, event features.SecurityEventKind, try attempt) {
	e := features.SecurityEvent{Event: event}
	if event == features.SignInFailed {
		e.Email, e.EmailHash = try.email, s.EmailHash(try.email)
	}
	s.NoteSecurity(c, e)
}

// NoteRefusal notes a request that the caller may not make, and one with a key that opens nothing.
func (s *Base) NoteRefusal(c echo.Context, status int) {
	detail := c.Request().Method + " " + c.Path()
	switch {
	case status == http.StatusForbidden && CallerOf(c) != nil:
		s.NoteSecurity(c, features.SecurityEvent{Event: features.Refused, Detail: detail})
	case status == http.StatusUnauthorized && keyOf(c.Request()) != "":
		s.NoteSecurity(c, features.SecurityEvent{Event: features.KeyRefused, Detail: detail})
	}
}

// EmailHash is what the log keeps of an e-mail that was typed, which may be a password typed in the wrong field.
func (s *Base) EmailHash(email string) string {
	mac := hmac.New(sha256.New, s.Secret)
	mac.Write([]byte("e-mail\n" + strings.ToLower(strings.TrimSpace(email))))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// KeepSecurityLog writes the events that wait.
func (s *Base) KeepSecurityLog(ctx context.Context) error {
	events, lost := s.securityLog.take()
	if err := s.DB.LogSecurity(ctx, events); err != nil {
		for _, e := range events {
			s.securityLog.add(e)
		}
		return err
	}
	if lost > 0 {
		s.Log.Warn("events left out of the security log, as too many came at once", "events", lost)
	}
	return nil
}
