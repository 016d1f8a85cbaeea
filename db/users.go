package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"flagstone/features"
)

// CreateUser adds a user, with memberships and, unless it is "", a password, and gives the user's number. Without a name
// it is taken from the e-mail. It refuses, field by field, what breaks a rule and an e-mail or external id that another
// user is known by.
func (d *DB) CreateUser(ctx context.Context, by features.Actor, draft features.UserDraft, password string, memberships []features.Membership) (id int64, err error) {
	draft = named(draft)
	hash, err := d.hashFor(ctx, draft, password)
	if err != nil {
		return 0, err
	}
	_, err = d.write(ctx, by, func(t *tx) error {
		if err := t.begin(changeSet{action: "user.create", summary: "Created user " + draft.Name}); err != nil {
			return err
		}
		if id, err = t.insertUser(draft, hash); err != nil {
			return err
		}
		for _, m := range memberships {
			if err := t.insertMembership(id, draft.Name, m); err != nil {
				return err
			}
		}
		return nil
	})
	return id, err
}

// hashFor refuses a new user's draft and password with all that is wrong with them, and gives the password's hash: ""
// when there is none.
func (d *DB) hashFor(ctx context.Context, draft features.UserDraft, password string) (string, error) {
	var wrongPassword error
	if password != "" {
		wrongPassword = features.ValidatePassword(password, draft)
	}
	if err := features.Together(draft.Validate(), wrongPassword); err != nil || password == "" {
		return "", err
	}
	return d.hashing.hash(ctx, password)
}

func (t *tx) insertUser(draft features.UserDraft, hash string) (int64, error) {
	if err := t.checkUser(0, draft); err != nil {
		return 0, err
	}
	result, err := t.exec(`
		INSERT INTO users (email, name, password_hash, staff_role, external_id, created_at, updated_at, revision)
		VALUES (?1, ?2, ?3, nullif(?4, ''), nullif(?5, ''), ?6, ?6, ?7)`,
		draft.Email, draft.Name, hash, draft.StaffRole, draft.ExternalID, t.at.UnixMilli(), t.revision)
	if err != nil {
		return 0, err
	}
	id, err := result.LastInsertId()
	if err != nil {
		return 0, err
	}
	after := userState(draft)
	if hash != "" {
		after["password"] = "set"
	}
	return id, t.record(entry{entity: "user", id: id, name: draft.Name, action: "create", new: after})
}

