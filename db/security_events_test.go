package db_test

import (
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

func TestSecurityLog(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	ctx := t.Context()
	dana := addUser(t, d, "dana@example.com", features.NoStaff)
	startSession(t, d, db.SignIn{User: dana, IP: "192.0.2.1", UserAgent: "Browser/1"})
	token, _, err := d.CreatePasswordLink(ctx, dbtest.Actor(), dana)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.UsePasswordLink(ctx, features.Actor{IP: "192.0.2.2"}, token, password); err != nil {
		t.Fatal(err)
	}
	startSession(t, d, db.SignIn{User: dana, IP: "192.0.2.1"})
	sessions, err := d.ListSessions(ctx, dana)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.RevokeSession(ctx, dbtest.Actor(), dana, sessions[0].ID); err != nil {
		t.Fatal(err)
	}
	at := time.Now()
	err = d.LogSecurity(ctx, []features.SecurityEvent{
		{At: at, Event: features.SignInFailed, Email: "Dana@example.com", EmailHash: "h1", IP: "192.0.2.3", Count: 2},
		{At: at, Event: features.SignInFailed, Email: "my password by mistake", EmailHash: "h2", IP: "192.0.2.3", Count: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	list := func(f db.SecurityFilter) []features.SecurityEvent {
		t.Helper()
		found, err := d.SecurityEvents(ctx, f, 100)
		if n, countErr := d.CountSecurityEvents(ctx, f, 100); err != nil || countErr != nil || f.Before == 0 && n != len(found) {
			t.Fatalf("%d of %d, %v, %v", len(found), n, err, countErr)
		}
		return found
	}
	want := []features.SecurityEventKind{
		features.SignInFailed, features.SignInFailed, features.SessionEnded, features.SignedIn, features.PasswordChanged, features.LinkUsed,
		features.LinkCreated, features.SignedIn,
	}
	all := list(db.SecurityFilter{})
	for i, e := range all {
		if len(all) != len(want) || e.Event != want[i] {
			t.Fatalf("the log is %+v", all)
		}
	}
	if unknown := all[0]; unknown.Email != "" || unknown.UserID != 0 || unknown.EmailHash != "h2" {
		t.Errorf("what is nobody's e-mail is kept: %+v", unknown)
	}
	if known := all[1]; known.Email != "dana@example.com" || known.UserID != dana || known.Count != 2 {
		t.Errorf("a failure of a known e-mail is %+v", known)
	}
	if first := all[len(all)-1]; first.IP != "192.0.2.1" || first.UserAgent != "Browser/1" || first.Email != "dana@example.com" {
		t.Errorf("the first sign-in is %+v", first)
	}
	for name, c := range map[string]struct {
		filter db.SecurityFilter
		want   int
	}{
		"event":   {db.SecurityFilter{Event: features.SignedIn}, 2},
		"person":  {db.SecurityFilter{Person: "DANA@example.com"}, 7},
		"typed":   {db.SecurityFilter{Person: "nobody@example.com", EmailHash: "h2"}, 1},
		"actor":   {db.SecurityFilter{Person: dbtest.Actor().Name}, 2},
		"address": {db.SecurityFilter{IP: "192.0.2.3"}, 2},
		"older":   {db.SecurityFilter{Before: all[5].ID}, 2},
	} {
		if n := len(list(c.filter)); n != c.want {
			t.Errorf("%s leaves %d, want %d", name, n, c.want)
		}
	}
	if err := d.SweepSecurityEvents(ctx, at); err != nil || len(list(db.SecurityFilter{})) != len(want) {
		t.Errorf("a sweep today: %v", err)
	}
	if err := d.SweepSecurityEvents(ctx, at.AddDate(0, 0, 91)); err != nil || len(list(db.SecurityFilter{})) != 0 {
		t.Errorf("a sweep in 91 days: %v", err)
	}
}
