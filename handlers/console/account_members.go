package console

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

// ListMembers shows the users of an account, with their roles in its portal.
func (s *Surface) ListMembers(c echo.Context) error {
	account, err := s.AccountOf(c)
	if err != nil {
		return err
	}
	query, err := readPeopleQuery(c, membersPath(account))
	if err != nil {
		return err
	}
	members, err := s.accountMembers(c, account)
	if err != nil {
		return err
	}
	model, err := s.peopleModel(c, query, members, func(p userRow) []views.ActionModel { return memberActions(c, account, p) })
	if err != nil {
		return err
	}
	model.Noun, model.Nouns = "user", "users"
	model.EmptyTitle, model.EmptyText = "No users yet", "Users sign in to the portal of "+account.Name+" and see what it has."
	if web.MayEdit(c) {
		model.Add = views.Link{Text: "Add user", URL: membersPath(account) + "/new"}
	}
	frame := s.accountFrame(c, account, "users", len(members))
	return web.Render(c, http.StatusOK, inShell(s.shell(c, "Users of "+account.Name, "accounts"), views.MembersPage(frame, model)))
}

func membersPath(account *features.Account) string {
	return "/admin/accounts/" + account.Slug + "/users"
}

func (s *Surface) accountMembers(c echo.Context, account *features.Account) ([]userRow, error) {
	users, err := s.DB.ListUsers(c.Request().Context(), account.ID)
	if err != nil {
		return nil, err
	}
	members := make([]userRow, len(users))
	for i, p := range users {
		members[i] = userRow{Person: p}
		members[i].role, _ = p.RoleIn(account.ID)
		if p.StaffRole != features.NoStaff {
			members[i].staff = "Staff: " + views.StaffRole(string(p.StaffRole))
		}
	}
	return members, nil
}

// memberActions is what the caller may do about a member.
func memberActions(c echo.Context, account *features.Account, p userRow) []views.ActionModel {
	if !web.MayEdit(c) {
		return nil
	}
	url := membersPath(account) + "/" + strconv.FormatInt(p.ID, 10)
	actions := []views.ActionModel{{Text: "Change the role…", Icon: "pencil", URL: url + "/role"}}
	if web.CallerOf(c).User.MayManage(p.User) && p.ID != web.CallerOf(c).User.ID {
		actions = append(actions, views.ActionModel{Text: "Edit external ID…", Icon: "pencil", URL: url + "/external-id"})
		actions = append(actions, managing(p, url)...)
	}
	return append(actions, views.ActionModel{Text: "Remove from " + account.Name + "…", Icon: "trash", URL: url + "/remove", Danger: true})
}

// accountMember finds a member of the account that the address names.
func (s *Surface) accountMember(c echo.Context) (userTarget, error) {
	account, err := s.AccountOf(c)
	if err != nil {
		return userTarget{}, err
	}
	user := s.Live.People().User(web.PathNumber(c, "id"))
	if user != nil {
		if _, member := user.RoleIn(account.ID); member {
			return memberOf(account, user), nil
		}
	}
	return userTarget{}, &features.Error{Kind: features.NotFound, Message: fmt.Sprintf("There is no such user of %s.", account.Name)}
}

func memberOf(account *features.Account, user *features.User) userTarget {
	url := membersPath(account) + "/" + strconv.FormatInt(user.ID, 10)
	return userTarget{user, url, views.Link{Text: account.Name, URL: membersPath(account)}, "accounts"}
}

// ManagedMember finds a member whose sign-in the caller may manage.
func (s *Surface) ManagedMember(c echo.Context) (userTarget, error) {
	who, err := s.accountMember(c)
	switch {
	case err != nil:
		return who, err
	case who.ID == web.CallerOf(c).User.ID:
		return who, web.Forbidden("You cannot change yourself here. Use your profile, or ask another admin.")
	}
	return who, mayManage(c, who.User)
}

func (s *Surface) newMemberQuestion(c echo.Context, account *features.Account) views.AskModel {
	return views.AskModel{
		ID: "member-dialog", Title: "Add a user to " + account.Name, Action: membersPath(account) + "/new", CSRFToken: s.CSRFToken(c),
		Submit: "Add user", Back: views.Link{Text: account.Name, URL: membersPath(account)},
	}
}

// ConfirmNewMember asks who is to join an account, and in which role.
func (s *Surface) ConfirmNewMember(c echo.Context) error {
	account, err := s.AccountOf(c)
	if err != nil {
		return err
	}
	roles, err := s.DB.MemberRoles(c.Request().Context())
	if err != nil {
		return err
	}
	return s.confirm(c, "accounts", s.newMemberQuestion(c, account), views.AskMember(views.MemberFields{Roles: roles}), nil)
}

