package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"flagstone/features"
)

// Large bodies wait for each other; whoever waits too long is told when to try again. A form waits for nobody.
func TestLargeBodiesWaitForEachOther(t *testing.T) {
	t.Parallel()
	b := newBodies()
	call := func(size int64) *http.Request {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
		r.ContentLength = size
		return r
	}
	first, err := b.Hold(call(-1), bodiesAtOnce)
	if err != nil {
		t.Fatal(err)
	}
	form, err := b.Hold(call(OneForm), OneForm)
	if err != nil {
		t.Fatal(err)
	}
	form()
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := b.Hold(call(LargeForm).WithContext(gone), LargeForm); features.KindOf(err) != features.Unavailable {
		t.Errorf("with no room left: %v", err)
	}
	first()
	second, err := b.Hold(call(LargeForm), LargeForm)
	if err != nil {
		t.Fatal(err)
	}
	second()
}
