package console

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

func TestSetupLinkExpires(t *testing.T) {
	t.Parallel()
	s := newConsole(t, nil)
	path, err := s.SetupPath(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	made := time.Now()
	c := echo.New().NewContext(httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil), httptest.NewRecorder())
	c.SetParamNames("token")
	c.SetParamValues(strings.TrimPrefix(path, "/setup/"))
	for at, want := range map[time.Time]bool{made: true, made.Add(59 * time.Minute): true, made.Add(time.Hour): false} {
		if open, err := s.setupOpen(c, at); err != nil || open != want {
			t.Errorf("after %s it is open: %v, %v", at.Sub(made), open, err)
		}
	}
}
