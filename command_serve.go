package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"flagstone/db"
	"flagstone/handlers"
)

// serveOptions are the options of every command that serves.
type serveOptions struct {
	Addr          string   `env:"FLAGSTONE_ADDR" default:"127.0.0.1:8080" help:"Address to listen on."`
	Secret        string   `env:"FLAGSTONE_SECRET" placeholder:"TEXT" help:"32 bytes or more; made and kept beside the database when absent."`
	PortalOrigin  []string `env:"FLAGSTONE_PORTAL_ORIGIN" placeholder:"ORIGIN" help:"Origin of a portal that may call the API, such as https://portal.example.com; repeatable."`
	SecureCookies bool     `env:"FLAGSTONE_SECURE_COOKIES" help:"Send cookies only over HTTPS."`
	TrustedProxy  []string `env:"FLAGSTONE_TRUSTED_PROXY" placeholder:"CIDR" help:"Address range of a proxy whose X-Forwarded-For is believed; repeatable."`
	LogFormat     string   `env:"FLAGSTONE_LOG_FORMAT" enum:"text,json" default:"text" help:"text or json."`
}

type serveCommand struct {
	serveOptions  `embed:""`
	AdminEmail    string `env:"FLAGSTONE_ADMIN_EMAIL" hidden:""`
	AdminPassword string `env:"FLAGSTONE_ADMIN_PASSWORD" hidden:""`
}

// Run serves until it is told to stop.
func (c *serveCommand) Run(t *terminal) (err error) {
	d, closeAll, err := t.openToServe()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	if err := c.firstAdmin(t, d); err != nil {
		return err
	}
	return c.serve(t, d)
}

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

// serve answers HTTP from a database until the context ends, then lets what is under way finish.
func (o *serveOptions) serve(t *terminal, d *db.DB) error {
	// A log whose reader has gone, or a file that may not grow, fails one write; by default it would end the process.
	signal.Ignore(syscall.SIGPIPE, syscall.SIGXFSZ)
	config, err := o.config(t, d)
	if err != nil {
		return err
	}
	if err := d.CatchUp(t.ctx); err != nil {
		return err
	}
	server := handlers.New(config)
	setup, err := server.SetupPath(t.ctx)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", o.Addr, err)
	}
	address := "http://" + listener.Addr().String()
	if setup != "" {
		t.printf("Make the first admin at %s%s (once, within an hour)\n", address, setup)
	}
	t.printf("Flagstone serves %s\n", address)
	return server.Serve(t.ctx, listener)
}

// config checks the options and gives what the server is built from.
func (o *serveOptions) config(t *terminal, d *db.DB) (handlers.Config, error) {
	config := handlers.Config{DB: d, SecureCookies: o.SecureCookies, Version: version(), Log: o.log(t)}
	var err error
	if config.Secret, err = o.secret(t.db); err != nil {
		return config, err
	}
	for _, text := range o.PortalOrigin {
		origin, ok := readOrigin(text)
		if !ok {
			return config, fmt.Errorf("--portal-origin %q is not an origin: write it as https://portal.example.com", text)
		}
		config.PortalOrigins = append(config.PortalOrigins, origin)
	}
	for _, text := range o.TrustedProxy {
		prefix, err := netip.ParsePrefix(text)
		if address, addressErr := netip.ParseAddr(text); err != nil && addressErr == nil {
			prefix, err = address.Prefix(address.BitLen())
		}
		if err != nil {
			return config, fmt.Errorf("--trusted-proxy %q is not an address range: write it as 10.0.0.0/8", text)
		}
		config.TrustedProxies = append(config.TrustedProxies, prefix)
	}
	return config, nil
}

// readOrigin writes an origin as browsers send it: in small letters, without the port that is usual, without a slash.
func readOrigin(text string) (origin string, ok bool) {
	text = strings.ToLower(strings.TrimSuffix(text, "/"))
	parsed, err := url.Parse(text)
	if err != nil || parsed.Hostname() == "" || text != parsed.Scheme+"://"+parsed.Host {
		return "", false
	}
	switch parsed.Scheme {
	case "https":
		return strings.TrimSuffix(text, ":443"), true
	case "http":
		return strings.TrimSuffix(text, ":80"), true
	}
	return "", false
}

func (o *serveOptions) log(t *terminal) *slog.Logger {
	if o.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(t.stderr, nil))
	}
	return slog.New(slog.NewTextHandler(t.stderr, nil))
}

const minSecret = 32

// secret is the one given, else the one kept beside the database, else a new one that is kept there.
func (o *serveOptions) secret(database string) ([]byte, error) {
	if o.Secret != "" {
		if len(o.Secret) < minSecret {
			return nil, fmt.Errorf("--secret is too short: give at least %d bytes", minSecret)
		}
		return []byte(o.Secret), nil
	}
	path := strings.TrimSuffix(database, filepath.Ext(database)) + ".secret"
	kept, err := os.ReadFile(path)
	switch {
	case err == nil && len(kept) >= minSecret:
		return kept, os.Chmod(path, 0o600)
	case err == nil:
		return nil, fmt.Errorf("the secret in %s is too short: delete the file to have a new one made", path)
	case !errors.Is(err, os.ErrNotExist):
		return nil, err
	}
	random := make([]byte, minSecret)
	if _, err := rand.Read(random); err != nil {
		return nil, err
	}
	made := []byte(hex.EncodeToString(random))
	return made, os.WriteFile(path, made, 0o600)
}
