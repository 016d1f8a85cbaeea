package handlers

import (
	"context"
	"net/http"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"flagstone/handlers/adminapi"
	"flagstone/handlers/console"
	"flagstone/handlers/evaluation"
	"flagstone/handlers/sample"
	"flagstone/handlers/web"
)

// Config is what a server is built from.
type Config = web.Config

// Server answers HTTP from the database's live state.
type Server struct {
	*web.Base
	console    *console.Surface
	adminapi   *adminapi.Surface
	evaluation *evaluation.Surface
	sample     *sample.Surface

	echo    *echo.Echo
	answers http.Handler // echo, compressing
	unready atomic.Bool

	observed map[routeKey]*web.Observed
	unrouted *web.Observed
}

// New wires a server. The database must be migrated and its live state loaded.
func New(config Config) *Server {
	base := web.NewBase(config)
	s := &Server{Base: base, echo: echo.New(), adminapi: adminapi.New(base), evaluation: evaluation.New(base)}
	s.console = console.New(base, s.evaluation.FeatureUse)
	s.sample = sample.New(base, s.evaluation)
	s.echo.HTTPErrorHandler = s.answerError
	s.echo.IPExtractor = s.Proxies.ClientAddress
	s.echo.Pre(s.SecureHeaders, s.CanonicalPath)
	s.echo.Use(s.observe, s.AllowPortals, s.Identify)
	s.observed, s.unrouted = make(map[routeKey]*web.Observed), s.Metrics.Observe("", "")
	s.register(s.routes())
	s.answers = web.Compressed(s.echo)
	return s
}

// SetupPath returns the path of a new set-up link, or "" where there is an admin already.
func (s *Server) SetupPath(ctx context.Context) (string, error) { return s.console.SetupPath(ctx) }

// SessionCookie returns the name of the cookie that holds a session.
func SessionCookie(secret []byte, secure bool) string { return web.SessionCookie(secret, secure) }
