package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"
)

func TestProfileName(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	viewer := s.as("viewer")
	version, _ := viewer.get("/admin/profile").want(http.StatusOK).page().Find("#name-panel [name=version]").Attr("value")
	form := url.Values{"name": {""}, "version": {version}}
	viewer.viaHtmx().post("/admin/profile/name", form).want(http.StatusUnprocessableEntity).wantText("name-error")
	viewer.post("/admin/profile/name", form).want(http.StatusUnprocessableEntity).wantText("<h1>Profile</h1>")
	form.Set("name", "Vera")
	done := viewer.viaHtmx().post("/admin/profile/name", form).want(http.StatusNoContent)
	if done.Header.Get("HX-Redirect") != "/admin/profile" || s.userNamed("viewer").Name != "Vera" {
		t.Errorf("saving leads to %q, the name is %s", done.Header.Get("HX-Redirect"), s.userNamed("viewer").Name)
	}
	form.Set("name", "Veronica")
	conflict := viewer.viaHtmx().post("/admin/profile/name", form).want(http.StatusConflict).wantText("saved as Vera in the meantime").page()
	now, _ := conflict.Find("[name=version]").Attr("value")
	if want := strconv.FormatInt(s.userNamed("viewer").Revision, 10); now != want {
		t.Errorf("the form is held against %s, want %s", now, want)
	}
	viewer.get("/admin/profile/name").want(http.StatusOK)
	s.as("owner").get("/admin/profile").want(http.StatusForbidden)
}

func TestProfilePassword(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.withPassword("viewer")
	viewer, other := s.as("viewer"), s.as("viewer")
	change := func(current, password string) *answer {
		return viewer.viaHtmx().post("/admin/profile/password", url.Values{"current": {current}, "password": {password}})
	}
	page := change("wrong", "short").want(http.StatusUnprocessableEntity).page()
	if page.Find("#current-error").Length() != 1 || page.Find("#password-error").Length() != 1 {
		t.Error("no errors beside the fields")
	}
	change(testPassword, "a better password").want(http.StatusNoContent)
	viewer.get("/api/me").want(http.StatusOK)
	other.get("/api/me").want(http.StatusUnauthorized)
	for range 20 { // right passwords that are followed by a wrong new one are no guesses
		change("a better password", "short").want(http.StatusUnprocessableEntity)
	}
	for {
		if a := change("guess", "whatever it may be"); a.StatusCode == http.StatusTooManyRequests {
			a.wantText("Too many attempts")
			break
		}
	}
	viewer.post("/admin/profile/password", url.Values{"current": {"guess"}}).want(http.StatusTooManyRequests).wantText("<h1>Profile</h1>")
}

func TestProfileSessions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	viewer, second, third := s.as("viewer"), s.as("viewer"), s.as("viewer")
	editor := s.as("editor")
	page := viewer.get("/admin/profile").want(http.StatusOK).page()
	if rows, ends := page.Find("#list tbody tr").Length(), page.Find("#list form").Length(); rows != 3 || ends != 2 {
		t.Errorf("%d sessions, %d can be ended: want this one kept", rows, ends)
	}
	id := func(b *browser) string {
		return strconv.FormatInt(s.server.Live.People().Session(mustHash(t, b.cookie.Value)).ID, 10)
	}
	viewer.viaHtmx().post("/admin/profile/sessions/"+id(second)+"/end", nil).done()
	second.get("/api/me").want(http.StatusUnauthorized)
	viewer.viaHtmx().post("/admin/profile/sessions/"+id(editor)+"/end", nil).want(http.StatusNotFound)
	editor.get("/api/me").want(http.StatusOK)
	viewer.viaHtmx().post("/admin/profile/sessions/end-others", nil).done()
	third.get("/api/me").want(http.StatusUnauthorized)
	viewer.get("/api/me").want(http.StatusOK)
}
