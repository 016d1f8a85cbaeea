package e2e

import (
	"encoding/json"
	"net/http"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"flagstone/e2e/chromium"
)

func TestANumberIsSetWithTheKeyboard(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), editor)
	b.Open(d.address + "/admin/features/-/new")
	b.Settled()
	focus := func(id string) { b.Eval(`document.getElementById(` + strconv.Quote(id) + `).focus()`) }

	// Of the values only what fits the type is there to be filled in.
	b.Want(`document.querySelector("#min").checkVisibility()`, "false")
	focus("type-boolean")
	b.Keys(kb.ArrowRight)
	b.Want("document.activeElement.id", "type-integer")
	b.Until(chromium.Seen("#min"))
	b.Want(`document.querySelector("#schema").checkVisibility()`, "false")
	b.Fill("#name", "Seats")
	b.Fill("#key", "limits.seats")
	focus("default-off")
	b.Keys(kb.ArrowRight)
	b.Fill("#default_integer", "-1")
	b.Fill("#min", "0")
	b.Until(`document.querySelector("#form-effect").innerText.includes("-1 is less than the minimum, 0")`)
	b.Fill("#default_integer", "5")
	focus("depends_on-pick")
	b.Keys("nothing such" + kb.Tab)
	b.Until(`document.querySelector("#form-effect").innerText.includes('Needs: "nothing such"')`)
	b.Fill("#depends_on", "")
	focus("depends_on-pick")
	b.Keys("knowledge base" + kb.Enter)
	b.Until(`document.querySelector("#resolved-depends_on").innerText.includes("Knowledge Base")`)
	b.Want(`document.querySelector("#depends_on").value`, "knowledge_base")
	b.Until(`document.querySelector("#form-effect .effect-sentence").innerText.includes("gain it")`)
	look(t, b, "typed-form")
	focus("form-submit")
	b.Keys(kb.Enter)
	b.Until(`document.querySelector("#toasts")?.innerText.includes("Seats is created")`)

	// A number typed on the account's page, and what it needs switched on with it.
	b.Open(d.address + "/admin/accounts/arizona-comedy?q=limits.seats")
	b.Settled()
	b.Want(`document.querySelector(".because .source").innerText.trim()`, "Needs Knowledge Base, which is off")
	b.Eval(`document.querySelector(".value-form [name=value]").focus()`)
	b.Keys("-3" + kb.Enter)
	b.Until(`document.querySelector(".field-error")?.innerText.includes("-3 is less than the minimum, 0")`)
	b.Want(`document.activeElement.name`, "value")
	b.Eval(`document.activeElement.select()`)
	b.Keys("25" + kb.Enter)
	b.Until(chromium.Seen("#question"))
	b.Settled()
	look(t, b, "typed-question")
	b.Want("document.activeElement.id", "question-needs")
	b.Keys(kb.Enter)
	b.Until(`document.querySelector("#toasts")?.innerText.includes("Seats set to 25 for Arizona Comedy.")`)
	b.Until(`document.querySelector(".value-form [name=value]").value === "25"`)
	b.Settled()
	if got := d.answers(d.client("owner@arizona-comedy.example"), "limits.seats"); got != `{"enabled":true,"value":25}` {
		t.Errorf("the portal is told %s", got)
	}
	look(t, b, "typed-account")

	// Switching off what it needs names it first.
	b.Open(d.address + "/admin/accounts/arizona-comedy?q=knowledge_base")
	b.Eval(`document.querySelector("[role=switch]").focus()`)
	b.Keys(" ")
	b.Until(`document.querySelector("#question")?.innerText.includes("Seats goes off with it.")`)
	b.Settled()
	b.Keys(kb.Escape)
	b.Until(`!document.querySelector("#question")`)
	b.Want(`document.querySelector("[role=switch]").checked`, "true")

	// In the list, a value opens its editor.
	b.Open(d.address + "/admin/accounts?col=limits.seats&q=arizona")
	b.Settled()
	b.Eval(`document.querySelector("a.value").focus()`)
	b.Keys(kb.Enter)
	b.Until(chromium.Seen("#override"))
	b.Eval(`document.querySelector("#override-enabled").value = "true"`)
	b.Fill("#override-value", "30")
	b.Keys(kb.Enter)
	b.Until(`document.querySelector("a.value").innerText.trim() === "30"`)
	b.Settled()
	look(t, b, "typed-list")
	for _, page := range []string{"links", "registry", "variants", "edit"} {
		b.Open(d.address + "/admin/features/limits.seats/" + page)
		look(t, b, "typed-"+page)
	}
}

// answers is what a client's portal is told of a feature.
func (d *demo) answers(client *http.Client, key string) string {
	d.t.Helper()
	response, err := client.Get(d.address + "/api/me/features?keys=" + key)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var body struct{ Features map[string]json.RawMessage }
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		d.t.Fatal(err)
	}
	return string(body.Features[key])
}
