package static_test

import (
	"os/exec"
	"testing"
)

// The client library against a server that speaks the documented contract and misbehaves: outages,
// lost sessions, streams that are cut, held back or malformed, storage that is refused or stale.
func TestPortalLibrary(t *testing.T) {
	t.Parallel()
	run(t, "node", "--test", "portaltest/portal.test.js")
}

// The declarations say what the library does, no more and no less.
func TestPortalTypes(t *testing.T) {
	t.Parallel()
	run(t, "../node_modules/.bin/tsc", "--project", "portaltest")
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf("%v; run make test, which installs what the tests need", err)
	}
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}
