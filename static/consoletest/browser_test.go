package consoletest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// patience is how long a page may take; only a failing test waits for so long.
const patience = 20 * time.Second

// newBrowser starts a Chromium that reaches this machine only.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	browser, closeBrowser := chromedp.NewContext(allocator)
	t.Cleanup(closeBrowser)
	if err := chromedp.Do(browser); err != nil {
		t.Fatalf("no Chromium to test with: %v", err)
	}
	return browser
}

// tab is one page of a site in a browser.
type tab struct {
	t   *testing.T
	ctx context.Context
	url string
}

// openTab opens path of the site in a tab of its own, and waits until its scripts have run.
func openTab(t *testing.T, browser context.Context, url, path string) *tab {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(browser)
	t.Cleanup(closeTab)
	ctx, cancel := context.WithTimeout(ctx, 3*patience)
	t.Cleanup(cancel)
	p := &tab{t: t, ctx: ctx, url: url}
	p.do(chromedp.Navigate(url + path))
	p.wait(`document.readyState === "complete" && window.htmx`)
	return p
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// click presses a real mouse button on the middle of what selector finds.
func (p *tab) click(selector string) {
	p.t.Helper()
	p.wait(fmt.Sprintf("document.querySelector(%q)", selector))
	p.do(chromedp.Click(selector))
}

func (p *tab) keys(keys string) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(keys))
}

// wait waits until a JavaScript expression is true. It asks from outside, because the policy of the
// page forbids it to evaluate text.
func (p *tab) wait(expression string) {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		held, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if err == nil && held {
			return
		}
	}
	p.t.Fatalf("never became true: %s", expression)
}

// settled waits until htmx has bound what it swapped in and nothing is in flight.
func (p *tab) settled() {
	p.t.Helper()
	p.wait(`!document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added, [aria-busy=true]")`)
}

func (p *tab) want(expression, want string) {
	p.t.Helper()
	got, err := chromedp.Run(p.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		p.t.Fatal(err)
	}
	if got != want {
		p.t.Errorf("%s is %q, want %q", expression, got, want)
	}
}

func (p *tab) wantFocus(id string) {
	p.t.Helper()
	p.want("document.activeElement.id", id)
}

func focus(selector string) chromedp.Action[chromedp.Void] { return chromedp.Focus(selector) }

func clickAt(x, y float64) chromedp.Action[chromedp.Void] { return chromedp.MouseClickXY(x, y) }

func historyBack() chromedp.Action[chromedp.Void] { return evaluate("history.back()") }

func shiftClick(selector string) chromedp.Action[chromedp.Void] {
	return evaluate(fmt.Sprintf("document.querySelector(%q).dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true, shiftKey: true}))", selector))
}

func evaluate(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](script)
}
