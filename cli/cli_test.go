package cli

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"flagstone/features"
)

// flagstone runs a command line to its end and gives what it printed.
func flagstone(t *testing.T, args ...string) (stdout string, err error) {
	t.Helper()
	var out bytes.Buffer
	err = run(t.Context(), args, strings.NewReader(""), &out, io.Discard)
	return out.String(), err
}

// lines collects output that another goroutine writes.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

var servedAt = regexp.MustCompile(`serves ((?:http://|unix:)\S+)`)

// start runs a serving command on a free port until the test ends, and gives its address and what it has printed so far.
func start(t *testing.T, args ...string) (address string, printed *lines) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	printed = &lines{}
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, append(args, "--addr", "127.0.0.1:0"), strings.NewReader(""), printed, io.Discard)
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the server did not stop cleanly: %v", err)
		}
	})
	for {
		if found := servedAt.FindStringSubmatch(printed.String()); found != nil {
			return found[1], printed
		}
		select {
		case err := <-ended:
			t.Fatalf("the server ended at once: %v", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestServe(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "flags.db")
	address, _ := start(t, "serve", "--db", file)
	for path, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusOK, "/api/me": http.StatusUnauthorized} {
		if status, body := get(t, address+path); status != want {
			t.Errorf("%s: %d, want %d: %s", path, status, want, body)
		}
	}
	for _, name := range []string{file, strings.TrimSuffix(file, ".db") + ".secret"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o, want 600", name, mode)
		}
	}
}

func TestDemo(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "demo.db")
	_, printed := start(t, "demo", "--db", file)
	for _, text := range []string{"admin@example.com", "owner@arizona-comedy.example", "flagstone-demo"} {
		if !strings.Contains(printed.String(), text) {
			t.Errorf("the demo does not print %s:\n%s", text, printed)
		}
	}
	for account, want := range map[string]string{
		"arizona-comedy": `{"key":"ai_agents","enabled":true,"source":"override"}`,
		"maple-garage":   `{"key":"ai_agents","enabled":false,"source":"default"}`,
	} {
		out, err := flagstone(t, "evaluate", "ai_agents", "--account", account, "--db", file)
		if err != nil || strings.TrimSpace(out) != want {
			t.Errorf("%s: %s, %v; want %s", account, out, err, want)
		}
	}
	again, _ := start(t, "demo", "--db", file)
	if status, _ := get(t, again+"/readyz"); status != http.StatusOK {
		t.Error("the demo does not serve again the database it filled")
	}
}

func TestDemoRefusesForeignData(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "own.db")
	d, err := (&terminal{ctx: t.Context(), db: file}).open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.CreateFeature(t.Context(), features.System(), features.FeatureDraft{Key: "own", Name: "Own"}); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := flagstone(t, "demo", "--db", file); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("the demo takes a database with data of its own: %v", err)
	}
}

func TestKillAndEvaluate(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "demo.db")
	_, _ = start(t, "demo", "--db", file)
	steps := []struct {
		args []string
		want string // in the output, or in the error where it begins with "!"
	}{
		{[]string{"kill", "ai_agents", "--reason", "outage"}, "Off everywhere: ai_agents"},
		{[]string{"evaluate", "ai_agents", "--account", "arizona-comedy"}, `"enabled":false,"source":"disabled"`},
		{[]string{"kill", "ai_agents", "knowledge_base"}, "Off everywhere: ai_agents, knowledge_base"},
		{[]string{"kill", "ai_agents", "knowledge_base"}, "Nothing to do: already off everywhere: ai_agents, knowledge_base."},
		{[]string{"kill", "--category", "portal"}, "knowledge_base, ai_agents, additional_services"},
		{[]string{"kill", "--revive", "--category", "portal"}, "On again"},
		{[]string{"evaluate", "ai_agents", "--account", "arizona-comedy", "--explain"}, ">  5  Override            on"},
		{[]string{"evaluate", "ai_agents", "--account", "crm_88213"}, `"source":"default"`},
		{[]string{"kill", "nonsense"}, "!nonsense"},
		{[]string{"kill", "--category", "nonsense"}, "!nonsense"},
		{[]string{"kill"}, "!--category"},
		{[]string{"kill", "ai_agents", "--category", "portal"}, "!--category"},
		{[]string{"mode"}, "live\n"},
		{[]string{"mode", "open", "--reason", "an open day"}, "The mode is open (revision"},
		{[]string{"mode"}, "open\n"},
		{[]string{"evaluate", "ai_agents", "--account", "crm_88213"}, `"enabled":true,"source":"mode"`},
		{[]string{"mode", "open"}, "Nothing to do: the mode is open already"},
		{[]string{"mode", "live"}, "The mode is live"},
		{[]string{"mode", "shut"}, "!Choose live, defaults or open."},
		{[]string{"evaluate", "nonsense"}, "!FLAG_NOT_FOUND"},
		{[]string{"evaluate", "ai_agents", "--account", "nobody"}, "!nobody"},
		{[]string{"version"}, "flagstone " + version()},
		{[]string{"migrate", "status"}, "step"},
	}
	for _, step := range steps {
		out, err := flagstone(t, append(step.args, "--db", file)...)
		wanted, wantsError := strings.CutPrefix(step.want, "!")
		if wantsError != (err != nil) {
			t.Fatalf("%v: error %v, output %s", step.args, err, out)
		}
		if err != nil {
			out = err.Error()
		}
		if !strings.Contains(out, wanted) {
			t.Errorf("%v: %q, want %q in it", step.args, out, wanted)
		}
	}
}

