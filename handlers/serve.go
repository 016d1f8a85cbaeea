package handlers

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"flagstone/handlers/web"
)

// Serve answers HTTP and does the background work until ctx ends. Then streams end at once, requests under way finish,
// and what has not finished within finishDeadline is broken off: none of them is answered with what it did not do.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	if err := s.console.SweepCopies(); err != nil {
		return err
	}
	requests, abort := context.WithCancel(context.WithoutCancel(ctx))
	defer abort()
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: web.HeaderDeadline,
		ReadTimeout:       web.ReadDeadline,
		WriteTimeout:      web.AnswerDeadline,
		IdleTimeout:       web.IdleDeadline,
		MaxHeaderBytes:    web.MaxHeaders,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return requests },
	}
	background, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(background)
	}()
	failed := make(chan error, 2)
	if s.MetricsListen != nil {
		metrics := &http.Server{Handler: http.HandlerFunc(s.ServeMetrics), ReadTimeout: web.HeaderDeadline, WriteTimeout: web.WriteDeadline}
		defer func() { _ = metrics.Close() }() // it only says which connections were closed already
		go func() { failed <- metrics.Serve(s.MetricsListen) }()
	}
	go func() { failed <- server.Serve(listener) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		close(s.Ending)
		s.finish(server, abort)
	}
	stop()
	<-done
	return err
}

// finish lets the requests under way finish, and ends those that do not.
func (s *Server) finish(server *http.Server, abort context.CancelFunc) {
	if shutDown(server, web.FinishDeadline) {
		return
	}
	abort()
	if shutDown(server, web.AbortDeadline) {
		return
	}
	s.Log.Warn("requests that did not finish in time were aborted")
	_ = server.Close() // it only says which connections were closed already
}

// shutDown reports whether every request finished within a time.
func shutDown(server *http.Server, within time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return server.Shutdown(ctx) == nil
}
