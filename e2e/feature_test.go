package e2e

import (
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"flagstone/e2e/chromium"
)

// number reads a grouped number.
func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.ReplaceAll(strings.TrimSpace(text), ",", ""))
	if err != nil {
		t.Fatalf("%q is no number", text)
	}
	return n
}

func TestAFeatureIsReleasedWithTheKeyboard(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), editor)
	b.Open(d.address + "/admin/features/additional_services/edit")
	b.Settled()
	b.Click("label:has(#default-on)")
	b.Until(`document.querySelector("#form-effect .effect-sentence").innerText.includes("gain it")`)
	b.Eval(`document.querySelector("#feature-form button[type=submit]").focus()`)
	b.Keys(kb.Enter)
	b.Until(`document.querySelector("#toasts")?.innerText.includes("is saved")`)
	b.Settled()
	b.Shot("release-before")

	// The strategy, the slider and the number, by keys alone; the preview follows in place.
	b.Eval(`document.getElementById("strategy-all").focus()`)
	b.Keys(kb.ArrowRight)
	b.Want("document.activeElement.id", "strategy-percentage")
	b.Until(chromium.Seen("#percentage-slider"))
	b.Fill("#percentage", "30")
	b.Until(`document.querySelector(".effect-sentence").innerText.includes("lose it")`)
	b.Want(`document.querySelector("#percentage-slider").value`, "30")
	b.Want(`document.activeElement.id`, "percentage")
	before := b.Text("#rollout-effect .figure")
	b.Eval(`document.getElementById("percentage-slider").focus()`)
	for range 3 {
		b.Keys(kb.PageUp)
	}
	b.Until(`document.querySelector("#rollout-effect .figure").innerText.replace(/\s+/g, " ").trim() !== ` + strconv.Quote(before))
	b.Want(`document.activeElement.id`, "percentage-slider")
	b.Want(`document.querySelector("#percentage").value === document.querySelector("#percentage-slider").value`, "true")
	before = b.Text("#rollout-effect .figure")
	b.Fill("#percentage", "40")
	b.Until(`document.querySelector("#rollout-effect .figure").innerText.replace(/\s+/g, " ").trim() !== ` + strconv.Quote(before))
	b.Settled()
	b.Shot("release-percentage")
	b.Click("label:has(#release-default-off)")
	b.Until(`document.querySelector("#unreached")?.innerText.includes("This release switches it on for nobody")`)
	b.Shot("release-unreached")
	b.Accessible()
	b.Click("label:has(#release-default-on)")
	b.Until(`!document.querySelector("#unreached")`)
	b.Accessible()

	// Everyone whom it concerns is a press away, for the form as it is not saved.
	total := number(t, b.Text("#rollout-names .lose b"))
	if total > 12 {
		b.Eval(`document.querySelector("#rollout-names .lose button").focus()`)
		b.Keys(kb.Enter)
		b.Until(chromium.Seen("#rollout-names .lose .all-names"))
		b.Want(`document.querySelectorAll("#rollout-names .lose .all-names li").length`, strconv.Itoa(min(total, 500)))
		b.Accessible()
	}

	// Many ids at once; one is known to nobody here, which is said and refuses nothing.
	b.Fill("#account_ids", "arizona-comedy, maple-garage;no-such-shop")
	b.Until(`document.querySelectorAll("#resolved-account_ids li").length === 3`)
	b.Want(`document.querySelector("#resolved-account_ids .unknown").innerText.includes("no-such-shop")`, "true")
	b.Want(`document.querySelector("#resolved-account_ids").innerText.includes("Arizona Comedy")`, "true")
	b.Shot("release-targets")
	b.Accessible()
	b.Eval(`document.querySelector("#resolved-account_ids .unknown button").focus()`)
	b.Keys(kb.Enter)
	b.Until(`document.querySelector("#resolved-account_ids").innerText.includes("Listed: 2")`)
	b.Want(`document.activeElement.closest("#resolved-account_ids") !== null`, "true")
	b.Want(`document.querySelector("#account_ids").value`, "arizona-comedy\nmaple-garage")

	after := b.Text("#rollout-effect .figure")
	b.Eval(`document.getElementById("reason").focus()`)
	b.Keys("a pilot")
	b.Settled()
	b.Want(`document.getElementById("reason").value`, "a pilot")
	b.Keys(kb.Tab)
	b.Want("document.activeElement.id", "rollout-submit")
	b.Keys(kb.Enter)
	b.Until(`document.querySelector("#toasts")?.innerText.includes("On for 40% of accounts and 2 named accounts")`)
	b.Settled()
	b.Want(`document.querySelector("#rollout-effect .figure").innerText.trim().split("→")[1].trim()`, strings.TrimSpace(strings.Split(after, "→")[1]))
	// Undo reads the form again, as nobody has begun to change it.
	b.Click("#toasts button.text-button")
	b.Until(`document.querySelector("#strategy-all")?.checked`)
	b.Settled()
	look(t, b, "release")
}

func TestVariantsAreEditedWithTheKeyboard(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), editor)
	b.Open(d.address + "/admin/features/ai_agents/variants")
	b.Settled()
	b.Fill("#variant-1-key", "blue")
	b.Fill("#variant-1-weight", "60")
	b.Until(`document.querySelector("#variants-sum").innerText.includes("sum to 60")`)
	b.Want("document.activeElement.id", "variant-1-weight")
	b.Eval(`document.getElementById("add-variant").focus()`)
	b.Keys(kb.Enter)
	b.Until(`document.querySelectorAll(".variant").length === 3`)
	b.Keys("control" + kb.Tab + kb.Tab + "40")
	b.Until(`document.querySelector("#variants-sum").innerText.includes("sum to 100")`)
	b.Shot("variants")
	b.Accessible()
	b.Keys(kb.Tab)
	b.Keys(kb.Enter)
	b.Until(`document.querySelectorAll(".variant").length === 2`)
	b.Fill("#variant-1-weight", "100")
	b.Until(`document.querySelector("#variants-sum").innerText.includes("sum to 100")`)
	b.Settled()
	b.Eval(`document.getElementById("variants-submit").focus()`)
	b.Keys(kb.Enter)
	b.Until(`document.querySelector("#toasts")?.innerText.includes("AI Agents is saved")`)
	b.Want(`document.querySelector("#variant-1-key").value`, "blue")
	for _, page := range []string{"variants", "tester?account=arizona-comedy&role=owner", "accounts", "registry", "history"} {
		b.Open(d.address + "/admin/features/ai_agents/" + page)
		look(t, b, strings.Split(page, "?")[0])
	}
}
