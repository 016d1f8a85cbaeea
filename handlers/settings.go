package handlers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/views"
)

const (
	settingsPath = "/admin/settings"
	staffPath    = settingsPath + "/staff"
)

// listStaff shows who may use the console.
func (s *Server) listStaff(c echo.Context) error {
	query, err := readPeopleQuery(c, settingsPath)
	if err != nil {
		return err
	}
	staff, err := s.db.ListStaff(c.Request().Context())
	if err != nil {
		return err
	}
	people := make([]person, len(staff))
	for i, p := range staff {
		people[i] = person{Person: p, role: views.StaffRole(string(p.StaffRole))}
	}
	model, err := s.peopleModel(c, query, people, func(p person) []views.ActionModel { return staffActions(c, p) })
	if err != nil {
		return err
	}
	model.Noun, model.Nouns = "person", "people"
	model.Add = views.Link{Text: "Add someone", URL: staffPath + "/new"}
	return render(c, http.StatusOK, inShell(s.shell(c, "Settings", "settings"), views.StaffPage(model)))
}

// staffActions is what an admin may do about someone. One's own sign-in is on the profile.
func staffActions(c echo.Context, p person) []views.ActionModel {
	url := staffURL(p.ID)
	edit := views.ActionModel{Text: "Edit…", Icon: "pencil", URL: url}
	if p.ID == callerOf(c).User.ID {
		return []views.ActionModel{edit, {Text: "Profile and password", Icon: "users", URL: "/admin/profile", Leaves: true}}
	}
	return append([]views.ActionModel{edit}, managing(p, url)...)
}

func staffURL(id int64) string { return staffPath + "/" + strconv.FormatInt(id, 10) }

// staffMember finds someone with a staff role.
func (s *Server) staffMember(c echo.Context) (whom, error) {
	user := s.live.People().User(pathNumber(c, "id"))
	if user == nil || user.StaffRole == features.NoStaff {
		return whom{}, &features.Error{Kind: features.NotFound, Message: "There is no such person on the staff."}
	}
	return staffOf(user), nil
}

func staffOf(user *features.User) whom {
	return whom{user, staffURL(user.ID), views.Link{Text: "Settings", URL: settingsPath}, "settings"}
}

// otherStaff finds someone with a staff role other than the caller, who cannot lock themselves out.
func (s *Server) otherStaff(c echo.Context) (whom, error) {
	who, err := s.staffMember(c)
	if err == nil && who.ID == callerOf(c).User.ID {
		return who, forbidden("This is you: use your profile, or ask another admin.")
	}
	return who, err
}

func (s *Server) newStaffQuestion(c echo.Context) views.AskModel {
	return views.AskModel{
		ID: "staff-dialog", Title: "Add someone to the staff", Action: staffPath + "/new", CSRFToken: s.csrfToken(c), Submit: "Add to staff",
		Hint: "A portal user who is known by the e-mail keeps their accounts, and chooses a new password.", Back: views.Link{Text: "Settings", URL: settingsPath},
	}
}

func (s *Server) askNewStaff(c echo.Context) error {
	return s.ask(c, "settings", s.newStaffQuestion(c), views.AskStaff(views.StaffFields{Role: string(features.Viewer)}), nil)
}

// addStaff lets someone into the console.
func (s *Server) addStaff(c echo.Context) error {
	draft := staffDraft(c)
	id, err := s.db.AddStaff(c.Request().Context(), actor(c), draft, "")
	if fields := fieldErrors(err); fields != nil {
		form := views.StaffFields{Name: draft.Name, Email: draft.Email, Role: string(draft.StaffRole), Errors: fields}
		return s.ask(c, "settings", s.newStaffQuestion(c), views.AskStaff(form), err)
	}
	if err != nil {
		return err
	}
	user := s.live.People().User(id)
	return s.invited(c, staffOf(user), "Added "+user.Name+" to the staff")
}

func staffDraft(c echo.Context) features.UserDraft {
	return features.UserDraft{
		Email: c.FormValue("email"), Name: c.FormValue("name"), ExternalID: c.FormValue("external_id"),
		StaffRole: features.StaffRole(c.FormValue("staff_role")),
	}
}

func (s *Server) staffQuestion(c echo.Context, who whom) views.AskModel {
	return views.AskModel{
		ID: "staff-dialog", Title: "Edit " + who.Name, Action: who.url, CSRFToken: s.csrfToken(c), Submit: "Save changes", Back: who.back,
	}
}

func (s *Server) askStaff(c echo.Context) error {
	who, err := s.staffMember(c)
	if err != nil {
		return err
	}
	form := staffFields(c, who.User)
	return s.ask(c, "settings", s.staffQuestion(c, who), views.AskStaff(form), nil)
}

func staffFields(c echo.Context, user *features.User) views.StaffFields {
	return views.StaffFields{
		Name: user.Name, Email: user.Email, ExternalID: user.ExternalID, Role: string(user.StaffRole), Version: user.Revision,
		You: user.ID == callerOf(c).User.ID,
	}
}

