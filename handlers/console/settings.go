package console

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

const (
	settingsPath = "/admin/settings"
	staffPath    = settingsPath + "/staff"
)

// ListStaff shows who may use the console.
func (s *Surface) ListStaff(c echo.Context) error {
	query, err := readPeopleQuery(c, settingsPath)
	if err != nil {
		return err
	}
	staff, err := s.DB.ListStaff(c.Request().Context())
	if err != nil {
		return err
	}
	people := make([]userRow, len(staff))
	for i, p := range staff {
		people[i] = userRow{Person: p, role: views.StaffRole(string(p.StaffRole))}
	}
	model, err := s.peopleModel(c, query, people, func(p userRow) []views.ActionModel { return staffActions(c, p) })
	if err != nil {
		return err
	}
	model.Noun, model.Nouns = "person", "people"
	model.Add = views.Link{Text: "Add staff member", URL: staffPath + "/new"}
	return web.Render(c, http.StatusOK, inShell(s.shell(c, "Settings", "settings"), views.StaffPage(model)))
}

// staffActions is what an admin may do about someone. One's own sign-in is on the profile.
func staffActions(c echo.Context, p userRow) []views.ActionModel {
	url := staffURL(p.ID)
	edit := views.ActionModel{Text: "Edit…", Icon: "pencil", URL: url}
	if p.ID == web.CallerOf(c).User.ID {
		return []views.ActionModel{edit, {Text: "Profile and password", Icon: "users", URL: "/admin/profile", Leaves: true}}
	}
	return append([]views.ActionModel{edit}, managing(p, url)...)
}

func staffURL(id int64) string { return staffPath + "/" + strconv.FormatInt(id, 10) }

// staffMember finds someone with a staff role.
func (s *Surface) staffMember(c echo.Context) (userTarget, error) {
	user := s.Live.People().User(web.PathNumber(c, "id"))
	if user == nil || user.StaffRole == features.NoStaff {
		return userTarget{}, &features.Error{Kind: features.NotFound, Message: "There is no such staff member."}
	}
	return staffOf(user), nil
}

func staffOf(user *features.User) userTarget {
	return userTarget{user, staffURL(user.ID), views.Link{Text: "Settings", URL: settingsPath}, "settings"}
}

// OtherStaff finds someone with a staff role other than the caller, who cannot lock themselves out.
func (s *Surface) OtherStaff(c echo.Context) (userTarget, error) {
	who, err := s.staffMember(c)
	if err == nil && who.ID == web.CallerOf(c).User.ID {
		return who, web.Forbidden("You cannot change yourself here. Use your profile, or ask another admin.")
	}
	return who, err
}

func (s *Surface) newStaffQuestion(c echo.Context) views.AskModel {
	return views.AskModel{
		ID: "staff-dialog", Title: "Add staff member", Action: staffPath + "/new", CSRFToken: s.CSRFToken(c), Submit: "Add staff member",
		Hint: "An existing portal user keeps their accounts and chooses a new password.", Back: views.Link{Text: "Settings", URL: settingsPath},
	}
}

// ConfirmNewStaff asks who is to join the staff, and in which role.
func (s *Surface) ConfirmNewStaff(c echo.Context) error {
	return s.confirm(c, "settings", s.newStaffQuestion(c), views.AskStaff(views.StaffFields{Role: string(features.Viewer)}), nil)
}

// AddStaff lets someone into the console.
func (s *Surface) AddStaff(c echo.Context) error {
	draft := staffDraft(c)
	id, err := s.DB.AddStaff(c.Request().Context(), web.Actor(c), draft, "")
	if fields := web.FieldErrors(err); fields != nil {
		form := views.StaffFields{Name: draft.Name, Email: draft.Email, Role: string(draft.StaffRole), Errors: fields}
		return s.confirm(c, "settings", s.newStaffQuestion(c), views.AskStaff(form), err)
	}
	if err != nil {
		return err
	}
	user := s.Live.People().User(id)
	return s.invited(c, staffOf(user), "Added "+user.Name+" to the staff")
}

func staffDraft(c echo.Context) features.UserDraft {
	return features.UserDraft{
		Email: c.FormValue("email"), Name: c.FormValue("name"), ExternalID: c.FormValue("external_id"),
		StaffRole: features.StaffRole(c.FormValue("staff_role")),
	}
}

func (s *Surface) staffQuestion(c echo.Context, who userTarget) views.AskModel {
	return views.AskModel{
		ID: "staff-dialog", Title: "Edit " + who.Name, Action: who.url, CSRFToken: s.CSRFToken(c), Submit: "Save changes", Back: who.back,
	}
}

