package web

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// newBase returns what the surfaces share over an empty database.
func newBase(t *testing.T) *Base {
	t.Helper()
	return NewBase(Config{DB: dbtest.Open(t), Secret: make([]byte, 32), Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
}

// signIn adds a member of the staff and returns a session of theirs, with a request of it.
func (s *Base) signIn(t *testing.T, email string) (*features.Session, *http.Request) {
	t.Helper()
	id, err := s.DB.CreateUser(t.Context(), dbtest.Actor(), features.UserDraft{Email: email, Name: email, StaffRole: features.Viewer}, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.DB.StartSession(t.Context(), db.SignIn{User: id})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.AddCookie(&http.Cookie{Name: s.Store.cookie, Value: token})
	hash, ok := s.Store.Token(r)
	if !ok {
		t.Fatal("not a token: " + token)
	}
	return s.Live.People().Session(hash), r
}

func TestSessionExpiry(t *testing.T) {
	t.Parallel()
	s := newBase(t)
	session, request := s.signIn(t, "viewer@example.com")
	counts := func(at time.Time) bool { return s.Store.Caller(request, at) != nil }

	idle := session.SeenAt.Add(features.SessionIdle)
	if !counts(idle.Add(-time.Millisecond)) || counts(idle) {
		t.Error("want a session to count until it has been idle for a day")
	}
	s.Store.Seen.touch(session.ID, session.TokenHash, session.ExpiresAt.Add(-time.Hour))
	if !counts(idle) || !counts(session.ExpiresAt.Add(-time.Millisecond)) || counts(session.ExpiresAt) {
		t.Error("want a session in use to count until its end, and no longer")
	}
}

func TestLastSeenIsWrittenInBatches(t *testing.T) {
	t.Parallel()
	s := newBase(t)
	session, _ := s.signIn(t, "viewer@example.com")
	ended, _ := s.signIn(t, "editor@example.com")
	later := session.SeenAt.Add(time.Hour)
	s.Store.Seen.touch(session.ID, session.TokenHash, later)
	s.Store.Seen.touch(ended.ID, ended.TokenHash, later)
	if err := s.DB.EndSession(t.Context(), ended.TokenHash); err != nil {
		t.Fatal(err)
	}
	stored := func() time.Time {
		sessions, err := s.DB.ListSessions(t.Context(), session.UserID)
		if err != nil || len(sessions) != 1 {
			t.Fatal(sessions, err)
		}
		return sessions[0].SeenAt
	}
	if !stored().Equal(session.SeenAt) {
		t.Error("a use was written at once")
	}
	there := func(hash [32]byte) bool { return s.Live.People().Session(hash) != nil }
	news := s.Store.Seen.news(there)
	if len(news) != 1 || !news[session.ID].Equal(later) {
		t.Errorf("the news are %v: want the live session alone", news)
	}
	if err := s.KeepSessions(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !stored().Equal(later) {
		t.Errorf("stored is %v, want %v", stored(), later)
	}
	if news := s.Store.Seen.news(there); len(news) != 0 {
		t.Errorf("what is written is news again: %v", news)
	}
}
