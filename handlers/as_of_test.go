package handlers

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
)

func TestAsOf(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.switchOn("arizona-comedy", "ai_agents", true)
	viewer := s.as("viewer")
	sets, err := s.db.ChangeSets(t.Context(), db.AuditFilter{Account: s.db.Live().Accounts().Find("arizona-comedy").ID}, 1)
	if err != nil {
		t.Fatal(err)
	}
	on := sets[0]
	if _, err := s.db.SetKillSwitch(t.Context(), dbtest.Actor(), db.KillSwitch{Keys: []string{"ai_agents"}}); err != nil {
		t.Fatal(err)
	}
	// From the log: what it had once that change was made.
	change := viewer.get("/admin/audit/" + strconv.FormatInt(on.ID, 10)).want(http.StatusOK).page()
	address, _ := change.Find(".thing a.text-button").Attr("href")
	if address != arizona+"/as-of?revision="+strconv.FormatInt(on.ID, 10) {
		t.Errorf("the log leads to %q", address)
	}
	page := viewer.get(address).want(http.StatusOK).page()
	row := page.Find("#then .then-list li:contains('ai_agents')")
	if got := words(row.Find("summary")); got != "AI Agents ai_agents On override today Off" {
		t.Errorf("then it had %q", got)
	}
	if got := words(row.Find(".trace .decided")); got != "Override on · decided" {
		t.Errorf("for %q", got)
	}
	only := viewer.get(address + "&differs=1").want(http.StatusOK).page()
	if got := only.Find("#then .then-list > li"); got.Length() != 1 || !strings.Contains(words(got), "ai_agents") {
		t.Errorf("otherwise today is %q", words(got))
	}
	// By the moment; and before there was anything.
	at := time.Now().UTC().Add(time.Minute).Format("2006-01-02T15:04")
	if got := viewer.get(arizona + "/as-of?at=" + at).want(http.StatusOK).page().Find("#then li:contains('ai_agents') summary .row:last-child"); words(got) != "the same today" {
		t.Errorf("now it is %q", words(got))
	}
	for moment, want := range map[string]string{
		"1999-01-01": "Nothing was recorded before then. Choose a later time.", "yesterday": "Enter a date and time, such as 2026-05-01T09:00.",
	} {
		refused := viewer.get(arizona + "/as-of?at=" + moment).want(http.StatusUnprocessableEntity).page()
		if got := words(refused.Find("#as-of-at-error")); got != want {
			t.Errorf("%s: %q", moment, got)
		}
	}
	if got := viewer.get(arizona + "/as-of?revision=1").want(http.StatusOK).page(); !strings.Contains(words(got.Find("#then")), "The account did not exist yet.") {
		t.Errorf("before it was made: %q", words(got.Find("#then")))
	}
	for _, revision := range []string{"x", "99999"} {
		viewer.get(arizona + "/as-of?revision=" + revision).want(http.StatusNotFound)
	}
}
