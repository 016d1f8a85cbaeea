// Package chromium drives a real, headless Chromium for tests: it opens pages, clicks and types as a person would, and
// fails the test over anything that a page's console reports as an error.
package chromium

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Patience is how long something may take to come true; only a failing test waits for so long.
const Patience = time.Minute

// Tab is one page in a browser.
type Tab struct {
	t        testing.TB
	ctx      context.Context
	stop     context.CancelFunc
	expected atomic.Pointer[string]
	stays    atomic.Bool
	warnings atomic.Int32
}

// starts is how often a Chromium is started that dies before it has a page: now and then one does, before anything of ours
// is in it.
const starts = 3

// shared is the browser of all tests of a process: to start one takes longer than most tests do.
var shared struct {
	sync.Mutex
	profile string
	ctx     context.Context // nil until somebody opens a tab
}

// Run runs the tests of a package, ends their browser and removes what it wrote.
func Run(m *testing.M) int {
	defer func() {
		if shared.ctx != nil {
			_ = chromedp.Cancel(shared.ctx)
		}
		_ = os.RemoveAll(shared.profile)
	}()
	return m.Run()
}

// Open gives a tab of somebody new, with no cookies and nothing stored, in a Chromium that reaches this machine only, also by
// names that end in .lan. It closes with the test. The TestMain of the package calls Run.
func Open(t testing.TB) *Tab {
	t.Helper()
	ctx, err := browser()
	if err != nil {
		t.Fatal(err)
	}
	return newTab(ctx, t, chromedp.WithNewBrowserContext())
}

// browser gives the shared browser, and a new one where it has died.
func browser() (ctx context.Context, err error) {
	shared.Lock()
	defer shared.Unlock()
	if shared.ctx != nil && shared.ctx.Err() == nil {
		return shared.ctx, nil
	}
	for range starts {
		if shared.ctx, err = start(); err == nil {
			break
		}
	}
	return shared.ctx, err
}

func start() (context.Context, error) {
	_ = os.RemoveAll(shared.profile)
	profile, err := os.MkdirTemp("", "flagstone-chromium-")
	if err != nil {
		return nil, err
	}
	shared.profile = profile
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(profile), chromedp.WindowSize(1440, 900),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("host-resolver-rules", "MAP *.lan 127.0.0.1 , MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil {
		stop()
		return nil, err
	}
	return ctx, nil
}

// Another opens a second tab of the same person.
func (b *Tab) Another() *Tab { return newTab(b.ctx, b.t) }

// Person opens a tab of somebody else, for the time of a test: the browser is the same, cookies and storage are not.
func (b *Tab) Person(t testing.TB) *Tab { return newTab(b.ctx, t, chromedp.WithNewBrowserContext()) }

// Close closes the tab, and those that Another has opened from it.
func (b *Tab) Close() { b.stop() }

// Expect has the console's errors with some text pass, where a test brings them about.
func (b *Tab) Expect(text string) { b.expected.Store(&text) }

func newTab(parent context.Context, t testing.TB, options ...chromedp.ContextOption) *Tab {
	t.Helper()
	ctx, stop := chromedp.NewContext(parent, options...)
	if err := chromedp.Do(ctx); err != nil {
		stop()
		t.Fatal(err)
	}
	b := &Tab{t: t, ctx: ctx, stop: stop}
	b.listen()
	b.answerWarnings()
	t.Cleanup(stop) // ends before listening does
	return b
}

// listen fails the test over what a page's script throws, what it logs as an error, and what the page's
// Content-Security-Policy stops. A refusal that a test asks for, such as a 409, is logged by the network and no error.
func (b *Tab) listen() {
	messages := chromedp.Console(b.ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for message, err := range messages {
			if err != nil {
				return
			}
			if expected := b.expected.Load(); expected != nil && strings.Contains(message.Text, *expected) {
				continue
			}
			if message.IsException() || message.Type == "error" && message.Source != "network" {
				b.t.Errorf("on the console: %s", message)
			}
		}
	}()
	b.t.Cleanup(func() { <-done })
}

// Do runs actions of chromedp.
func (b *Tab) Do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// Open loads an address, whatever it answers.
func (b *Tab) Open(address string) {
	b.t.Helper()
	b.Do(chromedp.Navigate(address))
}

// TrustAll has a tab believe certificates that nobody signed.
func (b *Tab) TrustAll() {
	b.t.Helper()
	b.Do(chromedp.Func(func(ctx context.Context, page *chromedp.Target) error {
		_, err := cdp.Call(ctx, page, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true})
		return err
	}))
}

// Slow has every answer to the tab take so long, in milliseconds, and come at so many bytes a second.
func (b *Tab) Slow(latency, throughput float64) {
	b.t.Helper()
	line := &network.Conditions{Latency: latency, DownloadThroughput: throughput, UploadThroughput: throughput}
	b.Do(chromedp.Func(func(ctx context.Context, page *chromedp.Target) error {
		_, err := cdp.Call(ctx, page, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
			MatchedNetworkConditions: []*network.Conditions{line},
		})
		return err
	}))
}

