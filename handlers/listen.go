package handlers

import (
	"context"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"flagstone/handlers/web"
)

// Listen listens on a TCP address, for connections whose other ends are noticed when they vanish; or, where the address is
// unix: and a path, on a Unix socket.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	if path, unix := strings.CutPrefix(address, "unix:"); unix {
		return listenUnix(ctx, path)
	}
	config := net.ListenConfig{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: web.VanishedDeadline / 2, Interval: web.VanishedDeadline / 6, Count: 3},
		Control: func(_, _ string, conn syscall.RawConn) (err error) {
			controlErr := conn.Control(func(fd uintptr) { err = limitUnacknowledged(int(fd)) })
			if err == nil {
				err = controlErr
			}
			return err
		},
	}
	return config.Listen(ctx, "tcp", address)
}

// tcpUserTimeout is Linux's TCP_USER_TIMEOUT, which accepted connections have from the listening one.
const tcpUserTimeout = 0x12

// limitUnacknowledged breaks a connection off when what was sent has not been acknowledged for VanishedDeadline.
func limitUnacknowledged(fd int) error {
	if runtime.GOOS != "linux" {
		return nil
	}
	return syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, tcpUserTimeout, int(web.VanishedDeadline.Milliseconds()))
}

// patientWriter writes an answer in parts, each of which the reader has writeDeadline for: as long as there is progress, a
// slow reader has all the time in the world, and one who never reads is dropped.
type patientWriter struct {
	http.ResponseWriter
	deadline interface{ SetWriteDeadline(time.Time) error }
}

// patient returns a writer with deadlines, or the same one where it cannot have any.
func patient(w http.ResponseWriter) http.ResponseWriter {
	if deadline, ok := w.(interface{ SetWriteDeadline(time.Time) error }); ok {
		return &patientWriter{w, deadline}
	}
	return w
}

func (w *patientWriter) Write(text []byte) (written int, err error) {
	if w.fits(text) {
		return w.ResponseWriter.Write(text)
	}
	for {
		part := text[written:min(written+web.WritePart, len(text))]
		if err := w.deadline.SetWriteDeadline(time.Now().Add(web.WriteDeadline)); err != nil {
			return written, err
		}
		n, err := w.ResponseWriter.Write(part)
		written += n
		if err != nil || written == len(text) {
			return written, err
		}
	}
}

// fits reports whether text is the whole of a small answer: the connection's buffers take it at once, and the server's own
// deadline is enough. Setting another one costs as much as evaluating ten features.
func (w *patientWriter) fits(text []byte) bool {
	whole, err := strconv.Atoi(w.Header().Get("Content-Length"))
	return err == nil && whole == len(text) && whole <= web.SmallAnswer
}

// Unwrap lets http.ResponseController reach the connection.
func (w *patientWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
