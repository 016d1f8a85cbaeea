package features_test

import (
	"strings"
	"testing"

	"flagstone/features"
)

func TestSlugsThatTheConsoleNeeds(t *testing.T) {
	t.Parallel()
	for slug, refused := range map[string]bool{"new": true, "import": true, "bulk": true, "newer": false, "new-1": false} {
		err := features.AccountDraft{Name: "New", Slug: slug}.Validate()
		if refused != (err != nil && strings.Contains(err.Error(), "slug: The console needs this word for itself")) {
			t.Errorf("%s: %v", slug, err)
		}
	}
}
