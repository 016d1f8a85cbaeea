package cli

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// outcome runs the program until it serves or ends, and returns what it printed.
func outcome(t *testing.T, cmd *exec.Cmd, stdout, stderr *lines) string {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // what it printed is enough
	}()
	defer func() {
		_ = cmd.Process.Kill() // it may have ended
		<-ended
	}()
	for {
		printed := stdout.String() + stderr.String()
		if strings.Contains(printed, "Flagstone serves") {
			return printed
		}
		select {
		case <-ended:
			return stdout.String() + stderr.String()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// TestEmptyVariableIsUnset gives every option an empty variable.
func TestEmptyVariableIsUnset(t *testing.T) {
	t.Parallel()
	cmd, stdout, stderr := program(t, "serve")
	cmd.Dir = t.TempDir()
	for _, name := range []string{
		"ADDR", "DB", "SECRET", "SECRET_FILE", "PUBLIC_URL", "PORTAL_ORIGIN", "SECURE_COOKIES", "TRUSTED_PROXY", "LOG_FORMAT", "LOG_LEVEL",
		"ADMIN_EMAIL", "ADMIN_PASSWORD", "METRICS_ADDR", "METRICS_ALLOW",
	} {
		cmd.Env = append(cmd.Env, "FLAGSTONE_"+name+"=")
	}
	printed := outcome(t, cmd, stdout, stderr)
	if !strings.Contains(printed, "serves http://127.0.0.1:8080") && !strings.Contains(printed, "cannot listen on 127.0.0.1:8080") {
		t.Errorf("it prints %s", printed)
	}
	if _, err := os.Stat(filepath.Join(cmd.Dir, "flagstone.db")); err != nil {
		t.Error(err)
	}
}

func TestControlCharactersAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ variable, argument, want string }{
		{"FLAGSTONE_ADMIN_PASSWORD=secretsecret12\r", "", "FLAGSTONE_ADMIN_PASSWORD"},
		{"FLAGSTONE_ADMIN_EMAIL=a@example.com\r", "", "FLAGSTONE_ADMIN_EMAIL"},
		{"FLAGSTONE_DB=c.db\r", "", "FLAGSTONE_DB"},
		{"", "--secret=" + strings.Repeat("s", 32) + "\r", "--secret"},
		{"", "c.db\t", "argument 2"},
	} {
		args := []string{"serve"}
		if c.argument != "" {
			args = append(args, c.argument)
		}
		cmd, stdout, stderr := program(t, args...)
		cmd.Dir = t.TempDir()
		cmd.Env = append(cmd.Env, c.variable)
		printed := outcome(t, cmd, stdout, stderr)
		if !strings.HasPrefix(printed, "flagstone: "+c.want+" has a control character") || strings.Contains(printed, "secretsecret") || strings.Contains(printed, "ssss") {
			t.Errorf("%q, %q: it prints %s", c.variable, c.argument, printed)
		}
		if left, err := os.ReadDir(cmd.Dir); err != nil || len(left) != 0 {
			t.Errorf("%q, %q: it leaves %v, %v", c.variable, c.argument, left, err)
		}
	}
}

func TestReachable(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string]string{
		"": "http://127.0.0.1:8384", "0.0.0.0": "http://127.0.0.1:8384", "::": "http://127.0.0.1:8384", "127.0.0.1": "http://127.0.0.1:8384",
		"::1": "http://[::1]:8384", "192.0.2.7": "http://192.0.2.7:8384",
	} {
		if got := reachable(&net.TCPAddr{IP: net.ParseIP(ip), Port: 8384}); got != want {
			t.Errorf("%s is reached at %s, want %s", ip, got, want)
		}
	}
}

func TestSecretFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "secret")
	secret := strings.Repeat("s", minSecret)
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := serveOptions{SecretFile: file}
	if got, err := o.secret("flagstone.db"); err != nil || string(got) != secret {
		t.Errorf("it is read as %q, %v", got, err)
	}
	o.Secret = secret
	if _, err := o.secret("flagstone.db"); err == nil {
		t.Error("two secrets are taken")
	}
	if _, err := (&serveOptions{SecretFile: file + "-none"}).secret("flagstone.db"); err == nil {
		t.Error("a file that is not there is taken")
	}
}

// TestStartIsLoggedAsJSON: where programs read the log, the lines of the start are in it, those of a set-up link and an address at
// every level.
func TestStartIsLoggedAsJSON(t *testing.T) {
	t.Parallel()
	cmd, stdout, stderr := program(t, "serve", "--db", testFile(t), "--addr", "127.0.0.1:0", "--log-format", "json", "--log-level", "error")
	outcome(t, cmd, stdout, stderr)
	if stdout.String() != "" {
		t.Errorf("beside the log it prints %s", stdout)
	}
	setup := ""
	for line := range strings.Lines(stderr.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Errorf("in the log stands %s", line)
		}
		if link, ok := fields["setup"].(string); ok {
			setup = link
		}
	}
	if !strings.HasPrefix(setup, "http://127.0.0.1:") || !strings.Contains(setup, "/setup/") {
		t.Errorf("the set-up link is %q in\n%s", setup, stderr)
	}
}

func TestVersionOption(t *testing.T) {
	t.Parallel()
	option, err := flagstone(t, "--version")
	if err != nil {
		t.Fatal(err)
	}
	if command, err := flagstone(t, "version"); err != nil || option != command {
		t.Errorf("--version prints %q, version %q, %v", option, command, err)
	}
}

func TestPublicURL(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"": "", "https://flags.example.com": "https://flags.example.com", "https://Flags.example.com:443/": "https://flags.example.com",
		"http://192.0.2.7:8384": "http://192.0.2.7:8384",
	} {
		o := serveOptions{Addr: "127.0.0.1:0", PublicURL: given}
		if config, err := o.config(&terminal{}); err != nil || config.PublicURL != want {
			t.Errorf("%q is read as %q, %v", given, config.PublicURL, err)
		}
	}
	for _, wrong := range []string{"flags.example.com", "https://flags.example.com/console", "https://a@flags.example.com", "ftp://flags.example.com", "https://*.example.com", "https://"} {
		o := serveOptions{Addr: "127.0.0.1:0", PublicURL: wrong}
		if _, err := o.config(&terminal{}); err == nil || !strings.HasPrefix(err.Error(), "--public-url ") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	cmd, stdout, stderr := program(t, "serve", "--db", testFile(t), "--addr", "127.0.0.1:0", "--public-url", "https://flags.example.com")
	if printed := outcome(t, cmd, stdout, stderr); !strings.Contains(printed, "Create the first admin at https://flags.example.com/setup/") {
		t.Errorf("it prints %s", printed)
	}
}

// The guide to running Flagstone lists every option of the server, with its variable.
func TestGuideListsEveryOption(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for field := range reflect.TypeFor[serveOptions]().Fields() {
		variable := field.Tag.Get("env")
		flag := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(variable, "FLAGSTONE_")), "_", "-")
		if row := "| `--" + flag + "` | `" + variable + "` |"; !strings.Contains(string(guide), row) {
			t.Errorf("docs/operations.md has no row %s", row)
		}
	}
}
