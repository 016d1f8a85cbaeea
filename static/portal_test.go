package static_test

import (
	"os"
	"os/exec"
	"regexp"
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

// TestTheProxyOfTheGuideHandsOnWhatPortalsAskFor: docs/portal.md has nginx hand a list of paths to Flagstone, and the client
// asks for no other.
func TestTheProxyOfTheGuideHandsOnWhatPortalsAskFor(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../docs/portal.md")
	if err != nil {
		t.Fatal(err)
	}
	location := regexp.MustCompile(`(?m)^location ~ (\S+) \{$`).FindSubmatch(guide)
	if location == nil {
		t.Fatal("the guide has no location of nginx")
	}
	handedOn := regexp.MustCompile(string(location[1]))
	client, err := os.ReadFile("portal.js")
	if err != nil {
		t.Fatal(err)
	}
	asked := regexp.MustCompile(`"(api/[^"]+)"`).FindAllSubmatch(client, -1)
	if len(asked) < 3 {
		t.Fatalf("only %d paths are found in the client", len(asked))
	}
	for _, path := range asked {
		if !handedOn.MatchString("/" + string(path[1])) {
			t.Errorf("the client asks for /%s, which the guide's proxy keeps", path[1])
		}
	}
	for _, path := range []string{"/api/v2/admin/features", "/api/keys", "/admin", "/portal.json"} {
		if handedOn.MatchString(path) {
			t.Errorf("the guide's proxy opens %s", path)
		}
	}
}
