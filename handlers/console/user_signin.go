package console

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

// ShowSignIn is the one door for staff and portal users. Whoever is signed in is led on.
func (s *Surface) ShowSignIn(c echo.Context) error {
	next := c.QueryParam("next")
	if who := web.CallerOf(c); who != nil {
		return c.Redirect(http.StatusSeeOther, afterSignIn(next, who.User))
	}
	model := views.SignInModel{Next: next}
	if _, had := s.Store.Token(c.Request()); had && next != "" {
		model.Notice = "Your session has ended. Sign in to go on."
	}
	return s.renderSignIn(c, http.StatusOK, model)
}

// renderSignIn answers with the form, which says where there is no admin yet. A server that started with one has one:
// the last stays.
func (s *Surface) renderSignIn(c echo.Context, status int, m views.SignInModel) error {
	if s.setup.Load() != nil {
		has, err := s.DB.HasAdmin(c.Request().Context())
		if err != nil {
			return err
		}
		m.NoAdmin = !has
	}
	return web.Render(c, status, views.SignInPage(m))
}

// SubmitSignIn answers the form: on with a session, or the form again with the reason.
func (s *Surface) SubmitSignIn(c echo.Context) error {
	email, next := c.FormValue("email"), c.FormValue("next")
	user, err := s.SignIn(c, email, c.FormValue("password"))
	if err == nil {
		return c.Redirect(http.StatusSeeOther, afterSignIn(next, user))
	}
	model := views.SignInModel{CSRFToken: s.CSRFToken(c), Next: next, Email: email}
	var tries *web.TooManyTries
	switch {
	case errors.As(err, &tries):
		model.Error, model.RetryAfter = tries.Error(), tries.Wait
		return s.renderSignIn(c, http.StatusTooManyRequests, model)
	case features.KindOf(err) == features.Unauthenticated, features.KindOf(err) == features.Forbidden:
		model.Error = err.Error()
		return s.renderSignIn(c, web.Describe(err).Status, model)
	case features.KindOf(err) == features.Unavailable:
		model.Error = web.Describe(err).Detail
		web.SetRetryAfter(c, err)
		return s.renderSignIn(c, http.StatusServiceUnavailable, model)
	}
	return err
}

// SignOut ends the session and takes the cookie away.
func (s *Surface) SignOut(c echo.Context) error {
	if err := s.EndSession(c); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/signin")
}

// afterSignIn is where a user goes: to the page that was asked for when it is one of ours and open to the user, else to
// where the user belongs.
func afterSignIn(next string, user *features.User) string {
	if !web.IsOwnPath(next) || next == "/" {
		return web.Landing(user)
	}
	for _, door := range []string{"/signin", "/signout", "/setup/", "/invite/", "/password/", "/api/"} {
		if strings.HasPrefix(next, door) {
			return web.Landing(user)
		}
	}
	if user.StaffRole == features.NoStaff && strings.HasPrefix(next, "/admin") {
		return web.Landing(user)
	}
	return next
}
