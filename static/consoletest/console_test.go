// Package consoletest tries the console's scripts in a real Chromium, on a page made of the shared
// parts, against a server that can be slow, broken or gone.
package consoletest

import (
	"net/http"
	"reflect"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"flagstone/e2e/chromium"
)

func TestConsole(t *testing.T) {
	t.Parallel()
	browser := chromium.Open(t)
	for name, try := range map[string]func(p *tab, s *site){
		"a switch saves at once and keeps the focus":   switchSaves,
		"a double click sends nothing twice":           doubleClick,
		"a switch goes back when saving fails":         switchFails,
		"no more than three messages are shown":        fewMessages,
		"a dialog opens, comes back wrong, and closes": dialogRound,
		"a dialog closes without its answer":           dialogCancelled,
		"a selection reaches across pages":             selection,
		"a selection of all that match":                selectionOfAll,
		"filters are in the address":                   filters,
		"a lost session asks for a sign-in":            lostSession,
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			try(openTab(t, browser, s.URL, "/list"), s)
		})
	}
}

func switchSaves(p *tab, s *site) {
	p.Do(chromedp.Focus("#switch"))
	p.Keys(" ")
	p.Until(`document.querySelector("#toasts .toast")`)
	p.Settled()
	p.wantFocus("switch")
	p.Want(`document.querySelector("#switch").checked`, "true")
	p.Want(`document.querySelector("#toasts").matches(":popover-open")`, "true")
	p.Keys(" ")
	p.Until(`!document.querySelector("#switch").defaultChecked`)
	wantPosts(p, s, map[string][]string{"enabled": {"true"}}, map[string][]string{})
}

func doubleClick(p *tab, s *site) {
	release := s.hold()
	defer release()
	p.Do(chromedp.Click("#switch"))
	p.Until(`document.querySelector("#switch[aria-busy=true]")`)
	p.Do(chromedp.Click("#switch"))
	p.Want(`document.querySelector("#switch").checked`, "true")
	release()
	p.Settled()
	wantPosts(p, s, map[string][]string{"enabled": {"true"}})
}

func switchFails(p *tab, s *site) {
	s.fail(http.StatusBadGateway)
	p.Do(chromedp.Click("#switch"))
	p.Until(`document.querySelector(".toast.bad")`)
	p.Settled()
	p.Want(`document.querySelector("#switch").checked`, "false")
	p.Want(`document.querySelector(".switch span").textContent`, "Off")
	p.Want(`document.querySelector(".toast span").textContent`, "Not saved: the server did not respond")
	s.fail(0)
	p.Do(chromedp.Click("[data-retry]"))
	p.Until(`document.querySelector("#switch").defaultChecked`)
	p.Settled()
	p.wantFocus("switch")
	p.Expect("Failed to fetch")
	s.Close()
	p.Do(chromedp.Click("#switch"))
	p.Until(`document.querySelector(".toast.bad")`)
	p.Want(`document.querySelector("#switch").checked`, "true")
}

func fewMessages(p *tab, s *site) {
	s.fail(http.StatusBadGateway)
	for range 5 {
		p.Do(chromedp.Click("#switch"))
		p.Until(`document.querySelector(".toast.bad:not([data-seen])")`)
		p.Settled()
		p.Do(chromedp.SetAttributeValue(".toast.bad:not([data-seen])", "data-seen", ""))
	}
	p.Want(`document.querySelectorAll(".toast").length`, "3")
}

func dialogRound(p *tab, s *site) {
	p.Do(chromedp.Click("#box-2"))
	p.Do(chromedp.Click("#bulk"))
	p.Until(`document.querySelector("dialog:modal")`)
	p.Settled()
	p.wantFocus("reason")
	p.Do(chromedp.Click("dialog [type=submit]"))
	p.Until(`document.querySelector("#reason-error")`)
	p.Settled()
	p.Want(`document.querySelectorAll("dialog:modal").length`, "1")
	p.wantFocus("reason")
	p.Keys("because" + kb.Enter)
	p.Until(`!document.querySelector("dialog")`)
	p.Until(`document.querySelector(".toast")`)
	p.Want(`document.querySelector("#box-2").checked`, "false")
	p.Until(`document.activeElement.id === "main"`)
	wantPosts(p, s, map[string][]string{"id": {"2"}}, map[string][]string{"csrf_token": {""}, "reason": {""}},
		map[string][]string{"csrf_token": {""}, "reason": {"because"}})
}