// ConfirmStaff asks for the new name and role of a member of the staff.
func (s *Surface) ConfirmStaff(c echo.Context) error {
	who, err := s.staffMember(c)
	if err != nil {
		return err
	}
	form := staffFields(c, who.User)
	return s.confirm(c, "settings", s.staffQuestion(c, who), views.AskStaff(form), nil)
}

func staffFields(c echo.Context, user *features.User) views.StaffFields {
	return views.StaffFields{
		Name: user.Name, Email: user.Email, ExternalID: user.ExternalID, Role: string(user.StaffRole), Version: user.Revision,
		You: user.ID == web.CallerOf(c).User.ID,
	}
}

// SaveStaff saves what an admin wrote of someone. What someone else saved meanwhile is shown beside it first.
func (s *Surface) SaveStaff(c echo.Context) error {
	who, err := s.staffMember(c)
	if err != nil {
		return err
	}
	draft := staffDraft(c)
	if who.ID == web.CallerOf(c).User.ID {
		draft.StaffRole = who.StaffRole
	}
	_, err = s.DB.UpdateUser(c.Request().Context(), web.Actor(c), who.ID, draft, formVersion(c))
	if err == nil {
		return s.saved(c, "Saved "+draft.Name, settingsPath)
	}
	form := staffFields(c, who.User)
	form.Name, form.Email, form.ExternalID, form.Role = draft.Name, draft.Email, draft.ExternalID, string(draft.StaffRole)
	if features.KindOf(err) == features.Conflict {
		if form.By, form.Conflict, err = s.staffConflict(c, who.User, draft, err); form.Conflict == nil {
			return err
		}
	} else if form.Version, form.Errors = formVersion(c), web.FieldErrors(err); form.Errors == nil {
		return err
	}
	return s.confirm(c, "settings", s.staffQuestion(c, who), views.AskStaff(form), err)
}

// staffConflict sets both versions of someone side by side, and says who saved the other.
func (s *Surface) staffConflict(c echo.Context, stored *features.User, draft features.UserDraft, refusal error) (by string, both *views.DiffModel, err error) {
	change, err := s.DB.ChangeSet(c.Request().Context(), stored.Revision)
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

// ListStaffSessions shows where the staff is signed in.
func (s *Surface) ListStaffSessions(c echo.Context) error {
	sessions, err := s.DB.ListStaffSessions(c.Request().Context())
	if err != nil {
		return err
	}
	var all []views.SessionModel
	used := make(map[string]*features.Session)
	for _, session := range sessions {
		if user := s.Live.People().User(session.UserID); user != nil {
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
	model := views.SettingsSessionsModel{Sessions: shown, List: list.model(len(shown), len(all), "session", "sessions"), CSRFToken: s.CSRFToken(c)}
	return web.Render(c, http.StatusOK, inShell(s.shell(c, "Sessions", "settings"), views.StaffSessionsPage(model)))
}

// sessionColumns are the columns of a list of sessions, which are given by their rows.
func (s *Surface) sessionColumns(sessions map[string]*features.Session) []listColumn[views.SessionModel] {
	at := func(moment func(*features.Session) time.Time) func(a, b views.SessionModel) int {
		return func(a, b views.SessionModel) int { return moment(sessions[a.ID]).Compare(moment(sessions[b.ID])) }
	}
	return []listColumn[views.SessionModel]{
		{"name", "Session", byText(func(m views.SessionModel) string { return m.Who })},
		{"address", "Address", byText(func(m views.SessionModel) string { return m.IP })},
		{"created", "Signed in", at(func(one *features.Session) time.Time { return one.CreatedAt })},
		{"used", "Last used", at(func(one *features.Session) time.Time { return s.Store.Seen.Of(one.ID, one.SeenAt) })},
	}
}

// sessionRow is a session in a list; whose it is and where it is ended the caller fills in.
func (s *Surface) sessionRow(c echo.Context, session *features.Session) views.SessionModel {
	now := time.Now()
	return views.SessionModel{
		ID: "session-" + strconv.FormatInt(session.ID, 10), Device: views.Device(session.UserAgent), IP: session.IP,
		Started: views.When(session.CreatedAt, now), Seen: views.When(s.Store.Seen.Of(session.ID, session.SeenAt), now),
		Current: session.ID == web.CallerOf(c).Session.ID,
	}
}

// EndStaffSession ends one session of someone on the staff.
func (s *Surface) EndStaffSession(c echo.Context) error {
	who, err := s.staffMember(c)
	if err != nil {
		return err
	}
	if err := s.DB.RevokeSession(c.Request().Context(), web.Actor(c), who.ID, web.PathNumber(c, "session")); err != nil {
		return err
	}
	return s.saved(c, "Ended a session of "+who.Name, settingsPath+"/sessions")
}
