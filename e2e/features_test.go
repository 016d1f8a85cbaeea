package e2e

import (
	"database/sql"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"flagstone/e2e/chromium"
)

// released makes the demo's features differ in whom they are released to and in how they are used: one by role, one by
// user, one on for everyone for long.
func (d *demo) released() {
	d.t.Helper()
	handle, err := sql.Open("sqlite3", "file:"+d.file+"?_busy_timeout=10000")
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = handle.Close() }()
	for _, statement := range []string{
		`UPDATE features SET created_at = created_at - 90 * 86400000, owner = 'Customer success team'`,
		`UPDATE features SET strategy = 'role', target = '{"roles":["mechanic"]}', default_enabled = 1 WHERE key = 'additional_services'`,
		`UPDATE features SET strategy = 'percentage', percentage = 2500, rollout_by = 'user', default_enabled = 1 WHERE key = 'ai_agents'`,
	} {
		if _, err := handle.ExecContext(d.t.Context(), statement); err != nil {
			d.t.Fatal(err)
		}
	}
}

func TestACategoryIsSwitchedOffAndBack(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	staff := d.signIn(chromium.Open(t), editor)
	portal := d.signIn(staff.Person(t), owner)
	const menu = ".portal-nav a[data-feature=ai_agents]"
	portal.Until(chromium.Seen(menu))
	staff.Open(d.address + "/admin/features?category=portal")
	staff.Settled()
	staff.Click("#categories button")
	staff.Until(`document.querySelector("#category-menu").matches(":popover-open")`)
	staff.Click("#category-menu a.danger[href*='=portal']")
	staff.Until(chromium.Seen("dialog:modal"))
	staff.Settled()
	staff.Accessible()
	staff.Want(`document.querySelector("dialog:modal details").open`, "false")
	staff.Click("dialog:modal details summary")
	staff.Until(chromium.Seen("dialog:modal .effect .lose"))
	staff.Accessible()
	staff.Shot("category-dialog")
	staff.Fill("dialog:modal [name=reason]", "the provider is down")
	staff.Click("dialog:modal footer [type=submit]")
	portal.Until(chromium.Unseen(menu))
	staff.Until(chromium.Unseen("dialog"))
	staff.Until(`document.querySelectorAll("tbody [role=switch][aria-checked=true]").length === 0`)
	staff.Click(".toast form button")
	portal.Until(chromium.Seen(menu))
	staff.Until(`document.querySelectorAll("tbody [role=switch][aria-checked=false]").length === 0`)
	staff.Until(`document.querySelector("#category-menu a.danger[href*='=portal']").textContent.includes("off (3)")`)
}

func TestTheModeIsSetAndSaid(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	staff := d.signIn(chromium.Open(t), admin)
	portal := d.signIn(staff.Person(t), owner)
	const gated = ".portal-nav a[data-feature=knowledge_base]"
	portal.Until(chromium.Unseen(gated))
	staff.Open(d.address + "/admin/settings/features")
	staff.Settled()
	staff.Accessible()
	staff.Click("input[name=mode][value=open]")
	staff.Click("#change-mode")
	staff.Until(chromium.Seen("dialog:modal"))
	staff.Settled()
	staff.Accessible()
	staff.Want("document.activeElement.id + ' ' + document.querySelector('dialog:modal').scrollTop", "mode-reason 0") // read from its top
	staff.Shot("mode-dialog")
	staff.Click("dialog:modal footer [type=submit]")
	portal.Until(chromium.Seen(gated))
	staff.Until(chromium.Seen("#mode-banner .banner"))
	staff.Settled()
	for _, path := range []string{"/admin/settings/features", "/admin", "/admin/accounts"} {
		staff.Open(d.address + path)
		staff.Until(chromium.Seen("#mode-banner .banner"))
		look(t, staff, "mode-"+url.PathEscape(path))
	}
	d.run("mode", "live")
	portal.Until(chromium.Unseen(gated))
	staff.Reload()
	staff.Until(chromium.Unseen("#mode-banner .banner"))
}

func TestStaleAndSomeAreSaidInWords(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	d.released()
	b := d.signIn(chromium.Open(t), admin)
	b.Open(d.address + "/admin/features?stale=true")
	b.Settled()
	if got := b.Text("#list"); !strings.Contains(got, "On for the role mechanic: some of the users of") || !strings.Contains(got, "Stale") {
		t.Errorf("the list says %q", got)
	}
	b.Do(chromedp.Focus("#feature-ai_agents .name a"))
	b.Keys(kb.Tab + kb.Tab)
	b.Until(chromium.Seen("#stale-ai_agents"))
	b.Want(`document.querySelector("#stale-ai_agents").innerText.startsWith("No portal has asked for it since")`, "true")
	for _, path := range []string{"/admin/features?category=portal", "/admin/accounts", "/admin/accounts/maple-garage?show=some", "/admin/settings/features"} {
		b.Open(d.address + path)
		look(t, b, "some-"+url.PathEscape(path))
	}
	b.Viewport(1280, 900, false)
	b.Open(d.address + "/admin/accounts/maple-garage")
	b.Settled()
	const services = "Additional Services"
	b.Want(`document.querySelector('`+cell(services, "Maple Garage")+`').nextElementSibling.innerText`, "Some")
	b.Click(cell(services, "Maple Garage"))
	b.Until(`document.querySelector('` + cell(services, "Maple Garage") + `').nextElementSibling.innerText === "Off"`)
	b.Settled()
	b.Click(cell(services, "Maple Garage"))
	b.Until(`document.querySelector("#count").innerText.includes("2 for some")`)
}
