package cli

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

type manCommand struct{}

// Run prints the manual page of the program: what --help says of every command, in the language of man.
func (manCommand) Run(t *terminal, parser *kong.Kong) error {
	t.printf("%s", manual(parser.Model))
	return nil
}

// manualEnd is what the manual says after the commands.
const manualEnd = `.SH ENVIRONMENT
Every option can be given as the variable that is named with it; one that is empty counts as unset.
.TP
.B FLAGSTONE_ADMIN_EMAIL\fR, \fBFLAGSTONE_ADMIN_PASSWORD
Where there is no admin yet, flagstone serve makes this one.
.SH FILES
.TP
.I flagstone.db
The database. While a server runs, files whose names end in \-wal, \-shm and .lock stand beside it.
.TP
.I flagstone.secret
The secret of a server that was given none.
.SH EXIT STATUS
0 where the command did what it was asked to do, else 1 or what the command says.
`

// manual returns the manual page of a program.
func manual(app *kong.Application) string {
	m := &manualPage{}
	m.line(`.TH FLAGSTONE 1 "" "flagstone %s"`, roff(version()))
	m.line(".nh\n.ad l") // names of options and variables are not divided
	m.line(".SH NAME\nflagstone \\- features for customer accounts")
	m.line(".SH SYNOPSIS\n.B flagstone\n.RI [ COMMAND ]\n.RI [ OPTION ]...")
	m.line(".SH DESCRIPTION\n%s\nWithout a command it serves.", roff(app.Help))
	m.line(".SH OPTIONS")
	m.options(app.Flags)
	m.line(".SH COMMANDS")
	for _, command := range app.Leaves(true) {
		m.command(command)
	}
	m.WriteString(manualEnd)
	return m.String()
}

// manualPage is a page in the language of man, as far as it is written.
type manualPage struct{ strings.Builder }

func (m *manualPage) line(format string, args ...any) {
	_, _ = fmt.Fprintf(m, format+"\n", args...) // a strings.Builder never fails
}

func (m *manualPage) command(c *kong.Node) {
	title := "flagstone " + strings.TrimPrefix(c.Path(), "flagstone ")
	for _, argument := range c.Positional {
		title += " " + argument.Summary()
	}
	m.line(".SS %s\n%s", roff(title), roff(c.Help))
	for paragraph := range strings.SplitSeq(c.Detail, "\n\n") {
		if paragraph != "" {
			m.line(".PP\n%s", roff(paragraph))
		}
	}
	for _, argument := range c.Positional {
		if argument.Help != "" {
			m.line(".TP\n.I %s\n%s", roff(argument.Summary()), roff(argument.Help))
		}
	}
	m.options(c.Flags)
}

func (m *manualPage) options(flags []*kong.Flag) {
	for _, flag := range flags {
		if flag.Hidden || flag.Name == "help" {
			continue
		}
		m.line(".TP\n.B %s\n%s", roff(flag.String()), roff(flag.Help))
		for _, name := range flag.Envs {
			m.line("Variable: %s.", roff(name))
		}
	}
}

// roff writes text so that man shows it as it stands.
var roff = strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n.", "\n\\&.", "\n'", "\n\\&'").Replace
