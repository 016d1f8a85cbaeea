package console

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

func TestBulkProgressIsTold(t *testing.T) {
	t.Parallel()
	s := newConsole(t, nil)
	says := func(want string, polls bool) {
		t.Helper()
		recorder := httptest.NewRecorder()
		c := echo.New().NewContext(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), recorder)
		c.SetParamNames("nonce")
		c.SetParamValues("one")
		if err := s.BulkProgress(c); err != nil {
			t.Fatal(err)
		}
		if got := recorder.Body.String(); !strings.Contains(got, want) || strings.Contains(got, "every 300ms") != polls {
			t.Errorf("it says %s, want %q", got, want)
		}
	}
	says("", false)
	progress, ended := s.bulkRuns.start("one")
	says("Checking that nothing has changed", true)
	progress(5000, 12000)
	says("5,000 of 12,000", true)
	ended()
	says("", false)
	if n := len(s.bulkRuns.all); n != 0 {
		t.Errorf("%d runs are kept", n)
	}
}
