package features_test

import (
	"testing"
	"time"

	"flagstone/features"
)

func TestMoment(t *testing.T) {
	t.Parallel()
	if at := features.Moment(now().Add(1500 * time.Microsecond)); !at.Equal(now().Add(time.Millisecond)) {
		t.Errorf("a moment is kept as %v", at)
	}
	if at := features.Moment(time.Time{}.AddDate(1, 0, 0)); at.UnixMilli() != 1 {
		t.Errorf("the year 2 is kept as %v", at)
	}
}
