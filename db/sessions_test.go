package db_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"os"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// startSession starts a session and gives the hash of its token.
func startSession(t *testing.T, d *db.DB, s db.SignIn) [32]byte {
	t.Helper()
	token, err := d.StartSession(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(secret) != 32 {
		t.Fatalf("the token %q is not 32 bytes: %v", token, err)
	}
	return sha256.Sum256(secret)
}

func TestStartSession(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	user := addUser(t, d, "dana@example.com", features.Viewer)
	token, err := d.StartSession(t.Context(), db.SignIn{User: user, IP: "192.0.2.1", UserAgent: "Browser"})
	if err != nil {
		t.Fatal(err)
	}
	secret, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256(secret)
	session := d.Live().People().Session(hash)
	if session == nil || session.UserID != user || session.IP != "192.0.2.1" || session.UserAgent != "Browser" ||
		session.ExpiresAt.Sub(session.CreatedAt) != features.SessionLifetime {
		t.Fatalf("the live session is %+v", session)
	}
	for _, file := range []string{d.Path(), d.Path() + "-wal"} {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(token)) || bytes.Contains(content, secret) {
			t.Errorf("the token itself is in %s", file)
		}
	}
	next := startSession(t, d, db.SignIn{User: user, Replaces: &hash})
	if d.Live().People().Session(hash) != nil || d.Live().People().Session(next) == nil {
		t.Error("want the replaced session gone and the new one there")
	}
	_, err = d.StartSession(t.Context(), db.SignIn{User: 99})
	refused(t, "a session of nobody", err, features.Unauthenticated, "")
}

func TestSessionsOfOneUserAreLimited(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	user, other := addUser(t, d, "dana@example.com", features.Viewer), addUser(t, d, "eli@example.com", features.Viewer)
	others := startSession(t, d, db.SignIn{User: other})
	hashes := make([][32]byte, 102)
	for i := range hashes {
		hashes[i] = startSession(t, d, db.SignIn{User: user})
		if i == 99 { // all have begun within the same moment or after: the first is used last
			first := d.Live().People().Session(hashes[0])
			if err := d.TouchSessions(t.Context(), map[int64]time.Time{first.ID: time.Now().Add(time.Hour)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, hash := range hashes {
		if ended := d.Live().People().Session(hash) == nil; ended != (i == 1 || i == 2) {
			t.Errorf("session %d of 102 has ended: %t", i+1, ended)
		}
	}
	if d.Live().People().Session(others) == nil {
		t.Error("the session of another user has ended")
	}
}

func TestEndSessions(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	user, other := addUser(t, d, "dana@example.com", features.Viewer), addUser(t, d, "bert@example.com", features.NoStaff)
	hashes := make([][32]byte, 4)
	for i := range hashes {
		hashes[i] = startSession(t, d, db.SignIn{User: user})
	}
	others := startSession(t, d, db.SignIn{User: other})
	id := func(hash [32]byte) int64 { return d.Live().People().Session(hash).ID }

	if err := d.EndSession(t.Context(), hashes[0]); err != nil {
		t.Fatal(err)
	}
	if err := d.EndSession(t.Context(), hashes[0]); err != nil {
		t.Errorf("ending an ended session: %v", err)
	}
	refused(t, "another's session", d.RevokeSession(t.Context(), dbtest.Actor(), user, id(others)), features.NotFound, "")
	refused(t, "nobody's session", d.RevokeSession(t.Context(), dbtest.Actor(), 99, id(others)), features.NotFound, "")
	if err := d.RevokeSession(t.Context(), features.Actor{Kind: features.ByUser, UserID: user}, user, id(hashes[1])); err != nil {
		t.Fatal(err)
	}
	if err := d.EndOtherSessions(t.Context(), user, id(hashes[3])); err != nil {
		t.Fatal(err)
	}
	left, err := d.ListSessions(t.Context(), user)
	if err != nil || len(left) != 1 || left[0].TokenHash != hashes[3] {
		t.Errorf("left are %+v, %v", left, err)
	}
	for i, hash := range hashes[:3] {
		if d.Live().People().Session(hash) != nil {
			t.Errorf("session %d is alive", i)
		}
	}
	staff, err := d.ListStaffSessions(t.Context())
	if err != nil || len(staff) != 1 || staff[0].UserID != user {
		t.Errorf("staff sessions are %+v, %v", staff, err)
	}
	if d.Live().People().Session(others) == nil {
		t.Error("another user's session ended")
	}
}

func TestSignedInFrom(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	startSession(t, d, db.SignIn{User: addUser(t, d, "dana@example.com", features.Viewer), IP: "192.0.2.1"})
	addUser(t, d, "bert@example.com", features.Viewer)
	for _, c := range []struct {
		email, ip string
		want      bool
	}{
		{"Dana@example.com", "192.0.2.1", true},
		{"dana@example.com", "192.0.2.2", false},
		{"bert@example.com", "192.0.2.1", false},
		{"nobody@example.com", "192.0.2.1", false},
	} {
		if got, err := d.SignedInFrom(t.Context(), c.email, c.ip); err != nil || got != c.want {
			t.Errorf("%s from %s: %v, %v", c.email, c.ip, got, err)
		}
	}
}

func TestTouchAndSweepSessions(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	user := addUser(t, d, "dana@example.com", features.Viewer)
	idle, used := startSession(t, d, db.SignIn{User: user}), startSession(t, d, db.SignIn{User: user})
	session := d.Live().People().Session(used)
	later := session.CreatedAt.Add(23 * time.Hour)
	if err := d.TouchSessions(t.Context(), map[int64]time.Time{session.ID: later, 99: later}); err != nil {
		t.Fatal(err)
	}
	if err := d.TouchSessions(t.Context(), map[int64]time.Time{session.ID: session.CreatedAt}); err != nil {
		t.Fatal(err)
	}
	if err := d.TouchSessions(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	list, err := d.ListSessions(t.Context(), user)
	if err != nil || len(list) != 2 || list[0].ID != session.ID || !list[0].SeenAt.Equal(later) {
		t.Fatalf("sessions are %+v, %v: want the latest use kept, and first", list, err)
	}
	sweep := func(at time.Time, want int) {
		t.Helper()
		if removed, err := d.SweepSessions(t.Context(), at); err != nil || removed != want {
			t.Errorf("the sweep removed %d, %v: want %d", removed, err, want)
		}
	}
	sweep(session.CreatedAt.Add(time.Hour), 0)
	sweep(session.CreatedAt.Add(features.SessionIdle+time.Minute), 1)
	if d.Live().People().Session(idle) != nil || d.Live().People().Session(used) == nil {
		t.Error("want the idle session gone and the used one kept")
	}
	expired := session.ExpiresAt
	if err := d.TouchSessions(t.Context(), map[int64]time.Time{session.ID: expired}); err != nil {
		t.Fatal(err)
	}
	sweep(expired.Add(-time.Millisecond), 0)
	sweep(expired, 1)
}
