package console

import (
	"context"
	"io"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

// page answers with the content inside the console's frame, or with the fragment alone where the answer goes into a
// page that is there already, so that every address works when it is opened directly.
func (s *Surface) page(c echo.Context, shell views.ShellModel, content, fragment templ.Component) error {
	return s.pageWith(c, http.StatusOK, shell, content, fragment)
}

// pageWith is page with another status than 200, for forms that come back.
func (s *Surface) pageWith(c echo.Context, status int, shell views.ShellModel, content, fragment templ.Component) error {
	c.Response().Header().Add("Vary", "HX-Request, HX-Request-Type")
	if web.WantsFragment(c) {
		return web.Render(c, status, fragment)
	}
	return web.Render(c, status, inShell(shell, content))
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

// shell is the frame around a console page; current is its place in the navigation.
func (s *Surface) shell(c echo.Context, title, current string) views.ShellModel {
	who := web.CallerOf(c)
	return views.ShellModel{
		Title:     title,
		Current:   current,
		Person:    views.PersonModel{ID: who.User.ID, Name: who.User.Name, Email: who.User.Email, Role: views.StaffRole(string(who.User.StaffRole))},
		IsAdmin:   who.User.StaffRole.AtLeast(features.Admin),
		CSRFToken: s.CSRFToken(c),
		Mode:      string(s.Live.Catalogue().Settings.Mode),
		Revision:  s.Live.Revision(),
		Pending:   s.pendingUpgrades(c),
		Changes:   views.ChangesModel(web.MomentOf(c)),
		Toast:     s.popFlash(c),
	}
}