func TestMigrateUpAndDown(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "flags.db")
	newest := ""
	for _, step := range []string{"up", "down", "up", "status"} {
		out, err := flagstone(t, "migrate", step, "--db", file)
		if err != nil {
			t.Fatalf("%s: %v", step, err)
		}
		if step == "up" && newest != "" && out != newest {
			t.Errorf("up again: %q, want %q", out, newest)
		}
		if step == "up" {
			newest = out
		}
		if step == "down" && out == newest {
			t.Errorf("down changed nothing: %q", out)
		}
	}
}

func TestBadStart(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	noDatabase := write("letter.db", strings.Repeat("Dear reader, this is no database. ", 200), 0o600)
	readOnly := write("readonly.db", "", 0o400)
	fresh := filepath.Join(folder, "fresh.db")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"serve", "--db", noDatabase}, "is not a Flagstone database"},
		{[]string{"serve", "--db", readOnly}, "read-only"},
		{[]string{"serve", "--db", folder}, "is a folder"},
		{[]string{"serve", "--db", filepath.Join(folder, "no", "such.db")}, "no such file or directory"},
		{[]string{"serve", "--db", fresh, "--secret", "short"}, "at least 32 bytes"},
		{[]string{"serve", "--db", fresh, "--portal-origin", "portal.example.com"}, "is not an origin"},
		{[]string{"serve", "--db", fresh, "--portal-origin", "https://portal.example.com/app"}, "is not an origin"},
		{[]string{"serve", "--db", fresh, "--portal-origin", "https://:443"}, "is not an origin"},
		{[]string{"serve", "--db", fresh, "--portal-origin", "ftp://portal.example.com"}, "is not an origin"},
		{[]string{"serve", "--db", fresh, "--portal-origin", "https://*"}, "is not an origin"},
		{[]string{"serve", "--db", fresh, "--portal-origin", "https://*.example.com"}, "is not an origin"},
		{[]string{"serve", "--db", fresh, "--addr", ""}, "--addr is empty"},
		{[]string{"serve", "--db", fresh, "--trusted-proxy", "everyone"}, "is not an address range"},
		{[]string{"serve", "--db", fresh, "--log-format", "xml"}, "--log-format"},
		{[]string{"serve", "--db", fresh, "--addr", "nowhere"}, "cannot listen on nowhere"},
		{[]string{"kill", "a", "--db", filepath.Join(folder, "none.db")}, "there is no database"},
		{[]string{"mode", "--db", filepath.Join(folder, "none.db")}, "there is no database"},
		{[]string{"nonsense"}, "nonsense"},
	} {
		_, err := flagstone(t, c.args...)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v, want one line with %q", c.args, err, c.want)
		}
	}
}

// TestPortalOriginAsBrowsersWriteIt: however an admin writes an origin, a browser sends it in one way.
func TestPortalOriginAsBrowsersWriteIt(t *testing.T) {
	t.Parallel()
	for written, sent := range map[string]string{
		"https://portal.example.com":      "https://portal.example.com",
		"HTTPS://Portal.Example.com/":     "https://portal.example.com",
		"https://portal.example.com:443":  "https://portal.example.com",
		"http://portal.example.com:80/":   "http://portal.example.com",
		"https://portal.example.com:8443": "https://portal.example.com:8443",
		"http://[::1]:3000":               "http://[::1]:3000",
	} {
		if got, ok := readOrigin(written); !ok || got != sent {
			t.Errorf("%s is read as %q, want %q", written, got, sent)
		}
	}
}
