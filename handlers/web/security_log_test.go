package web

import (
	"testing"

	"flagstone/features"
)

func TestSecurityLogIsBounded(t *testing.T) {
	t.Parallel()
	var l securityLog
	for i := range maxPending + 3 {
		l.add(features.SecurityEvent{Event: features.Refused, UserID: int64(i), Count: 1})
	}
	if events, lost := l.take(); len(events) != maxPending || lost != 3 {
		t.Errorf("%d events are kept, %d lost", len(events), lost)
	}
}
