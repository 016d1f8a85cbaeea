package cli

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestUnixSocket serves on a Unix socket: whoever may connect asks there, what a killed server left makes way, a server
// that lives does not, and the end takes the socket away.
func TestUnixSocket(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	socket := "unix:" + filepath.Join(folder, "socket")
	serve := func(database string) *process {
		return startProcess(t, "serve", "--db", filepath.Join(folder, database), "--addr", socket)
	}
	killed := serve("flagstone.db")
	if killed.address != socket {
		t.Errorf("it says that it serves %s, want %s", killed.address, socket)
	}
	if !strings.Contains(killed.stdout.String(), "Create the first admin at /") {
		t.Errorf("it prints %s", killed.stdout)
	}
	if err := killed.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-killed.ended
	if _, err := flagstone(t, "health", "--addr", socket); err == nil || !strings.Contains(err.Error(), "no server answers") {
		t.Errorf("of a killed server: %v", err)
	}

	p := serve("flagstone.db")
	if out, err := flagstone(t, "health", "--addr", socket); err != nil || out != "ready\n" {
		t.Errorf("health prints %q, %v", out, err)
	}
	if info, err := os.Stat(strings.TrimPrefix(socket, "unix:")); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("the socket is %v, %v", info.Mode(), err)
	}
	_, err := flagstone(t, "serve", "--db", filepath.Join(folder, "other.db"), "--addr", socket)
	if err == nil || !strings.Contains(err.Error(), "another server answers there") {
		t.Errorf("a second server: %v", err)
	}
	p.terminate()
	if _, err := os.Lstat(strings.TrimPrefix(socket, "unix:")); !os.IsNotExist(err) {
		t.Errorf("after the end the socket is there: %v", err)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "serve", "--db", testFile(t))
	address := strings.TrimPrefix(p.address, "http://")
	_, port, _ := strings.Cut(address, ":")
	for _, reached := range []string{address, ":" + port, "0.0.0.0:" + port, "localhost:" + port} {
		if out, err := flagstone(t, "health", "--addr", reached); err != nil || out != "ready\n" {
			t.Errorf("at %s it prints %q, %v", reached, out, err)
		}
	}
	if _, err := flagstone(t, "health", "--addr", "nonsense"); err == nil || !strings.Contains(err.Error(), "is not an address") {
		t.Errorf("at no address: %v", err)
	}
	p.terminate()
	if _, err := flagstone(t, "health", "--addr", address); err == nil || !strings.Contains(err.Error(), "no server answers") {
		t.Errorf("without a server: %v", err)
	}
}
