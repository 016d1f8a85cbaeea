package console

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

const ownPath = "/account"

// changeOwnPassword changes the caller's password; their other sessions end. Guessing the present one is slowed as at
// sign-in, and so are changes that follow one another: each stays on record.
func (s *Surface) changeOwnPassword(c echo.Context, current, password string) error {
	who := web.CallerOf(c)
	try := web.NewAttempt(who.User.Email, c.RealIP())
	buckets := try.Buckets(true)
	if wait := s.Throttle.Take(buckets, time.Now()); wait > 0 {
		s.NoteTry(c, features.SignInThrottled, try)
		return &web.TooManyTries{Wait: wait}
	}
	err := s.DB.ChangePassword(c.Request().Context(), web.Actor(c), current, password, who.Session.ID)
	if err != nil && web.FieldErrors(err)["current"] == "" {
		s.Throttle.Forgive(buckets)
	}
	return err
}

// passwordFields are the problems of a change of one's own password, beside the fields of its form; nil where err is
// something else.
func passwordFields(err error) map[string]string {
	var tries *web.TooManyTries
	if errors.As(err, &tries) {
		return map[string]string{"current": tries.Error()}
	}
	return web.FieldErrors(err)
}

// endOthers ends all of the caller's sessions but this one.
func (s *Surface) endOthers(c echo.Context) error {
	who := web.CallerOf(c)
	if err := s.DB.EndOtherSessions(c.Request().Context(), who.User.ID, who.Session.ID); err != nil {
		return err
	}
	s.NoteSecurity(c, features.SecurityEvent{Event: features.SessionEnded, Detail: "All others"})
	return nil
}

// PutMyPassword is PUT /api/me/password.
func (s *Surface) PutMyPassword(c echo.Context) error {
	var body struct {
		Current string `json:"current"`
		New     string `json:"new"`
	}
	if err := web.BindForm(c, &body); err != nil {
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

// MySessions is GET /api/me/sessions.
func (s *Surface) MySessions(c echo.Context) error {
	who := web.CallerOf(c)
	sessions, err := s.DB.ListSessions(c.Request().Context(), who.User.ID)
	if err != nil {
		return err
	}
	view := struct {
		Sessions []mySessionView `json:"sessions"`
	}{[]mySessionView{}}
	for _, session := range sessions {
		view.Sessions = append(view.Sessions, mySessionView{
			ID: session.ID, Device: views.Device(session.UserAgent), IPAddress: session.IP, CreatedAt: session.CreatedAt.UTC(),
			SeenAt: s.Store.Seen.Of(session.ID, session.SeenAt).UTC(), Current: session.ID == who.Session.ID,
		})
	}
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return c.JSON(http.StatusOK, view)
}

// EndMySessions is DELETE /api/me/sessions: all but the one that asks.
func (s *Surface) EndMySessions(c echo.Context) error {
	if err := s.endOthers(c); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// EndMySession is DELETE /api/me/sessions/:session.
func (s *Surface) EndMySession(c echo.Context) error {
	if err := s.DB.RevokeSession(c.Request().Context(), web.Actor(c), web.CallerOf(c).User.ID, web.PathNumber(c, "session")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// ShowOwn is the page of one's own password and sessions, for portal users and staff alike.
func (s *Surface) ShowOwn(c echo.Context) error { return s.renderOwn(c, http.StatusOK, nil, "") }

func (s *Surface) renderOwn(c echo.Context, status int, problems map[string]string, notice string) error {
	user := web.CallerOf(c).User
	model := views.OwnModel{Name: user.Name, Email: user.Email, CSRFToken: s.CSRFToken(c), Back: web.Landing(user), Errors: problems, Notice: notice}
	sessions, err := s.DB.ListSessions(c.Request().Context(), user.ID)
	if err != nil {
		return err
	}
	for _, session := range sessions {
		row := s.sessionRow(c, session)
		row.End = ownPath + "/sessions/" + strconv.FormatInt(session.ID, 10) + "/end"
		model.Sessions = append(model.Sessions, row)
	}
	return web.Render(c, status, views.OwnPage(model))
}

// SaveOwnPassword changes the password of a portal user, which ends their other sessions.
func (s *Surface) SaveOwnPassword(c echo.Context) error {
	err := s.changeOwnPassword(c, c.FormValue("current"), c.FormValue("password"))
	if fields := passwordFields(err); fields != nil {
		return s.renderOwn(c, web.Describe(err).Status, fields, "")
	}
	if err != nil {
		return err
	}
	return s.renderOwn(c, http.StatusOK, nil, "Your password is changed. Your other sessions have ended.")
}

// EndOwnOthers ends every session of a portal user but this one.
func (s *Surface) EndOwnOthers(c echo.Context) error {
	if err := s.endOthers(c); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, ownPath)
}

// EndOneOfOwn ends one session of a portal user.
func (s *Surface) EndOneOfOwn(c echo.Context) error {
	if err := s.DB.RevokeSession(c.Request().Context(), web.Actor(c), web.CallerOf(c).User.ID, web.PathNumber(c, "session")); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, ownPath)
}
