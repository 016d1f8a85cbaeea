package web

import (
	"testing"

	"flagstone/features"
)

func TestReleasedToCountsWhatIsTooMuchToName(t *testing.T) {
	t.Parallel()
	for want, target := range map[string]features.Target{
		"nobody yet":                         {},
		"1 named user":                       {UserIDs: []string{"u"}},
		"1 named account and 4 postal codes": {AccountIDs: []string{"a"}, PostalCodes: []string{"A", "B", "C", "D"}},
	} {
		if got := ReleasedTo(features.Rollout{Strategy: features.ToWhitelist, Target: target}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
