package handlers

import (
	"context"
	"errors"
	"net"
	"os"
)

// socketMode lets the server's user and group connect: a proxy joins the group.
const socketMode = 0o660

// listenUnix listens on a Unix socket. What a server that was killed left at its path makes way; a server that answers there
// does not.
func listenUnix(ctx context.Context, path string) (net.Listener, error) {
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() == os.ModeSocket {
		if conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path); err == nil {
			return nil, errors.Join(errors.New("another server answers there"), conn.Close())
		}
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, socketMode); err != nil {
		_ = listener.Close() // what failed is that nobody could connect
		return nil, err
	}
	return listener, nil
}
