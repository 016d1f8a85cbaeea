package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"flagstone/e2e/chromium"
	"flagstone/features"
)

const (
	admin  = "admin@example.com"
	editor = "editor@example.com"
	owner  = "owner@arizona-comedy.example"
)

// cell is the switch of one feature for one account.
func cell(feature, account string) string {
	return fmt.Sprintf(`input[role=switch][aria-label="%s for %s"]`, feature, account)
}

// flags gives what the portal of a signed-in user is told.
func (d *demo) flags(client *http.Client) map[string]bool {
	d.t.Helper()
	response, err := client.Get(d.address + "/api/me/features")
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	var body struct {
		Flags map[string]bool `json:"flags"`
	}
	if err := json.Unmarshal(text, &body); err != nil {
		d.t.Fatalf("%v in %s", err, text)
	}
	return body.Flags
}

func TestAClickReachesAnOpenPortal(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	staff := d.signIn(chromium.Open(t), admin)
	portal := d.signIn(staff.Person(t), owner)
	const menu = ".portal-nav a[data-feature=knowledge_base]"
	portal.Until(chromium.Unseen(menu))

	staff.Open(d.address + "/admin/accounts?q=arizona")
	staff.Click(cell("Knowledge Base", "Arizona Comedy"))
	portal.Until(chromium.Seen(menu))
	staff.Settled()
	staff.Want(`document.querySelector('`+cell("Knowledge Base", "Arizona Comedy")+`').checked`, "true")
	portal.Click(menu)
	portal.Until("document.querySelector('h1').innerText.includes('Knowledge Base')")

	staff.Click(cell("Knowledge Base", "Arizona Comedy"))
	portal.Until(chromium.Unseen(menu))
	portal.Want("(await fetch(location.pathname)).status", "404")
}

func TestANewAccountHasNothingSwitchedOn(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), editor)
	b.Open(d.address + "/admin/accounts/-/new")
	b.Fill("[name=name]", "Tumbleweed Players")
	b.Click("main form button[type=submit]")
	b.Until("location.pathname === '/admin/accounts/tumbleweed-players'")
	b.Settled()
	for _, feature := range []string{"Knowledge Base", "AI Agents", "Additional Services"} {
		b.Want(`document.querySelector('`+cell(feature, "Tumbleweed Players")+`').checked`, "false")
	}
}

