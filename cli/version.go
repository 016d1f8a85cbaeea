package cli

import (
	"fmt"
	"runtime/debug"
)

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(t *terminal) error {
	_, err := fmt.Fprintf(t.stdout, "flagstone %s\n", version())
	return err
}

// release is set by make build and make release: a tag, or the commit.
var release string

// version returns what the binary was built from.
func version() string {
	info, _ := debug.ReadBuildInfo()
	return versionOf(release, info)
}

// versionOf returns the release that the build was told; else what Go noted of the module or of the commit, as after a
// plain go build or go install.
func versionOf(release string, info *debug.BuildInfo) string {
	if release != "" {
		return release
	}
	if info == nil {
		return "development"
	}
	if noted := info.Main.Version; noted != "" && noted != "(devel)" {
		return noted
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" && setting.Value != "" {
			return setting.Value
		}
	}
	return "development"
}
