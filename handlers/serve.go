package handlers

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Serve answers HTTP and does the background work until ctx ends. Then streams end at once, requests under way finish,
// and what has not finished within finishDeadline is broken off: none of them is answered with what it did not do.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	if err := s.sweepCopies(); err != nil {
		return err
	}
	requests, abort := context.WithCancel(context.WithoutCancel(ctx))
	defer abort()
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerDeadline,
		ReadTimeout:       readDeadline,
		WriteTimeout:      answerDeadline,
		IdleTimeout:       idleDeadline,
		MaxHeaderBytes:    maxHeaders,
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
		metrics := &http.Server{Handler: http.HandlerFunc(s.serveMetrics), ReadTimeout: headerDeadline, WriteTimeout: writeDeadline}
		defer func() { _ = metrics.Close() }() // it only says which connections were closed already
		go func() { failed <- metrics.Serve(s.MetricsListen) }()
	}
	go func() { failed <- server.Serve(listener) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		close(s.ending)
		s.finish(server, abort)
	}
	stop()
	<-done
	return err
}

// finish lets the requests under way finish, and ends those that do not.
func (s *Server) finish(server *http.Server, abort context.CancelFunc) {
	if shutDown(server, finishDeadline) {
		return
	}
	abort()
	if shutDown(server, abortDeadline) {
		return
	}
	s.Log.Warn("requests that did not finish in time were broken off")
	_ = server.Close() // it only says which connections were closed already
}

// shutDown reports whether every request finished within a time.
func shutDown(server *http.Server, within time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return server.Shutdown(ctx) == nil
}
