package handlers

import (
	"net/http"
	"testing"
)

// Every surface that a browser writes to keeps to that one rule.
func TestEverySurfaceBelievesTheBrowser(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	writes := map[string]func(*browser) *answer{
		"sign-in form": func(b *browser) *answer { return b.post("/signin", nil) },
		"portal's sign-in": func(b *browser) *answer {
			return b.json(http.MethodPost, "/api/session", `{"email":"a@example.com","password":"x"}`)
		},
		"console":           func(b *browser) *answer { return b.post("/admin/profile/name", nil) },
		"upgrade requests":  func(b *browser) *answer { return b.json(http.MethodPost, "/api/me/upgrade-requests", `{}`) },
		"admin API":         func(b *browser) *answer { return b.json(http.MethodPost, "/api/v2/admin/tiers", `{}`) },
		"sign-out":          func(b *browser) *answer { return b.post("/signout", nil) },
		"portal's sign-out": func(b *browser) *answer { return b.json(http.MethodDelete, "/api/session", "") },
	}
	for name, write := range writes {
		behindProxy := s.as("admin").with("Origin", "https://flags.example")
		if got := write(behindProxy).StatusCode; got != http.StatusForbidden {
			t.Errorf("%s, from an unknown origin: %d", name, got)
		}
		if got := write(behindProxy.with("Sec-Fetch-Site", "cross-site")).StatusCode; got != http.StatusForbidden {
			t.Errorf("%s, from another site: %d", name, got)
		}
		if got := write(behindProxy.with("Sec-Fetch-Site", "same-origin")).StatusCode; got == http.StatusForbidden {
			t.Errorf("%s, from our own page: %d", name, got)
		}
	}
}
