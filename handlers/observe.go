package handlers

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/handlers/web"
)

// routeKey is what the router knows of a request.
type routeKey struct{ method, path string }

// trace tells the tracer that a request begins. Requests that wait for changes, and those of machines that look whether the
// server is well, are left out.
func (s *Server) trace(c echo.Context, o *web.Observed) (trace string, end func(status int)) {
	if o.Seconds == nil || web.SurfaceOf(o.Route) == "operation" {
		return "", func(int) {}
	}
	ctx, trace, end := s.Traced(c.Request(), o.Method, o.Route)
	c.SetRequest(c.Request().WithContext(ctx))
	return trace, end
}

// observe counts and logs every request, those that a panic breaks off too, and answers with its error.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		o := s.observed[routeKey{c.Request().Method, c.Path()}]
		if o == nil {
			o = s.unrouted
		}
		begun, status := time.Now(), http.StatusInternalServerError
		s.NameRequest(c, o.Level)
		trace, endTrace := "", func(int) {}
		if s.Traced != nil {
			trace, endTrace = s.trace(c, o)
		}
		defer func() {
			took := time.Since(begun)
			o.Count(status, took)
			endTrace(status)
			s.LogRequest(c, o, web.Outcome{Status: status, Took: took, Trace: trace})
		}()
		err := web.RecoverPanic(next, c)
		status = c.Response().Status
		if err == nil {
			return nil
		}
		if !c.Response().Committed {
			if status = web.Describe(err).Status; web.HasLeft(c, err) {
				status = 0
			}
			s.NameRequest(c, web.LevelOf(o.Level, status))
		}
		s.answerError(err, c)
		status = c.Response().Status
		return nil
	}
}
