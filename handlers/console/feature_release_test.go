package console

import (
	"testing"

	"flagstone/features"
)

func TestTiersInAHeadline(t *testing.T) {
	t.Parallel()
	all := []features.Tier{{ID: 1, Name: "Free"}, {ID: 2, Name: "Pro"}, {ID: 3, Name: "Enterprise"}}
	for want, giving := range map[string][]features.Tier{
		"": nil, "every tier": all, "Pro and up": all[1:], "Enterprise": all[2:], "Free and Pro": all[:2], "Free and Enterprise": {all[0], all[2]},
	} {
		if got := tiersWords(all, giving); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