func dialogCancelled(p *tab, _ *site) {
	p.Do(chromedp.Click("#box-1"))
	for _, leave := range []func(){
		func() { p.Keys(kb.Escape) },
		func() { p.Do(chromedp.Click("dialog footer [data-close]")) },
		func() { p.Do(chromedp.Click("dialog header [data-close]")) },
		func() { p.Do(chromedp.MouseClickXY(3, 3)) },
	} {
		p.Do(chromedp.Click("#bulk"))
		p.Until(`document.querySelector("dialog:modal")`)
		p.Settled()
		leave()
		p.Until(`!document.querySelector("dialog")`)
		p.Until(`document.activeElement.id === "bulk"`)
	}
}

func selection(p *tab, s *site) {
	p.Do(chromedp.Click("#box-1"))
	p.Do(evaluate(`document.querySelector("#box-3").dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true, shiftKey: true}))`))
	p.Want(`document.querySelector("[data-selection-count]").textContent`, "3")
	p.Want(`document.querySelector("[data-select-page]").checked`, "true")
	p.Do(chromedp.Click("#box-2"))
	p.Want(`document.querySelector("[data-select-page]").indeterminate`, "true")
	p.Do(chromedp.Click("#next-page"))
	p.Until(`document.querySelector("#box-4")`)
	p.Settled()
	p.wantFocus("next-page")
	p.Do(chromedp.Click("#box-5"))
	p.Do(chromedp.Click("#bulk"))
	p.Until(`document.querySelector("dialog:modal")`)
	wantPosts(p, s, map[string][]string{"id": {"1,3,5"}})
}

func selectionOfAll(p *tab, s *site) {
	p.Keys("/")
	p.wantFocus("q")
	p.Do(evaluate(`document.querySelector("#q").value = ""`)) // the driver types "/" although its key was handled
	p.Keys("a&b")
	p.Until(`document.querySelector("[data-filter='q=a&b']")`)
	p.Settled()
	p.Do(chromedp.Click("#box-1"))
	p.Do(chromedp.Click("[data-select-all]"))
	p.Want(`document.querySelector("[data-selection-count]").textContent`, "6")
	p.Do(chromedp.Click("#bulk"))
	p.Until(`document.querySelector("dialog:modal")`)
	wantPosts(p, s, map[string][]string{"all": {"1"}, "filter": {"q=a&b"}})
}

func filters(p *tab, _ *site) {
	p.Want("location.search", "")
	p.Do(chromedp.Click("#q"))
	p.Keys("x")
	p.Until(`location.search === "?q=x"`)
	p.Settled()
	p.wantFocus("q")
	p.Do(chromedp.Click("#next-page"))
	p.Until(`document.querySelector("#page").textContent === "1"`)
	p.Settled()
	p.Want("location.search", "?page=1&q=x")
	for _, back := range []string{"?q=x", ""} {
		p.Do(evaluate("history.back()"))
		p.Until(`location.search === "` + back + `" && document.querySelector("#page").textContent === "0"`)
		p.Settled()
	}
	p.Until(`document.querySelector("#q").value === ""`)
}

func lostSession(p *tab, s *site) {
	s.fail(http.StatusUnauthorized)
	p.Do(chromedp.Click("#switch"))
	p.Until(`document.querySelector("#session-dialog:modal")`)
	p.Settled()
	p.Want(`document.querySelector("#switch").checked`, "false")
	s.fail(0)
	p.Keys("a password" + kb.Enter)
	p.Until(`document.querySelector("#switch").defaultChecked`)
	p.Settled()
	p.wantFocus("switch")
}

func wantPosts(p *tab, s *site, want ...map[string][]string) {
	p.t.Helper()
	got := s.posted()
	if len(got) != len(want) {
		p.t.Fatalf("posted %v, want %v", got, want)
	}
	for i := range want {
		if !reflect.DeepEqual(map[string][]string(got[i]), want[i]) {
			p.t.Errorf("post %d was %v, want %v", i, got[i], want[i])
		}
	}
}
