package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"flagstone/handlers/evaluation"
	"flagstone/handlers/web"
)

// answerError turns an error into an answer: problem JSON for the API, a page or a fragment for the console. Where half of
// another answer is out, or the request was ended before there was one, it breaks the connection off: without a word,
// net/http would take the answer for a finished one, and for 200.
func (s *Server) answerError(err error, c echo.Context) {
	if web.HasLeft(c, err) {
		panic(http.ErrAbortHandler)
	}
	if c.Response().Committed {
		s.Log.Error("breaking off an answer", "method", c.Request().Method, "route", c.Path(), "request_id", c.Response().Header().Get(web.RequestID), "error", err)
		panic(http.ErrAbortHandler)
	}
	p := web.Describe(err)
	web.SetRetryAfter(c, err)
	s.NoteRefusal(c, p.Status)
	if p.Status >= http.StatusInternalServerError {
		s.Log.Error("answering a request", "method", c.Request().Method, "route", c.Path(), "request_id", c.Response().Header().Get(web.RequestID), "error", err)
	}
	switch r := c.Request(); {
	case web.IsOFREP(r) && p.Status != http.StatusUnauthorized && p.Status != http.StatusForbidden: // for which the protocol has no form
		err = evaluation.AnswerOFREP(c, p.Status, &evaluation.OfrepRefusal{Code: evaluation.GeneralError, Details: p.Detail})
	case web.IsAPI(r):
		err = web.WriteProblem(c, p)
	default:
		err = s.console.ErrorPage(c, p)
	}
	if err != nil {
		s.Log.Error("answering with an error", "route", c.Path(), "error", err)
	}
}
