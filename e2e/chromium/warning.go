package chromium

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// answerWarnings answers the browser's question whether to leave a page with unsaved changes: yes, unless the test stays.
func (b *Tab) answerWarnings() {
	opening := chromedp.Events(b.ctx, page.JavascriptDialogOpening)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, err := range opening {
			if err != nil {
				return
			}
			b.warnings.Add(1)
			answer := page.HandleJavaScriptDialogParams{Accept: !b.stays.Load()}
			_ = chromedp.Do(b.ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
				_, err := cdp.Call(ctx, target, page.HandleJavaScriptDialog, answer)
				return err
			}))
		}
	}()
	b.t.Cleanup(func() { <-done })
}

// Stay sets whether the page is kept when the browser asks whether to leave it.
func (b *Tab) Stay(stay bool) { b.stays.Store(stay) }

// Warnings returns how often the browser has asked whether to leave a page.
func (b *Tab) Warnings() int { return int(b.warnings.Load()) }
