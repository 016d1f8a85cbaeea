package handlers

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// Whoever is not a trusted proxy may claim any address, and is not believed.
func TestClientAddress(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48")}
	for _, c := range []struct {
		trusted               []netip.Prefix
		from, forwarded, want string
	}{
		{nil, "127.0.0.1:80", "203.0.113.9", "127.0.0.1"},
		{proxies, "10.1.2.3:80", "203.0.113.9", "203.0.113.9"},
		{proxies, "10.1.2.3:80", "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"},
		{proxies, "10.1.2.3:80", "", "10.1.2.3"},
		{proxies, "[2001:db8:1::5]:80", "2001:db8:2::9", "2001:db8:2::9"},
		{proxies, "127.0.0.1:80", "203.0.113.9", "127.0.0.1"},
		{proxies, "192.168.0.4:80", "203.0.113.9", "192.168.0.4"},
		{proxies, "198.51.100.4:80", "203.0.113.9", "198.51.100.4"},
	} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.RemoteAddr = c.from
		if c.forwarded != "" {
			request.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := clientAddress(c.trusted)(request); got != c.want {
			t.Errorf("from %s for %q: %s, want %s", c.from, c.forwarded, got, c.want)
		}
	}
}
