package views

import (
	"strings"
	"testing"

	"github.com/a-h/templ"
)

func TestSwitchPostsTheWantedState(t *testing.T) {
	t.Parallel()
	m := SwitchFormModel{Action: "/cell", Target: "closest td", Switch: SwitchModel{ID: "kb", Name: "enabled", Label: "Knowledge Base for Arizona Comedy"}}
	for on, word := range map[bool]string{true: "On", false: "Off"} {
		m.Switch.On = on
		form := render(t, SwitchForm(m))
		wantText(t, form, ".switch span", word)
		wantAttribute(t, form, "input#kb", "value", "true")
		wantAttribute(t, form, "input#kb", "role", "switch")
		wantAttribute(t, form, "input#kb", "aria-label", "Knowledge Base for Arizona Comedy")
		wantAttribute(t, form, "form", "hx-post", "/cell")
		wantAttribute(t, form, "form", "action", "/cell")
		if _, checked := one(t, form, "input#kb").Attr("checked"); checked != on {
			t.Errorf("on=%v is rendered with checked=%v", on, checked)
		}
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	one(t, render(t, Source("override")), ".source.override .icon")
	plain := render(t, Source("default"))
	wantText(t, plain, ".source", "default")
	wantNone(t, plain, ".override, .icon")
}

func TestTierMark(t *testing.T) {
	t.Parallel()
	for place, want := range map[int]string{0: "#tier-1", 1: "#tier-1", 3: "#tier-3", 9: "#tier-4"} {
		if got := attribute(t, render(t, TierMark("Pro", place)), "use", "href"); !strings.HasSuffix(got, want) {
			t.Errorf("place %d shows %s, want %s", place, got, want)
		}
	}
}

func TestPager(t *testing.T) {
	t.Parallel()
	pager := render(t, Pager(PagerModel{First: 1, Last: 25, Total: 10000, NextURL: "/admin/accounts?page=2&q=a%26b"}))
	wantText(t, pager, "nav span", "1–25 of 10,000")
	wantAttribute(t, pager, "#next-page", "href", "/admin/accounts?page=2&q=a%26b")
	wantAttribute(t, pager, "#next-page", "hx-get", "/admin/accounts?page=2&q=a%26b")
	one(t, pager, "button#previous-page[disabled]")
}

func TestFieldsTieTheirTextsToTheControl(t *testing.T) {
	t.Parallel()
	plain := render(t, Input(InputModel{ID: "name", Name: "name", Label: "Name", Value: "Arizona"}))
	wantText(t, plain, "label[for=name]", "Name")
	wantAttribute(t, plain, "#name", "type", "text")
	wantNone(t, plain, "[aria-describedby], [aria-invalid], .field-error, .hint")

	wrong := render(t, Input(InputModel{ID: "key", Name: "key", Label: "Key", Hint: "Lower case.", Error: "No spaces."}))
	wantAttribute(t, wrong, "#key", "aria-invalid", "true")
	wantAttribute(t, wrong, "#key", "aria-describedby", "key-error key-hint")
	wantText(t, wrong, "#key-hint", "Lower case.")
	wantText(t, wrong, "#key-error", "No spaces.")
}

func TestSelectChoosesItsValue(t *testing.T) {
	t.Parallel()
	list := render(t, Select(SelectModel{ID: "tier", Name: "tier", Label: "Tier", Value: "pro", Options: []Option{{"", "No tier"}, {"pro", "Pro"}}}))
	wantText(t, list, "option[selected]", "Pro")
	wantText(t, list, "label[for=tier]", "Tier")
}

func TestSortHeader(t *testing.T) {
	t.Parallel()
	for direction, want := range map[string]string{"": "none", "ascending": "ascending", "descending": "descending"} {
		head := render(t, table(SortHeader(SortHeaderModel{ID: "sort-name", Text: "Account", URL: "/x", Direction: direction})))
		wantAttribute(t, head, "th", "aria-sort", want)
	}
}

// table puts a cell where a browser keeps it.
func table(cell templ.Component) templ.Component {
	return templ.Join(templ.Raw("<table><tr>"), cell, templ.Raw("</tr></table>"))
}

func TestDiffNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	diff := render(t, Diff(DiffModel{Caption: "AI Agents", Rows: []DiffRow{{"Enabled", "off", "on"}, {"Reason", "", "beta"}}}))
	wantText(t, diff, "tbody tr:first-child del", "off")
	wantText(t, diff, "tbody tr:first-child ins", "on")
	wantText(t, diff, "tbody tr:last-child .muted", "none")
	wantText(t, diff, "thead th:nth-child(2)", "Before")

	conflict := render(t, Diff(DiffModel{Caption: "Conflict", Before: "Priya's", After: "Yours"}))
	wantText(t, conflict, "thead th:nth-child(3)", "Yours")
}

