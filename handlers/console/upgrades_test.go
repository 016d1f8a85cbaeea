package console

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

func TestAgeWords(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration]string{
		-time.Second: "just now", 59 * time.Second: "just now", time.Minute: "1 minute ago", 59 * time.Minute: "59 minutes ago",
		time.Hour: "1 hour ago", 24*time.Hour - time.Second: "23 hours ago", 24 * time.Hour: "1 day ago", 72 * time.Hour: "3 days ago",
	} {
		if got := ageWords(age); got != want {
			t.Errorf("%v is %q, want %q", age, got, want)
		}
	}
}

// Somebody who has left before the page was there is no trouble of the server's.
func TestWhoeverLeavesIsNoError(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := newConsole(t, &log)
	ctx, leave := context.WithCancel(t.Context())
	leave()
	request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/admin", nil)
	if n := s.pendingUpgrades(echo.New().NewContext(request, httptest.NewRecorder())); n != 0 || log.Len() > 0 {
		t.Errorf("%d, %s", n, &log)
	}
}
