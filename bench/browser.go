package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const keystrokeRuns = 20

// keystrokes measures, in a real browser, from the Enter in a cell of the matrix until the page has what is stored.
func (b *bench) keystrokes() error {
	title("A value typed into the matrix, in Chromium")
	address, stop, err := listen(b.site)
	if err != nil {
		return err
	}
	defer stop()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1440, 900))
	allocator, end := chromedp.NewExecAllocator(b.ctx, options...)
	defer end()
	ctx, _ := chromedp.NewContext(allocator)
	defer func() { _ = chromedp.Cancel(ctx) }() // which waits until the browser has cleared up
	page := &tab{ctx: ctx}
	page.open(address + "/signin")
	page.eval("document.cookie = `" + b.staff.cookie + "; path=/`")
	page.open(address + "/admin/tiers")
	page.until(`document.querySelector("[data-cell^='pro/limits.'] [data-value]") && window.htmx`)
	page.eval(`(() => {
		window.took = [];
		window.painted = [];
		document.addEventListener("keydown", (e) => { if (e.key === "Enter") window.begun = performance.now() }, true);
		document.addEventListener("matrix:saved", () => {
			window.took.push(performance.now() - window.begun);
			requestAnimationFrame(() => setTimeout(() => window.painted.push(performance.now() - window.begun)));
		});
		document.querySelector("[data-cell^='pro/limits.'] [data-value]").focus();
	})()`)
	for i := range keystrokeRuns {
		page.eval("document.activeElement.select()")
		page.keys(fmt.Sprint(300 + i))
		page.until(fmt.Sprintf(`document.querySelector("#matrix-bar [name=digest]")?.value && document.getElementById("matrix-bar").innerText.includes("to %d")`, 300+i))
		page.keys(kb.Enter)
		page.until(fmt.Sprintf("window.painted.length === %d && document.activeElement.matches('[data-value]')", i+1))
	}
	saved, painted := page.durations("window.took"), page.durations("window.painted")
	if page.err == nil {
		row("Enter, until the cell holds what is stored, p50 / p95", p50p95(saved), "150 ms")
		row("Enter, until that is painted, without a graphics card, p50 / p95", p50p95(painted), "")
	}
	return page.err
}

// tab is a page of a browser; what fails first ends all that follows.
type tab struct {
	ctx context.Context
	err error
}

func (t *tab) do(action chromedp.Action[chromedp.Void]) {
	if t.err == nil {
		t.err = chromedp.Do(t.ctx, action)
	}
}

func (t *tab) open(address string) { t.do(chromedp.Navigate(address)) }

func (t *tab) keys(keys string) { t.do(chromedp.KeyEvent(keys)) }

func (t *tab) eval(expression string) (value string) {
	if t.err == nil {
		value, t.err = chromedp.Run(t.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	}
	return value
}

// durations reads a list of milliseconds.
func (t *tab) durations(list string) (all []time.Duration) {
	for text := range strings.FieldsSeq(t.eval(list + ".join(' ')")) {
		ms, err := strconv.ParseFloat(text, 64)
		t.err = errors.Join(t.err, err)
		all = append(all, time.Duration(ms*float64(time.Millisecond)))
	}
	return all
}

func (t *tab) until(condition string) {
	for begun := time.Now(); t.err == nil && t.eval("!!("+condition+")") != "true"; time.Sleep(2 * time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			t.err = errors.New("waited in vain for " + condition)
		}
	}
}
