// Package consoletest tries the console's scripts in a real Chromium, on a page made of the shared
// parts, against a server that can be slow, broken or gone.
package consoletest

import (
	"net/http"
	"reflect"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

func TestConsole(t *testing.T) {
	t.Parallel()
	browser := newBrowser(t)
	for name, try := range map[string]func(p *tab, s *site){
		"a switch saves at once and keeps the focus":   switchSaves,
		"a double click sends nothing twice":           doubleClick,
		"a switch goes back when saving fails":         switchFails,
		"a dialog opens, comes back wrong, and closes": dialogRound,
		"a dialog closes without its answer":           dialogCancelled,
		"a selection reaches across pages":             selection,
		"a selection of all that match":                selectionOfAll,
		"filters are in the address":                   filters,
		"a lost session leads to sign-in":              lostSession,
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			try(openTab(t, browser, s.URL, "/list"), s)
		})
	}
}

func switchSaves(p *tab, s *site) {
	p.do(focus("#switch"))
	p.keys(" ")
	p.wait(`document.querySelector("#toasts .toast")`)
	p.settled()
	p.wantFocus("switch")
	p.want(`document.querySelector("#switch").checked`, "true")
	p.want(`document.querySelector("#toasts").matches(":popover-open")`, "true")
	p.keys(" ")
	p.wait(`!document.querySelector("#switch").defaultChecked`)
	wantPosts(p, s, map[string][]string{"enabled": {"true"}}, map[string][]string{})
}

func doubleClick(p *tab, s *site) {
	release := s.hold()
	defer release()
	p.click("#switch")
	p.wait(`document.querySelector("#switch[aria-busy=true]")`)
	p.click("#switch")
	p.want(`document.querySelector("#switch").checked`, "true")
	release()
	p.settled()
	wantPosts(p, s, map[string][]string{"enabled": {"true"}})
}

func switchFails(p *tab, s *site) {
	s.fail(http.StatusBadGateway)
	p.click("#switch")
	p.wait(`document.querySelector(".toast.bad")`)
	p.settled()
	p.want(`document.querySelector("#switch").checked`, "false")
	p.want(`document.querySelector(".switch span").textContent`, "Off")
	p.want(`document.querySelector(".toast span").textContent`, "Not saved: the server did not answer")
	s.fail(0)
	p.click("[data-retry]")
	p.wait(`document.querySelector("#switch").defaultChecked`)
	p.settled()
	s.Close()
	p.click("#switch")
	p.wait(`document.querySelector(".toast.bad")`)
	p.want(`document.querySelector("#switch").checked`, "true")
}

func dialogRound(p *tab, s *site) {
	p.click("#box-2")
	p.click("#bulk")
	p.wait(`document.querySelector("dialog:modal")`)
	p.settled()
	p.wantFocus("reason")
	p.click("dialog [type=submit]")
	p.wait(`document.querySelector("#reason-error")`)
	p.settled()
	p.want(`document.querySelectorAll("dialog:modal").length`, "1")
	p.wantFocus("reason")
	p.keys("because" + kb.Enter)
	p.wait(`!document.querySelector("dialog")`)
	p.wait(`document.querySelector(".toast")`)
	p.want(`document.querySelector("#box-2").checked`, "false")
	p.wait(`document.activeElement.id === "main"`)
	wantPosts(p, s, map[string][]string{"id": {"2"}}, map[string][]string{"csrf_token": {""}, "reason": {""}},
		map[string][]string{"csrf_token": {""}, "reason": {"because"}})
}

func dialogCancelled(p *tab, _ *site) {
	p.click("#box-1")
	for _, leave := range []func(){
		func() { p.keys(kb.Escape) },
		func() { p.click("dialog footer [data-close]") },
		func() { p.click("dialog header [data-close]") },
		func() { p.do(clickAt(3, 3)) },
	} {
		p.click("#bulk")
		p.wait(`document.querySelector("dialog:modal")`)
		p.settled()
		leave()
		p.wait(`!document.querySelector("dialog")`)
		p.wait(`document.activeElement.id === "bulk"`)
	}
}

func selection(p *tab, s *site) {
	p.click("#box-1")
	p.do(shiftClick("#box-3"))
	p.want(`document.querySelector("[data-selection-count]").textContent`, "3")
	p.want(`document.querySelector("[data-select-page]").checked`, "true")
	p.click("#box-2")
	p.want(`document.querySelector("[data-select-page]").indeterminate`, "true")
	p.click("#next-page")
	p.wait(`document.querySelector("#box-4")`)
	p.settled()
	p.wantFocus("next-page")
	p.click("#box-5")
	p.click("#bulk")
	p.wait(`document.querySelector("dialog:modal")`)
	wantPosts(p, s, map[string][]string{"id": {"1", "3", "5"}})
}

func selectionOfAll(p *tab, s *site) {
	p.keys("/")
	p.wantFocus("q")
	p.do(evaluate(`document.querySelector("#q").value = ""`)) // the driver types "/" although its key was handled
	p.keys("a&b")
	p.wait(`document.querySelector("[data-filter='q=a&b']")`)
	p.settled()
	p.click("#box-1")
	p.click("[data-select-all]")
	p.want(`document.querySelector("[data-selection-count]").textContent`, "6")
	p.click("#bulk")
	p.wait(`document.querySelector("dialog:modal")`)
	wantPosts(p, s, map[string][]string{"all": {"1"}, "filter": {"q=a&b"}})
}

func filters(p *tab, _ *site) {
	p.want("location.search", "")
	p.click("#q")
	p.keys("x")
	p.wait(`location.search === "?q=x"`)
	p.settled()
	p.wantFocus("q")
	p.click("#next-page")
	p.wait(`document.querySelector("#page").textContent === "1"`)
	p.settled()
	p.want("location.search", "?page=1&q=x")
	for _, back := range []string{"?q=x", ""} {
		p.do(historyBack())
		p.wait(`location.search === "` + back + `" && document.querySelector("#page").textContent === "0"`)
		p.settled()
	}
	p.wait(`document.querySelector("#q").value === ""`)
}

func lostSession(p *tab, s *site) {
	s.fail(http.StatusUnauthorized)
	p.click("#switch")
	p.wait(`location.pathname + location.search === "/signin?next=/list"`)
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
