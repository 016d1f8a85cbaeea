package handlers

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/views"
)

const ownPath = "/account"

// changeOwnPassword changes the caller's password; their other sessions end. Guessing the present one is slowed as at
// sign-in, and so are changes that follow one another: each stays on record.
func (s *Server) changeOwnPassword(c echo.Context, current, password string) error {
	who := callerOf(c)
	try := newAttempt(who.User.Email, c.RealIP())
	buckets := try.buckets(true)
	if wait := s.throttle.take(buckets, time.Now()); wait > 0 {
		s.noteTry(c, features.SignInThrottled, try)
		return &tooManyTries{wait: wait}
	}
	err := s.db.ChangePassword(c.Request().Context(), actor(c), current, password, who.Session.ID)
	if err != nil && fieldErrors(err)["current"] == "" {
		s.throttle.forgive(buckets)
	}
	return err
}

// passwordFields are the problems of a change of one's own password, beside the fields of its form; nil where err is
// something else.
func passwordFields(err error) map[string]string {
	var tries *tooManyTries
	if errors.As(err, &tries) {
		return map[string]string{"current": tries.Error()}
	}
	return fieldErrors(err)
}

// endOthers ends all of the caller's sessions but this one.
func (s *Server) endOthers(c echo.Context) error {
	who := callerOf(c)
	if err := s.db.EndOtherSessions(c.Request().Context(), who.User.ID, who.Session.ID); err != nil {
		return err
	}
	s.noteSecurity(c, features.SecurityEvent{Event: features.SessionEnded, Detail: "All others"})
	return nil
}

// putMyPassword is PUT /api/me/password.
func (s *Server) putMyPassword(c echo.Context) error {
	var body struct {
		Current string `json:"current"`
		New     string `json:"new"`
	}
	if err := bindForm(c, &body); err != nil {
		return err
	}
	err := s.changeOwnPassword(c, body.Current, body.New)
	var problems features.Problems
	if errors.As(err, &problems) {
		for _, problem := range problems {
			if problem.Field == "password" {
				problem.Field = "new"
			}
		}
	}
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// mySessionView is a session as its user sees it.
type mySessionView struct {
	ID        int64     `json:"id"`
	Device    string    `json:"device"`
	IPAddress string    `json:"ip_address"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	Current   bool      `json:"current"`
}

// mySessions is GET /api/me/sessions.
func (s *Server) mySessions(c echo.Context) error {
	who := callerOf(c)
	sessions, err := s.db.ListSessions(c.Request().Context(), who.User.ID)
	if err != nil {
		return err
	}
	view := struct {
		Sessions []mySessionView `json:"sessions"`
	}{[]mySessionView{}}
	for _, session := range sessions {
		view.Sessions = append(view.Sessions, mySessionView{
			ID: session.ID, Device: views.Device(session.UserAgent), IPAddress: session.IP, CreatedAt: session.CreatedAt.UTC(),
			SeenAt: s.store.seen.of(session.ID, session.SeenAt).UTC(), Current: session.ID == who.Session.ID,
		})
	}
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return c.JSON(http.StatusOK, view)
}

// endMySessions is DELETE /api/me/sessions: all but the one that asks.
func (s *Server) endMySessions(c echo.Context) error {
	if err := s.endOthers(c); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// endMySession is DELETE /api/me/sessions/:session.
func (s *Server) endMySession(c echo.Context) error {
	if err := s.db.RevokeSession(c.Request().Context(), actor(c), callerOf(c).User.ID, pathNumber(c, "session")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// showOwn is the page of one's own password and sessions, for portal users and staff alike.
func (s *Server) showOwn(c echo.Context) error { return s.renderOwn(c, http.StatusOK, nil, "") }

func (s *Server) renderOwn(c echo.Context, status int, problems map[string]string, notice string) error {
	user := callerOf(c).User
	model := views.OwnModel{Name: user.Name, Email: user.Email, CSRFToken: s.csrfToken(c), Back: landing(user), Errors: problems, Notice: notice}
	sessions, err := s.db.ListSessions(c.Request().Context(), user.ID)
	if err != nil {
		return err
	}
	for _, session := range sessions {
		row := s.sessionRow(c, session)
		row.End = ownPath + "/sessions/" + strconv.FormatInt(session.ID, 10) + "/end"
		model.Sessions = append(model.Sessions, row)
	}
	return render(c, status, views.OwnPage(model))
}

func (s *Server) saveOwnPassword(c echo.Context) error {
	err := s.changeOwnPassword(c, c.FormValue("current"), c.FormValue("password"))
	if fields := passwordFields(err); fields != nil {
		return s.renderOwn(c, describe(err).Status, fields, "")
	}
	if err != nil {
		return err
	}
	return s.renderOwn(c, http.StatusOK, nil, "Your password is changed. Your other sessions have ended.")
}

func (s *Server) endOwnOthers(c echo.Context) error {
	if err := s.endOthers(c); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, ownPath)
}

func (s *Server) endOneOfOwn(c echo.Context) error {
	if err := s.db.RevokeSession(c.Request().Context(), actor(c), callerOf(c).User.ID, pathNumber(c, "session")); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, ownPath)
}
