package static

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestComplete(t *testing.T) {
	t.Parallel()
	if err := Complete(); err != nil {
		t.Error(err)
	}
	without := fstest.MapFS{"vendor/README.md": {}}
	if err := complete(without); err == nil || !strings.Contains(err.Error(), "make build") {
		t.Errorf("without what npm brings: %v", err)
	}
}
