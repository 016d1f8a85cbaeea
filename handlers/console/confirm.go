package console

import (
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"flagstone/handlers/web"
	"flagstone/views"
)

// confirm asks a question: over the page that it belongs to, or on a page of its own. refusal is why the answer before was
// not taken, nil when this is the first time.
func (s *Surface) confirm(c echo.Context, nav string, m views.AskModel, fields templ.Component, refusal error) error {
	status := http.StatusOK
	if refusal != nil {
		status = web.Describe(refusal).Status
	}
	return s.pageWith(c, status, s.shell(c, m.Title, nav), withChildren(views.AskPage(m), fields), withChildren(views.AskDialog(m), fields))
}

// saved answers what has done its work: htmx closes the dialog, reads the page's list again and says so; a browser
// without script is led back, where the page says so.
func (s *Surface) saved(c echo.Context, text, back string) error { return s.done(c, text, 0, back) }

// done is saved with Undo beside the message; revision is of the change that it undoes, 0 for none.
func (s *Surface) done(c echo.Context, text string, revision int64, back string) error {
	if !web.IsHtmx(c) {
		s.setFlash(c, text, revision)
		return c.Redirect(http.StatusSeeOther, back)
	}
	c.Response().Header().Set("HX-Reswap", "none")
	c.Response().Header().Set("HX-Trigger", "dialog:close, list:reload")
	return web.Render(c, http.StatusOK, s.changeToast(c, text, revision))
}
