package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/views"
)

// showSignIn is the one door for staff and portal users. Whoever is signed in is led on.
func (s *Server) showSignIn(c echo.Context) error {
	next := c.QueryParam("next")
	if who := callerOf(c); who != nil {
		return c.Redirect(http.StatusSeeOther, afterSignIn(next, who.User))
	}
	model := views.SignInModel{Next: next}
	if _, had := s.store.token(c.Request()); had && next != "" {
		model.Notice = "Your session has ended. Sign in to go on."
	}
	return s.renderSignIn(c, http.StatusOK, model)
}

// renderSignIn answers with the form, which says where there is no admin yet. A server that started with one has one:
// the last stays.
func (s *Server) renderSignIn(c echo.Context, status int, m views.SignInModel) error {
	if s.setup.Load() != nil {
		has, err := s.db.HasAdmin(c.Request().Context())
		if err != nil {
			return err
		}
		m.NoAdmin = !has
	}
	return render(c, status, views.SignInPage(m))
}

// submitSignIn answers the form: on with a session, or the form again with the reason.
func (s *Server) submitSignIn(c echo.Context) error {
	email, next := c.FormValue("email"), c.FormValue("next")
	user, err := s.signIn(c, email, c.FormValue("password"))
	if err == nil {
		return c.Redirect(http.StatusSeeOther, afterSignIn(next, user))
	}
	model := views.SignInModel{CSRFToken: s.csrfToken(c), Next: next, Email: email}
	var tries *tooManyTries
	switch {
	case errors.As(err, &tries):
		model.Error, model.RetryAfter = tries.Error(), tries.wait
		return s.renderSignIn(c, http.StatusTooManyRequests, model)
	case features.KindOf(err) == features.Unauthenticated, features.KindOf(err) == features.Forbidden:
		model.Error = err.Error()
		return s.renderSignIn(c, describe(err).Status, model)
	case features.KindOf(err) == features.Unavailable:
		model.Error = describe(err).Detail
		setRetryAfter(c, err)
		return s.renderSignIn(c, http.StatusServiceUnavailable, model)
	}
	return err
}

// apiSignIn is POST /api/session.
func (s *Server) apiSignIn(c echo.Context) error {
	var body struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}
	if err := bindForm(c, &body); err != nil {
		return err
	}
	if _, err := s.signIn(c, body.Email, body.Password); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// signIn checks an e-mail and a password, slowly after failures, and starts a session whose cookie goes with the answer.
func (s *Server) signIn(c echo.Context, email, password string) (*features.User, error) {
	if s.SecureCookies && overPlainHTTP(c.Request()) {
		return nil, forbidden("This page came over plain HTTP, where your browser keeps no session. Open it at https://, or start Flagstone without --secure-cookies.")
	}
	ctx, try := c.Request().Context(), newAttempt(email, c.RealIP())
	known := s.throttle.knows(try)
	if !known {
		var err error
		if known, err = s.db.SignedInFrom(ctx, try.email, c.RealIP()); err != nil {
			return nil, err
		}
	}
	buckets := try.buckets(known)
	if wait := s.throttle.take(buckets, time.Now()); wait > 0 {
		s.noteTry(c, features.SignInThrottled, try)
		s.countSignIn(c, signInThrottled)
		refusal := &tooManyTries{wait: wait}
		c.Response().Header().Set("Retry-After", strconv.Itoa(refusal.seconds()))
		return nil, refusal
	}
	authenticate := s.db.Authenticate
	if known {
		authenticate = s.db.AuthenticateKnown
	}
	user, err := authenticate(ctx, try.email, password)
	if err != nil {
		if features.KindOf(err) != features.Unauthenticated { // nothing was tried
			s.throttle.forgive(buckets)
			s.countSignIn(c, signInUnavailable)
			return nil, err
		}
		s.noteTry(c, features.SignInFailed, try)
		s.countSignIn(c, signInFailed)
		return nil, err
	}
	s.throttle.succeed(try, buckets, time.Now())
	if err := s.startSession(c, user.ID); err != nil {
		s.countSignIn(c, signInUnavailable)
		return nil, err
	}
	s.countSignIn(c, signInSucceeded)
	return user, nil
}

// The outcomes of an attempt to sign in.
const (
	signInSucceeded   = "succeeded"
	signInFailed      = "failed"      // for e-mail or password
	signInThrottled   = "throttled"   // after too many that failed
	signInUnavailable = "unavailable" // too many at a time, or the database failed
)

var signInOutcomes = []string{signInSucceeded, signInFailed, signInThrottled, signInUnavailable}

// countSignIn counts an attempt to sign in, and logs one that did not succeed. Nobody's e-mail is in the log.
func (s *Server) countSignIn(c echo.Context, outcome string) {
	s.metrics.signIns.WithLabelValues(outcome).Inc()
	if outcome != signInSucceeded {
		s.Log.Warn("sign-in refused", "reason", outcome, "ip", c.RealIP(), "request_id", c.Response().Header().Get(requestID))
	}
}

// startSession starts a session in place of the one that the browser had, if any.
func (s *Server) startSession(c echo.Context, user int64) error {
	r := c.Request()
	start := db.SignIn{User: user, IP: c.RealIP(), UserAgent: clip(r.UserAgent(), 300)}
	if hash, ok := s.store.token(r); ok {
		start.Replaces = &hash
	}
	token, err := s.db.StartSession(r.Context(), start)
	if err != nil {
		return err
	}
	return s.store.give(c, token, features.SessionLifetime)
}

// signOut ends the session and takes the cookie away.
func (s *Server) signOut(c echo.Context) error {
	if err := s.endSession(c); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/signin")
}

// apiSignOut is DELETE /api/session. Without a session there is nothing to do, and that is well.
func (s *Server) apiSignOut(c echo.Context) error {
	if err := s.endSession(c); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) endSession(c echo.Context) error {
	hash, ok := s.store.token(c.Request())
	if !ok {
		return nil
	}
	if err := s.db.EndSession(c.Request().Context(), hash); err != nil {
		return err
	}
	if callerOf(c) != nil {
		s.noteSecurity(c, features.SecurityEvent{Event: features.SignedOut})
	}
	return s.store.give(c, "", -time.Second)
}

// afterSignIn is where a user goes: to the page that was asked for when it is one of ours and open to the user, else to
// where the user belongs.
func afterSignIn(next string, user *features.User) string {
	if !isOwnPath(next) || next == "/" {
		return landing(user)
	}
	for _, door := range []string{"/signin", "/signout", "/setup/", "/invite/", "/password/", "/api/"} {
		if strings.HasPrefix(next, door) {
			return landing(user)
		}
	}
	if user.StaffRole == features.NoStaff && strings.HasPrefix(next, "/admin") {
		return landing(user)
	}
	return next
}

// isOwnPath tells whether a browser that is sent to an address stays on this site. A backslash counts as a slash in a
// browser, and tabs and line ends as nothing, so that "/\t/evil.example" would lead away.
func isOwnPath(address string) bool {
	if !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") {
		return false
	}
	if strings.ContainsFunc(address, func(r rune) bool { return r == '\\' || r <= ' ' || r == 0x7f }) {
		return false
	}
	parsed, err := url.Parse(address)
	return err == nil && parsed.Scheme == "" && parsed.Host == "" && parsed.User == nil
}
