package db

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"

	"flagstone/features"
)

// SignIn is what a new session is made from.
type SignIn struct {
	User          int64
	Replaces      *[32]byte // the hash of the token that the browser held until now; nil when it held none
	IP, UserAgent string
}

// maxSessions is how many sessions one user may have. Who signs in over and over fills neither the database nor, with
// the streams that each session may open, the memory.
const maxSessions = 100

// StartSession starts a session and gives its token: 32 random bytes as base64url, of which only the SHA-256 is kept.
// The session that it replaces ends, so that a token known before sign-in is worth nothing after, and of a user who has
// 100 already, the one not used for longest. It refuses a user who has been disabled meanwhile. Signing in and out are
// no change sets.
func (d *DB) StartSession(ctx context.Context, s SignIn) (token string, err error) {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // it never fails
	hash := sha256.Sum256(secret)
	_, err = d.write(ctx, features.Actor{Kind: features.BySystem, IP: s.IP, UserAgent: s.UserAgent}, func(t *tx) error {
		if s.Replaces != nil {
			if _, err := t.exec(`DELETE FROM sessions WHERE token_hash = ?1`, s.Replaces[:]); err != nil {
				return err
			}
		}
		result, err := t.exec(`
			INSERT INTO sessions (token_hash, user_id, created_at, seen_at, expires_at, ip, user_agent)
			SELECT ?1, id, ?3, ?3, ?4, ?5, ?6 FROM users WHERE id = ?2 AND disabled = 0`,
			hash[:], s.User, t.at.UnixMilli(), t.at.Add(features.SessionLifetime).UnixMilli(), s.IP, s.UserAgent)
		if err != nil {
			return err
		}
		if started, err := result.RowsAffected(); err != nil || started == 0 {
			return wrongSignIn()
		}
		if err := t.logSecurity(features.SecurityEvent{Event: features.SignedIn, UserID: s.User}); err != nil {
			return err
		}
		_, err = t.exec(`
			DELETE FROM sessions WHERE id IN (
				SELECT id FROM sessions WHERE user_id = ?1 ORDER BY seen_at DESC, id DESC LIMIT -1 OFFSET ?2)`, s.User, maxSessions)
		return err
	})
	return base64.RawURLEncoding.EncodeToString(secret), err
}

// EndSession ends the session whose token has this hash, if there is one.
func (d *DB) EndSession(ctx context.Context, hash [32]byte) error {
	_, err := d.write(ctx, features.System(), func(t *tx) error {
		_, err := t.exec(`DELETE FROM sessions WHERE token_hash = ?1`, hash[:])
		return err
	})
	return err
}

// RevokeSession ends one session of a user, or refuses with NotFound. When it is someone else's, the audit log says so.
func (d *DB) RevokeSession(ctx context.Context, by features.Actor, user, session int64) error {
	_, err := d.write(ctx, by, func(t *tx) error {
		who, err := t.user(user)
		if err != nil {
			return err
		}
		result, err := t.exec(`DELETE FROM sessions WHERE id = ?1 AND user_id = ?2`, session, user)
		if err != nil {
			return err
		}
		if ended, err := result.RowsAffected(); err != nil || ended == 0 {
			return &features.Error{Kind: features.NotFound, Message: "This session has ended already."}
		}
		if err := t.logSecurity(features.SecurityEvent{Event: features.SessionEnded, UserID: user}); err != nil || by.UserID == user {
			return err
		}
		if err := t.begin(changeSet{action: "session.revoke", summary: "Ended a session of " + who.Name}); err != nil {
			return err
		}
		return t.record(entry{entity: "session", id: session, name: who.Name, action: "delete", old: map[string]any{"email": who.Email}})
	})
	return err
}

// EndOtherSessions ends every session of a user but the one numbered keep.
func (d *DB) EndOtherSessions(ctx context.Context, user, keep int64) error {
	_, err := d.write(ctx, features.System(), func(t *tx) error { return t.endSessions(user, keep) })
	return err
}

func (t *tx) endSessions(user, keep int64) error {
	_, err := t.exec(`DELETE FROM sessions WHERE user_id = ?1 AND id <> ?2`, user, keep)
	return err
}

// ListSessions gives a user's sessions, the latest used first.
func (d *DB) ListSessions(ctx context.Context, user int64) ([]*features.Session, error) {
	return collect(ctx, d.reader, scanSession, selectSessions+` WHERE user_id = ?1 ORDER BY seen_at DESC, id DESC`, user)
}

// ListStaffSessions gives the sessions of everyone with a staff role, the latest used first.
func (d *DB) ListStaffSessions(ctx context.Context) ([]*features.Session, error) {
	return collect(ctx, d.reader, scanSession, selectSessions+`
		WHERE user_id IN (SELECT id FROM users WHERE staff_role IS NOT NULL) ORDER BY seen_at DESC, id DESC`)
}

// SignedInFrom tells whether the user with an e-mail has a session that was started at an address.
func (d *DB) SignedInFrom(ctx context.Context, email, ip string) (known bool, err error) {
	err = d.reader.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = ?1 AND s.ip = ?2)`,
		features.Email(email), ip).Scan(&known)
	return known, err
}

// TouchSessions writes when sessions were last used, by their number, in one statement.
func (d *DB) TouchSessions(ctx context.Context, seen map[int64]time.Time) error {
	return d.touch(ctx, "sessions", "seen_at", seen)
}

// touch writes when rows of a table were last used, by their number, in one statement; never an earlier time than what
// is there.
func (d *DB) touch(ctx context.Context, table, column string, times map[int64]time.Time) error {
	if len(times) == 0 {
		return nil
	}
	batch := make(map[string]int64, len(times))
	for id, at := range times {
		batch[strconv.FormatInt(id, 10)] = at.UnixMilli()
	}
	text, err := json.Marshal(batch)
	if err != nil {
		return err
	}
	_, err = d.write(ctx, features.System(), func(t *tx) error {
		_, err := t.exec(`
			UPDATE `+table+` AS x SET `+column+` = max(coalesce(x.`+column+`, 0), used.value)
			FROM json_each(?1) used WHERE x.id = CAST(used.key AS INTEGER)`, string(text))
		return err
	})
	return err
}

// SweepSessions removes the sessions that no longer count at a moment, and gives how many; expired password links go too.
// Write what is known of their use first (TouchSessions).
func (d *DB) SweepSessions(ctx context.Context, at time.Time) (removed int, err error) {
	_, err = d.write(ctx, features.System(), func(t *tx) error {
		result, err := t.exec(`DELETE FROM sessions WHERE expires_at <= ?1 OR seen_at <= ?2`, at.UnixMilli(), at.Add(-features.SessionIdle).UnixMilli())
		if err != nil {
			return err
		}
		rows, err := result.RowsAffected()
		removed = int(rows)
		if err != nil {
			return err
		}
		_, err = t.exec(`DELETE FROM password_links WHERE expires_at <= ?1`, at.UnixMilli())
		return err
	})
	return removed, err
}
