package e2e

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"flagstone/e2e/chromium"
)

// Ten columns do not fit at 1,280 pixels: the table scrolls in its frame, and whose row it is stays in view.
func TestAWideListKeepsItsNamesInView(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), admin)
	b.Viewport(1280, 800, false)
	b.Open(d.address + "/admin/accounts")
	b.Settled()
	columns := b.Eval(`new URLSearchParams([...document.querySelectorAll("#columns input[type=checkbox]")].slice(0, 10).map((box) => [box.name, box.value])).toString()`)
	b.Open(d.address + "/admin/accounts?" + columns)
	b.Settled()
	b.Until(`document.querySelectorAll("thead th[data-feature]").length === 10`)
	b.Settled()
	b.Want(`document.documentElement.scrollWidth <= document.documentElement.clientWidth`, "true")
	b.Accessible()
	b.Eval(`document.querySelector(".wide-table").scrollTo(100000, 60)`)
	b.Settled()
	b.Want(`(() => { const frame = document.querySelector(".wide-table").getBoundingClientRect();
		return [...document.querySelectorAll("tbody tr")].every((row) => {
			const name = row.querySelector("th").getBoundingClientRect();
			return name.left >= frame.left && name.right <= frame.right && name.width >= 200;
		}); })()`, "true")
	// Whatever is pressed where the names stand is a name, and beside the frame there is no switch.
	b.Want(`(() => { const frame = document.querySelector(".wide-table").getBoundingClientRect();
		return [...document.querySelectorAll("[role=switch]")].every((one) => {
			const box = one.getBoundingClientRect(), x = box.left + box.width / 2, y = box.top + box.height / 2;
			const inside = x > frame.left && x < frame.right && y > frame.top && y < frame.bottom;
			const there = document.elementFromPoint(x, y);
			return inside || !(there === one || one.contains(there));
		}); })()`, "true")
	b.Want(`document.querySelector("thead th:nth-child(2)").getBoundingClientRect().top >= document.querySelector(".wide-table").getBoundingClientRect().top`, "true")
	b.Shot("accounts-ten-columns")
	b.Open(d.address + "/admin/features")
	b.Settled()
	b.Want(`[...document.querySelectorAll("tbody th .name > a")].every((name) => name.getClientRects().length <= 2)`, "true")
	b.Shot("features-1280")
	b.Accessible()
}

// On a slow line every control says at once that it has been heard, and none looks as if it had done its work.
func TestASlowLineIsSaid(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), editor)
	b.Open(d.address + "/admin/accounts")
	b.Settled()
	b.Slow(400, 50_000)
	const input = `document.querySelector("tbody [role=switch]:enabled")`
	was := b.Eval(input + ".checked")
	b.Eval(input + ".click()")
	b.Want(input+`.getAttribute("aria-busy")`, "true")
	b.Want(input+`.nextElementSibling.textContent`, "Saving…")
	b.Want(`document.documentElement.hasAttribute("data-waiting")`, "true")
	b.Until(input + ".checked !== " + was + " && !" + input + `.hasAttribute("aria-busy")`)
	b.Settled()
	b.Fill("#q", "maple")
	b.Until(`document.querySelector("#list").getAttribute("aria-busy") === "true"`)
	b.Until(`document.querySelectorAll("tbody tr").length < 25`)
	b.Want(`document.querySelector("#list").hasAttribute("aria-busy")`, "false")
}

// A limit that is typed and left is saved, as the switches beside it are; what is typed in a form is not lost without a word.
func TestWhatIsTypedIsSavedOrAskedAbout(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), editor)
	b.Open(d.address + "/admin/accounts/northwind-ai")
	b.Settled()
	const field = `.value-form input[name=value]`
	b.Fill(field, "7")
	b.Eval(fmt.Sprintf("document.querySelector(%q).focus()", field))
	b.Keys(kb.Tab)
	b.Until(`document.querySelector("#toasts")?.innerText.includes("7")`)
	b.Settled()
	b.Open(d.address + "/admin/features/ai_agents/edit")
	b.Settled()
	b.Fill("#name", "Half a name")
	asked := b.Warnings()
	b.Open(d.address + "/admin/accounts")
	b.Settled()
	if b.Warnings() != asked+1 {
		t.Error("a form was left with what was typed in it, without a word")
	}
	b.Open(d.address + "/admin/features/ai_agents")
	b.Settled()
	b.Want(`document.querySelector("h1").innerText`, "AI Agents")
}

// Who cancels has said that what they typed is to go; who leaves by another link of the same page has not.
func TestCancelAsksNothing(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), editor)
	for page, field := range map[string]string{"/admin/features/ai_agents/edit": "#name", "/admin/accounts/maple-garage/edit": "#name", "/admin/accounts/-/new": "#name"} {
		b.Open(d.address + page)
		b.Settled()
		b.Fill(field, "Half a name")
		asked := b.Warnings()
		b.Stay(true)
		b.Click(`a.nav-link[href="/admin/tiers"]`)
		b.Until("location.pathname === " + strconv.Quote(page))
		if b.Warnings() != asked+1 {
			t.Errorf("%s was left with what was typed in it, without a word", page)
		}
		b.Eval("window.before = true")
		b.Click("main a[data-cancel]")
		b.Until("!window.before && document.readyState === 'complete'")
		b.Stay(false)
		if b.Warnings() != asked+1 {
			t.Errorf("%s asks whether to leave it after Cancel", page)
		}
	}
}
