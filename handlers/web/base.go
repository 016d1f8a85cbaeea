// Package web is what every surface shares: who calls and whether they may, CSRF, throttling, lookups, paging, bodies,
// problems, rendering. It imports no surface.
package web

import (
	"net/http"

	"flagstone/features"
)

// Base is what every surface stands on: the database, its live state, and who calls.
type Base struct {
	Config
	Live     *features.Live
	Store    *sessionStore
	Throttle *throttle
	Bodies   bodies
	Proxies  proxies
	origins  map[string]bool // of portals
	headers  http.Header     // of every answer
	Metrics  *metrics
	Streams  *streams      // of portals
	Waiting  *streams      // pages of the console that wait for changes
	Ending   chan struct{} // closed when the server is to end: streams end first

	metricsReaders proxies
	securityLog    securityLog
	KeysUsed       lastSeen
}

// NewBase returns what the surfaces of one server share. The database must be migrated and its live state loaded.
func NewBase(config Config) *Base {
	b := &Base{
		Config:         config,
		Live:           config.DB.Live(),
		Store:          newSessionStore(config.DB.Live().People(), config.Secret, config.SecureCookies),
		Throttle:       newThrottle(),
		Bodies:         newBodies(),
		Proxies:        newProxies(config.TrustedProxies),
		origins:        make(map[string]bool),
		headers:        sharedHeaders(config.SecureCookies),
		Streams:        newStreams(),
		Waiting:        newStreams(),
		Ending:         make(chan struct{}),
		metricsReaders: newProxies(config.MetricsReaders),
	}
	for _, origin := range config.PortalOrigins {
		b.origins[origin] = true
	}
	b.Metrics = newMetrics(b)
	b.Live.Watch(b.Streams.tell)
	b.Live.Watch(func(features.Notice) { b.Waiting.tellAll() })
	return b
}
