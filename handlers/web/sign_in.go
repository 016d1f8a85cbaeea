package web

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
)

// LeadToSignIn answers with the way to the sign-in page, which leads back to the page of the request.
func (s *Base) LeadToSignIn(c echo.Context) error {
	r := c.Request()
	back := r.URL.RequestURI()
	if r.Method != http.MethodGet || IsHtmx(c) {
		back = s.PageOf(r)
	}
	target := "/signin?next=" + url.QueryEscape(back)
	if IsHtmx(c) {
		c.Response().Header().Set("HX-Redirect", target)
		return c.NoContent(http.StatusUnauthorized)
	}
	return c.Redirect(http.StatusSeeOther, target)
}

// Landing returns the page that a user sees first.
func Landing(user *features.User) string {
	if user.StaffRole != features.NoStaff {
		return "/admin"
	}
	return "/portal"
}

// SignIn checks an e-mail and a password, slowly after failures, and starts a session whose cookie goes with the answer.
func (s *Base) SignIn(c echo.Context, email, password string) (*features.User, error) {
	if s.SecureCookies && overPlainHTTP(c.Request()) {
		return nil, Forbidden("This page came over plain HTTP, where your browser keeps no session. Open it at https://, or start Flagstone without --secure-cookies.")
	}
	ctx, try := c.Request().Context(), NewAttempt(email, c.RealIP())
	known := s.Throttle.knows(try)
	if !known {
		var err error
		if known, err = s.DB.SignedInFrom(ctx, try.email, c.RealIP()); err != nil {
			return nil, err
		}
	}
	buckets := try.Buckets(known)
	if wait := s.Throttle.Take(buckets, time.Now()); wait > 0 {
		s.NoteTry(c, features.SignInThrottled, try)
		s.countSignIn(c, signInThrottled)
		refusal := &TooManyTries{Wait: wait}
		c.Response().Header().Set("Retry-After", strconv.Itoa(refusal.seconds()))
		return nil, refusal
	}
	authenticate := s.DB.Authenticate
	if known {
		authenticate = s.DB.AuthenticateKnown
	}
	user, err := authenticate(ctx, try.email, password)
	if err != nil {
		if features.KindOf(err) != features.Unauthenticated { // nothing was tried
			s.Throttle.Forgive(buckets)
			s.countSignIn(c, signInUnavailable)
			return nil, err
		}
		s.NoteTry(c, features.SignInFailed, try)
		s.countSignIn(c, signInFailed)
		return nil, err
	}
	s.Throttle.succeed(try, buckets, time.Now())
	if err := s.StartSession(c, user.ID); err != nil {
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

// countSignIn counts an attempt to sign in, and logs one that did not succeed. nobody's e-mail is in the log.
func (s *Base) countSignIn(c echo.Context, outcome string) {
	s.Metrics.signIns.WithLabelValues(outcome).Inc()
	if outcome != signInSucceeded {
		s.Log.Warn("sign-in refused", "reason", outcome, "ip", c.RealIP(), "request_id", c.Response().Header().Get(RequestID))
	}
}

// StartSession starts a session in place of the one that the browser had, if any.
func (s *Base) StartSession(c echo.Context, user int64) error {
	r := c.Request()
	start := db.SignIn{User: user, IP: c.RealIP(), UserAgent: clip(r.UserAgent(), 300)}
	if hash, ok := s.Store.Token(r); ok {
		start.Replaces = &hash
	}
	token, err := s.DB.StartSession(r.Context(), start)
	if err != nil {
		return err
	}
	return s.Store.give(c, token, features.SessionLifetime)
}

// EndSession ends the session of a request, where there is one, and clears its cookie.
func (s *Base) EndSession(c echo.Context) error {
	hash, ok := s.Store.Token(c.Request())
	if !ok {
		return nil
	}
	if err := s.DB.EndSession(c.Request().Context(), hash); err != nil {
		return err
	}
	if CallerOf(c) != nil {
		s.NoteSecurity(c, features.SecurityEvent{Event: features.SignedOut})
	}
	return s.Store.give(c, "", -time.Second)
}
