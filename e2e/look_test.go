package e2e

import (
	"fmt"
	"testing"

	"flagstone/e2e/chromium"
)

// look has the page that is open be accessible and within its width, light and dark, wide and narrow. It is not opened
// again for each, which would take longer than to look.
func look(t *testing.T, b *chromium.Tab, name string) {
	t.Helper()
	for _, width := range []int64{390, 1440} {
		for _, dark := range []bool{true, false} {
			b.Viewport(width, 900, dark)
			b.Settled()
			b.Accessible()
			if over := b.Eval("Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)"); over != "0" {
				t.Errorf("%s is %s pixels too wide at %d", name, over, width)
			}
			b.Shot(fmt.Sprintf("%s-%d-%v", name, width, dark))
		}
	}
}
