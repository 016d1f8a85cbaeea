package e2e

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"flagstone/db/dbtest"
	"flagstone/e2e/chromium"
	"flagstone/features"
)

// gates is a page of nothing but gates: they connect by themselves.
const gates = `<!doctype html><title>Gates</title><link rel="stylesheet" href="style.css">
<script type="module" src="/portal.js"></script>
<feature-gate id="gate" feature="knowledge_base">
	<button id="on">on</button><span id="off" slot="fallback">off</span><span id="pending" slot="pending">one moment</span>
</feature-gate>`

func (p *ownPortal) gatesPage() {
	p.t.Helper()
	p.write("index.html", gates)
	p.write("style.css", "feature-gate:not(:defined) { display: none }")
}

func TestGatesConnectByThemselvesAndFollow(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	p.gatesPage()
	b := p.browser()
	b.Open(p.URL + "/")
	b.Until(chromium.Seen("#off") + "&&" + chromium.Unseen("#on") + "&&" + chromium.Unseen("#pending"))
	p.set("knowledge_base", true)
	b.Until(chromium.Seen("#on") + "&&" + chromium.Unseen("#off"))

	b.Eval("document.getElementById('gate').feature = 'ai_agents'")
	b.Until(chromium.Unseen("#on") + "&&" + chromium.Seen("#off"))
	b.Eval("document.getElementById('gate').setAttribute('feature', 'knowledgeBaseEnabled')")
	b.Until(chromium.Seen("#on") + "&&" + chromium.Unseen("#off"))
	b.Eval("document.getElementById('gate').removeAttribute('feature')")
	b.Until(chromium.Unseen("#on") + "&&" + chromium.Seen("#off"))
	b.Eval("document.getElementById('gate').hidden = true")
	b.Until(chromium.Unseen("#on") + "&&" + chromium.Unseen("#off"))

	b.Eval("(globalThis.gate = document.getElementById('gate'), gate.hidden = false, gate.feature = 'ai_agents', gate.remove())")
	p.set("ai_agents", true)
	b.Eval("document.body.append(gate)")
	b.Until(chromium.Seen("#on"))
}

// A gate of a model or a component follows the features that these need.
func TestGatesOfModelsAndComponentsFollow(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	_, err := p.db.CreateModel(t.Context(), dbtest.Actor(), features.ModelDraft{Provider: "openai", ModelID: "gpt-4o", Name: "GPT-4o", Feature: "ai_agents", Active: true})
	p.must(err)
	_, err = p.db.CreateComponent(t.Context(), dbtest.Actor(), features.ComponentDraft{Key: "chat", Name: "Chat", Requires: []string{"knowledge_base"}, Active: true})
	p.must(err)
	p.gatesPage()
	p.write("index.html", strings.Replace(gates, `feature="knowledge_base"`, `model="openai/gpt-4o"`, 1))
	b := p.browser()
	b.Open(p.URL + "/")
	b.Until(chromium.Seen("#off") + "&&" + chromium.Unseen("#on") + "&&" + chromium.Unseen("#pending"))
	p.set("ai_agents", true)
	b.Until(chromium.Seen("#on") + "&&" + chromium.Unseen("#off"))
	b.Eval("document.getElementById('gate').component = 'chat'")
	b.Until(chromium.Unseen("#on") + "&&" + chromium.Seen("#off"))
	p.set("knowledge_base", true)
	b.Until(chromium.Seen("#on"))
	p.set("ai_agents", false)
	b.Until(chromium.Unseen("#on") + "&&" + chromium.Seen("#off"))
}

// Before anything is known a gate shows neither state, so that nobody is offered what they have.
func TestGatesWaitForTheFirstAnswer(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	p.set("knowledge_base", true)
	p.gatesPage()
	b := p.browser()
	b.Open(p.URL + "/")
	b.Until(chromium.Seen("#on"))
	state := b.Eval("(await import('/portal.js')).flags.connect({}) && [gate.state, on.checkVisibility(), off.checkVisibility(), pending.checkVisibility()]")
	if state != "pending,false,false,true" {
		t.Errorf("while nothing is known: %s", state)
	}
	b.Until(chromium.Seen("#on") + "&&" + chromium.Unseen("#pending"))
}

