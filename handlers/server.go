// Package handlers answers HTTP: the console, the portal's API and the sample portal. A handler binds, calls one
// method, renders; who may call what stands in one table (routes.go).
package handlers

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/static"
	"flagstone/views"
)

// Config is what a server is built from.
type Config struct {
	DB             *db.DB
	Secret         []byte         // 32 bytes or more; keys the CSRF tokens
	PortalOrigins  []string       // such as https://portal.example.com; may call the portal's API with credentials
	PublicURL      string         // such as https://flags.example.com; where people open the console, "" to take it from the request
	SecureCookies  bool           // cookies only over HTTPS, their names begin with __Host-
	TrustedProxies []netip.Prefix // whose X-Forwarded-For and X-Forwarded-Host are believed
	MetricsReaders []netip.Prefix // who may read the metrics besides this machine
	MetricsListen  net.Listener   // serves the metrics to everybody who can reach it; may be nil
	Log            *slog.Logger
	Traced         Tracer // told of requests; may be nil
	Version        string
}

// Server answers HTTP from the database's live state.
type Server struct {
	Config
	db      *db.DB
	live    *features.Live
	store   *sessionStore
	echo    *echo.Echo
	answers http.Handler // echo, compressing
	origins map[string]bool
	proxies proxies
	headers http.Header // of every answer
	streams *streams    // of portals
	waiting *streams    // pages of the console that wait for changes
	setup   atomic.Pointer[setupLink]
	unready atomic.Bool

	metricsReaders proxies
	ending         chan struct{} // closed when the server is to end: streams end first

	models, components shelf

	metrics  *metrics
	observed map[routeKey]*observed
	unrouted *observed

	docs func() (views.APIDocsModel, error) // the OpenAPI document, read once: anybody may ask for it

	throttle *throttle
	bodies   bodies
	uploads  *uploads

	bulkRuns  bulkRuns
	flagNames atomic.Pointer[flagNames]
	asked     lastAsked

	securityLog securityLog
	keysUsed    lastSeen
}

// New wires a server. The database must be migrated and its live state loaded.
func New(config Config) *Server {
	s := &Server{
		Config:  config,
		db:      config.DB,
		live:    config.DB.Live(),
		store:   newSessionStore(config.DB.Live().People(), config.Secret, config.SecureCookies),
		echo:    echo.New(),
		origins: make(map[string]bool),
		proxies: newProxies(config.TrustedProxies),
		headers: sharedHeaders(config.SecureCookies),
		streams: newStreams(),
		waiting: newStreams(),
		ending:  make(chan struct{}),

		models:     modelShelf{config.DB, config.DB.Live()},
		components: componentShelf{config.DB, config.DB.Live()},
		docs:       sync.OnceValues(func() (views.APIDocsModel, error) { return readAPI(static.File("openapi.yaml")) }),

		throttle: newThrottle(),
		bodies:   newBodies(),
		uploads:  newUploads(),
	}
	for _, origin := range config.PortalOrigins {
		s.origins[origin] = true
	}
	s.echo.HTTPErrorHandler = s.answerError
	s.echo.IPExtractor = s.proxies.clientAddress
	s.echo.Pre(s.secureHeaders, s.canonicalPath)
	s.echo.Use(s.observe, s.allowPortals, s.identify)
	s.metricsReaders = newProxies(config.MetricsReaders)
	s.metrics = newMetrics(s)
	s.observed, s.unrouted = make(map[routeKey]*observed), s.metrics.observe("", "")
	s.register(s.routes())
	s.answers = compressed(s.echo)
	s.live.Watch(s.streams.tell)
	s.live.Watch(func(features.Notice) { s.waiting.tellAll() })
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.answers.ServeHTTP(patient(w), r)
}

// How often the background work of Run is done.
const (
	watchEvery = 200 * time.Millisecond // changes by other processes; expired overrides
	tidyEvery  = 5 * time.Second        // the database's upkeep
	keepEvery  = time.Minute            // when sessions, keys and features were last used; sessions that have ended; files sent and not imported
)

// Run does the background work until ctx ends: it follows what other processes write to the database, removes overrides
// that have expired, keeps the last use of sessions, keys and features, and forgets files that nobody imported.
func (s *Server) Run(ctx context.Context) {
	watch, tidy, keep := time.NewTicker(watchEvery), time.NewTicker(tidyEvery), time.NewTicker(keepEvery)
	defer watch.Stop()
	defer tidy.Stop()
	defer keep.Stop()
	var failures failures
	for {
		var err error
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortDeadline)
			defer cancel()
			if err := s.keepUse(last); err != nil {
				s.Log.Error("keeping the last use of sessions, keys and features", "error", err)
			}
			return
		case <-watch.C:
			err = s.follow(ctx)
		case <-tidy.C:
			err = errors.Join(s.db.Upkeep(ctx), s.keepSecurityLog(ctx))
		case <-keep.C:
			s.uploads.sweep(time.Now())
			err = s.keepUse(ctx)
		}
		if ctx.Err() == nil {
			failures.report(s.Log, err)
		}
	}
}

// failures are what has gone wrong in the background, each logged when it begins and then once a minute.
type failures struct {
	latest string
	at     time.Time
}

func (f *failures) report(log *slog.Logger, err error) {
	if err == nil || err.Error() == f.latest && time.Since(f.at) < time.Minute {
		return
	}
	f.latest, f.at = err.Error(), time.Now()
	log.Error("background work", "error", err)
}

func (s *Server) keepUse(ctx context.Context) error {
	return errors.Join(s.keepFeatureUse(ctx), s.keepSessions(ctx), s.keepKeys(ctx), s.keepSecurityLog(ctx), s.db.SweepSecurityEvents(ctx, time.Now()))
}

// follow takes in what others have written, and removes what has expired where nobody makes it wait long.
func (s *Server) follow(ctx context.Context) error {
	err := s.db.CatchUp(ctx)
	short, cancel := context.WithTimeout(ctx, sweepDeadline)
	defer cancel()
	_, expired := s.db.SweepExpired(short, time.Now())
	return errors.Join(err, expired)
}
