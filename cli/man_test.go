package cli

import (
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestManual: the manual page names every command, option and variable that --help does, and is in the language of man.
func TestManual(t *testing.T) {
	t.Parallel()
	page, err := flagstone(t, "man")
	if err != nil {
		t.Fatal(err)
	}
	parser, err := kong.New(&commandLine{}, kong.Name("flagstone"))
	if err != nil {
		t.Fatal(err)
	}
	var wanted []string
	for _, command := range parser.Model.Leaves(true) {
		wanted = append(wanted, strings.TrimPrefix(command.Path(), "flagstone "))
		for _, flags := range command.AllFlags(true) {
			for _, flag := range flags {
				wanted = append(append(wanted, "--"+flag.Name), flag.Envs...)
			}
		}
	}
	if len(wanted) < 50 {
		t.Fatalf("only %d commands, options and variables are found", len(wanted))
	}
	for _, name := range wanted {
		if name != "--help" && !strings.Contains(page, roff(name)) {
			t.Errorf("the page lacks %s", name)
		}
	}
	macro := regexp.MustCompile(`^\.(TH|SH|SS|TP|PP|B|I|RI|nh|ad)\b`)
	for line := range strings.Lines(page) {
		if strings.TrimSpace(line) == "" || strings.ContainsAny(line[:1], ".'") && !macro.MatchString(line) {
			t.Errorf("man would misread %q", line)
		}
	}
}

func TestRoff(t *testing.T) {
	t.Parallel()
	if got, want := roff("C:\\x --all\n.B\n'a"), `C:\ex \-\-all`+"\n\\&.B\n\\&'a"; got != want {
		t.Errorf("it is written as %q, want %q", got, want)
	}
}
