package console

import (
	"testing"

	"flagstone/features"
)

func TestOpenRedirectIsRefused(t *testing.T) {
	t.Parallel()
	staff, member := &features.User{StaffRole: features.Viewer}, &features.User{}
	for next, want := range map[string]string{
		"":                        "/admin",
		"/":                       "/admin",
		"/admin/audit?from=1#top": "/admin/audit?from=1#top",
		"/portal/shows":           "/portal/shows",
		"//evil.example":          "/admin",
		"/\\evil.example":         "/admin",
		"\\\\evil.example":        "/admin",
		"/\t/evil.example":        "/admin",
		"/\n/evil.example":        "/admin",
		"https://evil.example":    "/admin",
		"javascript:alert(1)":     "/admin",
		"evil.example":            "/admin",
		" /admin":                 "/admin",
		"/admin/%zz":              "/admin",
		"/signin?next=/signin":    "/admin",
		"/setup/token":            "/admin",
		"/api/me":                 "/admin",
	} {
		if got := afterSignIn(next, staff); got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
	if got := afterSignIn("/admin/audit", member); got != "/portal" {
		t.Errorf("a portal user is led to %s", got)
	}
}
