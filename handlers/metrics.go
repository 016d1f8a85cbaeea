package handlers

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"flagstone/features"
)

// metrics are what Prometheus is told: answers by route, and how things stand.
type metrics struct {
	registry *prometheus.Registry
	answers  *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	failures prometheus.Counter // of sign-in
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "flagstone_http_answers_total", Help: "Answers to HTTP requests, by route and class of status.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "flagstone_http_answer_seconds", Help: "From a request to the end of its answer, but for those that wait for changes.",
			Buckets: []float64{.001, .005, .025, .1, .5, 2.5, 10},
		}, []string{"method", "route"}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "flagstone_sign_in_failures_total", Help: "Sign-ins refused for their e-mail or password.",
		}),
	}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "flagstone_" + name, Help: help}, value)
	}
	build := prometheus.GaugeOpts{Name: "flagstone_build_info", Help: "1, with the version that runs.", ConstLabels: prometheus.Labels{"version": s.Version}}
	m.registry.MustRegister(
		m.answers, m.seconds, m.failures,
		gauge("accounts", "Accounts.", func() float64 { return float64(s.live.Accounts().Len()) }),
		gauge("features", "Features of the registry.", func() float64 { return float64(len(s.live.Catalogue().Features())) }),
		gauge("revision", "The newest change set that is served.", func() float64 { return float64(s.live.Revision()) }),
		gauge("portal_streams", "Portals that listen for changes.", func() float64 { return float64(s.streams.count()) }),
		gauge("console_streams", "Pages of the console that wait for changes.", func() float64 { return float64(s.waiting.count()) }),
		gauge("database_bytes", "Size of the database file and its write-ahead log.", func() float64 { return float64(s.db.Size()) }),
		gauge("catch_up_age_seconds", "Since the live state was last seen to be that of the database.", func() float64 { return s.db.Behind().Seconds() }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "flagstone_write_errors_total", Help: "Writes that the disk or the file system kept from being made.",
		}, func() float64 { return float64(s.db.WriteErrors()) }),
		prometheus.NewGaugeFunc(build, func() float64 { return 1 }),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	for _, mode := range features.Modes() {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "flagstone_mode", Help: "1 for the mode in force.", ConstLabels: prometheus.Labels{"mode": string(mode)},
		}, func() float64 {
			if s.live.Catalogue().Settings.Mode == mode {
				return 1
			}
			return 0
		}))
	}
	return m
}

var statusClasses = [...]string{1: "1xx", 2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"}

// waits are the routes that answer when something changes: how long they take says nothing.
var waits = map[string]bool{streamRoute: true, changesRoute: true}

// observe counts and logs the answers of one route, those that a panic breaks off too. What is at no route is not counted,
// as such addresses are without number; nor is who leaves before there is an answer.
func (s *Server) observe(method, path string, next echo.HandlerFunc) echo.HandlerFunc {
	labels := prometheus.Labels{"method": method, "route": path}
	answers, seconds := s.metrics.answers.MustCurryWith(labels), s.metrics.seconds.MustCurryWith(labels)
	timed, level := !waits[path], logLevel(path)
	return func(c echo.Context) error {
		begun, status := time.Now(), http.StatusInternalServerError
		s.nameRequest(c, level)
		defer func() {
			if status != 0 {
				answers.WithLabelValues(statusClasses[status/100]).Inc()
				if timed {
					seconds.WithLabelValues().Observe(time.Since(begun).Seconds())
				}
			}
			s.logRequest(c, level, path, status, time.Since(begun))
		}()
		err := next(c)
		switch {
		case err == nil, c.Response().Committed:
			status = c.Response().Status
		case hasLeft(c, err):
			status = 0
		default:
			status = describe(err).Status
		}
		return err
	}
}

// showMetrics tells Prometheus, where it asks from this machine or an address that was named. No account and no person
// is named in it.
func (s *Server) showMetrics(c echo.Context) error {
	if !s.mayReadMetrics(c.Request()) {
		return c.String(http.StatusForbidden, "Metrics are for this machine. Name other readers with --metrics-allow, or give them an address with --metrics-addr.\n")
	}
	s.serveMetrics(c.Response(), c.Request())
	return nil
}

func (s *Server) serveMetrics(w http.ResponseWriter, r *http.Request) {
	promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
}

// mayReadMetrics reports whether a request comes from this machine or an allowed address. One that a proxy has passed on
// comes from there only where the proxy is trusted to say from whom.
func (s *Server) mayReadMetrics(r *http.Request) bool {
	peer := peerOf(r)
	if !s.proxies.include(peer) && (r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("X-Real-Ip") != "" || r.Header.Get("Forwarded") != "") {
		return false
	}
	client, ok := readAddress(s.proxies.clientAddress(r))
	return ok && (client.IsLoopback() || s.metricsReaders.include(client))
}
