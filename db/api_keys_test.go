package db_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"os"
	"strings"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// addKey makes a key and gives its secret and what the live state knows of it.
func addKey(t *testing.T, d *db.DB, draft features.KeyDraft) (secret string, key *features.APIKey) {
	t.Helper()
	secret, revision, err := d.AddAPIKey(t.Context(), dbtest.Actor(), draft)
	if err != nil || revision == 0 {
		t.Fatalf("a new key gives revision %d, %v", revision, err)
	}
	if key = d.Live().People().Key(sha256.Sum256([]byte(secret))); key == nil {
		t.Fatal("the live state does not know the new key")
	}
	return secret, key
}

func TestAddAPIKey(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
	secret, key := addKey(t, d, features.KeyDraft{Name: " CI ", Scope: features.ScopeRead, ExpiresAt: until})
	random, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(secret, "fsk_"))
	if err != nil || len(random) != 32 || !strings.HasPrefix(secret, "fsk_") {
		t.Errorf("the key is %q, %v: want fsk_ and 32 bytes", secret, err)
	}
	if key.Name != "CI" || key.Scope != features.ScopeRead || key.Hint != secret[len(secret)-4:] || key.CreatedBy != dbtest.Actor().Name ||
		!key.ExpiresAt.Equal(until) || !key.RevokedAt.IsZero() || !key.UsedAt.IsZero() || d.Live().People().KeyState(key, time.Now()) != features.KeyActive || d.Live().People().KeyState(key, until) == features.KeyActive {
		t.Errorf("the key is %+v", key)
	}
	for _, file := range []string{d.Path(), d.Path() + "-wal"} {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(secret)) || bytes.Contains(content, random) {
			t.Errorf("the key itself is in %s", file)
		}
	}
	_, forever := addKey(t, d, features.KeyDraft{Name: "Forever", Scope: features.ScopeEvaluate})
	if !forever.ExpiresAt.IsZero() || d.Live().People().KeyState(forever, time.Now().AddDate(50, 0, 0)) != features.KeyActive {
		t.Errorf("a key without an end is %+v", forever)
	}
	_, _, err = d.AddAPIKey(t.Context(), dbtest.Actor(), features.KeyDraft{Name: "CI", Scope: features.ScopeRead})
	refused(t, "a name that is taken", err, features.Invalid, "name")
	_, _, err = d.AddAPIKey(t.Context(), dbtest.Actor(), features.KeyDraft{Name: "Other", Scope: "root"})
	refused(t, "an unknown scope", err, features.Invalid, "scope")
}

func TestRevokeAPIKey(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	_, key := addKey(t, d, features.KeyDraft{Name: "CI", Scope: features.ScopeRead})
	_, numbered := addKey(t, d, features.KeyDraft{Name: "1", Scope: features.ScopeRead}) // named like the other's number
	revision, err := d.RevokeAPIKey(t.Context(), dbtest.Actor(), key.ID)
	if err != nil || revision == 0 {
		t.Fatalf("revoking gives %d, %v", revision, err)
	}
	if live := d.Live().People(); live.KeyState(live.Key(key.Hash), time.Now()) == features.KeyActive || live.KeyState(live.Key(numbered.Hash), time.Now()) != features.KeyActive {
		t.Error("want the first key dead at once, and the other alive")
	}
	if again, err := d.RevokeAPIKey(t.Context(), dbtest.Actor(), key.ID); err != nil || again != 0 {
		t.Errorf("revoking once more gives %d, %v", again, err)
	}
	_, err = d.RevokeAPIKey(t.Context(), dbtest.Actor(), 99)
	refused(t, "no such key", err, features.NotFound, "")
	_, second := addKey(t, d, features.KeyDraft{Name: "CI", Scope: features.ScopeAdmin}) // the name is free again
	for name, want := range map[string]int64{"CI": second.ID, "1": numbered.ID, "3": second.ID} {
		if found, err := d.FindAPIKey(t.Context(), name); err != nil || found.ID != want {
			t.Errorf("%q is %+v, %v: want number %d", name, found, err, want)
		}
	}
	_, err = d.FindAPIKey(t.Context(), "nobody")
	refused(t, "a name that no key has", err, features.NotFound, "")
	if found, err := d.APIKey(t.Context(), 1); err != nil || found.ID != key.ID {
		t.Errorf("number 1 is %+v, %v", found, err)
	}
	keys, err := d.ListAPIKeys(t.Context())
	if err != nil || len(keys) != 3 || keys[0] == nil || keys[0].ID != numbered.ID || keys[1].ID != second.ID || keys[2].ID != key.ID {
		t.Errorf("the keys are %+v, %v: want the revoked one last", keys, err)
	}
}

func TestTouchAPIKeys(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	_, key := addKey(t, d, features.KeyDraft{Name: "CI", Scope: features.ScopeRead})
	_, unused := addKey(t, d, features.KeyDraft{Name: "Unused", Scope: features.ScopeRead})
	latest, position := time.UnixMilli(1_800_000_000_000).UTC(), d.Live().Position()
	for _, at := range []time.Time{latest, latest.Add(-time.Hour)} {
		if err := d.TouchAPIKeys(t.Context(), map[int64]time.Time{key.ID: at}); err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[int64]time.Time{key.ID: latest, unused.ID: {}} {
		keys, err := d.ListAPIKeys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			if k.ID == id && !k.UsedAt.Equal(want) {
				t.Errorf("%s was last used %v, want %v", k.Name, k.UsedAt, want)
			}
		}
	}
	if d.Live().Position() != position {
		t.Error("that a key was used is told in the feed")
	}
}

func TestUndoOfKeys(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	_, key := addKey(t, s.DB, features.KeyDraft{Name: "CI", Scope: features.ScopeRead})
	created := s.newest(t, nil)
	revoked, err := s.RevokeAPIKey(t.Context(), dbtest.Actor(), key.ID)
	sure(t, revoked, err)
	const dead = "a revoked or removed API key cannot be restored: create another"
	s.leftAs(t, revoked, "CI", dead)
	s.leftAs(t, created, "CI", "changed since")
	_, second := addKey(t, s.DB, features.KeyDraft{Name: "Mistake", Scope: features.ScopeRead})
	_, removed := s.undo(t, s.newest(t, nil))
	if s.Live().People().Key(second.Hash) != nil {
		t.Error("a key whose making was undone still counts")
	}
	s.leftAs(t, removed, "Mistake", dead)
}

// Keys are the admins' alone: so is undoing what was done to them.
func TestOnlyAdminsUndoKeys(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	_, key := addKey(t, s.DB, features.KeyDraft{Name: "CI", Scope: features.ScopeRead})
	created := s.newest(t, nil)
	editor := features.Actor{Kind: features.ByUser, UserID: s.person(t, features.UserDraft{Email: "ed@example.com", Name: "Ed", StaffRole: features.Editor}), Name: "Ed"}
	_, _, err := s.Undo(t.Context(), editor, created, "")
	refused(t, "an editor", err, features.Forbidden, "")
	_, _, err = s.Undo(t.Context(), features.Actor{Kind: features.ByKey, Name: "Other key"}, created, "")
	refused(t, "another key", err, features.Forbidden, "")
	s.undo(t, created)
	if s.Live().People().Key(key.Hash) != nil {
		t.Error("the key still counts")
	}
}
