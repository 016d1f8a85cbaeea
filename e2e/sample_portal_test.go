package e2e

import (
	"crypto/sha256"
	"encoding/base64"
	"testing"

	"github.com/chromedp/chromedp"

	"flagstone/e2e/chromium"
)

const knowledgeBase = ".portal-nav a[data-feature=knowledge_base]"

func TestSamplePortalFollowsAnOpenPage(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	b := p.browser()
	b.Open(p.URL + "/portal")
	b.Until(chromium.Seen("feature-gate [slot=fallback]") + "&&" + chromium.Unseen(knowledgeBase))
	p.set("knowledge_base", true)
	b.Until(chromium.Seen(knowledgeBase) + "&&" + chromium.Seen("feature-gate[feature=knowledge_base] a"))
	b.Until("document.getElementById('news').textContent === 'Knowledge Base is now in your menu.'")

	b.Open(p.URL + "/portal/knowledge-base")
	b.Until(chromium.Seen("details"))
	p.set("knowledge_base", false)
	b.Until(chromium.Unseen("details") + "&&" + chromium.Unseen(knowledgeBase) + "&&" + chromium.Seen("[data-while=off] h1"))
	b.Open(p.URL + "/portal/knowledge-base")
	b.Until("document.querySelector('h1').textContent === 'No such page'")
	p.set("knowledge_base", true)
	b.Until(chromium.Seen("[data-while=on] a") + "&&" + chromium.Unseen("[data-while=off]"))
	b.Do(chromedp.Click("[data-while=on] a"))
	b.Until(chromium.Seen("details"))
}

func TestSamplePortalLeadsToSignInWhenTheSessionEnds(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	b := p.browser()
	b.Open(p.URL + "/portal/orders")
	eventually(t, "a stream", func() bool { return p.streams.Load() == 1 })
	raw, err := base64.RawURLEncoding.DecodeString(p.token)
	p.must(err)
	p.must(p.db.EndSession(t.Context(), sha256.Sum256(raw)))
	b.Until("location.pathname + location.search === '/signin?next=%2Fportal%2Forders'")
}

func TestSamplePortalSignsOut(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	b := p.browser()
	b.Open(p.URL + "/portal")
	b.Until("Object.keys(localStorage).length === 1")
	b.Do(chromedp.Click(".person"), chromedp.Click("[data-signout] button"))
	b.Until("location.pathname === '/signin' && Object.keys(localStorage).length === 0")
	if got := b.Eval("(await fetch('/api/me')).status"); got != "401" {
		t.Errorf("the session is alive: %s", got)
	}
}

func TestSamplePortalIsAccessible(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	b := p.browser()
	p.set("knowledge_base", true)
	for _, path := range []string{"/portal", "/portal/shows", "/portal/orders", "/portal/finances", "/portal/knowledge-base", "/portal/support", "/portal/ai-assistant"} {
		for _, width := range []int64{1280, 390} {
			b.Do(chromedp.EmulateViewport(width, 800), chromedp.Navigate(p.URL+path))
			eventually(t, "a stream", func() bool { return p.streams.Load() > 0 })
			b.Do(chromedp.Click(".person"))
			b.Until(chromium.Seen("#person-menu"))
			b.Accessible()
		}
	}
}
