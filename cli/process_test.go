package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"flagstone/features"
)

// asProgram makes the test binary behave as the program itself, so that tests can start, signal and kill real processes.
const asProgram = "FLAGSTONE_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// program returns a command that runs the program itself, its output collected.
func program(t *testing.T, args ...string) (cmd *exec.Cmd, stdout, stderr *lines) {
	t.Helper()
	stdout, stderr = &lines{}, &lines{}
	cmd = exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "GOCOVERDIR="+os.TempDir())
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, stdout, stderr
}

// process is a server that runs as a process of its own.
type process struct {
	t              *testing.T
	cmd            *exec.Cmd
	address        string
	stdout, stderr *lines
	ended          chan struct{}
}

// startProcess serves a database in a process of its own, which is killed with the test where it has not ended before.
func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	return startProcessWith(t, nil, nil, args...)
}

// startProcessWith is startProcess with a log that goes elsewhere, and with variables.
func startProcessWith(t *testing.T, log *os.File, variables []string, args ...string) *process {
	t.Helper()
	if !slices.Contains(args, "--addr") {
		args = append(args, "--addr", "127.0.0.1:0")
	}
	cmd, stdout, stderr := program(t, args...)
	cmd.Env = append(cmd.Env, variables...)
	if log != nil {
		cmd.Stderr = log
	}
	p := &process{t: t, cmd: cmd, stdout: stdout, stderr: stderr, ended: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // its status is asked of ProcessState
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		<-p.ended
	})
	for p.address == "" {
		if found := servedAt.FindStringSubmatch(stdout.String()); found != nil {
			p.address = found[1]
		}
		select {
		case <-p.ended:
			t.Fatalf("the server ended at once: %v\n%s", cmd.ProcessState, stderr)
		case <-time.After(5 * time.Millisecond):
		}
	}
	return p
}

// terminate sends SIGTERM and waits for the end: with status 0, within ten seconds.
func (p *process) terminate() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		p.t.Fatalf("the server has not ended 10 s after SIGTERM\n%s", p.stderr)
	}
	if status := p.cmd.ProcessState.ExitCode(); status != 0 {
		p.t.Fatalf("the server ended with status %d\n%s", status, p.stderr)
	}
}

// portalUser is a user of a database that prepare makes, with demoPassword.
const portalUser = "owner@example.com"

// prepare makes a database with an account, a portal user and an API key, which it returns.
func prepare(t *testing.T, file string) (key string) {
	t.Helper()
	d, err := (&terminal{ctx: t.Context(), db: file, stderr: io.Discard}).open()
	if err != nil {
		t.Fatal(err)
	}
	account, err := d.CreateAccount(t.Context(), features.System(), features.AccountDraft{Name: "Arizona Comedy"})
	if err != nil {
		t.Fatal(err)
	}
	draft := features.UserDraft{Email: portalUser, Name: "Owner"}
	if _, err := d.CreateUser(t.Context(), features.System(), draft, demoPassword, []features.Membership{{AccountID: account, Role: "owner"}}); err != nil {
		t.Fatal(err)
	}
	if key, _, err = d.AddAPIKey(t.Context(), features.System(), features.KeyDraft{Name: "test", Scope: features.ScopeAdmin}); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return key
}

// createFeature asks a server for a new feature; the status is 0 where no answer came.
func createFeature(client *http.Client, address, apiKey, key string) (status int) {
	body := fmt.Sprintf(`{"key": %q, "name": %q}`, key, key)
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, address+"/api/v2/admin/features", strings.NewReader(body))
	if err != nil {
		return 0
	}
	request.Header.Set("Authorization", "Bearer "+apiKey)
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return 0
	}
	var answer bytes.Buffer
	_, err = answer.ReadFrom(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return 0
	}
	return response.StatusCode
}

// createMany creates features one after the other until no answer comes, and notes each answer by key.
func createMany(address, apiKey, prefix string, answers map[string]int) {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for i := 0; ; i++ {
		key := prefix + strconv.Itoa(i)
		answers[key] = createFeature(client, address, apiKey, key)
		if answers[key] == 0 {
			return
		}
	}
}

// featureKeys returns which features a database has.
func featureKeys(t *testing.T, file string) map[string]bool {
	t.Helper()
	d, err := (&terminal{ctx: t.Context(), db: file, stderr: io.Discard}).open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if err := d.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	keys := make(map[string]bool)
	for _, f := range d.Live().Catalogue().Features() {
		keys[f.Key] = true
	}
	return keys
}

// rounds is how often a test of chance is repeated: few times, or as often as the environment asks.
func rounds(few int) int {
	if n, err := strconv.Atoi(os.Getenv("FLAGSTONE_TEST_ROUNDS")); err == nil {
		return n
	}
	return few
}

func testFile(t *testing.T) string { return filepath.Join(t.TempDir(), "flagstone.db") }
