package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

type healthCommand struct {
	Addr string `env:"FLAGSTONE_ADDR" default:"127.0.0.1:8080" help:"Address that the server listens on."`
}

// Help says what the command is for.
func (healthCommand) Help() string {
	return "Asks /readyz, and exits with status 0 if the server is ready and 1 if it is not. For a container's health check."
}

// healthDeadline is how long a server has to answer.
const healthDeadline = 5 * time.Second

// Run asks the server.
func (c *healthCommand) Run(t *terminal) (err error) {
	ctx, cancel := context.WithTimeout(t.ctx, healthDeadline)
	defer cancel()
	client, url, err := clientOf(c.Addr)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("no server answers at %s: %w", c.Addr, err)
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the server at %s is not ready: %d %s", c.Addr, response.StatusCode, strings.TrimSpace(string(body)))
	}
	t.printf("ready\n")
	return nil
}

// clientOf returns a client for the address that a server on this machine listens on, and the URL it is asked at.
func clientOf(address string) (client *http.Client, url string, err error) {
	transport := &http.Transport{}
	if path, unix := strings.CutPrefix(address, "unix:"); unix {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}
		return &http.Client{Transport: transport}, "http://localhost", nil
	}
	tcp, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, "", fmt.Errorf("--addr %q is not an address: write it as 127.0.0.1:8080", address)
	}
	return &http.Client{Transport: transport}, reachable(tcp), nil
}
