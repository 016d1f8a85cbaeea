package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"flagstone/features"
)

// NewMember asks for someone to be let into an account's portal. Name, ExternalID and Password matter only for someone who
// is not a user yet: without a name it is taken from the e-mail, without a password they cannot sign in until one is set.
type NewMember struct {
	Account               int64
	Email, Name, Password string
	ExternalID, Role      string
}

// AddMembership lets someone into an account's portal, making the user when the e-mail is new, and gives the user's
// number. It refuses, field by field, what breaks a rule, someone who is a member already, and a password for someone
// who has a sign-in.
func (d *DB) AddMembership(ctx context.Context, by features.Actor, m NewMember) (user int64, err error) {
	draft := named(features.UserDraft{Email: m.Email, Name: m.Name, ExternalID: m.ExternalID})
	hash, err := d.hashFor(ctx, draft, m.Password)
	if problems := features.Together(err, features.ValidateMemberRole(m.Role)); problems != nil {
		return 0, problems
	}
	if err != nil {
		return 0, err
	}
	_, err = d.write(ctx, by, func(t *tx) error {
		account, err := t.accountName(m.Account)
		if err != nil {
			return err
		}
		existing, err := t.newMember(draft.Email, m)
		if err != nil {
			return err
		}
		if existing != nil {
			draft.Name, user = existing.Name, existing.ID
		}
		if err := t.begin(changeSet{action: "membership.create", summary: fmt.Sprintf("Added %s to %s as %s", draft.Name, account, m.Role)}); err != nil {
			return err
		}
		if existing == nil {
			if user, err = t.insertUser(draft, hash); err != nil {
				return err
			}
		}
		return t.insertMembership(user, draft.Name, features.Membership{AccountID: m.Account, Role: m.Role})
	})
	return user, err
}

// newMember finds the user that an e-mail is of, nil when it is new, and refuses those who cannot be added so.
func (t *tx) newMember(email string, m NewMember) (*features.User, error) {
	user, err := t.knownUser(email, m.Password)
	if err != nil || user == nil {
		return nil, err
	}
	if role, member := user.RoleIn(m.Account); member {
		return nil, features.Problems{{
			Kind: features.Invalid, Field: "email",
			Message: fmt.Sprintf("%s is already a member, as %s.", user.Name, role),
		}}
	}
	return user, nil
}

// knownUser finds the user that an e-mail is of, nil when it is new. It refuses a password for someone who is known:
// that would be a way to take over a sign-in.
func (t *tx) knownUser(email, password string) (*features.User, error) {
	found, err := collect(t.ctx, t, scanUser, selectUsers+` WHERE email = ?1`, features.Email(email))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	if password != "" {
		return nil, features.Problems{{
			Kind: features.Invalid, Field: "password",
			Message: fmt.Sprintf("%s is already a user. Leave the password empty.", found[0].Name),
		}}
	}
	return found[0], nil
}

func (t *tx) insertMembership(user int64, name string, m features.Membership) error {
	if err := features.ValidateMemberRole(m.Role); err != nil {
		return err
	}
	if _, err := t.accountName(m.AccountID); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO memberships (user_id, account_id, role) VALUES (?1, ?2, ?3)`, user, m.AccountID, m.Role)
	if err != nil {
		return err
	}
	return t.record(entry{entity: "membership", id: user, name: name, account: m.AccountID, action: "create", new: map[string]any{"role": m.Role}})
}

// accountName gives an account's name, or refuses with NotFound.
func (t *tx) accountName(id int64) (name string, err error) {
	err = t.row(`SELECT name FROM accounts WHERE id = ?1`, id).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return "", &features.Error{Kind: features.NotFound, Message: "There is no such account."}
	}
	return name, err
}

// member finds a member of an account and the account's name, or refuses with NotFound.
func (t *tx) member(user, account int64) (who *features.User, role, accountName string, err error) {
	if who, err = t.user(user); err != nil {
		return nil, "", "", err
	}
	if accountName, err = t.accountName(account); err != nil {
		return nil, "", "", err
	}
	role, member := who.RoleIn(account)
	if !member {
		return nil, "", "", &features.Error{Kind: features.NotFound, Message: fmt.Sprintf("%s is not a member of %s.", who.Name, accountName)}
	}
	return who, role, accountName, nil
}

// RoleChange asks for another portal role of a member. Was is the role that the editor saw.
type RoleChange struct {
	ChangeOptions
	User, Account int64
	Role, Was     string
}

// ChangeMembershipRole gives a member another role and gives the revision, 0 when it was so already. It refuses, with
// Conflict, a membership whose role someone else has changed since.
func (d *DB) ChangeMembershipRole(ctx context.Context, by features.Actor, c RoleChange) (int64, error) {
	r, err := d.Apply(ctx, by, &c)
	return r.Revision, err
}

// Kind is "membership_role".
func (*RoleChange) Kind() string { return "membership_role" }

func (c *RoleChange) prepare(*DB) error {
	return features.ValidateMemberRole(c.Role)
}

func (c *RoleChange) apply(t *tx, _ *Result) error {
	who, role, account, err := t.member(c.User, c.Account)
	if err != nil || role == c.Role {
		return err
	}
	if role != c.Was {
		return &features.Error{
			Kind: features.Conflict, Field: "role",
			Message: fmt.Sprintf("%s is now %s, no longer %s. Choose again.", who.Name, role, c.Was),
		}
	}
	summary := fmt.Sprintf("Made %s %s of %s", who.Name, c.Role, account)
	if err := t.begin(changeSet{action: "membership.update", summary: summary}); err != nil {
		return err
	}
	_, err = t.exec(`UPDATE memberships SET role = ?3 WHERE user_id = ?1 AND account_id = ?2`, c.User, c.Account, c.Role)
	if err != nil {
		return err
	}
	return t.record(entry{
		entity: "membership", id: c.User, name: who.Name, account: c.Account, action: "update",
		old: map[string]any{"role": role}, new: map[string]any{"role": c.Role},
	})
}

// RemoveMembership takes a member out of an account's portal; the user stays. It gives the revision.
func (d *DB) RemoveMembership(ctx context.Context, by features.Actor, user, account int64) (int64, error) {
	r, err := d.Apply(ctx, by, &RemoveMembership{User: user, Account: account})
	return r.Revision, err
}

// RemoveMembership asks for a member to leave an account.
type RemoveMembership struct {
	ChangeOptions
	User, Account int64
}

// Kind is "membership_delete".
func (*RemoveMembership) Kind() string { return "membership_delete" }

func (c *RemoveMembership) apply(t *tx, _ *Result) error {
	who, role, accountName, err := t.member(c.User, c.Account)
	if err != nil {
		return err
	}
	if err := t.begin(changeSet{action: "membership.delete", summary: fmt.Sprintf("Removed %s from %s", who.Name, accountName)}); err != nil {
		return err
	}
	if _, err := t.exec(`DELETE FROM memberships WHERE user_id = ?1 AND account_id = ?2`, c.User, c.Account); err != nil {
		return err
	}
	return t.record(entry{entity: "membership", id: c.User, name: who.Name, account: c.Account, action: "delete", old: map[string]any{"role": role}})
}

// MemberRoles gives the portal roles in use, the most frequent first, for choosing from.
func (d *DB) MemberRoles(ctx context.Context) ([]string, error) {
	return collect(ctx, d.reader, func(rows *sql.Rows) (role string, err error) { return role, rows.Scan(&role) },
		`SELECT role FROM memberships GROUP BY role ORDER BY count(*) DESC, role LIMIT 20`)
}
