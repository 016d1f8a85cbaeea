package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"flagstone/e2e/chromium"
)

// An admin makes a key, copies it, a program calls with it, and the admin revokes it.
func TestAPIKeyFromMakingToRevoking(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), admin)
	b.Open(d.address + "/admin/settings/keys")
	b.Settled()
	b.Accessible()
	b.Click("#new-key")
	b.Until(chromium.Seen("#key-name"))
	b.Fill("#key-name", "Billing")
	b.Keys(kb.Enter)
	b.Until(chromium.Seen("#key-secret"))
	b.Want("document.activeElement.id", "key-secret") // the form that had the focus is gone
	b.Accessible()
	b.Shot("new-key")
	secret := b.Eval(`document.querySelector("#key-secret").value`)
	if !strings.HasPrefix(secret, "fsk_") {
		t.Fatalf("the key is %q", secret)
	}
	b.Click("[data-copy]")
	b.Until(`/Copied|Selected/.test(document.querySelector("#key-secret-copied").textContent)`)
	b.Keys(kb.Escape)
	b.Until(`!document.querySelector("#key-secret") && document.querySelector("#key-1")`)
	b.Want("document.activeElement.id", "new-key")
	if status := d.calls(secret); status != http.StatusNotFound {
		t.Errorf("a call with the key answers %d", status)
	}
	for _, width := range []int64{1440, 900, 390} {
		b.Viewport(width, 900, width == 900)
		b.Settled()
		b.Accessible()
		if found := b.Eval(beyond); found != "" {
			t.Errorf("at %d: beyond the edge: %s", width, found)
		}
		b.Shot(fmt.Sprintf("keys-%d", width))
	}
	b.Click("#key-1-revoke")
	b.Until(chromium.Seen("#revoke-dialog"))
	b.Accessible()
	b.Click("#revoke-dialog button[type=submit]")
	b.Until(`document.querySelector("#key-1")?.textContent.includes("Revoked")`)
	if status := d.calls(secret); status != http.StatusUnauthorized {
		t.Errorf("a call with the revoked key answers %d", status)
	}
}

// calls asks with a key for an address of the API that is not there: only whoever may call is told so.
func (d *demo) calls(secret string) int {
	d.t.Helper()
	request, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, d.address+"/api/v2/nothing", nil)
	if err != nil {
		d.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+secret)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		d.t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}