// overrides gives every override of the database as text, to compare before and after.
func (d *demo) overrides() string {
	d.t.Helper()
	database := d.database()
	if err := database.CatchUp(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	var text strings.Builder
	for a := range database.Live().Accounts().All() {
		for _, o := range a.Overrides {
			fmt.Fprintln(&text, a.ID, o.FeatureID, o.Value, o.ExpiresAt)
		}
	}
	return text.String()
}

func TestABulkChangeIsShownDoneAndUndone(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	before := d.overrides()
	b := d.signIn(chromium.Open(t), editor)
	b.Open(d.address + "/admin/accounts?f.knowledge_base=off")
	b.Settled()
	matching := strings.Fields(b.Text("#count"))[0]
	b.Do(chromedp.Click("thead [data-select-page]"))
	b.Click("[data-select-all]")
	b.Want(`document.querySelector("[data-selection-count]").textContent`, matching)
	b.Click("#bulk button[value=enable]")
	b.Until(chromium.Seen("dialog:modal"))
	b.Settled()
	b.Accessible()
	if b.Eval(`document.querySelector("dialog:modal select[name=feature]")?.value ?? "knowledge_base"`) != "knowledge_base" {
		b.Do(chromedp.SetValue("dialog:modal select[name=feature]", "knowledge_base"))
		b.Eval(`document.querySelector("dialog:modal select[name=feature]").dispatchEvent(new Event("change", {bubbles: true}))`)
		b.Settled()
	}
	b.Until(`document.querySelector("dialog:modal footer [type=submit]")?.innerText.includes("` + matching + `")`)
	b.Fill("dialog:modal [name=reason]", "help centre launch")
	b.Shot("bulk-dialog")
	b.Click("dialog:modal footer [type=submit]")
	b.Until(chromium.Unseen("dialog"))
	b.Until(`document.querySelector(".toast")?.innerText.includes("` + matching + `")`)
	b.Do(chromedp.Focus(".toast form button")) // which keeps it there
	if changed := strings.Count(d.overrides(), "\n") - strings.Count(before, "\n"); fmt.Sprint(changed) != matching {
		t.Errorf("the dialog said %s accounts, %d changed", matching, changed)
	}
	if n := strings.Count(d.overrides(), "{true "); n < 200 {
		t.Errorf("%d accounts have an override that is on, want more than 200", n)
	}
	b.Click(".toast form button")
	b.Until(`[...document.querySelectorAll(".toast")].some((toast) => toast.innerText.includes("restored"))`)
	if after := d.overrides(); after != before {
		t.Errorf("undone, the overrides are\n%s\nwant\n%s", after, before)
	}
}

func TestTwoAdminsAtOneCell(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	dana := d.signIn(chromium.Open(t), admin)
	priya := d.signIn(dana.Person(t), editor)
	for _, b := range []*chromium.Tab{dana, priya} {
		b.Open(d.address + "/admin/accounts?q=arizona")
		b.Settled()
	}
	dana.Click(cell("AI Agents", "Arizona Comedy")) // on until now, by an override
	dana.Until(chromium.Seen(".toast"))
	priya.Click(cell("AI Agents", "Arizona Comedy"))
	priya.Until(chromium.Seen("dialog:modal") + `|| document.querySelector(".toast")`)
	if d.flags(d.client(owner))["aiAgentsEnabled"] {
		t.Error("the second admin's click undid the first one's")
	}
	dana.Open(d.address + "/admin/accounts?q=maple")
	priya.Open(d.address + "/admin/accounts?q=maple")
	priya.Settled()
	dana.Click(cell("Knowledge Base", "Maple Garage"))
	dana.Until(chromium.Seen(".toast"))
	dana.Click(cell("Knowledge Base", "Maple Garage"))
	dana.Settled()
	priya.Click(cell("Knowledge Base", "Maple Garage")) // wants it on; Dana has switched it on, and off again
	priya.Until(chromium.Seen("dialog:modal"))
	priya.Settled()
	priya.Accessible()
	text := priya.Text("dialog:modal")
	for _, word := range []string{"Dana Whitfield", "On", "Off"} {
		if !strings.Contains(text, word) {
			t.Errorf("no %q in the dialog: %s", word, text)
		}
	}
	priya.Shot("conflict")
	priya.Click("dialog:modal footer [type=submit]")
	priya.Until(chromium.Unseen("dialog"))
	priya.Settled()
	priya.Want(`document.querySelector('`+cell("Knowledge Base", "Maple Garage")+`').checked`, "true")
}

func TestFiltersStayInTheAddress(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), admin)
	b.Open(d.address + "/admin/accounts")
	b.Fill("[name=q]", "theatre")
	b.Until("location.search.includes('q=theatre')")
	b.Settled()
	count := b.Text("#count")
	b.Reload()
	b.Settled()
	b.Want(`document.querySelector("[name=q]").value`, "theatre")
	b.Want(`document.querySelector("#count").innerText`, count)

	b.Open(d.address + "/admin/accounts?size=25")
	b.Click("#next-page")
	b.Until("location.search.includes('page=2')")
	b.Settled()
	first := b.Text("tbody tr th")
	b.Click("tbody tr th a")
	b.Until("location.pathname !== '/admin/accounts'")
	b.Settled()
	b.Back()
	b.Until("location.search.includes('page=2')")
	b.Until(`document.querySelector("tbody tr th")?.innerText.includes("` + strings.Fields(first)[1] + `")`)
}

func TestADoubleClickSavesOnce(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), admin)
	b.Open(d.address + "/admin/accounts?q=maple")
	b.Settled()
	b.Do(chromedp.DoubleClick(cell("AI Agents", "Maple Garage")))
	b.Until(chromium.Seen(".toast"))
	b.Settled()
	b.Want(`document.querySelector('`+cell("AI Agents", "Maple Garage")+`').checked`, "true")
	if log := d.audit("account=maple-garage"); strings.Count(log, `"override.set"`) != 1 {
		t.Errorf("the log has not one change:\n%s", log)
	}
}