// A tab that nobody looks at gives its stream up to one that somebody does, and catches up when it is looked at again.
// (A headless browser thinks every tab visible, so the page is told otherwise.)
func TestHiddenTabsGiveWay(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	p.gatesPage()
	first := p.browser()
	first.Open(p.URL + "/")
	first.Until(chromium.Seen("#off"))
	eventually(t, "one stream", func() bool { return p.streams.Load() == 1 })

	show := func(state string) {
		first.Eval("Object.defineProperty(document, 'visibilityState', { value: '" + state + "', configurable: true }) && document.dispatchEvent(new Event('visibilitychange'))")
	}
	show("hidden")
	p.set("knowledge_base", true)
	first.Until(chromium.Seen("#on"))

	second := first.Another()
	second.Open(p.URL + "/")
	second.Until(chromium.Seen("#on"))
	eventually(t, "the second tab's stream alone", func() bool { return p.streams.Load() == 1 && p.answered.of("/api/me/features/stream 200") == 2 })
	p.set("knowledge_base", false)
	second.Until(chromium.Seen("#off"))
	if first.Eval("on.checkVisibility()") != "true" {
		t.Error("the hidden tab follows as well: then whose is the one stream?")
	}
	show("visible")
	first.Until(chromium.Seen("#off"))
	eventually(t, "two streams", func() bool { return p.streams.Load() == 2 })
}

// eventually waits for something outside of the browser.
func eventually(t *testing.T, what string, come func() bool) {
	t.Helper()
	for deadline := time.Now().Add(chromium.Patience); !come(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// Last known flags are kept for a named user, are there before Flagstone has answered, and go with the session.
func TestKeptFlagsOutliveAnOutageButNotTheSession(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	p.set("ai_agents", true)
	for _, name := range []string{"index.html", "menu.js", "style.css"} {
		p.write(name, documented(t, name))
	}
	b := p.browser()
	b.Open(p.URL + "/")
	b.Until(chromium.Seen("feature-gate a"))

	p.down.Store(true)
	b.Open(p.URL + "/")
	b.Until(chromium.Seen("feature-gate a"))
	if got := b.Eval("(await (await import('/portal.js')).flags.ready).hasFeature('ai_agents')"); got != "true" {
		t.Errorf("without an answer the last known flag is %s", got)
	}
	p.down.Store(false)

	raw, err := base64.RawURLEncoding.DecodeString(p.token)
	p.must(err)
	p.must(p.db.EndSession(t.Context(), sha256.Sum256(raw)))
	b.Open(p.URL + "/")
	b.Until(chromium.Seen("feature-gate [slot=fallback]"))
	b.Until("Object.keys(localStorage).length === 0")
}

// A portal on another origin of the same site imports the library from Flagstone and asks there.
func TestPortalOnAnotherOrigin(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	p.policy = strings.NewReplacer("script-src 'self'", "script-src 'self' "+p.flags.URL, "connect-src 'self'", "connect-src "+p.flags.URL).Replace(ownPolicy)
	p.write("index.html", strings.Replace(gates, `"/portal.js"`, `"`+p.flags.URL+`/portal.js"`, 1))
	p.write("style.css", "")
	b := p.browser()
	b.Open(p.URL + "/")
	b.Until(chromium.Seen("#off"))
	p.set("knowledge_base", true)
	b.Until(chromium.Seen("#on"))
	if p.streams.Load() != 0 {
		t.Error("it asked its own origin")
	}
	library := "(await import('" + p.flags.URL + "/portal.js'))"
	if got := b.Eval(library + ".flags.signOut()"); got != "true" {
		t.Errorf("signing out: %s", got)
	}
	b.Until(chromium.Seen("#off"))
	b.Eval(library + ".flags.connect()")
	if got := b.Eval("(await " + library + ".flags.ready).error.status"); got != "401" {
		t.Errorf("after signing out: %s", got)
	}
}

// A browser allows six connections to a server over HTTP/1.1: with more windows than that, each still gets its answers.
func TestManyWindowsLeaveConnectionsFree(t *testing.T) {
	t.Parallel()
	p := newOwnPortal(t)
	for _, name := range []string{"index.html", "menu.js", "style.css"} {
		p.write(name, documented(t, name))
	}
	first := p.browser()
	windows := []*chromium.Tab{first}
	for range 8 {
		windows = append(windows, first.Another())
	}
	for _, b := range windows {
		b.Open(p.URL + "/")
		b.Until(chromium.Seen("feature-gate [slot=fallback]"))
	}
	eventually(t, "four streams", func() bool { return p.streams.Load() == 4 })
	p.set("knowledge_base", true)
	for _, b := range windows {
		b.Until(chromium.Seen("#help"))
	}
}
