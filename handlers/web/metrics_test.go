package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// TestMetricsAreForThisMachine: others read them where they are named, and nobody gets in by what a proxy has passed on.
func TestMetricsAreForThisMachine(t *testing.T) {
	t.Parallel()
	s := newBase(t)
	s.metricsReaders = newProxies([]netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")})
	for _, c := range []struct {
		peer, forwarded string
		trusted         bool
		want            bool
	}{
		{"127.0.0.1:1", "", false, true},
		{"[::1]:1", "", false, true},
		{"[::ffff:127.0.0.1]:1", "", false, true},
		{"10.1.2.3:1", "", false, true},
		{"10.2.2.3:1", "", false, false},
		{"203.0.113.9:1", "127.0.0.1", false, false},
		{"127.0.0.1:1", "203.0.113.9", false, false},
		{"127.0.0.1:1", "203.0.113.9", true, false},
		{"127.0.0.1:1", "10.1.2.3", true, true},
		{"127.0.0.1:1", "", true, true},
	} {
		s.Proxies = nil
		if c.trusted {
			s.Proxies = newProxies([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
		if r.RemoteAddr = c.peer; c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := s.mayReadMetrics(r); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
