package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/e2e/chromium"
)

// prepared builds Flagstone and fills a database with the demo, once for all tests.
var prepared = sync.OnceValue(func() error {
	if out, err := exec.Command("go", "build", "-o", binary(), "..").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	_, stop, err := serve(sample())
	if err != nil {
		return err
	}
	return stop()
})

func binary() string { return filepath.Join(folder, "flagstone") }
func sample() string { return filepath.Join(folder, "demo.db") }

// folder holds what all tests share.
var folder string

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "flagstone-e2e-"); err != nil {
		log.Fatal(err)
	}
	code := chromium.Run(m)
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// demo is the demo as a process of its own, on a database of its own.
type demo struct {
	t       *testing.T
	file    string
	address string
}

var servedAt = regexp.MustCompile(`serves (http://\S+)`)

// startDemo runs "flagstone demo", with options of its own, until the test ends.
func startDemo(t *testing.T, options ...string) *demo {
	t.Helper()
	if err := prepared(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(sample())
	if err != nil {
		t.Fatal(err)
	}
	d := &demo{t: t, file: filepath.Join(t.TempDir(), "demo.db")}
	if err := os.WriteFile(d.file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	address, stop, err := serve(d.file, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	d.address = address
	return d
}

// serve runs "flagstone demo" on a file, and gives where it is reached and what ends it.
func serve(file string, options ...string) (address string, stop func() error, err error) {
	command := exec.Command(binary(), append([]string{"demo", "--db", file, "--addr", "127.0.0.1:0"}, options...)...)
	var out output
	command.Stdout, command.Stderr = &out, &out
	if err := command.Start(); err != nil {
		return "", nil, err
	}
	stop = func() error {
		_ = command.Process.Signal(syscall.SIGTERM)
		if err := command.Wait(); err != nil {
			return fmt.Errorf("flagstone ended with %w:\n%s", err, out.text())
		}
		if strings.Contains(out.text(), "level=ERROR") {
			return fmt.Errorf("flagstone logged an error:\n%s", out.text())
		}
		return nil
	}
	for deadline := time.Now().Add(chromium.Patience); ; time.Sleep(20 * time.Millisecond) {
		if found := servedAt.FindStringSubmatch(out.text()); found != nil {
			return found[1], stop, nil
		}
		if time.Now().After(deadline) {
			return "", nil, errors.Join(fmt.Errorf("flagstone does not serve:\n%s", out.text()), stop())
		}
	}
}

// output collects what a process prints.
type output struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.Write(p)
}

func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.String()
}

// run runs another command of the binary on the same database.
func (d *demo) run(args ...string) {
	d.t.Helper()
	out, err := exec.Command(binary(), append(args, "--db", d.file)...).CombinedOutput()
	if err != nil {
		d.t.Fatalf("flagstone %v: %v\n%s", args, err, out)
	}
}

// signIn signs somebody of the demo in, through the sign-in page, in a tab of their own.
func (d *demo) signIn(b *chromium.Tab, email string) *chromium.Tab {
	d.t.Helper()
	return signInAt(b, d.address, email)
}

// signInAt is signIn at another address that leads to the demo.
func signInAt(b *chromium.Tab, address, email string) *chromium.Tab {
	b.Open(address + "/signin")
	b.Fill("[name=email]", email)
	b.Fill("[name=password]", "flagstone-demo")
	b.Click("form button[type=submit]")
	b.Until("!location.pathname.startsWith('/signin')")
	b.Settled()
	return b
}

// database opens the demo's file from outside, as an operator with an SQL console would.
func (d *demo) database() *db.DB {
	d.t.Helper()
	opened, err := db.Open(d.t.Context(), d.file)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = opened.Close() })
	return opened
}

// enabled tells whether a client's portal has a feature.
func (d *demo) enabled(client *http.Client, key string) bool {
	d.t.Helper()
	response, err := client.Get(d.address + "/api/me/features?keys=" + key)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var body struct {
		Features map[string]struct{ Enabled bool }
	}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		d.t.Fatal(err)
	}
	return body.Features[key].Enabled
}

// client is somebody of the demo without a browser, as curl would be.
func (d *demo) client(email string) *http.Client {
	d.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	response, err := client.Post(d.address+"/api/session", "application/json", strings.NewReader(`{"email":"`+email+`","password":"flagstone-demo"}`))
	if err != nil {
		d.t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		d.t.Fatalf("signing %s in: %s", email, response.Status)
	}
	return client
}
