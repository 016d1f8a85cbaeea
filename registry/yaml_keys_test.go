package registry

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestKeysAreDocumented(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../docs/registry-file.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range slices.Concat(featureKeys, modelKeys, componentKeys) {
		for _, name := range strings.Split(key, "=") {
			if !strings.Contains(string(document), "`"+name+"`") {
				t.Errorf("the documentation does not name %s", name)
			}
		}
	}
}
