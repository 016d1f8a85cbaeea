package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"flagstone/db/dbtest"
	"flagstone/features"
)

func TestModeIsAskedForWithItsEffect(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	admin := s.as("admin")
	doc := admin.get("/admin/settings/features").want(http.StatusOK).page()
	if got := doc.Find("input[name=mode][checked]").AttrOr("value", ""); got != "live" {
		t.Errorf("in force is %q", got)
	}
	for mode, want := range map[string]map[string]string{
		"open": {
			"AI Agents": "1 account gains it, nobody loses it", "Knowledge Base": "2 accounts gain it, nobody loses it",
			"Additional Services": "2 accounts gain it, nobody loses it",
		},
		"defaults": {"AI Agents": "1 account loses it"},
		"live":     {},
	} {
		dialog := admin.viaHtmx().get("/admin/settings/mode?mode=" + mode).want(http.StatusOK).page()
		rows := dialog.Find(".effects > li")
		if rows.Length() != len(want) {
			t.Errorf("%s: %d features change, want %d", mode, rows.Length(), len(want))
		}
		for name, sentence := range want {
			if !strings.Contains(text(rows), name+" "+sentence) {
				t.Errorf("%s: no %q of %s in %q", mode, sentence, name, text(rows))
			}
		}
		if mode == "defaults" && !strings.Contains(text(dialog.Find(".hint")), "2 features stay as they are for everybody.") {
			t.Error("it does not say how many features stay")
		}
	}
	if got := s.db.Live().Catalogue().Settings.Mode; got != features.ModeLive {
		t.Errorf("asking alone has set it to %s", got)
	}
	admin.get("/admin/settings/mode?mode=shut").want(http.StatusUnprocessableEntity)
}

func TestModeIsSetAndSaidOnEveryPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as("admin")
	_, next := s.as("owner").events(t.Context(), "/api/me/features/stream", "")
	if first, _ := next(); !strings.Contains(first, `"aiAgentsEnabled":false`) {
		t.Fatal(first)
	}
	long := url.Values{"mode": {"open"}, "reason": {strings.Repeat("x", 501)}}
	if got := admin.viaHtmx().post("/admin/settings/mode", long).want(http.StatusUnprocessableEntity).page().Find("#mode-reason-error").Length(); got != 1 {
		t.Error("a reason that is too long is not refused beside its field")
	}
	admin.post("/admin/settings/mode", url.Values{"mode": {"shut"}}).want(http.StatusUnprocessableEntity)
	set := time.Now()
	answer := admin.viaHtmx().post("/admin/settings/mode", url.Values{"mode": {"open"}, "reason": {"an open day"}}).want(http.StatusNoContent)
	if got := answer.Header.Get("HX-Redirect"); got != "/admin/settings/features" {
		t.Errorf("it leads to %q", got)
	}
	if second, _ := next(); !strings.Contains(second, `"aiAgentsEnabled":true`) || time.Since(set) > time.Second {
		t.Errorf("after %v the portal has %s", time.Since(set), second)
	}
	for _, path := range []string{
		"/admin", "/admin/accounts", "/admin/accounts/arizona-comedy", "/admin/features", "/admin/audit", "/admin/profile", "/admin/nothing",
		"/admin/accounts?page=99",
	} {
		for who, links := range map[string]int{"admin": 1, "viewer": 0} {
			page := s.as(who).get(path).page()
			banner := page.Find("main #mode-banner .banner")
			if !strings.Contains(text(banner), "The mode is open. Every feature is on for everyone") {
				t.Errorf("%s as %s: the banner says %q", path, who, text(banner))
			}
			if got := banner.Find(`a[href="/admin/settings/features"]`).Length(); got != links {
				t.Errorf("%s as %s: %d links to the settings, want %d", path, who, got, links)
			}
			if got := text(page.Find(".sidebar .mode")); !strings.HasPrefix(got, "Mode: open") {
				t.Errorf("%s: the sidebar says %q", path, got)
			}
		}
	}
	admin.post("/admin/settings/mode", url.Values{"mode": {"live"}}).want(http.StatusSeeOther)
	if got := admin.get("/admin").page().Find("main .banner").Length(); got != 0 {
		t.Error("there is a banner in mode live")
	}
}

func TestStaleDaysAreSet(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as("admin")
	if got := admin.get("/admin/settings/features").page().Find("#stale-days").AttrOr("value", ""); got != "30" {
		t.Errorf("at first it is %q", got)
	}
	for _, wrong := range []string{"", "0", "-3", "ten", "3651", "1.5"} {
		panel := admin.viaHtmx().post("/admin/settings/stale", url.Values{"days": {wrong}}).want(http.StatusUnprocessableEntity).page()
		if panel.Find("#stale-days-error").Length() != 1 || panel.Find("#stale-days").AttrOr("value", "") != wrong {
			t.Errorf("%q is not refused beside the field that keeps it", wrong)
		}
	}
	admin.post("/admin/settings/stale", url.Values{"days": {"0"}}).want(http.StatusUnprocessableEntity).wantText("<h1>Settings</h1>")
	admin.viaHtmx().post("/admin/settings/stale", url.Values{"days": {" 7 "}}).want(http.StatusOK).wantText("Features count as stale after 7 days")
	if got := s.db.Live().Catalogue().Settings.StaleDays; got != 7 {
		t.Errorf("it is %d", got)
	}
	admin.post("/admin/settings/stale", url.Values{"days": {"7"}}).want(http.StatusSeeOther)
}

func TestModeReachesAnotherProcess(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	handle := dbtest.Handle(t, s.db)
	if _, err := handle.ExecContext(t.Context(), `UPDATE settings SET value = 'defaults' WHERE key = 'mode'`); err != nil {
		t.Fatal(err)
	}
	if err := s.server.follow(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.as("viewer").get("/admin").wantText("The mode is defaults.")
}
