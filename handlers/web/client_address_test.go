package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// Whoever is not a trusted proxy may claim any address, and is not believed.
func TestClientAddress(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48"), netip.MustParsePrefix("::ffff:172.16.0.0/108"),
	}
	for _, c := range []struct {
		trusted   []netip.Prefix
		from      string
		forwarded []string
		want      string
	}{
		{nil, "127.0.0.1:80", []string{"203.0.113.9"}, "127.0.0.1"},
		{nil, "[::1]:80", nil, "::1"},
		{nil, "@", []string{"203.0.113.9"}, ""},
		{trusted, "@", []string{"203.0.113.9"}, "203.0.113.9"},
		{trusted, "10.1.2.3:80", []string{"203.0.113.9"}, "203.0.113.9"},
		{trusted, "10.1.2.3:80", []string{"6.6.6.6, 203.0.113.9, 10.0.0.2"}, "203.0.113.9"},
		{trusted, "10.1.2.3:80", []string{"6.6.6.6", "203.0.113.9", "10.0.0.2"}, "203.0.113.9"},
		{trusted, "10.1.2.3:80", nil, "10.1.2.3"},
		{trusted, "10.1.2.3:80", []string{"10.9.9.9, 10.0.0.2"}, "10.9.9.9"},
		{trusted, "172.17.0.1:80", []string{"203.0.113.9"}, "203.0.113.9"},
		{trusted, "[::ffff:10.1.2.3]:80", []string{"203.0.113.9"}, "203.0.113.9"},
		{trusted, "[2001:db8:1::5]:80", []string{"2001:db8:2::9"}, "2001:db8:2::9"},
		{trusted, "[2001:db8:1::5%eth0]:80", []string{"2001:db8:2::9"}, "2001:db8:2::9"},
		{trusted, "127.0.0.1:80", []string{"203.0.113.9"}, "127.0.0.1"},
		{trusted, "192.168.0.4:80", []string{"203.0.113.9"}, "192.168.0.4"},
		{trusted, "198.51.100.4:80", []string{"203.0.113.9"}, "198.51.100.4"},

		{trusted, "10.1.2.3:80", []string{"203.0.113.7:51234"}, "203.0.113.7"},
		{trusted, "10.1.2.3:80", []string{"203.0.113.7:51234, 10.0.0.2:443"}, "203.0.113.7"},
		{trusted, "10.1.2.3:80", []string{"[2001:db8::2]:443"}, "2001:db8::2"},
		{trusted, "10.1.2.3:80", []string{"[2001:db8::2]"}, "2001:db8::2"},
		{trusted, "10.1.2.3:80", []string{`"[2001:db8::2]:443"`}, "2001:db8::2"},
		{trusted, "10.1.2.3:80", []string{"fe80::1%eth0"}, "fe80::1"},
		{trusted, "10.1.2.3:80", []string{"::ffff:203.0.113.7"}, "203.0.113.7"},
		{trusted, "10.1.2.3:80", []string{"[::ffff:203.0.113.7]:80, ::ffff:10.0.0.2"}, "203.0.113.7"},
		{trusted, "10.1.2.3:80", []string{"203.0.113.9,"}, "203.0.113.9"},
		{trusted, "10.1.2.3:80", []string{" , 203.0.113.9 , ,", ""}, "203.0.113.9"},
		{trusted, "10.1.2.3:80", []string{"\t203.0.113.9 "}, "203.0.113.9"},
		{trusted, "10.1.2.3:80", []string{"unknown"}, "10.1.2.3"},
		{trusted, "10.1.2.3:80", []string{"6.6.6.6, unknown, 10.0.0.2"}, "10.0.0.2"},
		{trusted, "10.1.2.3:80", []string{"6.6.6.6, _hidden"}, "10.1.2.3"},
		{trusted, "10.1.2.3:80", []string{"6.6.6.6, unix:"}, "10.1.2.3"},
	} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.RemoteAddr = c.from
		request.Header["X-Forwarded-For"] = c.forwarded
		if got := newProxies(c.trusted).ClientAddress(request); got != c.want {
			t.Errorf("from %s for %q: %q, want %q", c.from, c.forwarded, got, c.want)
		}
	}
}
