package evaluation

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"flagstone/handlers/web"
)

// CreateSession is POST /api/session.
func (s *Surface) CreateSession(c echo.Context) error {
	var body struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}
	if err := web.BindForm(c, &body); err != nil {
		return err
	}
	if _, err := s.SignIn(c, body.Email, body.Password); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// DeleteSession is DELETE /api/session. Without a session there is nothing to do, and that is well.
func (s *Surface) DeleteSession(c echo.Context) error {
	if err := s.EndSession(c); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
