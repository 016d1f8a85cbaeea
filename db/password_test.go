package db

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestPasswordHash(t *testing.T) {
	t.Parallel()
	p := newPasswords()
	stored, err := p.hash(t.Context(), "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %q does not say 19 MiB, two passes, one lane", stored)
	}
	again, err := p.hash(t.Context(), "correct horse battery")
	if err != nil || again == stored {
		t.Errorf("two hashes of one password are %q and %q, %v: want two salts", stored, again, err)
	}
	for _, c := range []struct {
		name, stored, password string
		want                   bool
	}{
		{"right", stored, "correct horse battery", true},
		{"wrong", stored, "correct horse batterY", false},
		{"empty", stored, "", false},
		{"no password", "", "correct horse battery", false},
		{"no password, none given", "", "", false},
		{"made elsewhere, at another cost", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password", true},
	} {
		if got, err := p.match(t.Context(), c.stored, c.password, false); err != nil || got != c.want {
			t.Errorf("%s: match gives %v, %v", c.name, got, err)
		}
	}
}

func TestPasswordHashThatCannotBeRead(t *testing.T) {
	t.Parallel()
	p := newPasswords()
	for _, stored := range []string{
		"plain", "$2b$10$abcdef", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$a2V5", "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$a2V5",
		"$argon2id$v=19$m=64$c29tZXNhbHQ$a2V5", "$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$a2V5", "$argon2id$v=19$m=64,t=1,p=0$c29tZXNhbHQ$a2V5",
		"$argon2id$v=19$m=64,t=1,p=1$?$a2V5", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$?", "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$",
	} {
		if right, err := p.match(t.Context(), stored, "password", false); err == nil || right {
			t.Errorf("%q: match gives %v, %v: want an error", stored, right, err)
		}
	}
}

// A user who does not exist costs a hashing like any other: with both places taken, it waits for one too.
func TestHashingWaitsItsTurn(t *testing.T) {
	t.Parallel()
	p := newPasswords()
	p.queue.free = 0
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.hash(gone, "correct horse battery"); !errors.Is(err, context.Canceled) {
		t.Errorf("hash with no free place gives %v", err)
	}
	if _, err := p.match(gone, "", "correct horse battery", false); !errors.Is(err, context.Canceled) {
		t.Errorf("match for an unknown user with no free place gives %v", err)
	}
	p.queue.leave()
	if _, err := p.match(t.Context(), "", "correct horse battery", false); err != nil {
		t.Errorf("match with a free place gives %v", err)
	}
	if p.queue.free != 1 {
		t.Errorf("%d places are free, want 1", p.queue.free)
	}
}