// AddMember lets someone into an account's portal.
func (s *Surface) AddMember(c echo.Context) error {
	account, err := s.AccountOf(c)
	if err != nil {
		return err
	}
	wanted := db.NewMember{
		Account: account.ID, Email: c.FormValue("email"), Name: c.FormValue("name"), Role: c.FormValue("role"),
		ExternalID: c.FormValue("external_id"),
	}
	id, err := s.DB.AddMembership(c.Request().Context(), web.Actor(c), wanted)
	if fields := web.FieldErrors(err); fields != nil {
		form := views.MemberFields{Email: wanted.Email, Name: wanted.Name, ExternalID: wanted.ExternalID, Role: wanted.Role, Errors: fields}
		return s.confirm(c, "accounts", s.newMemberQuestion(c, account), views.AskMember(form), err)
	}
	if err != nil {
		return err
	}
	user := s.Live.People().User(id)
	return s.invited(c, memberOf(account, user), fmt.Sprintf("Added %s to %s", user.Name, account.Name))
}

func (s *Surface) roleQuestion(c echo.Context, who userTarget) views.AskModel {
	return views.AskModel{
		ID: "member-dialog", Title: "Role of " + who.Name, Hint: who.Email, Action: who.url + "/role", CSRFToken: s.CSRFToken(c),
		Submit: "Save role", Back: who.back,
	}
}

// ConfirmMemberRole asks for the new role of a member.
func (s *Surface) ConfirmMemberRole(c echo.Context) error {
	who, form, err := s.memberRole(c)
	if err != nil {
		return err
	}
	return s.confirm(c, "accounts", s.roleQuestion(c, who), views.AskMember(form), nil)
}

// memberRole gives a member with the role as it is.
func (s *Surface) memberRole(c echo.Context) (who userTarget, form views.MemberFields, err error) {
	if who, err = s.accountMember(c); err != nil {
		return who, form, err
	}
	account, err := s.AccountOf(c)
	if err != nil {
		return who, form, err
	}
	form.Role, _ = who.RoleIn(account.ID)
	form.Was = form.Role
	form.Roles, err = s.DB.MemberRoles(c.Request().Context())
	return who, form, err
}

// SaveMemberRole gives a member another role. When someone else has just changed it, that is said first.
func (s *Surface) SaveMemberRole(c echo.Context) error {
	who, form, err := s.memberRole(c)
	if err != nil {
		return err
	}
	account, err := s.AccountOf(c)
	if err != nil {
		return err
	}
	form.Role = c.FormValue("role")
	change := db.RoleChange{User: who.ID, Account: account.ID, Role: form.Role, Was: c.FormValue("was")}
	_, err = s.DB.ChangeMembershipRole(c.Request().Context(), web.Actor(c), change)
	if features.KindOf(err) == features.Conflict {
		form.Errors = map[string]string{"role": web.Describe(err).Detail}
		return s.confirm(c, "accounts", s.roleQuestion(c, who), views.AskMember(form), err)
	}
	if form.Errors = web.FieldErrors(err); form.Errors != nil {
		form.Was = change.Was
		return s.confirm(c, "accounts", s.roleQuestion(c, who), views.AskMember(form), err)
	}
	if err != nil {
		return err
	}
	return s.saved(c, who.Name+" is "+form.Role+" now", membersPath(account))
}

// ConfirmRemoveMember asks whether a member is to leave an account.
func (s *Surface) ConfirmRemoveMember(c echo.Context) error {
	who, err := s.accountMember(c)
	if err != nil {
		return err
	}
	question := views.AskModel{
		ID: "member-dialog", Title: "Remove " + who.Name + " from " + who.back.Text + "?", Hint: who.Email, Action: who.url + "/remove",
		CSRFToken: s.CSRFToken(c), Submit: "Remove", Danger: true, Back: who.back,
	}
	text := "They lose access to " + who.back.Text + " at once. The user and their other accounts stay."
	return s.confirm(c, "accounts", question, views.AskOnly(text, ""), nil)
}

// RemoveMember takes someone out of an account's portal.
func (s *Surface) RemoveMember(c echo.Context) error {
	who, err := s.accountMember(c)
	if err != nil {
		return err
	}
	account, err := s.AccountOf(c)
	if err != nil {
		return err
	}
	if _, err := s.DB.RemoveMembership(c.Request().Context(), web.Actor(c), who.ID, account.ID); err != nil {
		return err
	}
	return s.saved(c, "Removed "+who.Name+" from "+account.Name, membersPath(account))
}
