package handlers

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"flagstone/db"
	"flagstone/features"
	"flagstone/views"
)

func TestSecurityPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withPassword("owner")
	owner := s.as("")
	owner.post("/signin", credentials("owner", "not the password")).want(http.StatusUnauthorized)
	owner.post("/signin", credentials("hunter22", "not the password")).want(http.StatusUnauthorized)
	owner.cookie = s.cookieOf(owner.post("/signin", credentials("owner", testPassword)).want(http.StatusSeeOther))
	owner.get("/admin").want(http.StatusForbidden)
	owner.get("/admin/settings").want(http.StatusForbidden)
	owner.json(http.MethodDelete, "/api/session", "").want(http.StatusNoContent)
	s.bearing("fsk_nonsense").get("/api/v2/admin/accounts").want(http.StatusUnauthorized)
	admin := s.as("admin")
	admin.post("/admin/settings/backup", nil).want(http.StatusOK)
	admin.get("/admin/settings/registry.yaml").want(http.StatusOK)

	words := func(query string) string {
		return strings.Join(strings.Fields(admin.get("/admin/settings/security"+query).want(http.StatusOK).page().Find("tbody").Text()), " ")
	}
	all := words("")
	for _, want := range []string{
		"Signed in", "Sign-in failed", "Unknown e-mail", "owner@example.com", "Refused, 2 times", "API key refused", "Signed out", "Backup downloaded",
		"Data exported", "Password changed", "127.0.0.1",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in %s", want, all)
		}
	}
	if strings.Contains(all, "hunter22") {
		t.Error("what was typed is kept")
	}
	for query, want := range map[string]int{
		"?event=signin.failed": 2, "?event=backup": 1, "?person=hunter22@example.com": 1, "?person=owner@example.com&event=signin.failed": 1,
		"?address=203.0.113.9": 0, "?event=nonsense": 0,
	} {
		if n := admin.get("/admin/settings/security" + query).want(http.StatusOK).page().Find("tbody tr").Length(); n != want {
			t.Errorf("%s leaves %d, want %d", query, n, want)
		}
	}
	export := admin.get("/admin/settings/security/export.csv?event=signin.failed").want(http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(export.body)).ReadAll()
	if err != nil || len(rows) != 3 || strings.Contains(export.body, "hunter22") {
		t.Errorf("the export is %v, %v", rows, err)
	}
	admin.get("/admin/settings/security?before=x").want(http.StatusNotFound)
}

func TestSecurityPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as("admin")
	for range 55 {
		s.as("editor")
	}
	first := admin.get("/admin/settings/security?event=signin").want(http.StatusOK).page()
	older, _ := first.Find("#older").Attr("href")
	second := admin.get(older).want(http.StatusOK).page()
	if n := first.Find("tbody tr").Length(); n != 50 || second.Find("tbody tr").Length() != 6 || second.Find("#newest").Length() != 1 {
		t.Errorf("the pages have %d and %d events", n, second.Find("tbody tr").Length())
	}
}

// Tries that are not heard are one row with their number, whatever e-mails they name.
func TestThrottledTriesAreCounted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range 12 {
		s.as("").post("/signin", url.Values{"email": {"dana@example.com"}, "password": {strings.Repeat("x", i+1)}})
	}
	if err := s.server.KeepSecurityLog(t.Context()); err != nil {
		t.Fatal(err)
	}
	events, err := s.db.SecurityEvents(t.Context(), db.SecurityFilter{}, 100)
	count := map[features.SecurityEventKind]int{}
	for _, e := range events {
		count[e.Event] += e.Count
	}
	if len(events) != 2 || count[features.SignInFailed] != 8 || count[features.SignInThrottled] != 4 || err != nil {
		t.Errorf("the events are %+v", events)
	}
}

func TestSecurityEventsHaveWords(t *testing.T) {
	t.Parallel()
	page := views.SecurityPage(views.SecurityModel{})
	var text strings.Builder
	if err := page.Render(t.Context(), &text); err != nil {
		t.Fatal(err)
	}
	for _, event := range features.SecurityEventKinds {
		if !strings.Contains(text.String(), `value="`+string(event)+`"`) {
			t.Errorf("the filter lacks %s", event)
		}
	}
}
