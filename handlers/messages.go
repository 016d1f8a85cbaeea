package handlers

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"flagstone/views"
)

// message is what one answer leaves to be said on the page that follows it: it travels in a cookie and is said once.
type message struct {
	Text     string `json:"text"`
	Revision int64  `json:"revision,omitempty"` // of a change that can be undone from here, 0 for none
}

const messageCookie = "flagstone-message"

// leave has a message said on the next page that the browser opens. revision is of the change that it offers to undo, 0
// for none.
func (s *Server) leave(c echo.Context, text string, revision int64) {
	encoded, _ := json.Marshal(message{text, revision}) // a struct of text and a number cannot fail
	s.setMessage(c, base64.RawURLEncoding.EncodeToString(encoded), 60)
}

func (s *Server) setMessage(c echo.Context, value string, seconds int) {
	c.SetCookie(&http.Cookie{
		Name: messageCookie, Value: value, Path: "/admin", MaxAge: seconds, HttpOnly: true,
		Secure: s.SecureCookies, SameSite: http.SameSiteLaxMode,
	})
}

// takeMessage gives the message that the answer before left, nil when there is none.
func (s *Server) takeMessage(c echo.Context) *views.ToastModel {
	cookie, err := c.Cookie(messageCookie)
	if err != nil {
		return nil
	}
	s.setMessage(c, "", -1)
	var m message
	text, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil || json.Unmarshal(text, &m) != nil || m.Text == "" {
		return nil
	}
	toast := s.toast(c, m.Text, m.Revision)
	return &toast
}

// toast says that something was done; revision is of the change that it offers to undo, 0 for none.
func (s *Server) toast(c echo.Context, text string, revision int64) views.ToastModel {
	toast := views.ToastModel{Text: text}
	if revision != 0 {
		toast.Undo = &views.UndoModel{Action: "/admin/audit/" + strconv.FormatInt(revision, 10) + "/undo", CSRFToken: s.csrfToken(c)}
	}
	return toast
}

// goTo leads on to another page of the console, in whichever way the request was made.
func goTo(c echo.Context, address string) error {
	if isHtmx(c) {
		c.Response().Header().Set("HX-Redirect", address)
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusSeeOther, address)
}
