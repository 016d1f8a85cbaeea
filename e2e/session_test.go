package e2e

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"flagstone/e2e/chromium"
)

const sessionDialog = "#session-dialog:modal"

// endSession ends the sessions of the editor, as an SQL console does, behind a page of theirs.
func (d *demo) endSession(b *chromium.Tab) {
	d.t.Helper()
	d.sql(`DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE email = '` + editor + `')`)
	eventually(d.t, "the end of the session", func() bool { return b.Eval(`(await fetch("/api/me")).status`) == "401" })
}

// signInAgain fills in the dialog in which one signs in over a page.
func signInAgain(b *chromium.Tab, email string) {
	b.Fill("#session-email", email)
	b.Fill("#session-password", "flagstone-demo")
	b.Keys(kb.Enter)
}

// ended opens a page and has the session end behind it.
func (d *demo) ended(path string) *chromium.Tab {
	d.t.Helper()
	b := d.signIn(chromium.Open(d.t), editor)
	b.Open(d.address + path)
	b.Settled()
	b.Stay(true) // typed text that leaves the page is lost
	d.endSession(b)
	return b
}

func TestAFormOutlivesTheSession(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.ended("/admin/features/ai_agents/edit")
	b.Fill("#name", "Agents of ours")
	b.Click("#form-submit")
	b.Until(chromium.Seen(sessionDialog))
	b.Settled()
	b.Want("document.activeElement.id", "session-password")
	b.Want(`document.querySelector("#session-email").value`, editor)
	look(t, b, "session-dialog")

	b.Keys(kb.Escape)
	b.Until(chromium.Unseen("#session-dialog"))
	b.Until(`document.activeElement.id === "form-submit"`)
	b.Want(`document.querySelector("#name").value`, "Agents of ours")

	b.Keys(kb.Enter)
	b.Until(chromium.Seen(sessionDialog))
	b.Settled()
	b.Fill("#session-password", "not the password")
	b.Keys(kb.Enter)
	b.Until(chromium.Seen(sessionDialog + " [role=alert]"))
	b.Settled()
	b.Accessible()
	b.Want("document.activeElement.id + document.activeElement.value", "session-password")
	signInAgain(b, editor)
	b.Until(`document.querySelector("h1")?.innerText === "Agents of ours"`)
	if n := b.Warnings(); n != 0 {
		t.Errorf("the browser has asked %d times whether to leave", n)
	}
}

func TestARowOutlivesTheSession(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.ended("/admin/accounts/arizona-comedy?q=limits.max_flows")
	const field = ".value-form [name=value]"
	b.Eval(`document.querySelector("` + field + `").focus()`)
	b.Eval(`document.activeElement.select()`)
	b.Keys("37" + kb.Tab)
	b.Until(chromium.Seen(sessionDialog))
	b.Want(`document.querySelector("`+field+`").value`, "37")
	signInAgain(b, editor)
	b.Until(`document.querySelector("#toasts").innerText.includes("set to 37")`)
	b.Settled()
	b.Want(`document.querySelector("`+field+`").value`, "37")

	// The page goes on in the new session.
	d.run("kill", "limits.max_flows", "--reason", "trouble")
	b.Until(chromium.Seen(".change-mark"))
}

func TestADialogOutlivesTheSession(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), editor)
	b.Open(d.address + "/admin/accounts?col=limits.max_flows&q=arizona")
	b.Settled()
	b.Click("a.value")
	b.Until(chromium.Seen("#override"))
	b.Settled()
	d.endSession(b)
	b.Eval(`document.querySelector("#override-enabled").value = "true"`)
	b.Fill("#override-value", "38")
	b.Fill("#override [name=reason]", "agreed by phone")
	b.Click("#override footer [type=submit]")
	b.Until(chromium.Seen(sessionDialog))
	b.Settled()
	b.Keys(kb.Escape)
	b.Until(chromium.Unseen("#session-dialog"))
	b.Want(`document.querySelector("#override [name=reason]").value`, "agreed by phone")
	b.Click("#override footer [type=submit]")
	b.Until(chromium.Seen(sessionDialog))
	b.Settled()
	signInAgain(b, editor)
	b.Until(`document.querySelector("a.value").innerText.trim() === "38"`)
	b.Until(chromium.Unseen("dialog"))
}

func TestTheMatrixOutlivesTheSession(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.ended("/admin/tiers?q=max_flows")
	field := "document.querySelector(`" + cellIn("Max Flows", "Free") + "`)"
	b.Eval(field + ".focus()")
	b.Eval("document.activeElement.select()")
	b.Keys("41")
	b.Until(`document.querySelector("#toasts").innerText.includes("Your session has ended")`)
	b.Accessible()
	b.Shot("session-toast")
	b.Keys(kb.Enter)
	b.Until(chromium.Seen(sessionDialog))
	b.Keys(kb.Escape)
	b.Until(chromium.Unseen("#session-dialog"))
	b.Eval("document.activeElement.select()")
	b.Keys("42")
	b.Click("#toasts [data-retry]") // which says "Sign in"
	b.Until(chromium.Seen(sessionDialog))
	signInAgain(b, editor)
	b.Until(`document.querySelector("#matrix-bar").innerText.includes("rise from 3 to 42")`)
	b.Click("#matrix-bar [type=submit]")
	b.Until(field + `.defaultValue === "42"`)
}

func TestNobodyContinuesWithThePageOfAnother(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.ended("/admin/features/ai_agents/edit")
	b.Fill("#name", "Agents of ours")
	b.Click("#form-submit")
	b.Until(chromium.Seen(sessionDialog))
	b.Settled()
	signInAgain(b, admin)
	b.Until(`document.querySelector("#session-dialog [role=alert]").innerText.includes("This page belongs to Priya Raman")`)
	b.Settled()
	b.Want(`(await fetch("/api/me")).status`, "401")
	look(t, b, "session-another")
	b.Keys(kb.Escape)
	b.Until(chromium.Unseen("#session-dialog"))

	// Nor does who has signed in elsewhere in this browser.
	other := d.signIn(b.Another(), admin)
	b.Click("#form-submit")
	b.Until(`document.querySelector("#session-dialog [role=alert]")?.innerText.includes("Dana Whitfield is signed in now")`)
	b.Settled()
	other.Open(d.address + "/admin/features/ai_agents")
	other.Want(`document.querySelector("h1").innerText`, "AI Agents")
	signInAgain(b, editor)
	b.Until(`document.querySelector("h1")?.innerText === "Agents of ours"`)
	b.Want(`(await (await fetch("/api/me")).json()).user.email`, editor)
}

func TestAPageGoesOnInALaterSessionOfItsOwner(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.ended("/admin/features/ai_agents/edit")
	rows := b.Another()
	d.signIn(rows, editor)
	b.Fill("#name", "Agents of ours")
	b.Click("#form-submit")
	b.Until(`document.querySelector("h1")?.innerText === "Agents of ours"`)

	rows.Open(d.address + "/admin/accounts/arizona-comedy?q=limits.max_flows")
	rows.Settled()
	d.endSession(rows)
	d.signIn(b, editor)
	rows.Eval(`document.querySelector(".value-form [name=value]").select()`)
	rows.Keys("39" + kb.Enter)
	rows.Until(`document.querySelector("#toasts").innerText.includes("signed in again")`)
	rows.Click("[data-retry]")
	rows.Until(`document.querySelector("#toasts").innerText.includes("set to 39")`)
}