// audit gives the audit log, filtered, as JSON.
func (d *demo) audit(query string) string {
	d.t.Helper()
	response, err := d.client(admin).Get(d.address + "/admin/audit/export.json?" + query)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		d.t.Fatalf("%s, %v", response.Status, err)
	}
	return string(text)
}

func TestALostSessionLeadsToSignInAndBack(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), editor)
	b.Open(d.address + "/admin/accounts?q=arizona")
	b.Settled()
	database := d.database()
	user, err := database.UserByEmail(t.Context(), editor)
	if err != nil {
		t.Fatal(err)
	}
	if err := database.EndOtherSessions(t.Context(), user.ID, 0); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of the session", func() bool { return b.Eval(`(await fetch("/api/me")).status`) == "401" })
	b.Open(d.address + "/admin/accounts?q=arizona")
	b.Until("location.pathname === '/signin'")
	b.Fill("[name=email]", editor)
	b.Fill("[name=password]", "flagstone-demo")
	b.Keys(kb.Enter)
	b.Until("location.pathname + location.search === '/admin/accounts?q=arizona'")
}

func TestTheKillSwitchFromAnotherProcess(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	portal := d.signIn(chromium.Open(t), owner)
	const menu = ".portal-nav a[data-feature=ai_agents]"
	portal.Until(chromium.Seen(menu))
	d.run("kill", "ai_agents", "--reason", "trouble")
	portal.Until(chromium.Unseen(menu))
	d.run("kill", "--revive", "ai_agents")
	portal.Until(chromium.Seen(menu))
}

func TestTheKeyboardAlone(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := chromium.Open(t)
	b.Open(d.address + "/signin")
	b.Settled()
	b.Keys(admin + kb.Tab)
	b.Keys("flagstone-demo" + kb.Enter)
	b.Until("location.pathname === '/admin'")
	b.Settled()
	tabTo(t, b, `a.nav-link[href="/admin/accounts"]`)
	b.Keys(kb.Enter)
	b.Until("location.pathname === '/admin/accounts'")
	b.Settled()
	b.Keys("/")
	b.Until("document.activeElement.name === 'q'")
	b.Keys("maple garage")
	b.Until("document.querySelectorAll('tbody tr').length === 1")
	b.Settled()
	tabTo(t, b, cell("Knowledge Base", "Maple Garage"))
	b.Keys(" ")
	b.Until(chromium.Seen(".toast"))
	b.Settled()
	b.Want(`document.querySelector('`+cell("Knowledge Base", "Maple Garage")+`').checked`, "true")
	b.Until(`document.activeElement.getAttribute("aria-label") === "Knowledge Base for Maple Garage"`)
	tabTo(t, b, "tbody [name=id]")
	b.Keys(" ")
	tabTo(t, b, "#bulk button[value=disable]")
	b.Keys(kb.Enter)
	b.Until(chromium.Seen("dialog:modal"))
	b.Settled()
	b.Keys(kb.Escape)
	b.Until(chromium.Unseen("dialog") + `&& document.activeElement.matches("#bulk button[value=disable]")`)
}

// tabTo presses Tab until what a selector finds has the focus.
func tabTo(t *testing.T, b *chromium.Tab, selector string) {
	t.Helper()
	for range 400 { // the list of features has several hundred stops
		if b.Eval("document.activeElement.matches(`"+selector+"`)") == "true" {
			return
		}
		b.Keys(kb.Tab)
	}
	t.Fatalf("Tab does not lead to %s, but to %s", selector, b.Eval("document.activeElement.outerHTML.slice(0, 300)"))
}

func TestEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), admin)
	pages := []string{
		"/admin", "/admin/accounts", "/admin/accounts?f.ai_agents=on&tier=pro", "/admin/accounts?q=nothing-like-this", "/admin/accounts/-/new",
		"/admin/accounts/-/import", "/admin/accounts/arizona-comedy?q=services", "/admin/accounts/arizona-comedy/edit",
		"/admin/accounts/arizona-comedy/history", "/admin/accounts/arizona-comedy/users", "/admin/features?category=portal", "/admin/features/-/new",
		"/admin/features/ai_agents", "/admin/features/ai_agents/edit", "/admin/features/models.openai/registry", "/admin/models", "/admin/models/1",
		"/admin/models/1/edit", "/admin/models/-/import", "/admin/components", "/admin/components/stores.chroma", "/admin/components/-/new", "/admin/upgrades", "/admin/audit", "/admin/audit/16", "/admin/audit/16/undo", "/admin/settings",
		"/admin/settings/sessions", "/admin/settings/keys", "/admin/settings/registry", "/admin/settings/features", "/admin/profile", "/admin/no-such-page", "/api/docs",
	}
	for _, whole := range []string{"/admin/accounts/arizona-comedy", "/admin/features"} { // long, and alike from row to row
		b.Open(d.address + whole)
		b.Settled()
		b.Accessible()
	}
	for _, path := range pages {
		b.Open(d.address + path)
		look(t, b, url.PathEscape(path))
	}
}

// beyond is what lies beyond the right edge of the page's content, or of its panel, and is not meant to.
const beyond = `[...document.querySelectorAll("main *")].filter((e) => {
	if (!e.checkVisibility() || e.closest("dialog, [popover], .visually-hidden, thead, .list-foot, .tabs, pre")) return false;
	const main = document.querySelector("main"), box = e.getBoundingClientRect();
	const edge = e.parentElement.closest(".panel")?.getBoundingClientRect().right
		?? main.getBoundingClientRect().right - parseFloat(getComputedStyle(main).paddingRight);
	return box.width > 1 && box.right > edge + 1.5;
}).map((e) => e.outerHTML.slice(0, 80)).slice(0, 3).join(" ")`

func TestPagesFitEveryWidth(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), admin)
	long := features.ModelDraft{Provider: "openai", ModelID: strings.Repeat("gpt", 30), Name: strings.Repeat("Model", 40), Feature: "integrations.vector_stores.pinecone"}
	made, err := d.database().CreateModel(t.Context(), features.System(), long)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"/admin", "/admin/accounts", "/admin/accounts/arizona-comedy", "/admin/accounts/arizona-comedy/users", "/admin/features",
		"/admin/features/ai_agents", "/admin/models", "/admin/components", "/admin/upgrades", "/admin/audit", fmt.Sprintf("/admin/audit/%d", made), "/admin/settings", "/admin/profile",
	} {
		b.Open(d.address + path)
		for _, width := range []int64{1440, 1366, 1280, 1200, 1024, 900, 768, 390, 340} {
			b.Viewport(width, 800, false)
			b.Settled()
			b.Want(`[...document.querySelectorAll("tbody th")].filter((e) => e.scrollHeight > e.clientHeight + 1).length`, "0") // runs into what is below
			if found := b.Eval(beyond); found != "" {
				t.Errorf("%s at %d: beyond the edge: %s", path, width, found)
			}
		}
	}
}

// Every link and every form of every page leads to a route, so none answers 404 or 405.
func TestNoLinkIsDead(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), admin)
	seen := map[string]bool{}
	queue := []string{"/admin"}
	for len(queue) > 0 && len(seen) < 120 {
		path := queue[0]
		queue = queue[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		answer := b.Eval(fmt.Sprintf(`(async () => {
			const response = await fetch(%q);
			const page = new DOMParser().parseFromString(await response.text(), "text/html");
			const links = [...page.querySelectorAll("a[href^='/'], [hx-get]")].map((link) => link.getAttribute("hx-get") ?? link.getAttribute("href"));
			return [response.status, ...links.filter((href) => !href.startsWith("/static/"))].join("\n");
		})()`, path))
		status, links, _ := strings.Cut(answer, "\n")
		if status != "200" {
			t.Errorf("%s answers %s", path, status)
			continue
		}
		for link := range strings.SplitSeq(links, "\n") {
			if link != "" && !strings.Contains(link, "export") {
				queue = append(queue, link)
			}
		}
	}
	if len(seen) < 30 {
		t.Errorf("only %d pages were found", len(seen))
	}
}
