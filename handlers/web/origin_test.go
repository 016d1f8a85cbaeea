package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// A proxy may replace Host or write the usual port into it; browsers say by themselves where a request comes from.
func TestWhoIsFromElsewhere(t *testing.T) {
	t.Parallel()
	s := &Base{Proxies: newProxies([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})}
	for _, c := range []struct {
		host, origin, site, forwarded, from string
		elsewhere                           bool
	}{
		{host: "flags.example"}, // a program
		{host: "flags.example", origin: "https://flags.example"},
		{host: "FLAGS.example", origin: "https://flags.example"},
		{host: "flags.example:443", origin: "https://flags.example"},
		{host: "flags.example:80", origin: "http://flags.example"},
		{host: "flags.example:80", origin: "https://flags.example"}, // TLS ends before the proxy that writes the port
		{host: "flags.example", origin: "https://flags.example:443"},
		{host: "flags.lan:8080", origin: "http://flags.lan:8080"},
		{host: "[2001:db8::1]:443", origin: "https://[2001:db8::1]"},
		{host: "flags.example:8443", origin: "https://flags.example", elsewhere: true},
		{host: "flags.example", origin: "https://flags.example:8443", elsewhere: true},
		{host: "flags.example", origin: "https://evil.example", elsewhere: true},
		{host: "flags.example", origin: "https://flags.example.evil.example", elsewhere: true},
		{host: "flags.example", origin: "null", elsewhere: true},
		{host: "flags.example", origin: "flags.example", elsewhere: true},
		{host: "", origin: "null", elsewhere: true},

		{host: "127.0.0.1:8080", origin: "https://flags.example", elsewhere: true},
		{host: "127.0.0.1:8080", origin: "https://flags.example", site: "same-origin"},
		{host: "127.0.0.1:8080", site: "none"},
		{host: "flags.example", origin: "https://flags.example", site: "cross-site", elsewhere: true},
		{host: "flags.example", origin: "https://flags.example", site: "same-site", elsewhere: true},
		{host: "flags.example", site: "cross-site", elsewhere: true},

		{host: "127.0.0.1:8080", origin: "https://flags.example", forwarded: "flags.example", from: "10.0.0.1:9"},
		{host: "127.0.0.1:8080", origin: "https://flags.example", forwarded: "flags.example:443, inner.example", from: "10.0.0.1:9"},
		{host: "127.0.0.1:8080", origin: "https://evil.example", forwarded: "flags.example", from: "10.0.0.1:9", elsewhere: true},
		{host: "127.0.0.1:8080", origin: "https://flags.example", forwarded: "flags.example", from: "192.0.2.1:9", elsewhere: true},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Host = c.host
		if c.from != "" {
			r.RemoteAddr = c.from
		}
		for name, value := range map[string]string{"Origin": c.origin, "Sec-Fetch-Site": c.site, "X-Forwarded-Host": c.forwarded} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		if got := s.FromElsewhere(r); got != c.elsewhere {
			t.Errorf("%+v: from elsewhere is %t", c, got)
		}
	}
}
