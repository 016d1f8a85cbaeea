package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"flagstone/db"
	"flagstone/features"
)

type userCommand struct {
	Add    userAddCommand    `cmd:"" help:"Add a user."`
	Passwd userPasswdCommand `cmd:"" help:"Set a user's password; the user's sessions end."`
	List   userListCommand   `cmd:"" help:"List the users."`
}

type userAddCommand struct {
	Email         string `arg:"" help:"The user's e-mail."`
	Name          string `placeholder:"NAME" help:"If omitted, derived from the e-mail address."`
	Role          string `placeholder:"ROLE" help:"Role in the console: viewer, editor or admin."`
	Account       string `placeholder:"SLUG" help:"The account whose portal the user may use."`
	MemberRole    string `placeholder:"ROLE" default:"owner" help:"The user's role there (${default})."`
	PasswordStdin bool   `help:"Read the password from the first line of standard input."`
}

// Help says what becomes of someone who is known, and of someone without a password.
func (userAddCommand) Help() string {
	return "On a terminal it asks for the password. A user without one cannot sign in until flagstone user passwd has set it, or they have opened an invitation link. " +
		"An existing user gets the role or the account in addition to what they have; a user who becomes staff needs a new password."
}

// Run adds a user.
func (c *userAddCommand) Run(t *terminal) error {
	if c.Role != "" && c.Account != "" {
		return errors.New("use either a role in the console (--role) or an account (--account); run the command again for the other")
	}
	return t.withDB(func(d *db.DB) error {
		_, known := d.UserByEmail(t.ctx, c.Email)
		var password string
		if c.PasswordStdin || known != nil {
			var err error
			if password, err = t.password(c.PasswordStdin, "Password (empty for none): "); err != nil {
				return err
			}
		}
		id, err := c.add(t, d, password)
		if err != nil {
			return err
		}
		t.printf("%s\n", describeUser(d, d.Live().People().User(id)))
		person, err := d.Person(t.ctx, id)
		if err == nil && !person.HasPassword {
			t.printf("There is no password yet: set one with flagstone user passwd %s\n", c.Email)
		}
		return err
	})
}

func (c *userAddCommand) add(t *terminal, d *db.DB, password string) (int64, error) {
	draft := features.UserDraft{Email: c.Email, Name: c.Name, StaffRole: features.StaffRole(c.Role)}
	switch {
	case c.Role != "":
		return d.AddStaff(t.ctx, t.actor(), draft, password)
	case c.Account == "":
		return d.CreateUser(t.ctx, t.actor(), draft, password, nil)
	}
	account, err := d.Live().Accounts().BySlug(c.Account)
	if err != nil {
		return 0, err
	}
	return d.AddMembership(t.ctx, t.actor(), db.NewMember{
		Account: account.ID, Email: c.Email, Name: c.Name, Role: c.MemberRole, Password: password,
	})
}

type userPasswdCommand struct {
	Email         string `arg:"" help:"The user's e-mail."`
	PasswordStdin bool   `help:"Read the password from the first line of standard input."`
}

// Run sets a password.
func (c *userPasswdCommand) Run(t *terminal) (err error) {
	d, err := t.openExisting()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	user, err := d.UserByEmail(t.ctx, c.Email)
	if err != nil {
		return err
	}
	password, err := t.password(c.PasswordStdin, "New password of "+user.Email+": ")
	if err != nil {
		return err
	}
	if password == "" {
		return errors.New("pass the password on standard input, with --password-stdin")
	}
	if err := d.SetPassword(t.ctx, t.actor(), user.ID, password, 0); err != nil {
		return err
	}
	t.printf("%s has a new password; earlier sessions have ended.\n", user.Email)
	return nil
}

type userListCommand struct{}

// Run lists the users.
func (userListCommand) Run(t *terminal) error {
	return t.withDB(func(d *db.DB) error {
		people, err := d.ListUsers(t.ctx, 0)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(t.stdout, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "E-MAIL\tNAME\tSTAFF\tACCOUNTS\tSTATE")
		for _, p := range people {
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", p.Email, p.Name, orDash(string(p.StaffRole)), orDash(accountsOf(d, p.User)), userState(p))
		}
		return table.Flush()
	})
}

func userState(p db.Person) string {
	switch {
	case p.Disabled:
		return "disabled"
	case !p.HasPassword:
		return "no password"
	}
	return "active"
}

// describeUser says in one line who somebody is: "dana@example.com (Dana): console as editor; portal of arizona-comedy as owner".
func describeUser(d *db.DB, u *features.User) string {
	var may []string
	if u.StaffRole != features.NoStaff {
		may = append(may, "console as "+string(u.StaffRole))
	}
	if accounts := accountsOf(d, u); accounts != "" {
		may = append(may, "portal of "+accounts)
	}
	if len(may) == 0 {
		may = append(may, "neither console nor portal")
	}
	return fmt.Sprintf("%s (%s): %s", u.Email, u.Name, strings.Join(may, "; "))
}

func accountsOf(d *db.DB, u *features.User) string {
	var accounts []string
	for _, m := range u.Memberships {
		if account := d.Live().Accounts().ByID(m.AccountID); account != nil {
			accounts = append(accounts, account.Slug+" as "+m.Role)
		}
	}
	return strings.Join(accounts, ", ")
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// password reads a password: the first line of standard input when asked to, else what is typed at a terminal, unseen;
// "" when there is no terminal.
func (t *terminal) password(fromInput bool, prompt string) (string, error) {
	if fromInput {
		line, err := bufio.NewReader(t.stdin).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	file, ok := t.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return "", nil
	}
	_, _ = fmt.Fprint(t.stderr, prompt)
	typed, err := term.ReadPassword(int(file.Fd()))
	_, _ = fmt.Fprintln(t.stderr)
	return string(typed), err
}
