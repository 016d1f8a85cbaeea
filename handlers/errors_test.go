package handlers

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/features"
)

func TestUnavailableNamesWhenToTryAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for wait, header := range map[time.Duration]string{0: "1", time.Second: "1", 1500 * time.Millisecond: "2"} {
		answer := httptest.NewRecorder()
		c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/api/me", nil), answer)
		s.server.answerError(&features.Error{Kind: features.Unavailable, Message: "Busy.", RetryAfter: wait}, c)
		if answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") != header {
			t.Errorf("%v is answered %d, Retry-After %q: want 503 and %s", wait, answer.Code, answer.Header().Get("Retry-After"), header)
		}
	}
}
