package console

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/handlers/web"
	"flagstone/views"
)

// flash is what one answer leaves to be said on the page that follows it: it travels in a cookie and is said once.
type flash struct {
	Text     string `json:"text"`
	Revision int64  `json:"revision,omitempty"` // of a change that can be undone from here, 0 for none
}

const flashCookie = "flagstone-message"

// setFlash has a message said on the next page that the browser opens. revision is of the change that it offers to undo, 0
// for none.
func (s *Surface) setFlash(c echo.Context, text string, revision int64) {
	plain, _ := json.Marshal(flash{text, revision}) // a struct of text and a number cannot fail
	encoded := base64.RawURLEncoding.EncodeToString(plain)
	s.setFlashCookie(c, encoded+"."+s.flashMAC(c, encoded), 60)
}

// flashMAC proves that this server has left a message for the caller's session: a planted cookie says nothing.
func (s *Surface) flashMAC(c echo.Context, encoded string) string {
	mac := hmac.New(sha256.New, s.Secret)
	mac.Write([]byte("message\n"))
	if who := web.CallerOf(c); who != nil && who.Session != nil {
		mac.Write(who.Session.TokenHash[:])
	}
	mac.Write([]byte(encoded))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (s *Surface) setFlashCookie(c echo.Context, value string, seconds int) {
	c.SetCookie(&http.Cookie{
		Name: flashCookie, Value: value, Path: "/admin", MaxAge: seconds, HttpOnly: true,
		Secure: s.SecureCookies, SameSite: http.SameSiteLaxMode,
	})
}

// popFlash gives the message that the answer before left, nil when there is none.
func (s *Surface) popFlash(c echo.Context) *views.ToastModel {
	cookie, err := c.Cookie(flashCookie)
	if err != nil {
		return nil
	}
	s.setFlashCookie(c, "", -1)
	var m flash
	encoded, proof, _ := strings.Cut(cookie.Value, ".")
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || !sameText(proof, s.flashMAC(c, encoded)) || json.Unmarshal(text, &m) != nil || m.Text == "" {
		return nil
	}
	toast := s.toast(c, m.Text, m.Revision)
	return &toast
}

// toast says that something was done; revision is of the change that it offers to undo, 0 for none.
func (s *Surface) toast(c echo.Context, text string, revision int64) views.ToastModel {
	toast := views.ToastModel{Text: text}
	if revision != 0 {
		toast.Undo = &views.UndoModel{Action: "/admin/audit/" + strconv.FormatInt(revision, 10) + "/undo", CSRFToken: s.CSRFToken(c)}
	}
	return toast
}

// goTo leads on to another page of the console, in whichever way the request was made.
func goTo(c echo.Context, address string) error {
	if web.IsHtmx(c) {
		c.Response().Header().Set("HX-Redirect", address)
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusSeeOther, address)
}

// sameText compares in constant time, so that nothing is learned from how long it takes.
func sameText(given, wanted string) bool {
	return subtle.ConstantTimeCompare([]byte(given), []byte(wanted)) == 1
}
