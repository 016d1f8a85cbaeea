package cli

import (
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"
)

// TestServiceManagerIsTold: a server that was started with NOTIFY_SOCKET says when it is ready, when requests are answered,
// and when it is ending.
func TestServiceManagerIsTold(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = manager.Close() }()
	told := func() string {
		if err := manager.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		message := make([]byte, 100)
		n, err := manager.Read(message)
		if err != nil {
			t.Fatal(err)
		}
		return string(message[:n])
	}

	p := startProcessWith(t, nil, []string{"NOTIFY_SOCKET=" + socket}, "serve", "--db", testFile(t))
	if got := told(); got != "READY=1" {
		t.Errorf("at first it tells %q", got)
	}
	if status, body := get(t, p.address+"/readyz"); status != http.StatusOK {
		t.Errorf("then /readyz answers %d: %s", status, body)
	}
	p.terminate()
	if got := told(); got != "STOPPING=1" {
		t.Errorf("at the end it tells %q", got)
	}
}