// checkUser refuses names by which rules already know another user (docs/evaluation.md §1).
func (t *tx) checkUser(id int64, draft features.UserDraft) error {
	var problems features.Problems
	for _, identifier := range []struct{ field, value string }{{"email", draft.Email}, {"external_id", draft.ExternalID}} {
		var holder string
		err := t.row(`SELECT name FROM users WHERE ?2 <> '' AND id <> ?1 AND (email = ?2 OR external_id = ?2)`, id, identifier.value).Scan(&holder)
		if err == nil {
			problems = append(problems, &features.Error{
				Kind: features.Invalid, Field: identifier.field,
				Message: fmt.Sprintf("%s is taken by %s.", identifier.value, holder),
			})
		} else if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	return problems.Err()
}

// userState is what the audit log keeps of a user; of a password only that there is one.
func userState(d features.UserDraft) map[string]any {
	state := map[string]any{"email": d.Email, "name": d.Name, "external_id": nil, "staff_role": nil}
	if d.ExternalID != "" {
		state["external_id"] = d.ExternalID
	}
	if d.StaffRole != features.NoStaff {
		state["staff_role"] = string(d.StaffRole)
	}
	return state
}

// user reads a user as the transaction sees it, or refuses with NotFound.
func (t *tx) user(id int64) (*features.User, error) { return userByID(t.ctx, t, id) }

func userByID(ctx context.Context, q querier, id int64) (*features.User, error) {
	found, err := collect(ctx, q, scanUser, selectUsers+` WHERE id = ?1`, id)
	if err == nil && len(found) == 0 {
		return nil, &features.Error{Kind: features.NotFound, Message: "There is no such user."}
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// UpdateUser saves what staff wrote of a user. It refuses as CreateUser does, a role that would leave no admin, and,
// with Conflict, a user that someone else has saved since version (features.User.Revision). It gives the revision, 0
// when nothing changed.
func (d *DB) UpdateUser(ctx context.Context, by features.Actor, id int64, draft features.UserDraft, version int64) (int64, error) {
	r, err := d.Apply(ctx, by, &UpdateUser{ID: id, Draft: draft, Version: version})
	return r.Revision, err
}

// UpdateUser asks for a user to be as staff wrote it. Version is the revision that the editor saw.
type UpdateUser struct {
	ChangeOptions
	ID      int64
	Draft   features.UserDraft
	Version int64
}

// Kind is "user_update".
func (*UpdateUser) Kind() string { return "user_update" }

func (c *UpdateUser) prepare(*DB) error {
	c.Draft = c.Draft.Normalize()
	return c.Draft.Validate()
}

func (c *UpdateUser) apply(t *tx, _ *Result) error {
	stored, err := t.user(c.ID)
	if err != nil {
		return err
	}
	if c.ID != t.by.UserID {
		if err := t.checkManages(stored); err != nil {
			return err
		}
	}
	before, after := changedFields(userState(draftOfUser(stored)), userState(c.Draft))
	if len(after) == 0 {
		return nil
	}
	if err := t.checkVersion("user", c.ID, 0, c.Version); err != nil {
		return err
	}
	if err := t.checkUser(c.ID, c.Draft); err != nil {
		return err
	}
	if c.Draft.StaffRole != features.Admin {
		if err := t.keepAnAdmin(stored, "staff_role"); err != nil {
			return err
		}
	}
	if err := t.begin(changeSet{action: "user.update", summary: "Edited user " + c.Draft.Name}); err != nil {
		return err
	}
	_, err = t.exec(`
		UPDATE users SET email = ?2, name = ?3, staff_role = nullif(?4, ''), external_id = nullif(?5, ''), updated_at = ?6,
			revision = ?7 WHERE id = ?1`,
		c.ID, c.Draft.Email, c.Draft.Name, c.Draft.StaffRole, c.Draft.ExternalID, t.at.UnixMilli(), t.revision)
	if err != nil {
		return err
	}
	return t.record(entry{entity: "user", id: c.ID, name: stored.Name, action: "update", old: before, new: after})
}

func draftOfUser(u *features.User) features.UserDraft {
	return features.UserDraft{Email: u.Email, Name: u.Name, ExternalID: u.ExternalID, StaffRole: u.StaffRole}
}

// AddStaff lets someone into the console, making the user when the e-mail is new and giving the role alone when it is
// not, and returns the user's number. Someone who is a user already has to choose a new password: their sessions and
// their password end, as whoever could set it must not come in with it. A new user without a name has it from the e-mail.
// It refuses as CreateUser does, someone who is staff already, and a password for someone who has a sign-in.
func (d *DB) AddStaff(ctx context.Context, by features.Actor, draft features.UserDraft, password string) (id int64, err error) {
	if draft.StaffRole == features.NoStaff {
		return 0, features.Problems{{Kind: features.Invalid, Field: "staff_role", Message: "Choose viewer, editor or admin."}}
	}
	draft = named(draft)
	hash, err := d.hashFor(ctx, draft, password)
	if err != nil {
		return 0, err
	}
	_, err = d.write(ctx, by, func(t *tx) error {
		known, err := t.knownUser(draft.Email, password)
		if err != nil {
			return err
		}
		if known != nil {
			id = known.ID
			return t.makeStaff(known, draft.StaffRole)
		}
		if err := t.begin(changeSet{action: "user.create", summary: fmt.Sprintf("Added %s to the staff as %s", draft.Name, draft.StaffRole)}); err != nil {
			return err
		}
		id, err = t.insertUser(draft, hash)
		return err
	})
	return id, err
}

func (t *tx) makeStaff(user *features.User, role features.StaffRole) error {
	if user.StaffRole != features.NoStaff {
		return features.Problems{{
			Kind: features.Invalid, Field: "email",
			Message: fmt.Sprintf("%s is already on the staff, as %s.", user.Name, user.StaffRole),
		}}
	}
	if err := t.begin(changeSet{action: "user.update", summary: fmt.Sprintf("Added %s to the staff as %s", user.Name, role)}); err != nil {
		return err
	}
	_, err := t.exec(`UPDATE users SET staff_role = ?2, updated_at = ?3, revision = ?4 WHERE id = ?1`, user.ID, role, t.at.UnixMilli(), t.revision)
	if err != nil {
		return err
	}
	return t.record(entry{
		entity: "user", id: user.ID, name: user.Name, action: "update",
		old: map[string]any{"staff_role": nil}, new: map[string]any{"staff_role": string(role)},
	})
}

// checkManages refuses an editor who would decide how somebody on the staff signs in.
func (t *tx) checkManages(user *features.User) error {
	if t.by.Kind != features.ByUser {
		return nil
	}
	actor, err := t.user(t.by.UserID)
	if err != nil || actor.MayManage(user) {
		return err
	}
	return &features.Error{Kind: features.Forbidden, Message: user.Name + " is staff: only an admin may do this."}
}

// named completes the draft of someone new: without a name, it is what the e-mail has before the @.
func named(draft features.UserDraft) features.UserDraft {
	draft = draft.Normalize()
	if draft.Name == "" {
		draft.Name, _, _ = strings.Cut(draft.Email, "@")
	}
	return draft
}

// activeAdmin is SQL for the users who can sign in and run the console.
const activeAdmin = `staff_role = 'admin' AND disabled = 0 AND password_hash <> ''`

// keepAnAdmin refuses to take the last active admin away. Field is where the form asks for it.
func (t *tx) keepAnAdmin(leaving *features.User, field string) error {
	var last bool
	err := t.row(`
		SELECT EXISTS (SELECT 1 FROM users WHERE id = ?1 AND `+activeAdmin+`)
		AND NOT EXISTS (SELECT 1 FROM users WHERE id <> ?1 AND `+activeAdmin+`)`, leaving.ID).Scan(&last)
	if err != nil || !last {
		return err
	}
	return &features.Error{
		Kind: features.Invalid, Field: field,
		Message: leaving.Name + " is the last admin who can sign in. Make someone else an admin first.",
	}
}

// DisableUser keeps a user from signing in and ends their sessions at once. It refuses to disable the last active
// admin, and gives the revision, 0 when the user was disabled already.
func (d *DB) DisableUser(ctx context.Context, by features.Actor, id int64) (int64, error) {
	return d.setDisabled(ctx, by, id, true)
}

// EnableUser lets a disabled user sign in again, and gives the revision, 0 when the user was enabled already.
func (d *DB) EnableUser(ctx context.Context, by features.Actor, id int64) (int64, error) {
	return d.setDisabled(ctx, by, id, false)
}

func (d *DB) setDisabled(ctx context.Context, by features.Actor, id int64, disabled bool) (int64, error) {
	r, err := d.Apply(ctx, by, &SetUserDisabled{ID: id, Disabled: disabled})
	return r.Revision, err
}

// SetUserDisabled asks for a user to be disabled or enabled.
type SetUserDisabled struct {
	ChangeOptions
	ID       int64
	Disabled bool
}

// Kind is "user_disabled".
func (*SetUserDisabled) Kind() string { return "user_disabled" }

func (c *SetUserDisabled) apply(t *tx, _ *Result) error {
	stored, err := t.user(c.ID)
	if err != nil || stored.Disabled == c.Disabled {
		return err
	}
	action, verb := "user.enable", "Enabled user "
	if c.Disabled {
		action, verb = "user.disable", "Disabled user "
		if err := t.keepAnAdmin(stored, ""); err != nil {
			return err
		}
		if err := t.endSessions(c.ID, 0); err != nil {
			return err
		}
	}
	if err := t.checkManages(stored); err != nil {
		return err
	}
	if err := t.begin(changeSet{action: action, summary: verb + stored.Name}); err != nil {
		return err
	}
	_, err = t.exec(`UPDATE users SET disabled = ?2, updated_at = ?3, revision = ?4 WHERE id = ?1`, c.ID, c.Disabled, t.at.UnixMilli(), t.revision)
	if err != nil {
		return err
	}
	return t.record(entry{
		entity: "user", id: c.ID, name: stored.Name, action: "update",
		old: map[string]any{"disabled": stored.Disabled}, new: map[string]any{"disabled": c.Disabled},
	})
}

// Person is a user as a list of people shows one.
type Person struct {
	*features.User
	HasPassword bool      // can sign in once it is true
	Invited     bool      // has a link that still works to choose a password by
	SeenAt      time.Time // when one of the user's present sessions was last used; zero when there is none
}

// selectPeople is SQL for people as lists show them, at time ?1.
const selectPeople = `
	SELECT ` + userColumns + `, password_hash <> '', (SELECT coalesce(max(seen_at), 0) FROM sessions WHERE user_id = users.id),
	       EXISTS (SELECT 1 FROM password_links WHERE user_id = users.id AND expires_at > ?1)
	FROM users`

func scanPerson(rows *sql.Rows) (p Person, err error) {
	var seen int64
	p.User, err = userFrom(rows, &p.HasPassword, &seen, &p.Invited)
	if seen != 0 {
		p.SeenAt = fromMillis(seen)
	}
	return p, err
}

// ListStaff gives everyone with a staff role, by name.
func (d *DB) ListStaff(ctx context.Context) ([]Person, error) {
	return collect(ctx, d.reader, scanPerson, selectPeople+` WHERE staff_role IS NOT NULL ORDER BY name COLLATE NOCASE, id`, time.Now().UnixMilli())
}

// ListUsers gives the members of an account, by name; 0 gives everyone there is.
func (d *DB) ListUsers(ctx context.Context, account int64) ([]Person, error) {
	return collect(ctx, d.reader, scanPerson, selectPeople+`
		WHERE ?2 = 0 OR id IN (SELECT user_id FROM memberships WHERE account_id = ?2) ORDER BY name COLLATE NOCASE, id`,
		time.Now().UnixMilli(), account)
}

// Person returns one user as lists show them, or refuses with NotFound.
func (d *DB) Person(ctx context.Context, id int64) (Person, error) {
	found, err := collect(ctx, d.reader, scanPerson, selectPeople+` WHERE id = ?2`, time.Now().UnixMilli(), id)
	if err == nil && len(found) == 0 {
		return Person{}, &features.Error{Kind: features.NotFound, Message: "There is no such user."}
	}
	if err != nil {
		return Person{}, err
	}
	return found[0], nil
}

// UserByEmail finds a user by e-mail, in whatever case it is written, or refuses with NotFound.
func (d *DB) UserByEmail(ctx context.Context, email string) (*features.User, error) {
	found, err := collect(ctx, d.reader, scanUser, selectUsers+` WHERE email = ?1`, features.Email(email))
	if err == nil && len(found) == 0 {
		return nil, &features.Error{Kind: features.NotFound, Field: "email", Message: fmt.Sprintf("There is no user with the e-mail %q.", email)}
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}
