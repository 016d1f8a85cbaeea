package console

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

func (s *Surface) linkQuestion(c echo.Context, who userTarget) views.AskModel {
	return views.AskModel{
		ID: "link-dialog", Title: "Create a password link for " + who.Name + "?", Hint: who.Email, Action: who.url + "/link",
		CSRFToken: s.CSRFToken(c), Submit: "Create link", Back: who.back,
	}
}

const linkEffect = "The person who opens the link can choose the password once. Earlier links stop working. " +
	"The current password and sessions stay valid until then."

// ConfirmLink asks whether a link shall be made by which somebody chooses a password.
func (s *Surface) ConfirmLink(find finder) echo.HandlerFunc {
	return func(c echo.Context) error {
		who, err := find(c)
		if err != nil {
			return err
		}
		return s.confirm(c, who.nav, s.linkQuestion(c, who), views.AskOnly(linkEffect, ""), nil)
	}
}

// CreateLink makes the link and shows it, this once.
func (s *Surface) CreateLink(find finder) echo.HandlerFunc {
	return func(c echo.Context) error {
		who, err := find(c)
		if err != nil {
			return err
		}
		return s.showNewLink(c, who, "Created")
	}
}

// invited answers what has added a user: with the link by which they choose a password, where they need one.
func (s *Surface) invited(c echo.Context, who userTarget, text string) error {
	person, err := s.DB.Person(c.Request().Context(), who.ID)
	switch {
	case err != nil:
		return err
	case person.HasPassword || person.Invited || person.Disabled || mayManage(c, person.User) != nil:
		return s.saved(c, text, who.back.URL)
	}
	return s.showNewLink(c, who, text)
}

// showNewLink makes a link for somebody and shows it, in the place of the form that asked for it or on a page of its own.
func (s *Surface) showNewLink(c echo.Context, who userTarget, text string) error {
	token, link, err := s.DB.CreatePasswordLink(c.Request().Context(), web.Actor(c), who.ID)
	if err != nil {
		return err
	}
	path := "/password/"
	if link.Purpose == features.Invite {
		path = "/invite/"
	}
	made := views.NewLinkModel{
		Name: who.Name, Email: who.Email, Invite: link.Purpose == features.Invite, Text: text, Back: who.back,
		URL: s.publicOrigin(c) + path + token, Expires: views.When(link.ExpiresAt, time.Now()) + " UTC",
	}
	if !web.WantsFragment(c) {
		return web.Render(c, http.StatusOK, inShell(s.shell(c, made.Title(), who.nav), views.NewLinkPage(made)))
	}
	c.Response().Header().Set("HX-Trigger", "list:reload")
	return web.Render(c, http.StatusOK, views.NewLinkDialog(made))
}

// publicOrigin is this console's address for a link that somebody else is to open: the one of the configuration, else the
// one that the browser that posts a form knows, whatever a proxy has made of the host.
func (s *Surface) publicOrigin(c echo.Context) string {
	if s.PublicURL != "" {
		return s.PublicURL
	}
	if origin := c.Request().Header.Get("Origin"); origin != "" && origin != "null" {
		return origin
	}
	return c.Scheme() + "://" + c.Request().Host
}

// ShowPasswordLink lets the holder of a link choose a password. Looking at it does not use it up.
func (s *Surface) ShowPasswordLink(c echo.Context) error {
	user, err := s.DB.PasswordLinkUser(c.Request().Context(), c.Param("token"))
	if err != nil {
		return s.passwordLinkGone(c, err)
	}
	return s.renderPasswordLink(c, http.StatusOK, views.PasswordLinkModel{Name: user.Name, Email: user.Email})
}

// UsePasswordLink sets the password and signs the user in; the link is dead from then on.
func (s *Surface) UsePasswordLink(c echo.Context) error {
	token := c.Param("token")
	user, err := s.DB.UsePasswordLink(c.Request().Context(), web.Actor(c), token, c.FormValue("password"))
	if fields := web.FieldErrors(err); fields != nil {
		owner, err := s.DB.PasswordLinkUser(c.Request().Context(), token)
		if err != nil {
			return s.passwordLinkGone(c, err)
		}
		return s.renderPasswordLink(c, http.StatusUnprocessableEntity, views.PasswordLinkModel{Name: owner.Name, Email: owner.Email, Error: fields["password"]})
	}
	if err != nil {
		return s.passwordLinkGone(c, err)
	}
	if err := s.StartSession(c, user.ID); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, web.Landing(user))
}

// passwordLinkGone says that a link no longer works; any other error is the answer.
func (s *Surface) passwordLinkGone(c echo.Context, err error) error {
	if features.KindOf(err) != features.NotFound {
		return err
	}
	return s.renderPasswordLink(c, http.StatusNotFound, views.PasswordLinkModel{Gone: true})
}

func (s *Surface) renderPasswordLink(c echo.Context, status int, m views.PasswordLinkModel) error {
	m.Action, m.CSRFToken = c.Request().URL.Path, s.CSRFToken(c)
	c.Response().Header().Set("Referrer-Policy", "no-referrer") // the address is a secret
	return web.Render(c, status, views.PasswordLinkPage(m))
}
