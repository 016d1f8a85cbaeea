package handlers

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"syscall"
	"testing"
	"time"

	"flagstone/handlers/web"
)

// deadlines is the end of a connection that notes what is written between two deadlines.
type deadlines struct {
	*httptest.ResponseRecorder
	parts []int
}

func (d *deadlines) SetWriteDeadline(time.Time) error {
	d.parts = append(d.parts, 0)
	return nil
}

func (d *deadlines) Write(text []byte) (int, error) {
	d.parts[len(d.parts)-1] += len(text)
	return d.ResponseRecorder.Write(text)
}

// TestAnswersHaveDeadlinesInParts: a reader has a deadline for each part of an answer, however long it is.
func TestAnswersHaveDeadlinesInParts(t *testing.T) {
	t.Parallel()
	text := bytes.Repeat([]byte("flagstone "), 20_000)
	d := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	w := patient(d)
	if n, err := w.Write(text); err != nil || n != len(text) || !bytes.Equal(d.Body.Bytes(), text) {
		t.Errorf("written are %d of %d, %v", n, len(text), err)
	}
	for i, part := range d.parts {
		if part > web.WritePart {
			t.Errorf("part %d has %d bytes", i, part)
		}
	}
	if len(d.parts) != 4 {
		t.Errorf("the parts are %v", d.parts)
	}
	if n, err := w.Write(nil); err != nil || n != 0 {
		t.Errorf("nothing is written as %d, %v", n, err)
	}
	if recorder := httptest.NewRecorder(); patient(recorder) != http.ResponseWriter(recorder) {
		t.Error("what can have no deadline is wrapped")
	}
}

func TestListenNoticesWhoVanishes(t *testing.T) {
	t.Parallel()
	listener, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	caller, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = caller.Close() }()
	accepted, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = accepted.Close() }()
	raw, err := accepted.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var timeout, probing int
	err = raw.Control(func(fd uintptr) {
		timeout, _ = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout)
		probing, _ = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_KEEPALIVE)
	})
	if err != nil || probing == 0 || runtime.GOOS == "linux" && time.Duration(timeout)*time.Millisecond != web.VanishedDeadline {
		t.Errorf("an accepted connection has the time-out %d, probes %d, %v", timeout, probing, err)
	}
}
