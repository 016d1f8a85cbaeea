package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"flagstone/db"
	"flagstone/e2e/chromium"
	"flagstone/features"
)

const builder = "builder@northwind-ai.example" // whose account is in the tier Free

// portalValue gives what a client's portal is told of a feature's value.
func (d *demo) portalValue(client *http.Client, key string) string {
	d.t.Helper()
	response, err := client.Get(d.address + "/api/me/features?keys=" + key)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	var body struct {
		Features map[string]struct{ Value json.RawMessage }
	}
	if err := json.Unmarshal(text, &body); err != nil {
		d.t.Fatalf("%v in %s", err, text)
	}
	return string(body.Features[key].Value)
}

// cellIn is a condition on the control of a cell of the matrix.
func cellIn(feature, tier string) string {
	return `[data-value][aria-label^="` + feature + `, ` + tier + `"]`
}

// pro makes the tier Pro of the demo list a feature, as staff would.
func (d *demo) pro(feature string, value features.Value) {
	d.t.Helper()
	database := d.database()
	if err := database.CatchUp(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	change := db.TierFeatureChange{TierEdit: features.TierEdit{Tier: "pro", Feature: feature, Value: value, AllowOverride: true}}
	catalogue := database.Live().Catalogue()
	of, _ := catalogue.TierByKey("pro")
	f, err := catalogue.Feature(feature)
	if err != nil {
		d.t.Fatal(err)
	}
	listed, err := database.TierCellVersions(d.t.Context(), []int64{of.ID}, []int64{f.ID})
	if err != nil {
		d.t.Fatal(err)
	}
	change.Version = listed[db.TierCell{Tier: of.ID, Feature: f.ID}]
	if _, err := database.SetTierFeature(d.t.Context(), features.System(), change, ""); err != nil {
		d.t.Fatal(err)
	}
}

// revision is the newest of the database, which the server may not have seen yet.
func (d *demo) revision() string {
	d.t.Helper()
	database := d.database()
	if err := database.CatchUp(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	return strconv.FormatInt(database.Live().Revision(), 10)
}

// From the overview to a tier's feature and its portal with the keyboard alone.
func TestAValueTypedInTheMatrix(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), editor)
	portal := d.client(builder)
	before := d.portalValue(portal, "limits.max_flows")
	tabTo(t, b, `a.nav-link[href="/admin/tiers"]`)
	b.Keys(kb.Enter)
	b.Until("location.pathname === '/admin/tiers'")
	b.Settled()
	b.Accessible()
	b.Shot("tiers")
	b.Keys("/")
	b.Until("document.activeElement.name === 'q'")
	b.Keys("max_flows")
	b.Until("document.querySelectorAll('[data-row-feature]').length === 1")
	b.Settled()
	field := cellIn("Max Flows", "Free")
	tabTo(t, b, field)
	b.Eval("document.activeElement.select()")
	b.Keys("7")
	b.Until(chromium.Seen("#matrix-bar .effect-lines"))
	b.Settled()
	b.Accessible()
	b.Shot("tiers-typed")
	b.Keys(kb.Enter)
	b.Until(chromium.Seen(".toast"))
	b.Settled()
	b.Want("document.querySelector(`"+field+"`).value", "7")
	b.Want("document.querySelector(`#matrix-bar`).children.length", "0")
	b.Until("document.activeElement.matches(`" + field + "`)")
	if got := d.portalValue(portal, "limits.max_flows"); got != "7" || got == before {
		t.Errorf("the portal has %s, before %s", got, before)
	}
	b.Keys(kb.ArrowRight)
	b.Until("document.activeElement.matches(`" + cellIn("Max Flows", "Starter") + "`)")
	b.Keys("x")
	b.Until(chromium.Seen("[data-cell] .field-error"))
	b.Settled()
	b.Accessible()
	b.Shot("tiers-error")
	b.Keys(kb.Escape)
	b.Until(chromium.Unseen("[data-cell] .field-error"))
	b.Until("document.querySelector(`#matrix-bar`).children.length === 0")
}

// From the overview to a tier's feature in four clicks at most: the tiers, the cell, save, and once more where somebody
// loses something.
func TestATiersFeatureTakesFourClicks(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), editor)
	portal := d.client(builder)
	if !d.enabled(portal, "api.public_endpoints") {
		t.Fatal("there is nothing to take away")
	}
	for _, click := range []string{
		`a.nav-link[href="/admin/tiers"]`, cellIn("Public API Endpoints", "Free"), "#matrix-bar [type=submit]", "dialog:modal [type=submit]",
	} {
		b.Click(click)
	}
	b.Until(chromium.Seen(".toast"))
	if d.enabled(portal, "api.public_endpoints") {
		t.Error("the portal still has what was taken away")
	}
}

