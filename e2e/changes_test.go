package e2e

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"flagstone/e2e/chromium"
)

// mark is what a row says that somebody else has changed.
func mark(row string) string { return row + " .change-mark" }

// together opens a page for two people at once: who looks, and who changes something.
func (d *demo) together(path string) (priya, dana *chromium.Tab) {
	d.t.Helper()
	priya = d.signIn(chromium.Open(d.t), editor)
	dana = d.signIn(priya.Person(d.t), admin)
	for _, b := range []*chromium.Tab{priya, dana} {
		b.Open(d.address + path)
		b.Settled()
	}
	return priya, dana
}

// places is JavaScript for where everything on a page is, to compare before and after.
const places = `JSON.stringify([...document.querySelectorAll("main *")].filter((e) => !e.closest(".change-mark")).map((e) => {
	const box = e.getBoundingClientRect();
	return [e.localName, box.x, box.y, box.width, box.height];
}))`

func TestARowThatAnotherAdminChangedIsMarked(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	priya, dana := d.together("/admin/accounts?q=arizona")
	row := "tr[data-name='Arizona Comedy']"
	before := cell("Knowledge Base", "Arizona Comedy")
	priya.Eval(`document.querySelector("tbody .check").click()`)
	priya.Eval(`document.querySelector("[name=q]").focus()`)
	priya.Eval("document.activeElement.setSelectionRange(2, 4)")
	priya.Eval("window.before = " + places)

	dana.Click(before)
	priya.Until(chromium.Seen(mark(row)))
	priya.Shot("changed-row")
	if got := priya.Text(mark(row)); !strings.HasPrefix(got, "Changed by Dana Whitfield Show") {
		t.Errorf("the mark says %q", got)
	}
	priya.Want(`document.querySelector("#changes-said").textContent`, "Arizona Comedy: Changed by Dana Whitfield")
	priya.Want("window.before === "+places, "true")
	priya.Want("[document.activeElement.name, document.activeElement.value, document.activeElement.selectionStart].join()", "q,arizona,2")
	priya.Want(`document.querySelector("tbody .check").checked`, "true")
	priya.Want(`document.querySelector('`+before+`').checked`, "false")
	priya.Accessible()
	priya.Viewport(390, 844, false)
	priya.Until(chromium.Seen(mark(row)))
	priya.Accessible()
	priya.Shot("changed-row-390")
	priya.Viewport(1440, 900, false)
	dana.Settled()
	dana.Want(`document.querySelectorAll(".change-mark").length`, "0")

	tabTo(t, priya, ".change-mark")
	priya.Keys(kb.Enter)
	priya.Until(chromium.Unseen(mark(row)))
	priya.Settled()
	priya.Want(`document.querySelector('`+before+`').checked`, "true")
	priya.Want(`document.querySelector("tbody .check").checked`, "true")
	priya.Until(`document.activeElement.closest("tr")?.dataset.name === "Arizona Comedy"`)
}

func TestOwnChangesAreNotMarked(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	priya, dana := d.together("/admin/accounts?q=maple")
	row := "tr[data-name='Maple Garage']"
	for range 4 {
		priya.Click(cell("AI Agents", "Maple Garage"))
		priya.Settled()
	}
	dana.Until(chromium.Seen(mark(row)))
	priya.Want(`document.querySelectorAll(".change-mark").length`, "0")
	other := priya.Another()
	other.Open(d.address + "/admin/accounts?q=maple")
	other.Settled()
	other.Click(cell("AI Agents", "Maple Garage"))
	priya.Until(chromium.Seen(mark(row)))
	if got := priya.Text(mark(row)); !strings.HasPrefix(got, "Changed by you elsewhere") {
		t.Errorf("the mark says %q", got)
	}
	other.Want(`document.querySelectorAll(".change-mark").length`, "0")
}

