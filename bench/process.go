package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// startProcess measures the binary: how long until it is ready, and how much memory it holds then.
func (b *bench) startProcess() error {
	title("The binary, with all accounts in its database")
	_, here, _, _ := runtime.Caller(0)
	build := exec.CommandContext(b.ctx, "go", "build", "-o", b.binary(), filepath.Dir(filepath.Dir(here)))
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	begun := time.Now()
	served, err := b.serve(b.file)
	if err != nil {
		return err
	}
	row("start-up until /readyz answers 200", time.Since(begun).Round(time.Millisecond).String(), "2 s")
	time.Sleep(6 * time.Second) // the first upkeep and collection are over by then
	resident, err := residentMemory(served.command.Process.Pid)
	if err != nil {
		return errors.Join(err, served.stop())
	}
	row("resident memory", fmt.Sprintf("%d MB", resident>>20), "250 MB")
	return served.stop()
}

// binary is where startProcess builds it.
func (b *bench) binary() string { return filepath.Join(b.folder, "flagstone") }

// process is the binary, serving.
type process struct {
	command *exec.Cmd
	address string
}

// serve starts the binary over a database and waits until it is ready.
func (b *bench) serve(file string) (process, error) {
	var out printed
	command := exec.CommandContext(b.ctx, b.binary(), "serve", "--db", file, "--addr", "127.0.0.1:0")
	command.Env = append(os.Environ(), "FLAGSTONE_SECRET="+secret)
	command.Stdout, command.Stderr = &out, &out
	if err := command.Start(); err != nil {
		return process{}, err
	}
	address, err := ready(&out)
	if err != nil {
		return process{}, errors.Join(err, command.Process.Kill())
	}
	return process{command, address}, nil
}

func (p process) stop() error {
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return p.command.Wait()
}

type printed struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *printed) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(text)
}

func (p *printed) find(pattern *regexp.Regexp) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return pattern.FindStringSubmatch(p.text.String())
}

var servedAt = regexp.MustCompile(`serves (http://\S+)`)

func ready(out *printed) (address string, err error) {
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(2 * time.Millisecond) {
		found := out.find(servedAt)
		if found == nil {
			continue
		}
		response, err := http.Get(found[1] + "/readyz")
		if err != nil {
			return "", err
		}
		if err := response.Body.Close(); err != nil {
			return "", err
		}
		if response.StatusCode == http.StatusOK {
			return found[1], nil
		}
	}
	return "", fmt.Errorf("the server does not get ready:\n%s", out.text.String())
}

var residentLine = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// residentMemory is how much memory a process holds, in bytes, as Linux counts it.
func residentMemory(pid int) (bytes int64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	found := residentLine.FindSubmatch(status)
	if found == nil {
		return 0, errors.New("the process has no VmRSS")
	}
	var kb int64
	_, err = fmt.Sscan(string(found[1]), &kb)
	return kb << 10, err
}
