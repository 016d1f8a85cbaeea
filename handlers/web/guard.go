package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/features"
)

// ofrepPath is where OpenFeature's remote evaluation protocol begins (docs/openfeature.md).
const ofrepPath = "/ofrep/"

// IsOFREP reports whether a request is of OFREP.
func IsOFREP(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, ofrepPath) || r.URL.Path == strings.TrimSuffix(ofrepPath, "/")
}

// Access says who may call a route. The zero value is nobody, so a route that forgets to say is open to no one.
type Access int

// Who may call a route: nobody, anyone, users with a session and staff, then who may call an API.
const (
	nobody   Access = iota
	Anyone          // signed in or not
	SignedIn        // any user with a session
	Viewers         // staff who may read
	Editors         // staff who may write
	Admins          // staff who may also change settings, mode and import

	Programs   // with an API key of any scope
	Evaluators // any user with a session, or an API key of any scope
	APIViewers // staff who may read, or a key with the scope read
	APIEditors // staff who may write, or a key with the scope admin
	APIAdmins  // staff who may also change settings, mode and import, or a key with the scope admin
)

// staffRole is the least staff role that an access asks for; "" for those that ask for none.
func (a Access) staffRole() features.StaffRole {
	switch a {
	case Viewers, APIViewers:
		return features.Viewer
	case Editors, APIEditors:
		return features.Editor
	case Admins, APIAdmins:
		return features.Admin
	}
	return features.NoStaff
}

// scope is the least scope of an API key that an access asks for; "" for those that no key opens.
func (a Access) scope() features.Scope {
	switch a {
	case Programs, Evaluators:
		return features.ScopeEvaluate
	case APIViewers:
		return features.ScopeRead
	case APIEditors, APIAdmins:
		return features.ScopeAdmin
	}
	return ""
}

// Authorise refuses a request whose caller may not do what the access names.
func (s *Base) Authorise(c echo.Context, who Access) error {
	caller := CallerOf(c)
	switch {
	case who == Anyone:
		return nil
	case caller == nil || who == Programs && caller.Key == nil:
		return unauthenticated(c, who)
	case who == nobody:
		return Forbidden("This route is disabled.")
	case caller.Key != nil:
		return checkScope(caller.Key, who.scope())
	case !caller.User.StaffRole.AtLeast(who.staffRole()):
		return Forbidden("Your role does not allow this. Ask an admin of this console.")
	}
	return nil
}

// unauthenticated asks for whatever opens a route.
func unauthenticated(c echo.Context, who Access) error {
	message := "Sign in first."
	if who.scope() != "" {
		c.Response().Header().Set("WWW-Authenticate", "Bearer")
		message = "Send an API key as Authorization: Bearer or X-API-Key, or sign in first."
	}
	if who == Programs {
		message = "Send an API key as Authorization: Bearer or X-API-Key."
	}
	return &features.Error{Kind: features.Unauthenticated, Message: message}
}

// Forbidden returns an error that refuses a caller who is known.
func Forbidden(message string) error {
	return &features.Error{Kind: features.Forbidden, Message: message}
}
