package handlers

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/views"
)

// isHtmx tells a request that htmx made from one that the browser made.
func isHtmx(c echo.Context) bool { return c.Request().Header.Get("HX-Request") == "true" }

// wantsFragment tells whether the answer goes into a page that is there already.
func wantsFragment(c echo.Context) bool {
	return isHtmx(c) && c.Request().Header.Get("HX-Request-Type") != "full"
}

// page answers with the content inside the console's frame, or with the fragment alone where the answer goes into a
// page that is there already, so that every address works when it is opened directly.
func (s *Server) page(c echo.Context, shell views.ShellModel, content, fragment templ.Component) error {
	return s.pageWith(c, http.StatusOK, shell, content, fragment)
}

// pageWith is page with another status than 200, for forms that come back.
func (s *Server) pageWith(c echo.Context, status int, shell views.ShellModel, content, fragment templ.Component) error {
	c.Response().Header().Add("Vary", "HX-Request, HX-Request-Type")
	if wantsFragment(c) {
		return render(c, status, fragment)
	}
	return render(c, status, inShell(shell, content))
}

// inShell is the content inside the console's frame.
func inShell(shell views.ShellModel, content templ.Component) templ.Component {
	return withChildren(views.Shell(shell), content)
}

func withChildren(frame, children templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return frame.Render(templ.WithChildren(ctx, children), w)
	})
}

// render answers with components, one behind the other, rendered whole before the first byte is sent.
func render(c echo.Context, status int, components ...templ.Component) error {
	var body bytes.Buffer
	for _, component := range components {
		if err := component.Render(c.Request().Context(), &body); err != nil {
			return err
		}
	}
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return c.HTMLBlob(status, body.Bytes())
}

// shell is the frame around a console page; current is its place in the navigation.
func (s *Server) shell(c echo.Context, title, current string) views.ShellModel {
	who := callerOf(c)
	return views.ShellModel{
		Title:     title,
		Current:   current,
		Person:    views.PersonModel{ID: who.User.ID, Name: who.User.Name, Email: who.User.Email, Role: views.StaffRole(string(who.User.StaffRole))},
		IsAdmin:   who.User.StaffRole.AtLeast(features.Admin),
		CSRFToken: s.csrfToken(c),
		Mode:      string(s.live.Catalogue().Settings.Mode),
		Revision:  s.live.Revision(),
		Pending:   s.pendingUpgrades(c),
		Changes:   views.ChangesModel(momentOf(c)),
		Toast:     s.takeMessage(c),
	}
}
