package db

import (
	"context"
	"database/sql"

	"flagstone/features"
)

// Authenticate gives the user whose e-mail and password these are. Whatever the cause (no such user, no password, a
// wrong one, disabled), the refusal is the same and takes the same time, so that nobody learns who has a sign-in.
func (d *DB) Authenticate(ctx context.Context, email, password string) (*features.User, error) {
	return d.authenticate(ctx, email, password, false)
}

// AuthenticateKnown is Authenticate for an e-mail that has signed in from the same address before: its try goes before
// those of strangers.
func (d *DB) AuthenticateKnown(ctx context.Context, email, password string) (*features.User, error) {
	return d.authenticate(ctx, email, password, true)
}

func (d *DB) authenticate(ctx context.Context, email, password string, known bool) (*features.User, error) {
	user, hash, err := d.signInOf(ctx, `email = ?1`, features.Email(email))
	if err != nil {
		return nil, err
	}
	right, err := d.hashing.match(ctx, hash, password, known)
	if err != nil {
		return nil, err
	}
	if !right || user.Disabled {
		return nil, wrongSignIn()
	}
	return user, nil
}

// signInOf returns the one user that a condition leaves and the hash of the user's password; nobody has none.
func (d *DB) signInOf(ctx context.Context, condition string, arg any) (user *features.User, hash string, err error) {
	found, err := collect(ctx, d.reader, func(rows *sql.Rows) (*features.User, error) { return userFrom(rows, &hash) },
		`SELECT `+userColumns+`, password_hash FROM users WHERE `+condition, arg)
	if err != nil || len(found) == 0 {
		return &features.User{}, "", err
	}
	return found[0], hash, nil
}

// hashNew refuses a new password that is easy to guess for whoever knows the user, and returns its hash.
func (d *DB) hashNew(ctx context.Context, user *features.User, password string) (string, error) {
	if err := features.ValidatePassword(password, draftOfUser(user)); err != nil {
		return "", err
	}
	return d.hashing.hash(ctx, password)
}

func wrongSignIn() error {
	return &features.Error{Kind: features.Unauthenticated, Message: "E-mail or password is wrong."}
}

// SetPassword gives a user a new password, and ends the user's sessions but the one numbered keep (0 for none).
func (d *DB) SetPassword(ctx context.Context, by features.Actor, id int64, password string, keep int64) error {
	user, err := userByID(ctx, d.reader, id)
	if err != nil {
		return err
	}
	hash, err := d.hashNew(ctx, user, password)
	if err != nil {
		return err
	}
	_, err = d.write(ctx, by, func(t *tx) error { return t.setPassword(id, hash, keep) })
	return err
}

// ChangePassword has a user change their own password, which takes the current one; the user's other sessions end.
// Keep is the session that the user is in.
func (d *DB) ChangePassword(ctx context.Context, by features.Actor, current, password string, keep int64) error {
	user, hash, err := d.signInOf(ctx, `id = ?1`, by.UserID)
	if err != nil {
		return err
	}
	right, err := d.hashing.match(ctx, hash, current, true)
	if err != nil {
		return err
	}
	var wrong error
	if !right {
		wrong = features.Problems{{Kind: features.Invalid, Field: "current", Message: "This is not your current password."}}
	}
	if err := features.Together(wrong, features.ValidatePassword(password, draftOfUser(user))); err != nil {
		return err
	}
	return d.SetPassword(ctx, by, by.UserID, password, keep)
}

func (t *tx) setPassword(id int64, hash string, keep int64) error {
	stored, err := t.user(id)
	if err != nil {
		return err
	}
	if err := t.begin(changeSet{action: "user.password", summary: "Set a new password for " + stored.Name}); err != nil {
		return err
	}
	_, err = t.exec(`UPDATE users SET password_hash = ?2, updated_at = ?3, revision = ?4 WHERE id = ?1`, id, hash, t.at.UnixMilli(), t.revision)
	if err != nil {
		return err
	}
	if err := t.endSessions(id, keep); err != nil {
		return err
	}
	if err := t.logSecurity(features.SecurityEvent{Event: features.PasswordChanged, UserID: id}); err != nil {
		return err
	}
	return t.record(entry{
		entity: "user", id: id, name: stored.Name, action: "update",
		old: map[string]any{"password": nil}, new: map[string]any{"password": "changed"},
	})
}

// HasAdmin tells whether there is an admin who can sign in.
func (d *DB) HasAdmin(ctx context.Context) (has bool, err error) {
	err = d.reader.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM users WHERE `+activeAdmin+`)`).Scan(&has)
	return has, err
}

// CreateFirstAdmin makes the admin of a console that has none and gives the admin's number. It refuses, with Conflict,
// as soon as there is one.
func (d *DB) CreateFirstAdmin(ctx context.Context, by features.Actor, draft features.UserDraft, password string) (id int64, err error) {
	draft.StaffRole = features.Admin
	draft = draft.Normalize()
	if err := features.Together(draft.Validate(), features.ValidatePassword(password, draft)); err != nil {
		return 0, err
	}
	hash, err := d.hashing.hash(ctx, password)
	if err != nil {
		return 0, err
	}
	_, err = d.write(ctx, by, func(t *tx) error {
		var has bool
		if err := t.row(`SELECT EXISTS (SELECT 1 FROM users WHERE ` + activeAdmin + `)`).Scan(&has); err != nil {
			return err
		}
		if has {
			return &features.Error{Kind: features.Conflict, Message: "An admin already exists. Sign in."}
		}
		if err := t.begin(changeSet{action: "user.create", summary: "Created the first admin, " + draft.Name}); err != nil {
			return err
		}
		id, err = t.insertUser(draft, hash)
		return err
	})
	return id, err
}

// EnsureFirstAdmin makes the first admin from the configuration unless there is an admin already.
func (d *DB) EnsureFirstAdmin(ctx context.Context, email, password string) error {
	if has, err := d.HasAdmin(ctx); err != nil || has {
		return err
	}
	_, err := d.CreateFirstAdmin(ctx, features.System(), features.UserDraft{Email: email, Name: "Admin"}, password)
	if features.KindOf(err) == features.Conflict {
		return nil // another process was first
	}
	return err
}
