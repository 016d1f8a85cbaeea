package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"flagstone/handlers/web"
	"flagstone/static"
)

// health says that the process is alive.
func (s *Server) health(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]string{"status": "ok", "version": s.Version})
}

// ready says whether requests can be answered (db.Ready), and logs when that changes.
func (s *Server) ready(c echo.Context) error {
	err := s.DB.Ready(c.Request().Context())
	if was := s.unready.Swap(err != nil); was != (err != nil) {
		s.Log.Warn("readiness has changed", "ready", err == nil, "error", err)
	}
	if err != nil {
		return c.JSON(http.StatusServiceUnavailable, map[string]string{"status": "not ready"})
	}
	return c.JSON(http.StatusOK, map[string]string{"status": "ready"})
}

func (s *Server) asset(c echo.Context) error {
	static.Handler().ServeHTTP(c.Response(), c.Request())
	return nil
}

// home leads to where the caller belongs: staff to the console, portal users to the portal, others to sign-in.
func (s *Server) home(c echo.Context) error {
	target := "/signin"
	if who := web.CallerOf(c); who != nil {
		target = web.Landing(who.User)
	}
	return c.Redirect(http.StatusSeeOther, target)
}
