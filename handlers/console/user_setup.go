package console

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

// setupLifetime is how long a set-up link works.
const setupLifetime = time.Hour

// setupLink lets whoever started the server make the first admin. It lives in memory only.
type setupLink struct {
	hash    [32]byte
	expires time.Time
}

// SetupPath makes a new set-up link and returns its path, or "" when there is an admin already. The link made before is
// dead then.
func (s *Surface) SetupPath(ctx context.Context) (string, error) {
	if has, err := s.DB.HasAdmin(ctx); err != nil || has {
		return "", err
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // it never fails
	token := base64.RawURLEncoding.EncodeToString(secret)
	s.setup.Store(&setupLink{sha256.Sum256([]byte(token)), time.Now().Add(setupLifetime)})
	return "/setup/" + token, nil
}

// setupOpen reports whether the link in a request works: it is the one printed, in time, and there is no admin yet.
func (s *Surface) setupOpen(c echo.Context, at time.Time) (bool, error) {
	link := s.setup.Load()
	given := sha256.Sum256([]byte(c.Param("token")))
	if link == nil || subtle.ConstantTimeCompare(given[:], link.hash[:]) != 1 || !at.Before(link.expires) {
		return false, nil
	}
	has, err := s.DB.HasAdmin(c.Request().Context())
	return !has, err
}

// ShowSetup shows the form that creates the first admin, where the link is open.
func (s *Surface) ShowSetup(c echo.Context) error {
	open, err := s.setupOpen(c, time.Now())
	if err != nil {
		return err
	}
	if !open {
		return s.renderSetup(c, http.StatusNotFound, views.SetupModel{Expired: true})
	}
	return s.renderSetup(c, http.StatusOK, views.SetupModel{})
}

// SubmitSetup makes the first admin and signs them in; the link is dead from then on.
func (s *Surface) SubmitSetup(c echo.Context) error {
	open, err := s.setupOpen(c, time.Now())
	if err != nil {
		return err
	}
	if !open {
		return s.renderSetup(c, http.StatusNotFound, views.SetupModel{Expired: true})
	}
	draft := features.UserDraft{Name: c.FormValue("name"), Email: c.FormValue("email")}
	by := web.Actor(c)
	by.Kind, by.Name = features.BySystem, "set-up link"
	id, err := s.DB.CreateFirstAdmin(c.Request().Context(), by, draft, c.FormValue("password"))
	if features.KindOf(err) == features.Conflict {
		return s.renderSetup(c, http.StatusNotFound, views.SetupModel{Expired: true})
	}
	if fields := web.FieldErrors(err); fields != nil {
		return s.renderSetup(c, http.StatusUnprocessableEntity, views.SetupModel{Name: draft.Name, Email: draft.Email, Error: fields[""], Errors: fields})
	}
	if err != nil {
		return err
	}
	s.setup.Store(nil)
	if err := s.StartSession(c, id); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/admin")
}

func (s *Surface) renderSetup(c echo.Context, status int, m views.SetupModel) error {
	m.Action, m.CSRFToken = c.Request().URL.Path, s.CSRFToken(c)
	return web.Render(c, status, views.SetupPage(m))
}
