package console

import (
	"strings"
	"testing"
)

func TestVersionsOfAReleaseInWords(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]string{
		"strategy": "Release it to", "variants.2.key": "Variant 2, key", "roles": "Roles", "description": "Help text",
	} {
		if got := fieldLabel(field); got != want {
			t.Errorf("%s is named %q, want %q", field, got, want)
		}
	}
	eleven := strings.TrimSpace(strings.Repeat("id\n", 11))
	for _, test := range [][3]string{
		{"strategy", "whitelist", "Targets"}, {"strategy", "odd", "odd"}, {"roles", "a\nb", "a, b"}, {"roles", eleven, "11: id, id, id and more"},
	} {
		if got := shortened(test[0], test[1]); got != test[2] {
			t.Errorf("%q is %q, want %q", test[1], got, test[2])
		}
	}
}
