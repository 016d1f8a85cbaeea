package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os/signal"
	"syscall"
	"time"

	"flagstone/db"
	"flagstone/handlers"
	"flagstone/static"
	"flagstone/telemetry"
)

type serveCommand struct {
	serveOptions  `embed:""`
	AdminEmail    string `env:"FLAGSTONE_ADMIN_EMAIL" hidden:""`
	AdminPassword string `env:"FLAGSTONE_ADMIN_PASSWORD" hidden:""`
}

// Run serves until it is told to stop.
func (c *serveCommand) Run(t *terminal) error { return c.serve(t, c.firstAdmin) }

// firstAdmin makes the admin that the environment names, when there is none yet.
func (c *serveCommand) firstAdmin(t *terminal, d *db.DB) error {
	if c.AdminEmail == "" && c.AdminPassword == "" {
		return nil
	}
	if err := d.EnsureFirstAdmin(t.ctx, c.AdminEmail, c.AdminPassword); err != nil {
		return fmt.Errorf("the first admin of FLAGSTONE_ADMIN_EMAIL and FLAGSTONE_ADMIN_PASSWORD: %w", err)
	}
	return nil
}

// serve opens the database, prepares it and answers HTTP from it until the context ends; then what is under way finishes.
func (o *serveOptions) serve(t *terminal, prepare func(*terminal, *db.DB) error) (err error) {
	// A log whose reader has gone, or a file that may not grow, fails one write; by default it would end the process.
	signal.Ignore(syscall.SIGPIPE, syscall.SIGXFSZ)
	if err := static.Complete(); err != nil {
		return err
	}
	t.log = o.logger(t)
	config, err := o.config(t)
	if err != nil {
		return err
	}
	d, closeAll, err := t.openToServe()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	if err := prepare(t, d); err != nil {
		return err
	}
	if config.Secret, err = o.secret(t.db); err != nil {
		return err
	}
	if err := d.CatchUp(t.ctx); err != nil {
		return err
	}
	config.DB = d
	stopTraces, err := o.trace(t, &config)
	if err != nil {
		return err
	}
	defer stopTraces()
	if o.MetricsAddr != "" {
		if config.MetricsListen, err = handlers.Listen(t.ctx, o.MetricsAddr); err != nil {
			return fmt.Errorf("cannot listen on %s: %w", o.MetricsAddr, err)
		}
		t.log.Info("metrics are served", "address", config.MetricsListen.Addr().String())
	}
	return o.answer(t, handlers.New(config), config.PublicURL)
}

// traceDeadline is how long the last traces may take to be sent when the server ends.
const traceDeadline = time.Second

// trace has requests traced where the environment asks for it, and returns what sends the last of the traces.
func (o *serveOptions) trace(t *terminal, config *handlers.Config) (stop func(), err error) {
	traces, err := telemetry.Start(t.ctx, config.Version, t.log)
	if err != nil || traces == nil {
		return func() {}, err
	}
	config.Traced, config.DB.Traced = traces.Request, traces.Step
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), traceDeadline)
		defer cancel()
		if err := traces.Stop(ctx); err != nil {
			t.log.Warn("the last traces were not sent", "error", err)
		}
	}, nil
}

// answer listens, says where, and serves.
func (o *serveOptions) answer(t *terminal, server *handlers.Server, publicURL string) error {
	setup, err := server.SetupPath(t.ctx)
	if err != nil {
		return err
	}
	listener, err := handlers.Listen(t.ctx, o.Addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", o.Addr, err)
	}
	address := reachable(listener.Addr())
	if setup != "" {
		switch {
		case publicURL != "":
			setup = publicURL + setup
		case listener.Addr().Network() != "unix":
			setup = address + setup
		}
		o.announce(t, "Create the first admin at "+setup+" (once, within an hour)", "setup", setup)
	}
	o.announce(t, "Flagstone serves "+address, "address", address)
	if host := hostOf(listener.Addr()); !host.IsLoopback() && !o.SecureCookies {
		t.log.Warn("others can reach this server over plain HTTP: serve it over HTTPS, with --secure-cookies", "address", listener.Addr().String())
	}
	defer notifyManager(t)()
	return server.Serve(t.ctx, listener)
}

// announce prints a line of the start; where logs are read by programs, into the log, whatever its level: without the set-up
// link there would be no way in.
func (o *serveOptions) announce(t *terminal, line string, args ...any) {
	if o.LogFormat != "json" {
		t.printf("%s\n", line)
		return
	}
	record := slog.NewRecord(time.Now(), slog.LevelInfo, line, 0)
	record.Add(args...)
	_ = t.log.Handler().Handle(t.ctx, record) // a log that cannot be written keeps nobody from serving
}

// reachable is an address of the server that a browser on the same machine can open; of a Unix socket, its path.
func reachable(address net.Addr) string {
	if address.Network() == "unix" {
		return "unix:" + address.String()
	}
	host := hostOf(address)
	if host == nil || host.IsUnspecified() {
		host = net.IPv4(127, 0, 0, 1)
	}
	_, port, _ := net.SplitHostPort(address.String()) // a listener's address has a port
	return "http://" + net.JoinHostPort(host.String(), port)
}

func hostOf(address net.Addr) net.IP {
	if tcp, ok := address.(*net.TCPAddr); ok {
		return tcp.IP
	}
	return net.IPv4(127, 0, 0, 1)
}

// logger is the log of a server, on standard error.
func (o *serveOptions) logger(t *terminal) *slog.Logger {
	options := &slog.HandlerOptions{}
	var level slog.Level
	if level.UnmarshalText([]byte(o.LogLevel)) == nil {
		options.Level = level
	}
	if o.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(t.stderr, options))
	}
	return slog.New(slog.NewTextHandler(t.stderr, options))
}
