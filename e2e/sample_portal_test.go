package e2e

import (
	"crypto/sha256"
	"encoding/base64"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

const knowledgeBase = ".portal-nav a[data-feature=knowledge_base]"

func TestSamplePortalFollowsAnOpenPage(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	b := p.browser()
	b.open(p.URL + "/portal")
	b.until(seen("feature-gate [slot=fallback]") + "&&" + unseen(knowledgeBase))
	p.set("knowledge_base", true)
	b.until(seen(knowledgeBase) + "&&" + seen("feature-gate[feature=knowledge_base] a"))
	b.until("document.getElementById('news').textContent === 'Knowledge Base is now in your menu.'")

	b.open(p.URL + "/portal/knowledge-base")
	b.until(seen("details"))
	p.set("knowledge_base", false)
	b.until(unseen("details") + "&&" + unseen(knowledgeBase) + "&&" + seen("[data-while=off] h1"))
	b.open(p.URL + "/portal/knowledge-base")
	b.until("document.querySelector('h1').textContent === 'No such page'")
	p.set("knowledge_base", true)
	b.until(seen("[data-while=on] a") + "&&" + unseen("[data-while=off]"))
	p.must(chromedp.Do(b.ctx, chromedp.Click("[data-while=on] a")))
	b.until(seen("details"))
}

func TestSamplePortalLeadsToSignInWhenTheSessionEnds(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	b := p.browser()
	b.open(p.URL + "/portal/orders")
	p.eventually("a stream", func() bool { return p.streams.Load() == 1 })
	raw, err := base64.RawURLEncoding.DecodeString(p.token)
	p.must(err)
	p.must(p.db.EndSession(t.Context(), sha256.Sum256(raw)))
	b.until("location.pathname + location.search === '/signin?next=%2Fportal%2Forders'")
}

func TestSamplePortalSignsOut(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	b := p.browser()
	b.open(p.URL + "/portal")
	b.until("Object.keys(localStorage).length === 1")
	p.must(chromedp.Do(b.ctx, chromedp.Click(".person"), chromedp.Click("[data-signout] button")))
	b.until("location.pathname === '/signin' && Object.keys(localStorage).length === 0")
	if got := b.eval("(await fetch('/api/me')).status"); got != "401" {
		t.Errorf("the session is alive: %s", got)
	}
}

func TestSamplePortalIsAccessible(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	axe, err := os.ReadFile("../node_modules/axe-core/axe.min.js")
	p.must(err)
	b := p.browser()
	p.set("knowledge_base", true)
	for _, path := range []string{"/portal", "/portal/shows", "/portal/orders", "/portal/finances", "/portal/knowledge-base", "/portal/support", "/portal/ai-assistant"} {
		for _, width := range []int64{1280, 390} {
			p.must(chromedp.Do(b.ctx, chromedp.EmulateViewport(width, 800), chromedp.Navigate(p.URL+path)))
			p.eventually("a stream", func() bool { return p.streams.Load() > 0 })
			p.must(chromedp.Do(b.ctx, chromedp.Click(".person")))
			b.until(seen("#person-menu"))
			b.run(string(axe))
			if found := b.eval("axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((r) => r.violations.map((v) => v.id + ' ' + v.nodes.map((n) => n.html).join(' ')).join('; '))"); found != "" {
				t.Errorf("%s at %d: %s", path, width, found)
			}
		}
	}
}
