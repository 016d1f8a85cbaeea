package handlers

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what Prometheus is told (spec §5): answers by route, and how things stand.
type metrics struct {
	registry *prometheus.Registry
	answers  *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "flagstone_http_answers_total", Help: "Answers to HTTP requests, by route and class of status.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "flagstone_http_answer_seconds", Help: "From a request to the end of its answer; of a stream, how long it was open.",
			Buckets: []float64{.001, .005, .025, .1, .5, 2.5, 10},
		}, []string{"method", "route"}),
	}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "flagstone_" + name, Help: help}, value)
	}
	build := prometheus.GaugeOpts{Name: "flagstone_build_info", Help: "1, with the version that runs.", ConstLabels: prometheus.Labels{"version": s.Version}}
	m.registry.MustRegister(
		m.answers, m.seconds,
		gauge("accounts", "Accounts.", func() float64 { return float64(s.live.Accounts().Len()) }),
		gauge("features", "Features of the registry.", func() float64 { return float64(len(s.live.Catalogue().Features())) }),
		gauge("revision", "The newest change set that is served.", func() float64 { return float64(s.live.Revision()) }),
		gauge("portal_streams", "Portals that listen for changes.", func() float64 { return float64(s.streams.count()) }),
		gauge("console_streams", "Pages of the console that wait for changes.", func() float64 { return float64(s.waiting.count()) }),
		prometheus.NewGaugeFunc(build, func() float64 { return 1 }),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

var statusClasses = [...]string{1: "1xx", 2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"}

// of counts the answers of one route, those that a panic breaks off too. What is at no route is not counted, as such
// addresses are without number; nor is who leaves before there is an answer.
func (m *metrics) of(method, path string, next echo.HandlerFunc) echo.HandlerFunc {
	labels := prometheus.Labels{"method": method, "route": path}
	answers, seconds := m.answers.MustCurryWith(labels), m.seconds.MustCurryWith(labels)
	return func(c echo.Context) error {
		begun, status := time.Now(), http.StatusInternalServerError
		defer func() {
			if status != 0 {
				answers.WithLabelValues(statusClasses[status/100]).Inc()
				seconds.WithLabelValues().Observe(time.Since(begun).Seconds())
			}
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

// showMetrics tells Prometheus. No account and no person is named in it.
func (s *Server) showMetrics(c echo.Context) error {
	promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}).ServeHTTP(c.Response(), c.Request())
	return nil
}
