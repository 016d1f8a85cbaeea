package views

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"flagstone/words"
)

func shell() ShellModel {
	return ShellModel{
		Title: "Accounts", Current: "accounts", Person: PersonModel{Name: "Dana Whitfield", Role: "Editor"},
		CSRFToken: "the-token", Mode: "live", Revision: 4182,
	}
}

func TestShell(t *testing.T) {
	t.Parallel()
	page := renderAround(t, Shell(shell()), "<the page>")
	wantText(t, page, "title", "Accounts · Flagstone")
	wantText(t, page, "main#main", "<the page>")
	wantText(t, page, ".nav-link[aria-current=page]", "Accounts")
	wantText(t, page, ".mode", "Mode: live rev 4,182")
	wantText(t, page, "button.person b", "Dana Whitfield")
	wantText(t, page, "button.person .avatar", "DW")
	wantAttribute(t, page, "a.skip-link", "href", "#main")
	wantAttribute(t, page, `meta[name="csrf-token"]`, "content", "the-token")
	wantAttribute(t, page, `form[action="/signout"] input[name="csrf_token"]`, "value", "the-token")
	wantAttribute(t, page, "#toasts", "aria-live", "polite")
	one(t, page, "#dialogs")
}

func TestOnlyAdminsSeeSettings(t *testing.T) {
	t.Parallel()
	m := shell()
	wantNone(t, render(t, Shell(m)), `a[href="/admin/settings"]`)
	m.IsAdmin = true
	one(t, render(t, Shell(m)), `a[href="/admin/settings"]`)
}

func TestAModeThatIsNotLiveStandsOut(t *testing.T) {
	t.Parallel()
	m := shell()
	one(t, render(t, Shell(m)), ".mode .dot.good")
	m.Mode = "defaults"
	page := render(t, Shell(m))
	one(t, page, ".mode .dot.bad")
	wantNone(t, page, ".mode .dot.good")
}

func TestShellShowsTheToastOfTheLastRequest(t *testing.T) {
	t.Parallel()
	m := shell()
	wantNone(t, render(t, Shell(m)), "#toasts .toast")
	m.Toast = &ToastModel{Text: "Account created"}
	wantText(t, render(t, Shell(m)), "#toasts .toast span", "Account created")
}

// The Content-Security-Policy allows no inline script and no inline style.
func TestPagesKeepToThePolicy(t *testing.T) {
	t.Parallel()
	m := shell()
	m.Toast = &ToastModel{Text: "Saved", Undo: &UndoModel{Action: "/undo"}}
	page := render(t, Shell(m))
	wantNone(t, page, "script:not([src])")
	wantNone(t, page, "style, [style]")
	for _, node := range page.Find("*").Nodes {
		for _, attribute := range node.Attr {
			if strings.HasPrefix(attribute.Key, "on") || strings.HasPrefix(attribute.Key, "hx-on") {
				t.Errorf("<%s> has the inline handler %s", node.Data, attribute.Key)
			}
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 4182: "4,182", 1234567: "1,234,567", -12: "-12", -123456: "-123,456"} {
		if got := words.Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int]string{0: "0 accounts", 1: "1 account", 1204: "1,204 accounts"} {
		if got := words.Count(n, "account"); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestInitials(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Arizona Comedy": "AC", "Flagstone": "F", "the blue ridge improv": "TB", "Émile Zola": "ÉZ", "  ": "", "7-Up": "7U", "(A) & B": "AB",
	} {
		if got := Initials(name); got != want {
			t.Errorf("Initials(%q) = %q, want %q", name, got, want)
		}
	}
}

// An icon that the sprite lacks would be an empty square that no other test sees.
func TestIconsAreInTheSprite(t *testing.T) {
	t.Parallel()
	sprite, err := os.ReadFile("../static/icons.svg")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.templ")
	if err != nil || len(files) == 0 {
		t.Fatalf("no templates found: %v", err)
	}
	named := regexp.MustCompile(`(?:Icon\(|Icon: )"([^"]+)"`)
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range named.FindAllStringSubmatch(string(source), -1) {
			if !strings.Contains(string(sprite), `id="`+match[1]+`"`) {
				t.Errorf("%s shows the icon %q, which static/icons.svg lacks", file, match[1])
			}
		}
	}
}