// What somebody loses is asked about once more; two people at one cell are told, and nothing is lost.
func TestTwoAtOneCellOfTheMatrix(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	d.pro("api.webhooks", features.Value{Enabled: true})
	b := d.signIn(chromium.Open(t), editor)
	b.Open(d.address + "/admin/tiers?category=api")
	b.Settled()
	b.Click(cellIn("Webhooks", "Pro"))
	b.Until(chromium.Seen("#matrix-bar .warn"))
	b.Settled()
	b.Click("#matrix-bar [type=submit]")
	b.Until(chromium.Seen("dialog:modal button.danger"))
	b.Settled()
	b.Accessible()
	b.Shot("tiers-confirm")
	b.Keys(kb.Escape)
	b.Until(chromium.Unseen("dialog"))
	b.Want("document.querySelector(`"+cellIn("Webhooks", "Pro")+"`).checked", "false")
	conflict := func() {
		t.Helper()
		d.pro("api.webhooks", features.Value{})
		d.pro("api.webhooks", features.Value{Enabled: true})
		b.Until(`document.querySelector("#revision").textContent === "rev ` + d.revision() + `"`)
		b.Click("#matrix-bar [type=submit]")
		b.Until(chromium.Seen("dialog:modal button.danger"))
		b.Keys(kb.Enter)
		b.Until(`document.querySelector("dialog:modal")?.innerText.includes("saved this first")`)
	}
	conflict()
	b.Click("dialog:modal [type=submit]")
	b.Until(chromium.Seen("dialog:modal button.danger"))
	b.Settled()
	b.Keys(kb.Escape) // what was to be saved over theirs stays typed
	b.Until(chromium.Unseen("dialog"))
	b.Want("document.querySelector(`"+cellIn("Webhooks", "Pro")+"`).checked", "false")
	b.Want("document.querySelectorAll('#matrix-edits [name=cell]').length", "1")
	conflict()
	b.Settled()
	b.Accessible()
	b.Shot("tiers-conflict")
	b.Want("document.querySelector(`"+cellIn("Webhooks", "Pro")+"`).checked", "true")
	b.Click("dialog:modal footer [data-close]")
	b.Until(chromium.Unseen("dialog"))
	b.Until("document.querySelector(`#matrix-bar`).children.length === 0")
}

// Every page and dialog about tiers, in every look.
func TestTiersAreAccessible(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	d.pro("api.webhooks", features.Value{Enabled: true})
	d.pro("limits.max_flows", features.Value{Enabled: true, Data: "50"})
	b := d.signIn(chromium.Open(t), admin)
	for path, dialog := range map[string]string{
		"/admin/tiers?category=limits": "[data-cell='pro/limits.max_flows'] [data-in-dialog]", "/admin/tiers/pro": "#delete-tier",
		"/admin/tiers?compare=free,pro&differences=1": "#new-tier",
	} {
		b.Open(d.address + path)
		look(t, b, "tiers-"+dialog[1:6])
		b.Eval("document.querySelector(`" + dialog + "`).click()")
		b.Until(chromium.Seen("dialog:modal"))
		look(t, b, "tiers-dialog-"+dialog[1:6])
	}
	b.Open(d.address + "/admin/accounts/northwind-ai/tier")
	look(t, b, "tiers-account")
	b.Open(d.address + "/admin/accounts/northwind-ai")
	b.Settled()
	b.Eval(`document.querySelector("#account-tier").click()`)
	b.Until(chromium.Seen("dialog:modal"))
	b.Settled()
	b.Eval(`(() => { const tier = document.querySelector("dialog [name=tier]"); tier.value = "pro"; tier.dispatchEvent(new Event("change", {bubbles: true})) })()`)
	b.Until(`document.querySelector("#move-effect")?.innerText.includes("Max Flows rises from 3 to 50")`)
	b.Settled()
	b.Accessible()
	b.Shot("tiers-move")
}

// Whoever works with the keyboard alone goes on from where they are: Enter saves and stays in the cell, Tab leads to the next,
// whatever is rendered anew or asked about meanwhile.
func TestTheFocusOfTheMatrixStaysWhereTheKeyboardWent(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), editor)
	b.Open(d.address + "/admin/tiers?q=max_flows")
	b.Settled()
	free, starter, pro := cellIn("Max Flows", "Free"), cellIn("Max Flows", "Starter"), cellIn("Max Flows", "Pro")
	at := func(selector string) {
		t.Helper()
		b.Settled()
		b.Want("document.activeElement.matches(`"+selector+"`)", "true")
	}
	shown := func() {
		t.Helper()
		b.Until(chromium.Seen("#matrix-bar [type=submit]"))
		b.Settled()
	}
	saved := func() {
		t.Helper()
		b.Until("!document.querySelector('#matrix-bar *, dialog')")
	}
	tabTo(t, b, free)
	b.Keys("1" + kb.Tab)
	shown()
	at(starter)
	b.Keys("12" + kb.Enter) // before its effect has been shown, so that it is asked about
	b.Until(chromium.Seen("dialog:modal"))
	b.Settled()
	b.Keys(kb.Escape)
	b.Until(chromium.Unseen("dialog"))
	at(starter)
	shown()
	b.Keys(kb.Enter)
	saved()
	at(starter)
	b.Keys(kb.End + kb.Backspace + "3")
	shown()
	b.Keys(kb.Enter + kb.Tab) // while it is being saved
	saved()
	at(pro)
	b.Want("document.querySelector(`"+free+"`).defaultValue + document.querySelector(`"+starter+"`).defaultValue", "113")

	b.Open(d.address + "/admin/tiers?q=ai_agents")
	b.Settled()
	starter, pro = cellIn("AI Agents", "Starter"), cellIn("AI Agents", "Pro")
	tabTo(t, b, starter)
	b.Keys(" " + kb.Tab)
	shown()
	at(pro)
}