// Back goes to the page before.
func (b *Tab) Back() { b.Do(chromedp.NavigateBack()) }

// Reload loads the page again.
func (b *Tab) Reload() { b.Do(chromedp.Reload()) }

// Viewport sets the size of the window, and whether it prefers dark.
func (b *Tab) Viewport(width, height int64, dark bool) {
	b.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	b.Do(chromedp.EmulateViewport(width, height), chromedp.Func(func(ctx context.Context, page *chromedp.Target) error {
		_, err := cdp.Call(ctx, page, emulation.SetEmulatedMedia, media)
		return err
	}))
}

// Click presses the mouse on the middle of what a selector finds, once it is there and nothing is in flight.
func (b *Tab) Click(selector string) {
	b.t.Helper()
	b.Settled()
	b.Until(Seen(selector))
	b.Do(chromedp.Click(selector))
}

// Fill types text into a field in place of what is in it.
func (b *Tab) Fill(selector, text string) {
	b.t.Helper()
	b.Until(Seen(selector))
	b.Do(chromedp.Focus(selector))
	b.Eval(fmt.Sprintf("document.querySelector(%q).select()", selector))
	b.Keys(kb.Backspace + text)
}

// Keys presses keys, whatever has the focus. What a key types comes with it, as from a keyboard: a page that takes the key
// for itself has nothing typed, and a dialog that the key opens does not get it.
func (b *Tab) Keys(keys string) {
	b.t.Helper()
	b.Do(chromedp.Func(func(ctx context.Context, page *chromedp.Target) error {
		for _, key := range keys {
			events := kb.Encode(key)
			down, up := events[0], events[len(events)-1]
			if len(events) > 2 {
				down.Text, down.UnmodifiedText = events[1].Text, events[1].UnmodifiedText
			}
			for _, event := range []*input.DispatchKeyEventParams{down, up} {
				if _, err := cdp.Call(ctx, page, input.DispatchKeyEvent, *event); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// Until waits for a condition in JavaScript, whatever pages it takes to come true. It asks from outside, because the
// policy of the page forbids it to evaluate text.
func (b *Tab) Until(condition string) {
	b.t.Helper()
	for deadline := time.Now().Add(Patience); ; time.Sleep(10 * time.Millisecond) {
		met, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("!!("+condition+")"))
		if err == nil && met {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("waited in vain for %s (%v)\nat %s:\n%s", condition, err, b.Eval("location.href"), b.Eval("document.body.innerText"))
		}
	}
}

// Settled waits until the page has loaded, htmx has bound what it swapped in, and nothing is in flight.
func (b *Tab) Settled() {
	b.t.Helper()
	b.Until(`document.readyState === "complete" && !document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added, [aria-busy=true]")`)
}

// Eval gives the value of an expression as text; it may await.
func (b *Tab) Eval(expression string) string {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("(async () => String(await ("+expression+")))()", chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// Want fails the test unless an expression has a value, as text.
func (b *Tab) Want(expression, want string) {
	b.t.Helper()
	if got := b.Eval(expression); got != want {
		b.t.Errorf("%s is %q, want %q", expression, got, want)
	}
}

// Text gives the text of what a selector finds.
func (b *Tab) Text(selector string) string {
	b.t.Helper()
	return strings.Join(strings.Fields(b.Eval(fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", selector))), " ")
}

// Shot writes a picture of the page into a folder named by the environment variable FLAGSTONE_SHOTS, if it is set.
func (b *Tab) Shot(name string) {
	b.t.Helper()
	folder := os.Getenv("FLAGSTONE_SHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// rules are those of axe that every page is held to.
const rules = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`

// Accessible fails the test over every violation that axe finds on the page as it is now.
func (b *Tab) Accessible() {
	b.t.Helper()
	if b.Eval("globalThis.axe === undefined") == "true" {
		_, here, _, _ := runtime.Caller(0)
		axe, err := os.ReadFile(filepath.Join(filepath.Dir(here), "..", "..", "node_modules", "axe-core", "axe.min.js"))
		if err != nil {
			b.t.Fatal(err)
		}
		if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[float64](string(axe)+";0")); err != nil {
			b.t.Fatal(err)
		}
	}
	// Colours under way from one to another, as after a change of theme, are not yet those that people read.
	b.Eval(`(() => {
		const underWay = () => document.getAnimations().filter((a) => a instanceof CSSTransition);
		for (let some = underWay(); some.length; some = underWay()) some.forEach((transition) => transition.finish());
	})()`)
	found := b.Eval(`axe.run({runOnly: ` + rules + `, resultTypes: ["violations"], selectors: false})
		.then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html).join(" ")).join("\n"))`)
	if found != "" {
		b.t.Errorf("%s is not accessible:\n%s", b.Eval("location.pathname + location.search"), found)
	}
}

// Seen is a condition: what a selector finds is there and drawn.
func Seen(selector string) string {
	return "document.querySelector(`" + selector + "`)?.checkVisibility()"
}

// Unseen is a condition: what a selector finds is not there, or not drawn.
func Unseen(selector string) string { return "!" + Seen(selector) }
