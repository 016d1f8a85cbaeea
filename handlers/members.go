package handlers

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/views"
)

// listMembers shows the users of an account, with their roles in its portal.
func (s *Server) listMembers(c echo.Context) error {
	account, err := s.accountOf(c)
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
	model, err := s.peopleModel(c, query, members, func(p person) []views.ActionModel { return memberActions(c, account, p) })
	if err != nil {
		return err
	}
	model.Noun, model.Nouns = "user", "users"
	model.EmptyTitle, model.EmptyText = "No users yet", "Users sign in to the portal of "+account.Name+" and see what it has."
	if mayEdit(c) {
		model.Add = views.Link{Text: "Add a user", URL: membersPath(account) + "/new"}
	}
	frame := s.accountFrame(c, account, "users", len(members))
	return render(c, http.StatusOK, inShell(s.shell(c, "Users of "+account.Name, "accounts"), views.MembersPage(frame, model)))
}

func membersPath(account *features.Account) string {
	return "/admin/accounts/" + account.Slug + "/users"
}

func (s *Server) accountMembers(c echo.Context, account *features.Account) ([]person, error) {
	users, err := s.db.ListUsers(c.Request().Context(), account.ID)
	if err != nil {
		return nil, err
	}
	members := make([]person, len(users))
	for i, p := range users {
		members[i] = person{Person: p}
		members[i].role, _ = p.RoleIn(account.ID)
		if p.StaffRole != features.NoStaff {
			members[i].staff = "Staff: " + views.StaffRole(string(p.StaffRole))
		}
	}
	return members, nil
}

// memberActions is what the caller may do about a member.
func memberActions(c echo.Context, account *features.Account, p person) []views.ActionModel {
	if !mayEdit(c) {
		return nil
	}
	url := membersPath(account) + "/" + strconv.FormatInt(p.ID, 10)
	actions := []views.ActionModel{{Text: "Change the role…", Icon: "pencil", URL: url + "/role"}}
	if callerOf(c).User.MayManage(p.User) && p.ID != callerOf(c).User.ID {
		actions = append(actions, views.ActionModel{Text: "Edit external ID…", Icon: "pencil", URL: url + "/external-id"})
		actions = append(actions, managing(p, url)...)
	}
	return append(actions, views.ActionModel{Text: "Remove from " + account.Name + "…", Icon: "trash", URL: url + "/remove", Danger: true})
}

// accountMember finds a member of the account that the address names.
func (s *Server) accountMember(c echo.Context) (whom, error) {
	account, err := s.accountOf(c)
	if err != nil {
		return whom{}, err
	}
	user := s.live.People().User(pathNumber(c, "id"))
	if user != nil {
		if _, member := user.RoleIn(account.ID); member {
			return memberOf(account, user), nil
		}
	}
	return whom{}, &features.Error{Kind: features.NotFound, Message: fmt.Sprintf("There is no such user of %s.", account.Name)}
}

func memberOf(account *features.Account, user *features.User) whom {
	url := membersPath(account) + "/" + strconv.FormatInt(user.ID, 10)
	return whom{user, url, views.Link{Text: account.Name, URL: membersPath(account)}, "accounts"}
}

// managedMember finds a member whose sign-in the caller may manage.
func (s *Server) managedMember(c echo.Context) (whom, error) {
	who, err := s.accountMember(c)
	switch {
	case err != nil:
		return who, err
	case who.ID == callerOf(c).User.ID:
		return who, forbidden("This is you: use your profile, or ask another admin.")
	}
	return who, mayManage(c, who.User)
}

func (s *Server) newMemberQuestion(c echo.Context, account *features.Account) views.AskModel {
	return views.AskModel{
		ID: "member-dialog", Title: "Add a user to " + account.Name, Action: membersPath(account) + "/new", CSRFToken: s.csrfToken(c),
		Submit: "Add the user", Back: views.Link{Text: account.Name, URL: membersPath(account)},
	}
}

func (s *Server) askNewMember(c echo.Context) error {
	account, err := s.accountOf(c)
	if err != nil {
		return err
	}
	roles, err := s.db.MemberRoles(c.Request().Context())
	if err != nil {
		return err
	}
	return s.ask(c, "accounts", s.newMemberQuestion(c, account), views.AskMember(views.MemberFields{Roles: roles}), nil)
}

