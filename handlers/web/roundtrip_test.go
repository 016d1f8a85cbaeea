package web

import (
	"testing"
)

func TestClipKeepsCharactersWhole(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "abc": "abc", "abcdef": "abcd", "éééééé": "éééé", "a\xffb": "a\ufffdb"} {
		if got := clip(text, 4); got != want {
			t.Errorf("%q is clipped to %q, want %q", text, got, want)
		}
	}
}
