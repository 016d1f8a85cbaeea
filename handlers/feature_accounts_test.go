package handlers

import (
	"net/http"
	"net/url"
	"testing"
)

func TestFeatureAccountsTellOnFromSome(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.defaultOn()
	s.release(url.Values{"strategy": {"whitelist"}, "account_ids": {"arizona-comedy"}, "user_ids": {"someone"}}).want(http.StatusSeeOther)
	page := s.as("viewer").get("/admin/features/ai_agents/accounts").want(http.StatusOK).page()
	for state, name := range map[string]string{"on": "Arizona Comedy", "some": "Maple Garage"} {
		panel := page.Find("section[aria-labelledby=holders-" + state + "]")
		if got := text(panel.Find(".names")); got != name {
			t.Errorf("%s for %q, want %q", state, got, name)
		}
		if got, _ := panel.Find("a.text-button").Attr("href"); got != "/admin/accounts?f.ai_agents="+state {
			t.Errorf("they are listed at %q", got)
		}
	}
	if got := text(page.Find(".tabs [aria-current] .count")); got != "2" {
		t.Errorf("the section counts %s", got)
	}
}

func TestKillSwitchNamesPeople(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.user("owner")
	s.defaultOn()
	s.release(url.Values{"strategy": {"role"}, "roles": {"owner"}}).want(http.StatusSeeOther)
	question := s.as("editor").viaHtmx().get("/admin/features/ai_agents/kill?enabled=false").want(http.StatusOK).page()
	if got := text(question.Find(".stack .lose")); got != "1 loses it Owner (owner, Arizona Comedy)" {
		t.Errorf("of the people it says %q", got)
	}
	names := s.as("editor").viaHtmx().post("/admin/features/ai_agents/effect/enabled/names?who=lose-people", url.Values{"enabled": {"false"}})
	if got := text(names.want(http.StatusOK).page().Find("li")); got != "Owner (owner, Arizona Comedy)" {
		t.Errorf("they are %q", got)
	}
}
