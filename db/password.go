package db

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"flagstone/features"
)

// The cost of hashing a password with argon2id: memory in KiB, passes, lanes, and the length of salt and key in bytes.
const (
	hashMemory = 19 * 1024
	hashPasses = 2
	hashLanes  = 1
	hashSalt   = 16
	hashKey    = 32
)

// passwords hashes and checks passwords, a few at a time.
type passwords struct{ queue *hashQueue }

func newPasswords() passwords { return passwords{queue: newHashQueue()} }

// hash returns what may be stored of a password, for somebody who is known. It fails when ctx ends before its turn comes
// or too many wait.
func (p passwords) hash(ctx context.Context, password string) (string, error) {
	h := passwordHash{memory: hashMemory, passes: hashPasses, lanes: hashLanes, salt: make([]byte, hashSalt), key: make([]byte, hashKey)}
	_, _ = rand.Read(h.salt) // it never fails
	key, err := p.derive(ctx, h, password, true)
	h.key = key
	return h.String(), err
}

// match reports whether a password is the one that was hashed. An empty hash, of a user who does not exist or has no
// password, takes as long as any other and never matches. Known is whether it is somebody's who has signed in before.
func (p passwords) match(ctx context.Context, stored, password string, known bool) (bool, error) {
	h := passwordHash{memory: hashMemory, passes: hashPasses, lanes: hashLanes, salt: make([]byte, hashSalt), key: make([]byte, hashKey)}
	if stored != "" {
		var err error
		if h, err = parsePasswordHash(stored); err != nil {
			return false, err
		}
	}
	key, err := p.derive(ctx, h, password, known)
	return err == nil && subtle.ConstantTimeCompare(key, h.key) == 1 && stored != "", err
}

func (p passwords) derive(ctx context.Context, h passwordHash, password string, known bool) ([]byte, error) {
	if err := p.queue.enter(ctx, known); err != nil {
		return nil, err
	}
	defer p.queue.leave()
	return argon2.IDKey([]byte(features.CanonicalPassword(password)), h.salt, h.passes, h.memory, h.lanes, uint32(len(h.key))), nil
}

// passwordHash is a hash with what it was made with, so that the cost can be raised later.
type passwordHash struct {
	memory, passes uint32
	lanes          uint8
	salt, key      []byte
}

// String writes a hash as a PHC string: $argon2id$v=19$m=19456,t=2,p=1$salt$key.
func (h passwordHash) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.passes, h.lanes,
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.key))
}

func parsePasswordHash(text string) (h passwordHash, err error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, fmt.Errorf("a stored password hash is not argon2id, version %d", argon2.Version)
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.lanes); err != nil {
		return h, fmt.Errorf("the cost of a stored password hash: %w", err)
	}
	if h.passes == 0 || h.lanes == 0 {
		return h, fmt.Errorf("the cost of a stored password hash is %s", parts[3])
	}
	if h.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return h, fmt.Errorf("the salt of a stored password hash: %w", err)
	}
	if h.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(h.key) == 0 {
		return h, fmt.Errorf("the key of a stored password hash is not readable")
	}
	return h, nil
}
