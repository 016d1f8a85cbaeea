package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"flagstone/db/dbtest"
	"flagstone/e2e/chromium"
	"flagstone/features"
)

const samplePassword = "correct-horse-battery"

// offers puts the account into a tier that offers upgrades of AI agents, of Knowledge Base and of flows, of which it has
// ten, and gives its owner and an editor a password.
func (p *ownPortal) offers() {
	p.t.Helper()
	ctx, by := p.t.Context(), dbtest.Actor()
	_, err := p.db.CreateFeature(ctx, by, features.FeatureDraft{Key: "flows", Name: "Flows", Type: features.IntegerType, Default: features.Value{Enabled: true, Data: "5"}})
	p.must(err)
	_, err = p.db.CreateTier(ctx, by, features.Tier{Key: "pro", Name: "Pro"})
	p.must(err)
	_, err = p.db.AddStaff(ctx, by, features.UserDraft{Email: "dana@example.com", Name: "Dana Kim", StaffRole: features.Editor}, samplePassword)
	p.must(err)
	lena, err := p.db.UserByEmail(ctx, "lena@example.com")
	p.must(err)
	p.must(p.db.SetPassword(ctx, by, lena.ID, samplePassword, 0))
	handle := dbtest.Handle(p.t, p.db)
	for _, statement := range []string{
		`INSERT INTO tier_features (tier_id, feature_id, enabled, value, allow_upgrade)
		 SELECT t.id, f.id, f.key = 'flows', iif(f.key = 'flows', '10', ''), 1 FROM tiers t, features f WHERE f.key IN ('ai_agents', 'knowledge_base', 'flows')`,
		`UPDATE accounts SET tier_id = (SELECT id FROM tiers)`,
	} {
		_, err = handle.ExecContext(ctx, statement)
		p.must(err)
	}
	p.must(p.db.CatchUp(ctx))
}

// signedIn opens Flagstone itself as somebody.
func (p *ownPortal) signedIn(b *chromium.Tab, email string) *chromium.Tab {
	p.t.Helper()
	b.Open(p.flags.URL + "/signin")
	b.Fill("[name=email]", email)
	b.Fill("[name=password]", samplePassword)
	b.Keys(kb.Enter)
	b.Until("!location.pathname.startsWith('/signin')")
	b.Settled()
	return b
}

// card is what the sample portal shows of one upgrade.
func card(feature string) string { return "[data-upgrade=" + feature + "]" }

func says(selector, text string) string {
	return "document.querySelector('" + selector + "')?.innerText.includes('" + text + "')"
}

func TestAnUpgradeIsAskedForAndGiven(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	p.offers()
	portal := p.signedIn(chromium.Open(t), "lena@example.com")
	portal.Open(p.flags.URL + "/portal")
	portal.Until(says(card("flows"), "You have 10 now.") + "&&" + says(card("knowledge_base"), "Not part of your account yet."))
	portal.Accessible()
	portal.Viewport(390, 800, true)
	portal.Accessible()
	portal.Shot("upgrade-portal")

	// Asked for with the keyboard alone; what is typed stays while another card changes.
	portal.Eval(`document.querySelector('` + card("knowledge_base") + ` summary').focus()`)
	portal.Keys(kb.Enter)
	portal.Until("document.activeElement.name === 'message'")
	portal.Keys("For our front desk")
	portal.Keys(kb.Tab)
	portal.Keys(kb.Enter)
	portal.Until(says(card("knowledge_base"), "We will answer here."))
	portal.Want("document.activeElement.textContent", "Withdraw request")
	portal.Click(card("flows") + " summary")
	portal.Until("document.activeElement.name === 'message'")
	portal.Keys("Thirty")

	console := p.signedIn(portal.Person(t), "dana@example.com")
	console.Open(p.flags.URL + "/admin")
	console.Want("document.querySelector('#pending').innerText.trim().startsWith('1')", "true")
	console.Click("a[href='/admin/upgrades']")
	console.Click("[aria-label='Approve Arizona Comedy: knowledge_base']")
	console.Until(chromium.Seen("dialog:modal .diff"))
	console.Settled()
	console.Accessible()
	console.Shot("upgrade-approve")
	console.Eval("document.querySelector('#approve-note').focus()")
	console.Keys("Welcome")
	console.Keys(kb.Enter)
	console.Until(chromium.Unseen("dialog") + "&&" + says("#list", "No request is waiting"))
	console.Want("document.querySelector('#pending').innerText.trim()", "")

	// The page appears where the portal is open, and so does the answer; the other field is as it was.
	portal.Until(chromium.Seen(".portal-nav a[data-feature=knowledge_base]"))
	portal.Until(says(card("knowledge_base"), "Your request was approved") + "&&" + says(card("knowledge_base"), "Welcome"))
	portal.Want("document.activeElement.value", "Thirty")
	portal.Eval("document.querySelector('" + card("flows") + " form').requestSubmit()")
	portal.Until(says(card("flows"), "We will answer here."))

	// Undone, the request waits again.
	console.Click(".toast form button")
	console.Until("!!document.querySelector('[aria-label=\"Approve Arizona Comedy: knowledge_base\"]')")
	console.Until("document.querySelector('#pending').innerText.trim().startsWith('2')")
	portal.Until(chromium.Unseen(".portal-nav a[data-feature=knowledge_base]"))
}

