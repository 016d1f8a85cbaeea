package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/alecthomas/kong"
)

// TestDeployedVariablesAreOptions: what deploy/, the image and the guide set as variables are options of a command.
func TestDeployedVariablesAreOptions(t *testing.T) {
	t.Parallel()
	known := map[string]bool{"FLAGSTONE_HOST": true, "FLAGSTONE_UPSTREAM": true} // of Caddy and compose.yaml
	parser, err := kong.New(&commandLine{}, kong.Name("flagstone"))
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range parser.Model.Leaves(false) {
		for _, flags := range command.AllFlags(false) {
			for _, flag := range flags {
				for _, name := range flag.Envs {
					known[name] = true
				}
			}
		}
	}
	files, err := filepath.Glob("../deploy/debian/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("deploy/debian holds %v, %v", files, err)
	}
	files = append(files, "../deploy/flagstone.service", "../deploy/Caddyfile", "../Dockerfile", "../compose.yaml", "../docs/install.md")
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, variable := range regexp.MustCompile(`FLAGSTONE_[A-Z_]+`).FindAllString(string(text), -1) {
			if !known[variable] {
				t.Errorf("%s sets %s, which no command reads", name, variable)
			}
		}
	}
}
