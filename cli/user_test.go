package cli

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"flagstone/db"
	"flagstone/features"
)

// userCommands are commands on one database with an account, given lines on standard input.
type userCommands struct {
	t  *testing.T
	db string
}

func newUserCommands(t *testing.T) *userCommands {
	t.Helper()
	c := &userCommands{t, filepath.Join(t.TempDir(), "flags.db")}
	d := c.open()
	if err := d.Migrate(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.CreateAccount(t.Context(), features.System(), features.AccountDraft{Name: "Arizona Comedy"}); err != nil {
		t.Fatal(err)
	}
	c.close(d)
	return c
}

func (c *userCommands) open() *db.DB {
	c.t.Helper()
	d, err := db.Open(c.t.Context(), c.db)
	if err != nil {
		c.t.Fatal(err)
	}
	return d
}

func (c *userCommands) close(d *db.DB) {
	c.t.Helper()
	if err := d.Close(); err != nil {
		c.t.Fatal(err)
	}
}

func (c *userCommands) run(input string, args ...string) (string, error) {
	c.t.Helper()
	var out bytes.Buffer
	err := run(c.t.Context(), append(append([]string{"user"}, args...), "--db", c.db), strings.NewReader(input), &out, io.Discard)
	return out.String(), err
}

// wantSignIn checks whether a password is somebody's.
func (c *userCommands) wantSignIn(email, password string, want bool) {
	c.t.Helper()
	d := c.open()
	defer c.close(d)
	if _, err := d.Authenticate(c.t.Context(), email, password); (err == nil) != want {
		c.t.Errorf("signing %s in with %q gives %v, want %v", email, password, err, want)
	}
}

func TestUserCommands(t *testing.T) {
	t.Parallel()
	c := newUserCommands(t)
	for _, step := range []struct {
		name, input string
		args        []string
		out, err    string // each contained; err "" for success
	}{
		{
			"admin", "a good password\n",
			[]string{"add", "dana@example.com", "--name", "Dana W", "--role", "admin", "--password-stdin"},
			"dana@example.com (Dana W): console as admin", "",
		},
		{"member", "", []string{"add", "owner@example.com", "--account", "arizona-comedy"}, "portal of arizona-comedy as owner\nThere is no password yet", ""},
		{"member with a role", "", []string{"add", "m@example.com", "--account", "arizona-comedy", "--member-role", "mechanic"}, "arizona-comedy as mechanic", ""},
		{"neither", "", []string{"add", "bert@example.com"}, "bert@example.com (bert): neither console nor portal", ""},
		{"known, to staff", "", []string{"add", "Owner@example.com", "--role", "viewer"}, "console as viewer; portal of arizona-comedy as owner\nThere is no password yet", ""},
		{"known again", "", []string{"add", "bert@example.com"}, "", "is taken by bert"},
		{"known, with a password", "somebody else's\n", []string{"add", "bert@example.com", "--role", "admin", "--password-stdin"}, "", "Leave the password empty"},
		{"both", "", []string{"add", "x@example.com", "--role", "viewer", "--account", "arizona-comedy"}, "", "run the command again for the other"},
		{"bad role", "", []string{"add", "x@example.com", "--role", "root"}, "", "Choose viewer, editor, admin or none."},
		{"bad account", "", []string{"add", "x@example.com", "--account", "nowhere"}, "", "no account with the slug"},
		{"short password", "short\n", []string{"add", "x@example.com", "--password-stdin"}, "", "at least 12 characters"},
		{"new password", "a better password\r\n", []string{"passwd", "DANA@example.com", "--password-stdin"}, "dana@example.com has a new password", ""},
		{"no password", "", []string{"passwd", "dana@example.com"}, "", "--password-stdin"},
		{"nobody's password", "a better password", []string{"passwd", "nobody@example.com", "--password-stdin"}, "", "There is no user with the e-mail"},
	} {
		out, err := c.run(step.input, step.args...)
		if !strings.Contains(out, step.out) || (err == nil) != (step.err == "") || err != nil && !strings.Contains(err.Error(), step.err) {
			t.Errorf("%s: %q, %v", step.name, out, err)
		}
	}
	c.wantSignIn("dana@example.com", "a good password", false)
	c.wantSignIn("dana@example.com", "a better password", true)
	list, err := c.run("", "list")
	lines := strings.Split(strings.TrimSpace(list), "\n")
	if err != nil || len(lines) != 5 {
		t.Fatalf("the list is %v:\n%s", err, list)
	}
	for i, want := range []string{"E-MAIL", "bert@example.com", "dana@example.com", "m@example.com", "owner@example.com"} {
		if !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d is %q, want it to begin with %s", i+1, lines[i], want)
		}
	}
	if !strings.Contains(lines[2], "admin") || !strings.HasSuffix(lines[2], "active") || !strings.HasSuffix(lines[3], "no password") {
		t.Errorf("the list is\n%s", list)
	}
}

func TestUserCommandsNeedADatabase(t *testing.T) {
	t.Parallel()
	c := &userCommands{t, filepath.Join(t.TempDir(), "none.db")}
	for _, args := range [][]string{{"list"}, {"add", "a@example.com"}, {"passwd", "a@example.com"}} {
		if _, err := c.run("", args...); err == nil || !strings.Contains(err.Error(), "there is no database at") {
			t.Errorf("user %s without a database: %v", args[0], err)
		}
	}
}

func TestFirstAdminFromTheEnvironment(t *testing.T) {
	c := newUserCommands(t)
	t.Setenv("FLAGSTONE_ADMIN_EMAIL", "first@example.com")
	t.Setenv("FLAGSTONE_ADMIN_PASSWORD", "short")
	_, err := flagstone(t, "serve", "--db", c.db, "--addr", "127.0.0.1:0")
	if err == nil || !strings.Contains(err.Error(), "FLAGSTONE_ADMIN_PASSWORD") || !strings.Contains(err.Error(), "at least 12 characters") {
		t.Errorf("a short password stops the start with %v", err)
	}
	t.Setenv("FLAGSTONE_ADMIN_PASSWORD", "a good password")
	_, printed := start(t, "serve", "--db", c.db)
	if strings.Contains(printed.String(), "/setup/") {
		t.Errorf("a set-up link is printed though there is an admin:\n%s", printed)
	}
	c.wantSignIn("first@example.com", "a good password", true)
}

func TestSetupLinkIsPrinted(t *testing.T) {
	t.Parallel()
	c := newUserCommands(t)
	address, printed := start(t, "serve", "--db", c.db)
	_, link, found := strings.Cut(printed.String(), "Create the first admin at ")
	if !found || !strings.HasPrefix(link, address+"/setup/") {
		t.Fatalf("no set-up link is printed:\n%s", printed)
	}
	if status, body := get(t, strings.Fields(link)[0]); status != 200 || !strings.Contains(body, "Create the first admin") {
		t.Errorf("the link answers %d: %s", status, body)
	}
}