// addMember lets someone into an account's portal.
func (s *Server) addMember(c echo.Context) error {
	account, err := s.accountOf(c)
	if err != nil {
		return err
	}
	wanted := db.NewMember{
		Account: account.ID, Email: c.FormValue("email"), Name: c.FormValue("name"), Role: c.FormValue("role"),
		ExternalID: c.FormValue("external_id"),
	}
	id, err := s.db.AddMembership(c.Request().Context(), actor(c), wanted)
	if fields := fieldErrors(err); fields != nil {
		form := views.MemberFields{Email: wanted.Email, Name: wanted.Name, ExternalID: wanted.ExternalID, Role: wanted.Role, Errors: fields}
		return s.ask(c, "accounts", s.newMemberQuestion(c, account), views.AskMember(form), err)
	}
	if err != nil {
		return err
	}
	user := s.live.People().User(id)
	return s.invited(c, memberOf(account, user), fmt.Sprintf("Added %s to %s", user.Name, account.Name))
}

func (s *Server) roleQuestion(c echo.Context, who whom) views.AskModel {
	return views.AskModel{
		ID: "member-dialog", Title: "Role of " + who.Name, Hint: who.Email, Action: who.url + "/role", CSRFToken: s.csrfToken(c),
		Submit: "Save the role", Back: who.back,
	}
}

func (s *Server) askMemberRole(c echo.Context) error {
	who, form, err := s.memberRole(c)
	if err != nil {
		return err
	}
	return s.ask(c, "accounts", s.roleQuestion(c, who), views.AskMember(form), nil)
}

// memberRole gives a member with the role as it is.
func (s *Server) memberRole(c echo.Context) (who whom, form views.MemberFields, err error) {
	if who, err = s.accountMember(c); err != nil {
		return who, form, err
	}
	account, err := s.accountOf(c)
	if err != nil {
		return who, form, err
	}
	form.Role, _ = who.RoleIn(account.ID)
	form.Was = form.Role
	form.Roles, err = s.db.MemberRoles(c.Request().Context())
	return who, form, err
}

// saveMemberRole gives a member another role. When someone else has just changed it, that is said first.
func (s *Server) saveMemberRole(c echo.Context) error {
	who, form, err := s.memberRole(c)
	if err != nil {
		return err
	}
	account, err := s.accountOf(c)
	if err != nil {
		return err
	}
	form.Role = c.FormValue("role")
	change := db.RoleChange{User: who.ID, Account: account.ID, Role: form.Role, Was: c.FormValue("was")}
	_, err = s.db.ChangeMembershipRole(c.Request().Context(), actor(c), change)
	if features.KindOf(err) == features.Conflict {
		form.Errors = map[string]string{"role": describe(err).Detail}
		return s.ask(c, "accounts", s.roleQuestion(c, who), views.AskMember(form), err)
	}
	if form.Errors = fieldErrors(err); form.Errors != nil {
		form.Was = change.Was
		return s.ask(c, "accounts", s.roleQuestion(c, who), views.AskMember(form), err)
	}
	if err != nil {
		return err
	}
	return s.saved(c, who.Name+" is "+form.Role+" now", membersPath(account))
}

func (s *Server) askRemoveMember(c echo.Context) error {
	who, err := s.accountMember(c)
	if err != nil {
		return err
	}
	question := views.AskModel{
		ID: "member-dialog", Title: "Remove " + who.Name + " from " + who.back.Text + "?", Hint: who.Email, Action: who.url + "/remove",
		CSRFToken: s.csrfToken(c), Submit: "Remove", Danger: true, Back: who.back,
	}
	text := "They see nothing of " + who.back.Text + " any more, from now on. The user stays, and so do their other accounts."
	return s.ask(c, "accounts", question, views.AskOnly(text, ""), nil)
}

// removeMember takes someone out of an account's portal.
func (s *Server) removeMember(c echo.Context) error {
	who, err := s.accountMember(c)
	if err != nil {
		return err
	}
	account, err := s.accountOf(c)
	if err != nil {
		return err
	}
	if _, err := s.db.RemoveMembership(c.Request().Context(), actor(c), who.ID, account.ID); err != nil {
		return err
	}
	return s.saved(c, "Removed "+who.Name+" from "+account.Name, membersPath(account))
}
