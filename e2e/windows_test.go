package e2e

import (
	"slices"
	"strings"
	"testing"

	"flagstone/e2e/chromium"
)

// countWaits has a page count the questions for changes that are on their way.
const countWaits = `(() => {
	const ask = window.fetch;
	window.waits = 0;
	window.fetch = (address, ...rest) => {
		const counts = String(address).startsWith("/admin/changes") ? 1 : 0;
		window.waits += counts;
		return ask(address, ...rest).finally(() => (window.waits -= counts));
	};
})()`

// Over HTTP/1.1 a browser has six connections to a server, for all of its windows.
func TestMoreWindowsThanConnectionsFollowChanges(t *testing.T) {
	t.Parallel()
	for host, waiting := range map[string]string{
		"127.0.0.1":   "1",
		"console.lan": "0", // over plain HTTP a page has no locks
	} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			d := startDemo(t)
			address := strings.Replace(d.address, "127.0.0.1", host, 1)
			person := chromium.Open(t)
			person.Expect(ignored)
			signInAt(person, address, editor)
			person.Open("about:blank")
			var windows []*chromium.Tab
			open := func() {
				b := person.Another()
				b.Expect(ignored)
				b.Open(address + "/admin/features?category=portal")
				b.Settled()
				b.Eval(countWaits)
				windows = append(windows, b)
			}
			settled := func() {
				eventually(t, waiting+" question that waits", func() bool {
					return strings.Contains(d.metrics(), "flagstone_console_streams "+waiting+"\n")
				})
			}
			for range 8 {
				open()
			}
			settled()
			open()
			d.run("kill", "ai_agents", "--reason", "trouble")
			seenIn(windows, "ai_agents")
			settled()
			one := max(0, slices.IndexFunc(windows, func(b *chromium.Tab) bool { return b.Eval("window.waits") == "1" }))
			windows[one].Close() // the one that waits, where one does
			windows = slices.Delete(windows, one, one+1)
			d.run("kill", "knowledge_base", "--reason", "trouble")
			seenIn(windows, "knowledge_base")
			open()
		})
	}
}

// ignored is what browsers say of a header over plain HTTP.
const ignored = "Cross-Origin-Opener-Policy header has been ignored"

func seenIn(windows []*chromium.Tab, feature string) {
	for _, b := range windows {
		b.Until(chromium.Seen(mark("#feature-" + feature)))
	}
}
