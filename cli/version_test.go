package cli

import (
	"runtime/debug"
	"testing"
)

func TestVersionOf(t *testing.T) {
	t.Parallel()
	commit := []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: "6c7177b38dc7"}}
	for _, c := range []struct {
		release string
		info    *debug.BuildInfo
		want    string
	}{
		{"v1.2.0", &debug.BuildInfo{Main: debug.Module{Version: "v9.9.9"}}, "v1.2.0"},
		{"", &debug.BuildInfo{Main: debug.Module{Version: "v1.2.0"}, Settings: commit}, "v1.2.0"},
		{"", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: commit}, "6c7177b38dc7"},
		{"", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, "development"},
		{"", nil, "development"},
	} {
		if got := versionOf(c.release, c.info); got != c.want {
			t.Errorf("of %q and %+v: %s, want %s", c.release, c.info, got, c.want)
		}
	}
}
