package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"flagstone/e2e/chromium"
)

// aria finds a control by how it is named to those who do not see it.
func aria(label string) string { return `main [aria-label="` + label + `"]` }

// focused is JavaScript for the name of the control that has the focus.
const focused = `(e => e.getAttribute("aria-label") ?? e.name)(document.activeElement)`

func TestReasonAndExpiryOfAnOverride(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), editor)
	b.Open(d.address + "/admin/accounts/maple-garage")
	const pencil = "Reason and expiry of AI Agents"
	b.Click(aria(pencil))
	b.Until(chromium.Seen("dialog:modal"))
	b.Until(focused + ` === "reason"`)
	b.Keys("Trial in spring")
	b.Do(chromedp.SetValue("#override-enabled", "true"))
	b.Do(chromedp.SetValue("#override-expires", "2020-01-01T10:00"))
	b.Click("dialog:modal [type=submit]")
	b.Until(chromium.Seen("#override-expires-error"))
	b.Settled()
	b.Until(focused + ` === "expires_at"`)
	b.Want(`document.querySelector("#override-reason").value`, "Trial in spring")
	b.Accessible()
	b.Do(chromedp.SetValue("#override-expires", "2099-12-31T18:00"))
	b.Click("dialog:modal [type=submit]")
	b.Until(chromium.Unseen("dialog"))
	b.Settled()
	b.Until(focused + " === `" + pencil + "`")
	row := b.Text(".feature-row.overridden")
	for _, want := range []string{"AI Agents", "On", "Override by Priya Raman, until 31 Dec 2099 18:00 UTC", "Trial in spring"} {
		if !strings.Contains(row, want) {
			t.Errorf("the row does not say %q: %s", want, row)
		}
	}
	if !d.flags(d.client("mechanic@maple-garage.example"))["aiAgentsEnabled"] {
		t.Error("the portal does not have the feature")
	}

	b.Click(aria("Reset AI Agents to inherited"))
	b.Until(`document.querySelector("#count").innerText.includes("0 overridden")`)
	b.Settled()
	b.Until(focused + ` === "AI Agents for Maple Garage"`)
	b.Want(`document.querySelector("#history li").innerText.includes("Reset AI Agents")`, "true")
	b.Click(".toast:last-child form button")
	b.Until(`document.querySelector("#count").innerText.includes("1 overridden")`)
}

func TestTheExplanationOpensAndCloses(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), "viewer@example.com")
	b.Open(d.address + "/admin/accounts/arizona-comedy?show=overridden")
	b.Click(aria("Why? AI Agents"))
	b.Until(chromium.Seen(".trace .decided"))
	b.Settled()
	if got := b.Text(".popover header b"); got != "AI Agents is on for Arizona Comedy" {
		t.Errorf("the explanation begins %q", got)
	}
	b.Accessible()
	b.Keys(kb.Escape)
	b.Until(chromium.Unseen(".trace"))
	b.Until(focused + ` === "Why? AI Agents"`)
}

func TestTwoEditorsOnTheAccountPage(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	dana := d.signIn(chromium.Open(t), admin)
	priya := d.signIn(dana.Person(t), editor)
	for _, b := range []*chromium.Tab{dana, priya} {
		b.Open(d.address + "/admin/accounts/maple-garage")
		b.Settled()
	}
	dana.Click(cell("Knowledge Base", "Maple Garage"))
	dana.Until(chromium.Seen(".toast"))
	priya.Click(aria("Reason and expiry of Knowledge Base"))
	priya.Until(chromium.Seen("dialog:modal"))
	priya.Settled()
	// What the editor shows is Dana's version by now; a third change comes in between.
	dana.Settled()
	dana.Click(cell("Knowledge Base", "Maple Garage"))
	dana.Settled()
	priya.Keys("Asked for it")
	priya.Click("dialog:modal [type=submit]")
	priya.Until(chromium.Seen("#conflict"))
	priya.Settled()
	priya.Accessible()
	text := priya.Text("dialog:modal")
	for _, want := range []string{"Dana Whitfield saved this first", "Off", "On", "Asked for it", "Save my version"} {
		if !strings.Contains(text, want) {
			t.Errorf("the dialog does not say %q: %s", want, text)
		}
	}
	priya.Want(`document.querySelector('`+cell("Knowledge Base", "Maple Garage")+`').checked`, "false")
	priya.Click("dialog:modal [type=submit]")
	priya.Until(chromium.Unseen("dialog"))
	priya.Settled()
	priya.Want(`document.querySelector('`+cell("Knowledge Base", "Maple Garage")+`').checked`, "true")
	priya.Until(focused + ` === "Reason and expiry of Knowledge Base"`)
}

func TestImportingAFile(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), admin)
	file := filepath.Join(t.TempDir(), "new.csv")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		b.Do(chromedp.SetUploadFiles("#file", []string{file}))
		b.Click("form[enctype] [type=submit]")
	}
	b.Open(d.address + "/admin/accounts/-/import")
	write("name,slug\nBlue Note,blue-note\nArizona Again,arizona-comedy\n")
	b.Until(chromium.Seen(".banner.bad"))
	if got := b.Text("tbody tr"); !strings.Contains(got, "arizona-comedy is taken by Arizona Comedy.") {
		t.Errorf("the first line shown is %q", got)
	}
	b.Accessible()
	write("name,slug\nBlue Note,blue-note\nArizona Again,\n")
	b.Until(chromium.Seen("form[action$=apply]"))
	b.Accessible()
	b.Click("form[action$=apply] [type=submit]")
	b.Until(`document.querySelector("#toasts").innerText.includes("Imported 2 accounts.")`)
	b.Open(d.address + "/admin/accounts/arizona-again")
	b.Want(`document.querySelector("#count").innerText`, "26 of 59, 0 overridden")
}
