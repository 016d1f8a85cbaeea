package handlers

import (
	"errors"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/views"
)

// fieldErrors gives the problems of a form by field, for showing them beside the fields; nil when err is something else.
// What concerns no field stands under "".
func fieldErrors(err error) map[string]string {
	var problems features.Problems
	var one *features.Error
	if !errors.As(err, &problems) && errors.As(err, &one) && one.Kind == features.Invalid {
		problems = features.Problems{one}
	}
	if len(problems) == 0 {
		return nil
	}
	fields := make(map[string]string, len(problems))
	for _, problem := range problems {
		if fields[problem.Field] == "" {
			fields[problem.Field] = problem.Message
		}
	}
	return fields
}

// ask asks a question: over the page that it belongs to, or on a page of its own. refusal is why the answer before was
// not taken, nil when this is the first time.
func (s *Server) ask(c echo.Context, nav string, m views.AskModel, fields templ.Component, refusal error) error {
	status := http.StatusOK
	if refusal != nil {
		status = describe(refusal).Status
	}
	return s.pageWith(c, status, s.shell(c, m.Title, nav), withChildren(views.AskPage(m), fields), withChildren(views.AskDialog(m), fields))
}

// saved answers what has done its work: htmx closes the dialog, reads the page's list again and says so; a browser
// without script is led back, where the page says so.
func (s *Server) saved(c echo.Context, text, back string) error { return s.done(c, text, 0, back) }

// done is saved with Undo beside the message; revision is of the change that it undoes, 0 for none.
func (s *Server) done(c echo.Context, text string, revision int64, back string) error {
	if !isHtmx(c) {
		s.leave(c, text, revision)
		return c.Redirect(http.StatusSeeOther, back)
	}
	c.Response().Header().Set("HX-Reswap", "none")
	c.Response().Header().Set("HX-Trigger", "dialog:close, list:reload")
	return render(c, http.StatusOK, s.changeToast(c, text, revision))
}
