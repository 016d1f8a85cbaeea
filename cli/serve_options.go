package cli

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"flagstone/handlers"
)

// serveOptions are the options of every command that serves.
type serveOptions struct {
	Addr          string   `env:"FLAGSTONE_ADDR" default:"127.0.0.1:8080" help:"Address to listen on, or unix: and the path of a socket."`
	Secret        string   `env:"FLAGSTONE_SECRET" placeholder:"TEXT" help:"32 bytes or more; generated and stored beside the database if absent."`
	SecretFile    string   `env:"FLAGSTONE_SECRET_FILE" placeholder:"FILE" help:"Read the secret from this file instead."`
	PortalOrigin  []string `env:"FLAGSTONE_PORTAL_ORIGIN" placeholder:"ORIGIN" help:"Origin of a portal that may call the API, such as https://portal.example.com; repeatable."`
	PublicURL     string   `env:"FLAGSTONE_PUBLIC_URL" placeholder:"URL" help:"Address that people open the console at, such as https://flags.example.com; links to be sent to somebody begin with it."`
	SecureCookies bool     `env:"FLAGSTONE_SECURE_COOKIES" help:"Send cookies only over HTTPS."`
	TrustedProxy  []string `env:"FLAGSTONE_TRUSTED_PROXY" placeholder:"CIDR" help:"Address range of a proxy whose X-Forwarded-For is trusted; repeatable."`
	MetricsAddr   string   `env:"FLAGSTONE_METRICS_ADDR" placeholder:"ADDRESS" help:"Address to serve /metrics on to everybody who can reach it."`
	MetricsAllow  []string `env:"FLAGSTONE_METRICS_ALLOW" placeholder:"CIDR" help:"Address range that may read /metrics besides this machine; repeatable."`
	LogFormat     string   `env:"FLAGSTONE_LOG_FORMAT" enum:"text,json" default:"text" help:"text or json."`
	LogLevel      string   `env:"FLAGSTONE_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" help:"The lowest level that is logged: debug, info, warn or error."`
}

// config checks the options and returns what the server is built from, but for the database and the secret.
func (o *serveOptions) config(t *terminal) (config handlers.Config, err error) {
	config = handlers.Config{SecureCookies: o.SecureCookies, Version: version(), Log: t.log}
	if o.Addr == "" {
		return config, errors.New("--addr is empty: write it as 127.0.0.1:8080")
	}
	if o.PublicURL != "" {
		var ok bool
		if config.PublicURL, ok = readOrigin(o.PublicURL); !ok {
			return config, fmt.Errorf("--public-url %q is not the address of a site: write it as https://flags.example.com", o.PublicURL)
		}
	}
	for _, text := range o.PortalOrigin {
		origin, ok := readOrigin(text)
		if !ok {
			return config, fmt.Errorf("--portal-origin %q is not an origin: write it as https://portal.example.com", text)
		}
		config.PortalOrigins = append(config.PortalOrigins, origin)
	}
	if config.MetricsReaders, err = readRanges("--metrics-allow", o.MetricsAllow); err != nil {
		return config, err
	}
	config.TrustedProxies, err = readRanges("--trusted-proxy", o.TrustedProxy)
	return config, err
}

// readRanges reads address ranges and single addresses.
func readRanges(option string, texts []string) (ranges []netip.Prefix, err error) {
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if address, addressErr := netip.ParseAddr(text); err != nil && addressErr == nil {
			prefix, err = address.Prefix(address.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("%s %q is not an address range: write it as 10.0.0.0/8", option, text)
		}
		ranges = append(ranges, prefix)
	}
	return ranges, nil
}

// readOrigin writes an origin as browsers send it: in small letters, without the port that is usual, without a slash.
func readOrigin(text string) (origin string, ok bool) {
	text = strings.ToLower(strings.TrimSuffix(text, "/"))
	parsed, err := url.Parse(text)
	if err != nil || parsed.Hostname() == "" || text != parsed.Scheme+"://"+parsed.Host || strings.ContainsAny(parsed.Host, "*?, ") {
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

const minSecret = 32

// secret is the one given, else the one kept beside the database, else a new one that is kept there.
func (o *serveOptions) secret(database string) ([]byte, error) {
	switch {
	case o.Secret != "" && o.SecretFile != "":
		return nil, errors.New("use --secret or --secret-file, not both")
	case o.Secret != "":
		return longEnough([]byte(o.Secret), "--secret is too short: use at least %d bytes")
	case o.SecretFile != "":
		given, err := os.ReadFile(o.SecretFile)
		if err != nil {
			return nil, fmt.Errorf("--secret-file: %w", err)
		}
		return longEnough([]byte(strings.TrimRight(string(given), "\r\n")), "the secret in "+o.SecretFile+" is too short: use at least %d bytes")
	}
	path := strings.TrimSuffix(database, filepath.Ext(database)) + ".secret"
	kept, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return newSecret(path)
	case err != nil:
		return nil, err
	}
	if kept, err = longEnough(kept, "the secret in "+path+" is shorter than %d bytes: delete the file to generate a new one"); err != nil {
		return nil, err
	}
	return kept, os.Chmod(path, 0o600)
}

func longEnough(secret []byte, refusal string) ([]byte, error) {
	if len(secret) < minSecret {
		return nil, fmt.Errorf(refusal, minSecret)
	}
	return secret, nil
}

// newSecret makes a secret and keeps it: the file has its name once it is whole and on the disk.
func newSecret(path string) ([]byte, error) {
	random := make([]byte, minSecret)
	if _, err := rand.Read(random); err != nil {
		return nil, err
	}
	secret := []byte(hex.EncodeToString(random))
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot store the secret: %w", err)
	}
	_, err = file.Write(secret)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return nil, fmt.Errorf("cannot store the secret: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return nil, fmt.Errorf("cannot store the secret: %w", err)
	}
	return secret, nil
}
