package e2e

import (
	"encoding/json"
	"io"
	"net/http"
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

// lists makes a tier of the demo list features, as staff would.
func (d *demo) lists(tier, feature string, value features.Value) {
	d.t.Helper()
	database := d.database()
	if err := database.CatchUp(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	change := db.TierFeatureChange{TierEdit: features.TierEdit{Tier: tier, Feature: feature, Value: value, AllowOverride: true}}
	listed, err := database.TierCellVersions(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	catalogue := database.Live().Catalogue()
	of, _ := catalogue.TierByKey(tier)
	f, err := catalogue.Feature(feature)
	if err != nil {
		d.t.Fatal(err)
	}
	change.Version = listed[db.TierCell{Tier: of.ID, Feature: f.ID}]
	if _, err := database.SetTierFeature(d.t.Context(), features.System(), change, ""); err != nil {
		d.t.Fatal(err)
	}
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
	b.Eval("document.activeElement.select()")
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
