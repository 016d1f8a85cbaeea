package db

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"flagstone/features"
)

// CreatePasswordLink makes a link by which a user chooses a password, once, and returns its token, which is kept nowhere:
// an invitation for someone who has no password, else a reset. The user's link made before ends. It refuses an editor for
// somebody on the staff, and anybody for a disabled user.
func (d *DB) CreatePasswordLink(ctx context.Context, by features.Actor, user int64) (token string, link features.PasswordLink, err error) {
	token, hash := newToken()
	_, err = d.write(ctx, by, func(t *tx) error {
		who, err := t.user(user)
		if err != nil {
			return err
		}
		if err := t.checkManages(who); err != nil {
			return err
		}
		if who.Disabled {
			return &features.Error{Kind: features.Conflict, Message: who.Name + " is disabled. Enable them first."}
		}
		var invited bool
		if err := t.row(`SELECT password_hash = '' FROM users WHERE id = ?1`, user).Scan(&invited); err != nil {
			return err
		}
		link = features.NewPasswordLink(invited, t.at)
		return t.insertPasswordLink(who, link, hash)
	})
	return token, link, err
}

func (t *tx) insertPasswordLink(who *features.User, link features.PasswordLink, hash [32]byte) error {
	if err := t.begin(changeSet{action: "user." + string(link.Purpose), summary: "Created " + link.Purpose.Noun() + " for " + who.Name}); err != nil {
		return err
	}
	if err := t.logSecurity(features.SecurityEvent{Event: features.LinkCreated, UserID: who.ID, Detail: string(link.Purpose)}); err != nil {
		return err
	}
	_, err := t.exec(`
		INSERT INTO password_links (user_id, token_hash, purpose, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
		ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash, purpose = excluded.purpose,
			created_at = excluded.created_at, expires_at = excluded.expires_at`,
		who.ID, hash[:], link.Purpose, t.at.UnixMilli(), link.ExpiresAt.UnixMilli())
	if err != nil {
		return err
	}
	return t.record(entry{entity: "password_link", id: who.ID, name: who.Name, action: "create", new: map[string]any{
		"purpose": link.Purpose, "expires_at": link.ExpiresAt.UnixMilli(),
	}})
}

// PasswordLinkUser returns the user whose link has a token, or refuses with NotFound one that no longer works: it has
// been used, has expired, or another was made, or the user was disabled or got another e-mail or role.
func (d *DB) PasswordLinkUser(ctx context.Context, token string) (*features.User, error) {
	return linkedUser(ctx, d.reader, token, time.Now())
}

func linkedUser(ctx context.Context, q querier, token string, at time.Time) (*features.User, error) {
	hash := tokenHash(token)
	found, err := collect(ctx, q, scanUser, selectUsers+`
		WHERE disabled = 0 AND id = (SELECT user_id FROM password_links WHERE token_hash = ?1 AND expires_at > ?2)`, hash[:], at.UnixMilli())
	if err == nil && len(found) == 0 {
		return nil, &features.Error{Kind: features.NotFound, Message: "This link no longer works. Ask for another."}
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// UsePasswordLink sets the password that a link's user has chosen and returns the user. The link and the user's sessions
// end. It refuses as PasswordLinkUser does, and a password that is too easy to guess. By is made the user: nobody else
// has the link.
func (d *DB) UsePasswordLink(ctx context.Context, by features.Actor, token, password string) (*features.User, error) {
	user, err := d.PasswordLinkUser(ctx, token)
	if err != nil {
		return nil, err
	}
	hash, err := d.hashNew(ctx, user, password)
	if err != nil {
		return nil, err
	}
	by.Kind, by.UserID, by.Name = features.ByUser, user.ID, user.Name
	_, err = d.write(ctx, by, func(t *tx) error {
		if _, err := linkedUser(ctx, t, token, t.at); err != nil {
			return err
		}
		if err := t.logSecurity(features.SecurityEvent{Event: features.LinkUsed, UserID: user.ID}); err != nil {
			return err
		}
		return t.setPassword(user.ID, hash, 0)
	})
	return user, err
}

// newToken returns a secret for an address or a cookie, 32 random bytes as base64url, and the hash that is kept of it.
func newToken() (token string, hash [32]byte) {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // it never fails
	token = base64.RawURLEncoding.EncodeToString(secret)
	return token, tokenHash(token)
}

func tokenHash(token string) [32]byte { return sha256.Sum256([]byte(token)) }