func TestProgressBarIsReadOut(t *testing.T) {
	t.Parallel()
	bar := render(t, ProgressBar(ProgressModel{Label: "Enabling", Done: 1240, Total: 9000}))
	wantAttribute(t, bar, "progress", "value", "1240")
	wantAttribute(t, bar, "progress", "max", "9000")
	wantAttribute(t, bar, "progress", "aria-label", "Enabling: 1,240 of 9,000")
}

func TestToastOffersUndoOnlyWhereThereIsOne(t *testing.T) {
	t.Parallel()
	wantNone(t, render(t, Toast(ToastModel{Text: "Not saved", Bad: true})), "form")
	toast := render(t, ToastOOB(ToastModel{Text: "182 done", Undo: &UndoModel{Action: "/undo/7", CSRFToken: "t"}}))
	wantAttribute(t, toast, "[hx-swap-oob]", "hx-swap-oob", "beforeend:#toasts")
	wantAttribute(t, toast, "form", "action", "/undo/7")
	wantAttribute(t, toast, "form", "hx-post", "/undo/7")
	wantAttribute(t, toast, "input[name=csrf_token]", "value", "t")
}

func TestDialogIsNamedByItsTitle(t *testing.T) {
	t.Parallel()
	dialog := render(t, Dialog(DialogModel{ID: "bulk", Title: "Enable <b> for 2 accounts", Hint: "All that match"}))
	wantAttribute(t, dialog, "dialog[data-modal]", "aria-labelledby", "bulk-title")
	wantText(t, dialog, "#bulk-title", "Enable <b> for 2 accounts")
}

func TestDialogFormButtonBelongsToTheForm(t *testing.T) {
	t.Parallel()
	form := render(t, DialogForm(DialogFormModel{ID: "f", Action: "/bulk", CSRFToken: "t", Submit: "Disable for 12", Danger: true}))
	wantAttribute(t, form, "button[type=submit]", "form", "f")
	wantAttribute(t, form, "form#f", "hx-post", "/bulk")
	wantText(t, form, "button.danger", "Disable for 12")
	wantNone(t, render(t, DialogForm(DialogFormModel{ID: "f", Action: "/bulk"})), "button[type=submit]")
}

func TestWhatPeopleWroteIsEscaped(t *testing.T) {
	t.Parallel()
	nasty := `"><script>alert(1)</script>`
	for name, c := range map[string]templ.Component{
		"badge": Badge(BadgeModel{Text: nasty, Kind: nasty}),
		"chips": FilterChips([]FilterChipModel{{nasty, nasty, "javascript:alert(1)"}}),
		"input": Input(InputModel{ID: "x", Name: "x", Label: nasty, Value: nasty, Hint: nasty, Error: nasty}),
		"diff":  Diff(DiffModel{Caption: nasty, Rows: []DiffRow{{nasty, nasty, nasty}}}),
		"toast": Toast(ToastModel{Text: nasty}),
		"empty": Empty("search", nasty, nasty),
	} {
		if page := render(t, c); page.Find("script").Length() != 0 {
			t.Errorf("%s lets a script through", name)
		}
	}
}

func TestAddressesThatRunScriptsAreRefused(t *testing.T) {
	t.Parallel()
	const script = "javascript:alert(1)"
	for name, c := range map[string]templ.Component{
		"breadcrumb": Breadcrumb(Link{"Up", script}),
		"tabs":       Tabs("Sections", Tab{Text: "One", URL: script}),
		"timeline":   Timeline([]TimelineEntry{{Text: "x", URL: script}}),
		"chips":      FilterChips([]FilterChipModel{{"Tier is", "Pro", script}}),
	} {
		if href := attribute(t, render(t, c), "a", "href"); strings.HasPrefix(href, "javascript") {
			t.Errorf("%s links to %s", name, href)
		}
	}
}
