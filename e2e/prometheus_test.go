package e2e

import (
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Prometheus' own tool takes the alerts and their tests, and the metrics of a server that has been used.
func TestPrometheusTakesAlertsAndMetrics(t *testing.T) {
	t.Parallel()
	promtool(t, "", "check", "rules", "../deploy/prometheus/alerts.yml")
	promtool(t, "", "test", "rules", "../deploy/prometheus/alerts_test.yml")
	d := startDemo(t)
	fetch(t, d.address+"/signin")
	promtool(t, fetch(t, d.address+"/metrics"), "check", "metrics")
}

func fetch(t *testing.T, address string) string {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %d, %v", address, response.StatusCode, err)
	}
	return string(body)
}

// promtool runs Prometheus' tool, which must find nothing to complain of.
func promtool(t *testing.T, input string, args ...string) {
	t.Helper()
	tool, err := exec.LookPath("promtool")
	if err != nil {
		if tool, err = filepath.Abs("../bin/promtool"); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command(tool, args...)
	command.Stdin = strings.NewReader(input)
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v; run make test, which fetches what the tests need\n%s", strings.Join(args, " "), err, out)
	}
}