func TestTheValueOfAnUpgradeIsShownBeforeItIsSaved(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	p.offers()
	portal := p.signedIn(chromium.Open(t), "lena@example.com")
	portal.Open(p.flags.URL + "/portal")
	portal.Until(chromium.Seen(card("flows") + " summary"))
	portal.Eval("document.querySelector('" + card("flows") + " form').requestSubmit()")
	portal.Until(says(card("flows"), "We will answer here."))

	console := p.signedIn(portal.Person(t), "dana@example.com")
	console.Open(p.flags.URL + "/admin/upgrades")
	for _, width := range []int64{1440, 1024, 768, 390, 340} {
		console.Viewport(width, 800, false)
		console.Settled()
		if found := console.Eval(beyond); found != "" {
			t.Errorf("at %d, beyond the edge: %s", width, found)
		}
		console.Accessible()
	}
	console.Click("[aria-label='Approve Arizona Comedy: Flows']")
	console.Until(chromium.Seen("dialog:modal"))
	console.Settled()
	console.Want("document.activeElement.id + document.activeElement.value", "approve-value")
	console.Keys("50")
	console.Until("document.querySelector('#approve-effect tbody')?.innerText.replace(/\\s+/g, ' ').trim() === 'Flows 10 50'")
	console.Want("document.activeElement.id", "approve-value")
	console.Accessible()
	console.Shot("upgrade-value")
	console.Keys(kb.Escape)
	console.Until(chromium.Unseen("dialog"))

	console.Click("[aria-label='Reject Arizona Comedy: Flows']")
	console.Until(chromium.Seen("dialog:modal"))
	console.Settled()
	console.Click("dialog:modal [type=submit]")
	console.Until(says("#upgrade-note-error", "Enter a reason"))
	console.Fill("#upgrade-note", "Ten are enough for now")
	console.Click("dialog:modal [type=submit]")
	console.Until(says("#list", "No request is waiting") + "&& document.activeElement.id === 'main'") // the button is gone
	portal.Until(says(card("flows"), "Your request was rejected") + "&&" + says(card("flows"), "Ten are enough for now"))
	if got := portal.Text("#news"); !strings.HasPrefix(got, "Flows: Your request was rejected") {
		t.Errorf("those who cannot see it are told %q", got)
	}

	// Asked for again, and taken back.
	portal.Eval("document.querySelector('" + card("flows") + " form').requestSubmit()")
	portal.Until(says(card("flows"), "We will answer here."))
	portal.Click(card("flows") + " [data-upgrade-withdraw]")
	portal.Until("!" + says(card("flows"), "request was") + "&&" + chromium.Seen(card("flows")+" summary"))
}

// A page that is not part of the plan offers the upgrade in its place, and itself once it is there.
func TestAPageBehindAnUpgradeOffersIt(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	p.offers()
	b := p.signedIn(chromium.Open(t), "lena@example.com")
	b.Open(p.flags.URL + "/portal/ai-assistant")
	b.Until(chromium.Seen(card("ai_agents") + " form"))
	b.Want("document.querySelectorAll('[data-upgrade]').length", "1")
	b.Accessible()
	b.Eval("document.querySelector('" + card("ai_agents") + " form').requestSubmit()")
	b.Until(says(card("ai_agents"), "We will answer here."))
	p.set("ai_agents", true)
	b.Until(chromium.Seen("[data-while=on] a") + "&&" + chromium.Unseen(card("ai_agents")))
}