func TestAPageThatAnotherAdminChangedSaysSo(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	priya, dana := d.together("/admin/accounts/maple-garage")
	const note = "#change-note"
	dana.Click(cell("Knowledge Base", "Maple Garage"))
	priya.Until(chromium.Seen(mark("li[data-name='Knowledge Base']")))
	priya.Want(`document.querySelectorAll(".change-mark").length`, "1")
	priya.Until(chromium.Unseen(note))
	priya.Accessible()
	priya.Click(mark("li[data-name='Knowledge Base']"))
	priya.Until(chromium.Unseen(".change-mark"))
	priya.Settled()
	priya.Until(focused + ` === "Knowledge Base for Maple Garage"`)
	priya.Want(`document.querySelector("#history li").innerText.includes("Switched Knowledge Base on")`, "true")
	priya.Want(`document.querySelector("#count").innerText.includes("1 overridden")`, "true")
	priya.Want(`document.querySelector(".panel header .count").innerText`, "1 of 3 on")

	d.run("kill", "ai_agents", "--reason", "trouble")
	priya.Until(chromium.Seen(mark("li[data-name='AI Agents']")))
	d.sql(`UPDATE accounts SET name = 'Maple Garage & Sons' WHERE slug = 'maple-garage'`)
	priya.Until(chromium.Seen(note))
	priya.Accessible()
	priya.Click("[data-show-changes]")
	priya.Until(`document.querySelector("h1").innerText === "Maple Garage & Sons"`)
	priya.Until(chromium.Unseen(note) + "&&" + chromium.Unseen(".change-mark"))
}

// sql runs a statement by hand, on a connection that knows nothing of Flagstone.
func (d *demo) sql(statement string) {
	d.t.Helper()
	handle, err := sql.Open("sqlite3", "file:"+d.file+"?_busy_timeout=10000")
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = handle.Close() }()
	if _, err := handle.ExecContext(d.t.Context(), statement); err != nil {
		d.t.Fatal(err)
	}
}

func TestWhatSomebodyTypesIsKeptUntilTheyLetItGo(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	priya, dana := d.together("/admin/features/ai_agents/edit")
	priya.Fill("#name", "Agents of ours")
	dana.Fill("#name", "Agents of theirs")
	dana.Click("#feature-form [type=submit]")
	priya.Until(chromium.Seen("#change-note"))
	priya.Settled()
	priya.Shot("changed-form")
	priya.Accessible()
	if got := priya.Text("#change-note"); !strings.HasPrefix(got, "Changed by Dana Whitfield Show") {
		t.Errorf("the note says %q", got)
	}
	priya.Want(`document.activeElement.value`, "Agents of ours")
	priya.Click("[data-show-changes]")
	priya.Until(`document.querySelector("#name")?.value === "Agents of ours"`)
	priya.Want(`document.activeElement.innerText`, "Show and discard my changes")
	priya.Keys(kb.Enter)
	priya.Until(`document.querySelector("#name")?.value === "Agents of theirs"`)
	priya.Until(chromium.Unseen("#change-note"))
}

func TestListsOfFeaturesFollowTheCatalogue(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	priya := d.signIn(chromium.Open(t), editor)
	priya.Open(d.address + "/admin/features?category=portal")
	priya.Settled()
	d.run("kill", "ai_agents", "--reason", "trouble")
	priya.Until(chromium.Seen(mark("#feature-ai_agents")))
	look(t, priya, "changed-features")
	priya.Want(`document.querySelector("#feature-ai_agents [role=switch]").ariaChecked`, "true")
	priya.Click(mark("#feature-ai_agents"))
	priya.Until(`document.querySelector("#feature-ai_agents [role=switch]").ariaChecked === "false"`)
	priya.Until(chromium.Unseen(".change-mark"))

	// By hand, so that nobody knows who.
	d.sql(`UPDATE features SET name = 'Helpers' WHERE key = 'ai_agents'`)
	priya.Until(chromium.Seen("#change-note"))
	if got := priya.Text("#change-note"); !strings.HasPrefix(got, "Changed elsewhere Show") {
		t.Errorf("the note says %q", got)
	}
	tabTo(t, priya, "[data-show-changes]")
	priya.Keys(kb.Enter)
	priya.Until(`document.querySelector("#feature-ai_agents").dataset.name === "Helpers"`)
	priya.Until(chromium.Unseen("#change-note"))
}
