// Package handlers answers HTTP: the console, the portal's API and the sample portal. A handler binds, calls one
// method, renders; who may call what stands in one table (routes.go).
package handlers

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"flagstone/handlers/web"
)

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
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), web.AbortDeadline)
			defer cancel()
			if err := s.keepUse(last); err != nil {
				s.Log.Error("keeping the last use of sessions, keys and features", "error", err)
			}
			return
		case <-watch.C:
			err = s.follow(ctx)
		case <-tidy.C:
			err = errors.Join(s.DB.Upkeep(ctx), s.KeepSecurityLog(ctx))
		case <-keep.C:
			s.console.Uploads.Sweep(time.Now())
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
	return errors.Join(s.evaluation.KeepFeatureUse(ctx), s.KeepSessions(ctx), s.KeepKeys(ctx), s.KeepSecurityLog(ctx), s.DB.SweepSecurityEvents(ctx, time.Now()))
}

// follow takes in what others have written, and removes what has expired where nobody makes it wait long.
func (s *Server) follow(ctx context.Context) error {
	err := s.DB.CatchUp(ctx)
	short, cancel := context.WithTimeout(ctx, web.SweepDeadline)
	defer cancel()
	_, expired := s.DB.SweepExpired(short, time.Now())
	return errors.Join(err, expired)
}
