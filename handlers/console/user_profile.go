package console

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

const profilePath = "/admin/profile"

// ShowProfile shows what staff may change of themselves.
func (s *Surface) ShowProfile(c echo.Context) error {
	model, err := s.profileModel(c)
	if err != nil {
		return err
	}
	return s.answerProfile(c, http.StatusOK, model)
}

func (s *Surface) answerProfile(c echo.Context, status int, m views.ProfileModel) error {
	return web.Render(c, status, inShell(s.shell(c, "Profile", ""), views.ProfilePage(m)))
}

func (s *Surface) profileModel(c echo.Context) (views.ProfileModel, error) {
	who, token := web.CallerOf(c), s.CSRFToken(c)
	model := views.ProfileModel{
		Email: who.User.Email, Role: views.StaffRole(string(who.User.StaffRole)), CSRFToken: token,
		Name:     views.NameFields{Value: who.User.Name, Version: who.User.Revision, CSRFToken: token},
		Password: views.PasswordChangeFields{CSRFToken: token},
	}
	sessions, err := s.DB.ListSessions(c.Request().Context(), who.User.ID)
	for _, session := range sessions {
		row := s.sessionRow(c, session)
		row.End = profilePath + "/sessions/" + strconv.FormatInt(session.ID, 10) + "/end"
		model.Sessions = append(model.Sessions, row)
	}
	return model, err
}

// SaveName saves one's own name.
func (s *Surface) SaveName(c echo.Context) error {
	user := web.CallerOf(c).User
	draft := features.UserDraft{Email: user.Email, Name: c.FormValue("name"), ExternalID: user.ExternalID, StaffRole: user.StaffRole}
	_, err := s.DB.UpdateUser(c.Request().Context(), web.Actor(c), user.ID, draft, formVersion(c))
	if err == nil {
		s.setFlash(c, "Your name is saved", 0)
		return goTo(c, profilePath)
	}
	form := views.NameFields{Value: draft.Name, Version: formVersion(c), Errors: web.FieldErrors(err), CSRFToken: s.CSRFToken(c)}
	if features.KindOf(err) == features.Conflict {
		text := "Your name was saved as " + user.Name + " in the meantime. Save again to replace it."
		form.Version, form.Errors = user.Revision, map[string]string{"name": text}
	}
	if form.Errors == nil {
		return err
	}
	if web.WantsFragment(c) {
		return web.Render(c, web.Describe(err).Status, views.NamePanel(form))
	}
	model, modelErr := s.profileModel(c)
	if modelErr != nil {
		return modelErr
	}
	model.Name = form
	return s.answerProfile(c, web.Describe(err).Status, model)
}

// ChangePassword changes one's own password.
func (s *Surface) ChangePassword(c echo.Context) error {
	err := s.changeOwnPassword(c, c.FormValue("current"), c.FormValue("password"))
	if fields := passwordFields(err); fields != nil {
		return s.passwordRefused(c, fields, err)
	}
	if err != nil {
		return err
	}
	s.setFlash(c, "Your password is changed; your other sessions have ended", 0)
	return goTo(c, profilePath)
}

func (s *Surface) passwordRefused(c echo.Context, fields map[string]string, refusal error) error {
	form := views.PasswordChangeFields{Errors: fields, CSRFToken: s.CSRFToken(c)}
	if web.WantsFragment(c) {
		return web.Render(c, web.Describe(refusal).Status, views.PasswordPanel(form))
	}
	model, err := s.profileModel(c)
	if err != nil {
		return err
	}
	model.Password = form
	return s.answerProfile(c, web.Describe(refusal).Status, model)
}

// EndOwnSession ends one of one's own sessions.
func (s *Surface) EndOwnSession(c echo.Context) error {
	user := web.CallerOf(c).User
	if err := s.DB.RevokeSession(c.Request().Context(), web.Actor(c), user.ID, web.PathNumber(c, "session")); err != nil {
		return err
	}
	return s.saved(c, "Ended the session", profilePath)
}

// EndOtherSessions ends all of one's own sessions but this one.
func (s *Surface) EndOtherSessions(c echo.Context) error {
	if err := s.endOthers(c); err != nil {
		return err
	}
	return s.saved(c, "Ended all your other sessions", profilePath)
}
