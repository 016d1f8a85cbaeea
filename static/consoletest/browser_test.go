package consoletest

import (
	"os"
	"testing"

	"github.com/chromedp/chromedp"

	"flagstone/e2e/chromium"
)

func TestMain(m *testing.M) { os.Exit(chromium.Run(m)) }

// tab is a page of the site, in the words that these tests use.
type tab struct {
	*chromium.Tab
	t *testing.T
}

// openTab opens path of the site in a tab of a new person, and waits until its scripts have run.
func openTab(t *testing.T, browser *chromium.Tab, url, path string) *tab {
	t.Helper()
	p := &tab{browser.Person(t), t}
	p.Open(url + path)
	p.Until("window.htmx")
	p.Settled()
	return p
}

func (p *tab) wantFocus(id string) {
	p.t.Helper()
	p.Want("document.activeElement.id", id)
}

func evaluate(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](script)
}
