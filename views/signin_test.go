package views

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	page := render(t, SignInPage(SignInModel{CSRFToken: "t", Next: "/admin/accounts?q=a"}))
	wantAttribute(t, page, "form", "action", "/signin")
	wantAttribute(t, page, "input[name=next]", "value", "/admin/accounts?q=a")
	wantAttribute(t, page, "input[name=csrf_token]", "value", "t")
	wantAttribute(t, page, "[autofocus]", "id", "email")
	wantNone(t, page, "[role=alert], [aria-invalid]")
}

func TestSignInRefused(t *testing.T) {
	t.Parallel()
	page := render(t, SignInPage(SignInModel{Email: "dana@example.com", Error: "E-mail or password is wrong."}))
	wantText(t, page, "[role=alert]", "E-mail or password is wrong.")
	wantAttribute(t, page, "#email", "value", "dana@example.com")
	wantAttribute(t, page, "[autofocus]", "id", "password")
	if got := attribute(t, page, "#password", "value"); got != "" {
		t.Errorf("the password is sent back: %q", got)
	}
}

func TestSignInSlowedDown(t *testing.T) {
	t.Parallel()
	for retryAfter, want := range map[time.Duration]string{
		300 * time.Millisecond: "Too many attempts. Wait 1 second, then try again.", 1200 * time.Millisecond: "Too many attempts. Wait 2 seconds, then try again.",
		time.Second: "Too many attempts. Wait 1 second, then try again.", 30 * time.Second: "Too many attempts. Wait 30 seconds, then try again.",
		time.Minute: "Too many attempts. Wait 1 minute, then try again.", 14*time.Minute + time.Second: "Too many attempts. Wait 15 minutes, then try again.",
	} {
		page := render(t, SignInPage(SignInModel{Error: "Wrong.", RetryAfter: retryAfter}))
		wantText(t, page, "[role=alert]", want)
	}
}

func TestSetup(t *testing.T) {
	t.Parallel()
	page := render(t, SetupPage(SetupModel{Action: "/setup/abc", Errors: map[string]string{"password": "Too short."}}))
	wantAttribute(t, page, "form", "action", "/setup/abc")
	wantText(t, page, "#password-error", "Too short.")
	wantNone(t, page, "#email-error")

	expired := render(t, SetupPage(SetupModel{Expired: true}))
	wantNone(t, expired, "form")
	wantText(t, expired, "h1", "This link no longer works")
}

func TestErrorPage(t *testing.T) {
	t.Parallel()
	m := ErrorModel{Status: http.StatusNotFound, Title: "No such account", Message: "It may have been renamed.", Link: Link{"All accounts", "/admin/accounts"}}
	bare := render(t, ErrorPage(m))
	wantText(t, bare, "h1", "No such account")
	wantAttribute(t, bare, "main a", "href", "/admin/accounts")
	wantNone(t, bare, ".sidebar")

	frame := shell()
	m.Shell = &frame
	page := render(t, ErrorPage(m))
	wantText(t, page, "title", "No such account · Flagstone")
	one(t, page, ".sidebar")
	if !strings.Contains(text(t, page, "main"), "Error 404") {
		t.Error("the status is not named")
	}
}
