package handlers

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/views"
)

const profilePath = "/admin/profile"

// showProfile shows what staff may change of themselves.
func (s *Server) showProfile(c echo.Context) error {
	model, err := s.profileModel(c)
	if err != nil {
		return err
	}
	return s.answerProfile(c, http.StatusOK, model)
}

func (s *Server) answerProfile(c echo.Context, status int, m views.ProfileModel) error {
	return render(c, status, inShell(s.shell(c, "Profile", ""), views.ProfilePage(m)))
}

func (s *Server) profileModel(c echo.Context) (views.ProfileModel, error) {
	who, token := callerOf(c), s.csrfToken(c)
	model := views.ProfileModel{
		Email: who.User.Email, Role: views.StaffRole(string(who.User.StaffRole)), CSRFToken: token,
		Name:     views.NameFields{Value: who.User.Name, Version: who.User.Revision, CSRFToken: token},
		Password: views.PasswordChangeFields{CSRFToken: token},
	}
	sessions, err := s.db.ListSessions(c.Request().Context(), who.User.ID)
	for _, session := range sessions {
		row := s.sessionRow(c, session)
		row.End = profilePath + "/sessions/" + strconv.FormatInt(session.ID, 10) + "/end"
		model.Sessions = append(model.Sessions, row)
	}
	return model, err
}

// saveName saves one's own name.
func (s *Server) saveName(c echo.Context) error {
	user := callerOf(c).User
	draft := features.UserDraft{Email: user.Email, Name: c.FormValue("name"), ExternalID: user.ExternalID, StaffRole: user.StaffRole}
	_, err := s.db.UpdateUser(c.Request().Context(), actor(c), user.ID, draft, formVersion(c))
	if err == nil {
		s.leave(c, "Your name is saved", 0)
		return goTo(c, profilePath)
	}
	form := views.NameFields{Value: draft.Name, Version: formVersion(c), Errors: fieldErrors(err), CSRFToken: s.csrfToken(c)}
	if features.KindOf(err) == features.Conflict {
		text := "Your name was saved as " + user.Name + " meanwhile. Save again to put this in its place."
		form.Version, form.Errors = user.Revision, map[string]string{"name": text}
	}
	if form.Errors == nil {
		return err
	}
	if wantsFragment(c) {
		return render(c, describe(err).Status, views.NamePanel(form))
	}
	model, modelErr := s.profileModel(c)
	if modelErr != nil {
		return modelErr
	}
	model.Name = form
	return s.answerProfile(c, describe(err).Status, model)
}

// changePassword changes one's own password.
func (s *Server) changePassword(c echo.Context) error {
	err := s.changeOwnPassword(c, c.FormValue("current"), c.FormValue("password"))
	if fields := passwordFields(err); fields != nil {
		return s.passwordRefused(c, fields, err)
	}
	if err != nil {
		return err
	}
	s.leave(c, "Your password is changed; your other sessions have ended", 0)
	return goTo(c, profilePath)
}

func (s *Server) passwordRefused(c echo.Context, fields map[string]string, refusal error) error {
	form := views.PasswordChangeFields{Errors: fields, CSRFToken: s.csrfToken(c)}
	if wantsFragment(c) {
		return render(c, describe(refusal).Status, views.PasswordPanel(form))
	}
	model, err := s.profileModel(c)
	if err != nil {
		return err
	}
	model.Password = form
	return s.answerProfile(c, describe(refusal).Status, model)
}

// endOwnSession ends one of one's own sessions.
func (s *Server) endOwnSession(c echo.Context) error {
	user := callerOf(c).User
	if err := s.db.RevokeSession(c.Request().Context(), actor(c), user.ID, pathNumber(c, "session")); err != nil {
		return err
	}
	return s.saved(c, "Ended the session", profilePath)
}

// endOtherSessions ends all of one's own sessions but this one.
func (s *Server) endOtherSessions(c echo.Context) error {
	if err := s.endOthers(c); err != nil {
		return err
	}
	return s.saved(c, "Ended all your other sessions", profilePath)
}
