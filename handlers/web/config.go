package web

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"

	"flagstone/db"
)

// Tracer is told that a request begins, and by which method and route. It returns the context of what is part of the request,
// the name of the trace, and what is to be called with the status in the end: 0 where nobody waited for the answer.
type Tracer func(r *http.Request, method, route string) (ctx context.Context, trace string, end func(status int))

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
