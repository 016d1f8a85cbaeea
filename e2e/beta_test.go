package e2e

import (
	"database/sql"
	"strings"
	"testing"

	"flagstone/db"
	"flagstone/e2e/chromium"
)

// A beta as staff live through it: three accounts first, then a tenth of all, half, everyone; then trouble, the kill
// switch, and back. The audit log tells the story afterwards.
func TestABeta(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	staff := d.signIn(chromium.Open(t), editor)
	portal := d.signIn(staff.Person(t), owner) // of Arizona Comedy
	const menu = ".portal-nav a[data-feature=additional_services]"
	const page = "/admin/features/additional_services"
	portal.Until(chromium.Unseen(menu))

	staff.Open(d.address + page)
	staff.Settled()
	staff.Click("label:has(#strategy-whitelist)")
	staff.Fill("#account_ids", "arizona-comedy\nmaple-garage\nkestrel-labs")
	staff.Until(`document.querySelectorAll("#resolved-account_ids li").length === 3`)
	d.release(staff, "three friendly customers", "Released to 3 named accounts, off by default")
	portal.Until(chromium.Unseen(menu)) // the default is off still
	staff.Open(d.address + page + "/edit")
	staff.Settled()
	staff.Click("label:has(#default-on)")
	staff.Until(`document.querySelector("#form-effect .effect-sentence").innerText.includes("3 accounts gain it")`)
	staff.Click("#feature-form button[type=submit]")
	staff.Until(`!document.querySelector("#feature-form")`) // which asks before it is left while it is being saved
	portal.Until(chromium.Seen(menu))

	for _, step := range []struct{ share, reason, said string }{
		{"10", "they like it", "10% of accounts and 3 named accounts"}, {"50", "no complaints", "50% of accounts and 3 named accounts"},
	} {
		staff.Open(d.address + page)
		staff.Settled()
		staff.Click("label:has(#strategy-percentage)")
		staff.Fill("#percentage", step.share)
		staff.Until(`document.querySelector(".effect-sentence").innerText.includes("nobody loses it")`)
		d.release(staff, step.reason, "On for "+step.said)
	}
	staff.Open(d.address + page)
	staff.Settled()
	staff.Click("label:has(#strategy-all)")
	staff.Until(`document.querySelector("#rollout-effect .figure").innerText.includes("243")`)
	d.release(staff, "for everyone", "On for everyone")
	portal.Until(chromium.Seen(menu))

	staff.Click("#kill-additional_services")
	staff.Until(chromium.Seen("dialog:modal"))
	staff.Settled()
	staff.Until(`document.querySelector("dialog:modal .effect .lose").innerText.includes("243")`)
	staff.Fill("dialog:modal [name=reason]", "the provider is down")
	staff.Click("dialog:modal footer [type=submit]")
	portal.Until(chromium.Unseen(menu))
	staff.Until(chromium.Unseen("dialog"))

	staff.Open(d.address + page + "/history")
	staff.Settled()
	staff.Click(`a[href$="/undo"]`)
	staff.Until(chromium.Seen("dialog:modal"))
	staff.Settled()
	staff.Until(`document.querySelector("dialog:modal").innerText.replace(/\s+/g, " ").includes("243 accounts gain it")`)
	staff.Accessible()
	staff.Click("dialog:modal footer [type=submit]")
	portal.Until(chromium.Seen(menu))

	staff.Open(d.address + "/admin/audit?feature=additional_services")
	staff.Settled()
	story := staff.Text("#list")
	at := len(story)
	for _, part := range []string{
		"3 accounts", "10% of accounts", "50% of accounts", ": everyone", "Switched off everywhere", "Undid",
	} {
		found := strings.LastIndex(strings.ToLower(story[:at]), strings.ToLower(part))
		if found < 0 {
			t.Fatalf("the log does not tell, in its order, of %q:\n%s", part, story)
		}
		at = found
	}
}

// release saves the release of a feature with a reason, and waits until the page says so.
func (d *demo) release(staff *chromium.Tab, reason, said string) {
	d.t.Helper()
	staff.Fill("#reason", reason)
	staff.Settled()
	staff.Click("#rollout-submit")
	staff.Until(`[...document.querySelectorAll("#toasts .toast")].some((toast) => toast.innerText.includes("` + said + `"))`)
	staff.Settled()
}

// workshops has the demo's workshop features live, and gives what asks for one of them as a mechanic.
func (d *demo) workshops(key string) (isOn func() bool) {
	d.t.Helper()
	client := d.client("mechanic@maple-garage.example")
	d.run("kill", "--revive", "--category", "workshop")
	return func() bool { return d.enabled(client, key) }
}

// Three ways to stop a feature, each seen by the portal: the console (TestABeta), another process, and a row by hand.
func TestStoppingFeaturesFromOutside(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	isOn := d.workshops("workshop_routing")
	eventually(t, "the revival", isOn)
	d.run("kill", "--category", "workshop", "--reason", "trouble")
	eventually(t, "the kill of a category by another process", func() bool { return !isOn() })
	d.run("kill", "--revive", "--category", "workshop")
	eventually(t, "the revival of the category", isOn)

	handle, err := sql.Open("sqlite3", "file:"+d.file+"?_busy_timeout=10000")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = handle.Close() }()
	if _, err := handle.ExecContext(t.Context(), `UPDATE features SET enabled = 0 WHERE key = 'workshop_routing'`); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a row changed by hand", func() bool { return !isOn() })
	if sets, err := d.database().ChangeSets(t.Context(), db.AuditFilter{Action: "feature.kill"}, 10); err != nil || len(sets) != 1 || sets[0].Reason != "trouble" {
		t.Errorf("the kills on record are %+v, %v", sets, err)
	}
}

// The workshop features that are for roles, through the portal of a mechanic and of an owner.
func TestRolesReachThePortal(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	isOn := d.workshops("workshop_admin_panel")
	eventually(t, "a feature of everybody", func() bool { return d.enabled(d.client("mechanic@maple-garage.example"), "workshop_routing") })
	if isOn() {
		t.Error("a mechanic has the workshop's admin panel")
	}
	handle, err := sql.Open("sqlite3", "file:"+d.file+"?_busy_timeout=10000")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = handle.Close() }()
	if _, err := handle.ExecContext(t.Context(), `UPDATE memberships SET role = 'workshop_admin' WHERE role = 'mechanic'`); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the role", isOn)
}