// saveStaff saves what an admin wrote of someone. What someone else saved meanwhile is shown beside it first.
func (s *Server) saveStaff(c echo.Context) error {
	who, err := s.staffMember(c)
	if err != nil {
		return err
	}
	draft := staffDraft(c)
	if who.ID == callerOf(c).User.ID {
		draft.StaffRole = who.StaffRole
	}
	_, err = s.db.UpdateUser(c.Request().Context(), actor(c), who.ID, draft, formVersion(c))
	if err == nil {
		return s.saved(c, "Saved "+draft.Name, settingsPath)
	}
	form := staffFields(c, who.User)
	form.Name, form.Email, form.ExternalID, form.Role = draft.Name, draft.Email, draft.ExternalID, string(draft.StaffRole)
	if features.KindOf(err) == features.Conflict {
		if form.By, form.Conflict, err = s.staffConflict(c, who.User, draft, err); form.Conflict == nil {
			return err
		}
	} else if form.Version, form.Errors = formVersion(c), fieldErrors(err); form.Errors == nil {
		return err
	}
	return s.ask(c, "settings", s.staffQuestion(c, who), views.AskStaff(form), err)
}

// staffConflict sets both versions of someone side by side, and says who saved the other.
func (s *Server) staffConflict(c echo.Context, stored *features.User, draft features.UserDraft, refusal error) (by string, both *views.DiffModel, err error) {
	change, err := s.db.ChangeSet(c.Request().Context(), stored.Revision)
	if err != nil {
		return "", nil, err
	}
	both = &views.DiffModel{Caption: "Both versions", Before: change.ActorName + "'s, saved", After: "Yours, not saved"}
	for _, row := range [...]views.DiffRow{
		{Field: "E-mail", Before: stored.Email, After: draft.Email},
		{Field: "Name", Before: stored.Name, After: draft.Name},
		{Field: "Role", Before: views.StaffRole(string(stored.StaffRole)), After: views.StaffRole(string(draft.StaffRole))},
		{Field: "External ID", Before: stored.ExternalID, After: draft.ExternalID},
	} {
		if row.Before != row.After {
			both.Rows = append(both.Rows, row)
		}
	}
	return change.ActorName, both, refusal
}

// formVersion reads what an edit is held against; what is no number is the version of nothing.
func formVersion(c echo.Context) int64 {
	version, _ := strconv.ParseInt(c.FormValue("version"), 10, 64)
	return version
}

// listStaffSessions shows where the staff is signed in.
func (s *Server) listStaffSessions(c echo.Context) error {
	sessions, err := s.db.ListStaffSessions(c.Request().Context())
	if err != nil {
		return err
	}
	var all []views.SessionModel
	used := make(map[string]*features.Session)
	for _, session := range sessions {
		if user := s.live.People().User(session.UserID); user != nil {
			row := s.sessionRow(c, session)
			row.Who = user.Name
			row.End = staffURL(user.ID) + "/sessions/" + strconv.FormatInt(session.ID, 10) + "/end"
			all, used[row.ID] = append(all, row), session
		}
	}
	list, err := readSettingsList(c, settingsPath+"/sessions", s.sessionColumns(used))
	if err != nil {
		return err
	}
	shown := list.apply(all, func(m views.SessionModel) []string { return []string{m.Who, m.Device, m.IP} })
	model := views.SettingsSessionsModel{Sessions: shown, List: list.model(len(shown), len(all), "session", "sessions"), CSRFToken: s.csrfToken(c)}
	return render(c, http.StatusOK, inShell(s.shell(c, "Sessions", "settings"), views.StaffSessionsPage(model)))
}

// sessionColumns are the columns of a list of sessions, which are given by their rows.
func (s *Server) sessionColumns(sessions map[string]*features.Session) []listColumn[views.SessionModel] {
	at := func(moment func(*features.Session) time.Time) func(a, b views.SessionModel) int {
		return func(a, b views.SessionModel) int { return moment(sessions[a.ID]).Compare(moment(sessions[b.ID])) }
	}
	return []listColumn[views.SessionModel]{
		{"name", "Session", byText(func(m views.SessionModel) string { return m.Who })},
		{"address", "Address", byText(func(m views.SessionModel) string { return m.IP })},
		{"created", "Signed in", at(func(one *features.Session) time.Time { return one.CreatedAt })},
		{"used", "Last used", at(func(one *features.Session) time.Time { return s.store.seen.of(one.ID, one.SeenAt) })},
	}
}

// sessionRow is a session in a list; whose it is and where it is ended the caller fills in.
func (s *Server) sessionRow(c echo.Context, session *features.Session) views.SessionModel {
	now := time.Now()
	return views.SessionModel{
		ID: "session-" + strconv.FormatInt(session.ID, 10), Device: views.Device(session.UserAgent), IP: session.IP,
		Started: views.When(session.CreatedAt, now), Seen: views.When(s.store.seen.of(session.ID, session.SeenAt), now),
		Current: session.ID == callerOf(c).Session.ID,
	}
}

// endStaffSession ends one session of someone on the staff.
func (s *Server) endStaffSession(c echo.Context) error {
	who, err := s.staffMember(c)
	if err != nil {
		return err
	}
	if err := s.db.RevokeSession(c.Request().Context(), actor(c), who.ID, pathNumber(c, "session")); err != nil {
		return err
	}
	return s.saved(c, "Ended a session of "+who.Name, settingsPath+"/sessions")
}
