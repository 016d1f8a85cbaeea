package handlers

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
)

// TestPlantedMessage has a page say only what this server has left for this session.
func TestPlantedMessage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as("admin")
	left := admin.post("/admin/settings/mode", map[string][]string{"mode": {"live"}}).want(http.StatusSeeOther)
	var genuine string
	for _, cookie := range left.Cookies() {
		if cookie.Name == "flagstone-message" {
			genuine = cookie.Value
		}
	}
	says := func(b *browser, value string) bool {
		page := b.with("Cookie", b.cookie.Name+"="+b.cookie.Value+"; "+"flagstone-message"+"="+value).get("/admin/settings").want(http.StatusOK).page()
		return page.Find(".toast").Length() > 0
	}
	if !says(admin, genuine) {
		t.Fatal("the message is not said")
	}
	text, proof, _ := strings.Cut(genuine, ".")
	planted := base64.RawURLEncoding.EncodeToString([]byte(`{"text":"Your account was hacked","revision":1}`))
	for name, value := range map[string]string{
		"unsigned": planted, "with an empty proof": planted + ".", "with another's proof": planted + "." + proof, "cut": text,
	} {
		if says(admin, value) {
			t.Errorf("%s: a planted message is said", name)
		}
	}
	if says(s.as("admin"), genuine) {
		t.Error("the message is said in another session")
	}
}

// The token by which staff change things goes to the console's own pages, and to no portal.
func TestTokenStaysAtHome(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	editor := s.as("editor")
	for name, b := range map[string]*browser{
		"a portal":                   editor.with("Origin", "https://portal.example.com").with("Sec-Fetch-Site", "cross-site"),
		"a portal in an old browser": editor.with("Origin", "https://portal.example.com"),
		"a portal on the same site":  editor.with("Sec-Fetch-Site", "same-site"),
	} {
		if a := b.get("/api/me").want(http.StatusOK); strings.Contains(a.body, "csrf_token") {
			t.Errorf("%s gets the token", name)
		}
	}
	for _, b := range []*browser{editor, editor.with("Sec-Fetch-Site", "same-origin")} {
		b.get("/api/me").want(http.StatusOK).wantText(`"csrf_token":`)
	}
}
