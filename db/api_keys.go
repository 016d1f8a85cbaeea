package db

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"fmt"
	"time"

	"flagstone/features"
)

// hintLength is how many characters of a key lists show, so that people can tell keys apart.
const hintLength = 4

// AddAPIKey makes a key and gives it, this once: fsk_ and 32 random bytes as base64url, of which only the SHA-256 is
// kept. It refuses, field by field, what breaks a rule and the name of a key that has not been revoked.
func (d *DB) AddAPIKey(ctx context.Context, by features.Actor, draft features.KeyDraft) (secret string, revision int64, err error) {
	draft = draft.Normalize()
	if err := draft.Validate(time.Now()); err != nil {
		return "", 0, err
	}
	random := make([]byte, 32)
	_, _ = rand.Read(random) // it never fails
	secret = features.KeyPrefix + base64.RawURLEncoding.EncodeToString(random)
	revision, err = d.write(ctx, by, func(t *tx) error { return t.addAPIKey(draft, secret) })
	return secret, revision, err
}

func (t *tx) addAPIKey(draft features.KeyDraft, secret string) error {
	if err := t.checkKeyName(draft.Name); err != nil {
		return err
	}
	summary := fmt.Sprintf("Created API key %s with the scope %s", draft.Name, draft.Scope)
	if err := t.begin(changeSet{action: "key.create", summary: summary}); err != nil {
		return err
	}
	hash, hint := sha256.Sum256([]byte(secret)), secret[len(secret)-hintLength:]
	result, err := t.exec(`
		INSERT INTO api_keys (name, key_hash, hint, scope, created_at, created_by, creator_id, expires_at, revision)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, nullif(?7, 0), ?8, ?9)`,
		draft.Name, hash[:], hint, draft.Scope, t.at.UnixMilli(), t.by.Name, t.by.UserID, millisOrNull(draft.ExpiresAt), t.revision)
	if err != nil {
		return err
	}
	id, err := result.LastInsertId()
	if err != nil {
		return err
	}
	return t.record(entry{entity: "key", id: id, name: draft.Name, action: "create", new: map[string]any{
		"name": draft.Name, "scope": draft.Scope, "hint": hint, "expires_at": millisOrNull(draft.ExpiresAt),
	}})
}

// checkKeyName refuses the name of a key that may still be in use: people tell keys apart by it.
func (t *tx) checkKeyName(name string) error {
	var taken bool
	err := t.row(`SELECT EXISTS (SELECT 1 FROM api_keys WHERE name = ?1 AND revoked_at IS NULL)`, name).Scan(&taken)
	if err != nil || !taken {
		return err
	}
	return features.Problems{{
		Kind: features.Invalid, Field: "name",
		Message: fmt.Sprintf("An API key named %s already exists. Choose another name, or revoke that key first.", name),
	}}
}

// RevokeAPIKey ends a key at once and for good, and gives the revision, 0 when it had been revoked already.
func (d *DB) RevokeAPIKey(ctx context.Context, by features.Actor, id int64) (int64, error) {
	r, err := d.Apply(ctx, by, &RevokeAPIKey{ID: id})
	return r.Revision, err
}

// RevokeAPIKey asks for a key to end.
type RevokeAPIKey struct {
	ChangeOptions
	ID int64
}

// Kind is "key_revoke".
func (*RevokeAPIKey) Kind() string { return "key_revoke" }

func (c *RevokeAPIKey) apply(t *tx, _ *Result) error {
	key, err := apiKey(t.ctx, t, c.ID)
	if err != nil || !key.RevokedAt.IsZero() {
		return err
	}
	if err := t.begin(changeSet{action: "key.revoke", summary: "Revoked API key " + key.Name}); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE api_keys SET revoked_at = ?2, revision = ?3 WHERE id = ?1`, c.ID, t.at.UnixMilli(), t.revision); err != nil {
		return err
	}
	return t.record(entry{
		entity: "key", id: c.ID, name: key.Name, action: "update",
		old: map[string]any{"revoked_at": nil}, new: map[string]any{"revoked_at": t.at.UnixMilli()},
	})
}

const selectAPIKeys = `
	SELECT id, name, key_hash, hint, scope, created_at, created_by, coalesce(creator_id, 0), coalesce(expires_at, 0), coalesce(revoked_at, 0),
	       coalesce(used_at, 0), revision
	FROM api_keys`

func scanAPIKey(rows *sql.Rows) (*features.APIKey, error) {
	var k features.APIKey
	var hash []byte
	var created, expires, revoked, used int64
	err := rows.Scan(&k.ID, &k.Name, &hash, &k.Hint, &k.Scope, &created, &k.CreatedBy, &k.CreatorID, &expires, &revoked, &used, &k.Revision)
	copy(k.Hash[:], hash)
	k.CreatedAt = fromMillis(created)
	for _, moment := range []struct {
		into *time.Time
		ms   int64
	}{{&k.ExpiresAt, expires}, {&k.RevokedAt, revoked}, {&k.UsedAt, used}} {
		if moment.ms != 0 {
			*moment.into = fromMillis(moment.ms)
		}
	}
	return &k, err
}

// ListAPIKeys gives every key, those that were revoked last, by name.
func (d *DB) ListAPIKeys(ctx context.Context) ([]*features.APIKey, error) {
	return collect(ctx, d.reader, scanAPIKey, selectAPIKeys+` ORDER BY revoked_at IS NOT NULL, name COLLATE NOCASE, id`)
}

// APIKey finds a key by its number, or refuses with NotFound.
func (d *DB) APIKey(ctx context.Context, id int64) (*features.APIKey, error) {
	return apiKey(ctx, d.reader, id)
}

func apiKey(ctx context.Context, q querier, id int64) (*features.APIKey, error) {
	return oneAPIKey(ctx, q, "There is no such API key.", `id = ?1`, id)
}

// FindAPIKey finds a key by its name or its number, one that has not been revoked before one that has. It refuses with
// NotFound.
func (d *DB) FindAPIKey(ctx context.Context, nameOrID string) (*features.APIKey, error) {
	return oneAPIKey(ctx, d.reader, fmt.Sprintf("There is no API key named or numbered %s.", nameOrID),
		`name = ?1 OR CAST(id AS TEXT) = ?1 ORDER BY revoked_at IS NOT NULL, name <> ?1, id DESC LIMIT 1`, nameOrID)
}

func oneAPIKey(ctx context.Context, q querier, missing, which string, arg any) (*features.APIKey, error) {
	found, err := collect(ctx, q, scanAPIKey, selectAPIKeys+` WHERE `+which, arg)
	if err == nil && len(found) == 0 {
		return nil, &features.Error{Kind: features.NotFound, Message: missing}
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// TouchAPIKeys writes when keys were last used, by their number, in one statement.
func (d *DB) TouchAPIKeys(ctx context.Context, used map[int64]time.Time) error {
	return d.touch(ctx, "api_keys", "used_at", used)
}
