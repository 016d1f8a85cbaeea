package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A portal user changes the password that they have and ends their other sessions, without any staff.
func TestOwnPasswordByAPI(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withPassword("owner")
	owner, other := s.as("owner"), s.as("owner")
	put := func(body string) *answer { return owner.json(http.MethodPut, "/api/me/password", body) }
	put(`{"current": "wrong", "new": "password1234"}`).want(http.StatusUnprocessableEntity).wantText(`"field":"current"`).wantText(`"field":"new"`)
	put(`{"current": "` + testPassword + `", "new": "owner12345678"}`).want(http.StatusUnprocessableEntity).wantText(`"field":"new"`)
	other.get("/api/me").want(http.StatusOK)
	put(`{"current": "` + testPassword + `", "new": "a new long phrase"}`).want(http.StatusNoContent)
	other.get("/api/me").want(http.StatusUnauthorized)
	owner.get("/api/me").want(http.StatusOK)
	if _, err := s.db.Authenticate(t.Context(), "owner@example.com", "a new long phrase"); err != nil {
		t.Error(err)
	}
	s.as("").json(http.MethodPut, "/api/me/password", `{}`).want(http.StatusUnauthorized)
	owner.with("Origin", "https://evil.example").json(http.MethodPut, "/api/me/password", `{}`).want(http.StatusForbidden)
}

// Changes that follow one another are slowed, right or wrong: each guess costs, and each change stays on record.
func TestOwnPasswordIsSlowed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withPassword("owner")
	owner := s.as("owner")
	for range 8 {
		owner.json(http.MethodPut, "/api/me/password", `{"current": "wrong", "new": "a new long phrase"}`).want(http.StatusUnprocessableEntity)
	}
	slow := owner.json(http.MethodPut, "/api/me/password", `{"current": "`+testPassword+`", "new": "a new long phrase"}`).want(http.StatusTooManyRequests)
	if slow.Header.Get("Retry-After") == "" {
		t.Error("it is not said when to try again")
	}
	owner.post("/account/password", url.Values{"current": {testPassword}, "password": {"a new long phrase"}}).want(http.StatusTooManyRequests).wantText("current-error")
}

func TestOwnSessionsByAPI(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner, second, third, stranger := s.as("owner"), s.as("owner"), s.as("owner"), s.as("mechanic")
	type list struct {
		Sessions []struct {
			ID      int64
			Current bool
		}
	}
	sessions := func(b *browser) (l list) {
		decode(t, b.get("/api/me/sessions").want(http.StatusOK).body, &l)
		return l
	}
	if l := sessions(owner); len(l.Sessions) != 3 {
		t.Fatalf("the sessions are %+v", l)
	}
	for _, session := range sessions(second).Sessions {
		path := "/api/me/sessions/" + itoa(session.ID)
		stranger.json(http.MethodDelete, path, "").want(http.StatusNotFound)
		if session.Current {
			owner.json(http.MethodDelete, path, "").want(http.StatusNoContent)
		}
	}
	second.get("/api/me").want(http.StatusUnauthorized)
	third.get("/api/me").want(http.StatusOK)
	owner.json(http.MethodDelete, "/api/me/sessions", "").want(http.StatusNoContent)
	third.get("/api/me").want(http.StatusUnauthorized)
	stranger.get("/api/me").want(http.StatusOK)
	if l := sessions(owner); len(l.Sessions) != 1 || !l.Sessions[0].Current {
		t.Errorf("the sessions are %+v", l)
	}
}

func TestOwnPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withPassword("owner")
	owner, other := s.as("owner"), s.as("owner")
	page := owner.get("/account").want(http.StatusOK).wantText("owner@example.com").page()
	if back := page.Find(`a[href="/portal"]`).Length(); back != 1 || page.Find("#end-others").Length() != 1 {
		t.Error("the page lacks the way back, or what ends the others")
	}
	end, _ := page.Find(`form[action$="/end"]`).Attr("action")
	owner.post(end, nil).want(http.StatusSeeOther)
	other.get("/api/me").want(http.StatusUnauthorized)
	other = s.as("owner")
	owner.post("/account/sessions/end-others", nil).want(http.StatusSeeOther)
	other.get("/api/me").want(http.StatusUnauthorized)
	bad := owner.post("/account/password", url.Values{"current": {"wrong"}, "password": {"password1234"}}).want(http.StatusUnprocessableEntity).page()
	if bad.Find("#current-error").Length() != 1 || bad.Find("#password-error").Length() != 1 {
		t.Error("no errors beside the fields")
	}
	owner.post("/account/password", url.Values{"current": {testPassword}, "password": {"a new long phrase"}}).want(http.StatusOK).wantText("Your password is changed")
	if to := s.as("").get("/account").want(http.StatusSeeOther).Header.Get("Location"); !strings.HasPrefix(to, "/signin") {
		t.Errorf("a visitor is led to %s", to)
	}
}
