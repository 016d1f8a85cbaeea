package e2e

import (
	"strconv"
	"testing"

	"flagstone/e2e/chromium"
)

// form is one that a person fills in, and what two people write into one field of it.
type form struct {
	path, id, field string
	mine, theirs    string
	kept            string // what the server has of it once theirs is saved
}

var forms = []form{
	{"/admin/accounts/maple-garage/edit", "account-form", "name", "Maple Garage of mine", "Maple Garage of theirs", "Maple Garage of theirs"},
	{"/admin/features/ai_agents/edit", "feature-form", "description", "Help of mine", "Help of theirs", "Help of theirs"},
	{"/admin/features/knowledge_base/rollout", "rollout", "reason", "Reason of mine", "Reason of theirs", ""},
	{"/admin/accounts/maple-garage/features/ai_agents", "override-form", "reason", "Reason of mine", "Reason of theirs", ""},
	{"/admin/models/1/edit", "entry-form", "name", "Model of mine", "Model of theirs", "Model of theirs"},
}

// value is JavaScript for the field of the form.
func (f form) value() string {
	return "document.getElementById(" + strconv.Quote(f.id) + ").elements." + f.field
}

// write types a text into the field, as a person does who has clicked into it before.
func (f form) write(b *chromium.Tab, text string) {
	b.Settled()
	b.Eval(f.value() + ".focus()")
	b.Eval(f.value() + ".select()")
	b.Keys(text)
	b.Until(f.value() + ".value === " + strconv.Quote(text))
	b.Settled()
}

// save saves the form, and waits for the page that follows.
func (f form) save(b *chromium.Tab) {
	b.Eval("window.before = 1")
	b.Eval("setTimeout(() => document.getElementById(" + strconv.Quote(f.id) + ").requestSubmit())")
	b.Until("window.before === undefined")
	b.Settled()
}

// However a page is come back to, it shows what the server has: what was typed there once has no place beside a version
// that is newer than it.
func TestAPageComeBackToShowsWhatTheServerHas(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	mine := d.signIn(chromium.Open(t), admin)
	theirs := d.signIn(mine.Person(t), editor)
	for _, f := range forms {
		mine.Open(d.address + "/admin")
		mine.Open(d.address + f.path)
		f.write(mine, f.mine)
		theirs.Open(d.address + f.path)
		f.write(theirs, f.theirs)
		f.save(theirs)
		for name, leave := range map[string]func(){
			"back": func() { mine.Open(d.address + "/admin/tiers"); mine.Settled(); mine.Back() },
			"forward": func() {
				mine.Back()
				mine.Until("location.pathname === '/admin'")
				mine.Settled()
				mine.Eval("setTimeout(() => history.forward())")
			},
			"reload": func() { mine.Eval("window.before = 1"); mine.Reload(); mine.Until("window.before === undefined") },
		} {
			f.write(mine, f.mine)
			leave()
			mine.Until("location.pathname === " + strconv.Quote(f.path))
			mine.Settled()
			if got := mine.Eval(f.value() + ".value"); got != f.kept {
				t.Errorf("%s, after %s: the field is %q, want %q", f.path, name, got, f.kept)
			}
		}
	}
}

// travel goes back in the history, and waits for the page that is shown then.
func travel(b *chromium.Tab, page string) {
	b.Settled()
	b.Eval("setTimeout(() => history.back())")
	b.Until("location.pathname + location.search === " + strconv.Quote(page))
	b.Settled()
}

// A switch has no form of its own in the matrix, and none where a role may only read.
func TestASwitchComeBackToShowsWhatTheServerHas(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := d.signIn(chromium.Open(t), admin)
	knowledge := cell("Knowledge Base", "Arizona Comedy")
	for _, page := range []string{"/admin/accounts?q=arizona", "/admin/accounts/arizona-comedy?q=knowledge_base"} {
		b.Open(d.address + page)
		b.Settled()
		before := b.Eval("document.querySelector('" + knowledge + "').checked")
		b.Open(d.address + "/admin/accounts/arizona-comedy?q=knowledge")
		b.Click(knowledge)
		b.Until(chromium.Seen(".toast"))
		travel(b, page)
		b.Until("document.querySelector('" + knowledge + "')?.checked === !" + before)
	}
	b.Open(d.address + "/admin/tiers?q=knowledge_base")
	b.Settled()
	matrix := "document.querySelector('" + cellIn("Knowledge Base", "Pro") + "')"
	before := b.Eval(matrix + ".checked")
	b.Click(cellIn("Knowledge Base", "Pro"))
	b.Until(matrix + ".checked === !" + before)
	b.Open(d.address + "/admin")
	travel(b, "/admin/tiers?q=knowledge_base")
	b.Until(matrix + "?.checked === " + before)
	b.Want("document.querySelectorAll('td.changed').length", "0")
}
