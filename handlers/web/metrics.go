package web

import (
	"context"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"flagstone/db"
	"flagstone/features"
)

// metrics are what Prometheus is told: answers by route, and how things stand.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	signIns  *prometheus.CounterVec // by outcome

	Evaluations struct{ Ofrep, Portal, Tenant, Sample prometheus.Counter } // by surface
}

func newMetrics(s *Base) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "flagstone_http_requests_total", Help: "HTTP requests that were answered, by route and class of status.",
		}, []string{"surface", "method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "flagstone_http_request_duration_seconds", Help: "Time from a request to the end of its answer, without streams and requests that wait for changes.",
			Buckets: []float64{.001, .005, .025, .1, .5, 2.5, 10},
		}, []string{"surface", "method", "route"}),
		signIns: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "flagstone_sign_ins_total", Help: "Attempts to sign in with a password, by outcome.",
		}, []string{"outcome"}),
	}
	for _, outcome := range signInOutcomes {
		m.signIns.WithLabelValues(outcome)
	}
	for surface, counter := range map[string]*prometheus.Counter{
		"ofrep": &m.Evaluations.Ofrep, "portal_api": &m.Evaluations.Portal, "tenant_api": &m.Evaluations.Tenant, "sample_portal": &m.Evaluations.Sample,
	} {
		*counter = prometheus.NewCounter(prometheus.CounterOpts{
			Name: "flagstone_evaluations_total", Help: "Features that were evaluated to answer a request or a stream.", ConstLabels: prometheus.Labels{"surface": surface},
		})
		m.registry.MustRegister(*counter)
	}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "flagstone_" + name, Help: help}, value)
	}
	count := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "flagstone_" + name, Help: help}, value)
	}
	build := prometheus.GaugeOpts{Name: "flagstone_build_info", Help: "1, with the version that runs.", ConstLabels: prometheus.Labels{"version": s.Version}}
	m.registry.MustRegister(
		m.requests, m.seconds, m.signIns, hashWait{s.DB},
		gauge("accounts", "Accounts.", func() float64 { return float64(s.Live.Accounts().Len()) }),
		gauge("features", "Features of the registry.", func() float64 { return float64(len(s.Live.Catalogue().Features())) }),
		gauge("revision", "The newest change set that is served.", func() float64 { return float64(s.Live.Revision()) }),
		gauge("portal_streams", "Portals that listen for changes.", func() float64 { return float64(s.Streams.Count()) }),
		gauge("console_streams", "Pages of the console that wait for changes.", func() float64 { return float64(s.Waiting.Count()) }),
		gauge("database_bytes", "Size of the database file.", func() float64 { return float64(s.DB.Space().Database) }),
		gauge("wal_bytes", "Size of the write-ahead log beside the database.", func() float64 { return float64(s.DB.Space().Log) }),
		gauge("disk_free_bytes", "What is free on the disk of the database.", func() float64 { return float64(s.DB.Space().DiskFree) }),
		gauge("disk_bytes", "Size of the disk of the database.", func() float64 { return float64(s.DB.Space().DiskTotal) }),
		gauge("catch_up_age_seconds", "Time since the live state was last seen to be that of the database.", func() float64 { return s.DB.Behind().Seconds() }),
		gauge("feed_unread_rows", "Entries of the feed that the live state has not taken in; -1 when the feed cannot be read.", func() float64 {
			return float64(s.DB.Unread(context.Background()))
		}),
		gauge("ready", "1 where /readyz answers that requests can be answered.", func() float64 {
			return oneIf(s.DB.Ready(context.Background()) == nil)
		}),
		gauge("password_hash_waiting", "Passwords that wait to be hashed.", func() float64 { return float64(s.DB.Hashing().Waiting) }),
		count("password_hash_refused_total", "Passwords that were not hashed, as too many waited.", func() float64 { return float64(s.DB.Hashing().Refused) }),
		count("write_errors_total", "Writes that the disk or the file system kept from being made.", func() float64 { return float64(s.DB.WriteErrors()) }),
		prometheus.NewGaugeFunc(build, func() float64 { return 1 }),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	for _, mode := range features.Modes() {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "flagstone_mode", Help: "1 for the mode in force.", ConstLabels: prometheus.Labels{"mode": string(mode)},
		}, func() float64 { return oneIf(s.Live.Catalogue().Settings.Mode == mode) }))
	}
	return m
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// hashWait tells how long passwords have waited to be hashed, and how many were.
type hashWait struct{ db *db.DB }

var hashWaitDesc = prometheus.NewDesc("flagstone_password_hash_wait_seconds", "Time that passwords waited before they were hashed.", nil, nil)

// Describe implements prometheus.Collector.
func (hashWait) Describe(to chan<- *prometheus.Desc) { to <- hashWaitDesc }

// Collect implements prometheus.Collector.
func (h hashWait) Collect(to chan<- prometheus.Metric) {
	hashing := h.db.Hashing()
	to <- prometheus.MustNewConstSummary(hashWaitDesc, hashing.Begun, hashing.Waited.Seconds(), nil)
}

var statusClasses = [...]string{1: "1xx", 2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"}

// ShowMetrics tells Prometheus, where it asks from this machine or an address that was named. No account and no person
// is named in it.
func (s *Base) ShowMetrics(c echo.Context) error {
	if !s.mayReadMetrics(c.Request()) {
		return c.String(http.StatusForbidden, "Metrics are for this machine. Name other readers with --metrics-allow, or give them an address with --metrics-addr.\n")
	}
	s.ServeMetrics(c.Response(), c.Request())
	return nil
}

// ServeMetrics writes the metrics as Prometheus reads them.
func (s *Base) ServeMetrics(w http.ResponseWriter, r *http.Request) {
	promhttp.HandlerFor(s.Metrics.registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
}

// mayReadMetrics reports whether a request comes from this machine or an allowed address. One that a proxy has passed on
// comes from there only where the proxy is trusted to say from whom.
func (s *Base) mayReadMetrics(r *http.Request) bool {
	peer := peerOf(r)
	if !s.Proxies.include(peer) && (r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("X-Real-Ip") != "" || r.Header.Get("Forwarded") != "") {
		return false
	}
	client, ok := readAddress(s.Proxies.ClientAddress(r))
	return ok && (client.IsLoopback() || s.metricsReaders.include(client))
}

func (m *metrics) Observe(method, route string) *Observed {
	o := &Observed{Method: method, Route: route, Level: logLevel(route)}
	labels := prometheus.Labels{"surface": SurfaceOf(route), "method": method, "route": route}
	for class, name := range statusClasses {
		labels := prometheus.Labels{"surface": labels["surface"], "method": method, "route": route, "status": name}
		o.requests[class] = sync.OnceValue(func() prometheus.Counter { return m.requests.With(labels) })
	}
	if !waits[route] {
		o.Seconds = sync.OnceValue(func() prometheus.Observer { return m.seconds.With(labels) })
	}
	return o
}

// The routes that wait for changes.
const (
	ChangesRoute = "/admin/changes"
	StreamRoute  = "/api/me/features/stream"
)
