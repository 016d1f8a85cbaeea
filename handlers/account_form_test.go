package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestNewAccountInheritsEverything(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	values := form(editor.get("/admin/accounts/-/new").want(http.StatusOK).page().Find("main form"))
	values.Set("name", "  Blue Note  ")
	values.Set("external_id", "crm-7")
	values.Set("contact_email", "office@blue-note.example")
	values.Set("postal_code", "M5V 2T6")
	created := editor.post("/admin/accounts", values).want(http.StatusSeeOther)
	if got := created.Header.Get("Location"); got != "/admin/accounts/blue-note" {
		t.Fatalf("leads to %q", got)
	}
	page := editor.following(created).want(http.StatusOK).page()
	if got := words(page.Find("#count")); got != "0 of 3, 0 overridden" {
		t.Errorf("features on: %q", got)
	}
	if got := words(page.Find(".facts")); !strings.HasPrefix(got,
		"Slug blue-note External ID crm-7 Targeting key crm-7 Contact office@blue-note.example Postal code M5V 2T6 Customer since") {
		t.Errorf("facts: %q", got)
	}
	if got := words(page.Find("#toasts")); !strings.HasPrefix(got, "Created Blue Note.") {
		t.Errorf("the page says %q", got)
	}
	if editor.get("/admin/accounts/blue-note").page().Find("#toasts .toast").Length() != 0 {
		t.Error("the message is said twice")
	}
}

func TestNewAccountSaysWhatIsWrongBesideTheField(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	before := s.db.Live().Accounts().Len()
	for field, wrong := range map[string]map[string]string{
		"name":          {"": "Enter a name.", strings.Repeat("x", 201): "Use at most 200 characters."},
		"slug":          {"arizona-comedy": "arizona-comedy is taken by Arizona Comedy.", "Bad Slug": "Use lower-case letters"},
		"external_id":   {"maple-garage": "maple-garage is taken by Maple Garage."},
		"contact_email": {"nobody": "Enter one e-mail address"},
		"postal_code":   {strings.Repeat("1", 21): "Use at most 20 characters."},
		"tier":          {"gold": "There is no tier with the key"},
	} {
		for value, want := range wrong {
			values := url.Values{"name": {"Blue Note"}, "slug": {"blue-note"}}
			values.Set(field, value)
			page := editor.post("/admin/accounts", values).want(http.StatusUnprocessableEntity).page()
			if got := words(page.Find("#" + field + "-error")); !strings.HasPrefix(got, want) {
				t.Errorf("%s %q: beside it stands %q, want %q", field, value, got, want)
			}
			if page.Find("[aria-invalid]").Length() != 1 {
				t.Errorf("%s %q: other fields are marked wrong too", field, value)
			}
			if field != "tier" && page.Find("#"+field).AttrOr("value", "") != value {
				t.Errorf("%s %q: what was typed is lost", field, value)
			}
		}
	}
	if n := s.db.Live().Accounts().Len(); n != before {
		t.Errorf("%d accounts were created", n-before)
	}
}

func TestEditSavesWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	values := form(editor.get(arizona + "/edit").want(http.StatusOK).page().Find("#account-form"))
	values.Set("name", "Arizona Comedy Club")
	saved := editor.post(arizona, values).want(http.StatusSeeOther)
	page := editor.following(saved).page()
	if page.Find("h1").Text() != "Arizona Comedy Club" || page.Find("#toasts form").Length() != 1 {
		t.Errorf("the page says %q and offers %d undos", page.Find("h1").Text(), page.Find("#toasts form").Length())
	}
	again := s.changes()
	editor.post(arizona, form(editor.get(arizona+"/edit").page().Find("#account-form"))).want(http.StatusSeeOther)
	if s.changes() != again {
		t.Error("saving what is there already is recorded as a change")
	}
	values.Set("name", "")
	wrong := editor.post(arizona, values).want(http.StatusUnprocessableEntity).page()
	if got := words(wrong.Find("#name-error")); got != "Enter a name." {
		t.Errorf("beside the name stands %q", got)
	}
	values.Del("version")
	editor.post(arizona, values).want(http.StatusUnprocessableEntity).wantText("Reload the page")
}

func TestTwoEditorsOfOneAccountSeeBothVersions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor, admin := s.as("editor"), s.as("admin")
	mine := form(editor.get(arizona + "/edit").page().Find("#account-form"))
	theirs := form(admin.get(arizona + "/edit").page().Find("#account-form"))
	theirs.Set("name", "Comedy of Arizona")
	theirs.Set("slug", "comedy")
	theirs.Set("postal_code", "85004")
	admin.post(arizona, theirs).want(http.StatusSeeOther)

	mine.Set("name", "Arizona Laughs")
	mine.Set("contact_email", "mine@example.com")
	page := editor.post(arizona, mine).want(http.StatusConflict).page()
	if got := words(page.Find(".banner[role=alert] b")); !strings.HasPrefix(got, "Admin saved this account today") {
		t.Errorf("the form says %q", got)
	}
	if got := words(page.Find(".diff tbody")); got != "Name Comedy of Arizona Arizona Laughs Contact e-mail none mine@example.com" {
		t.Errorf("what differs: %q", got)
	}
	again := form(page.Find("#account-form"))
	for field, want := range map[string]string{
		"name": "Arizona Laughs", "contact_email": "mine@example.com", // typed by me
		"slug": "comedy", "postal_code": "85004", // not touched by me
	} {
		if again.Get(field) != want {
			t.Errorf("the field %s has %q, want %q", field, again.Get(field), want)
		}
	}
	if s.db.Live().Accounts().Find("comedy").Name != "Comedy of Arizona" {
		t.Error("the first version was overwritten")
	}
	action := page.Find("#account-form").AttrOr("action", "")
	editor.post(action, again).want(http.StatusSeeOther)
	if a := s.db.Live().Accounts().Find("comedy"); a.Name != "Arizona Laughs" || a.PostalCode != "85004" {
		t.Errorf("saved nevertheless: %s, %s", a.Name, a.PostalCode)
	}
}
