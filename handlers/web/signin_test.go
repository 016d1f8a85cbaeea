package web

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

// Browsers send cookies to every port of a host: who signs in to one Flagstone must stay signed in to another beside it.
func TestFlagstonesOfOneHostHaveCookiesOfTheirOwn(t *testing.T) {
	t.Parallel()
	one, other := []byte("0123456789abcdef0123456789abcdef"), []byte("fedcba9876543210fedcba9876543210")
	if again := slices.Clone(one); SessionCookie(one, true) == SessionCookie(other, true) || SessionCookie(one, false) != SessionCookie(again, false) {
		t.Error("the cookie's name does not go by the secret")
	}
}

// A page whose path begins with two slashes would be another site's address.
func TestPageOfStaysOnThisSite(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"http://console.example/admin/accounts?q=a":      "/admin/accounts?q=a",
		"https://console.example:443/admin/accounts?q=a": "/admin/accounts?q=a",
		"http://console.example//evil.example/x":         "/",
		"http://console.example/\\evil.example":          "/%5Cevil.example",
		"http://evil.example/admin":                      "/",
		"http://console.example":                         "/",
		"":                                               "/",
	} {
		for _, header := range []string{"Referer", "HX-Current-URL"} {
			r := httptest.NewRequest(http.MethodPost, "http://console.example/admin/accounts", nil)
			r.Header.Set(header, from)
			if got := new(Base).PageOf(r); got != want {
				t.Errorf("%s %q leads to %q, want %q", header, from, got, want)
			}
		}
	}
}

// Behind a proxy that does not pass on Host, the browser itself says that the page is this site's.
func TestPageOfBehindAProxy(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080/admin/accounts", nil)
	r.Header.Set("Referer", "https://console.example/admin/tiers")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if got := new(Base).PageOf(r); got != "/admin/tiers" {
		t.Errorf("leads to %q", got)
	}
}
