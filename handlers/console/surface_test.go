package console

import (
	"io"
	"log/slog"
	"testing"

	"flagstone/db/dbtest"
	"flagstone/handlers/web"
)

// newConsole returns the console over an empty database, which logs to log where that is not nil.
func newConsole(t *testing.T, log io.Writer) *Surface {
	t.Helper()
	if log == nil {
		log = io.Discard
	}
	base := web.NewBase(web.Config{DB: dbtest.Open(t), Secret: make([]byte, 32), Log: slog.New(slog.NewTextHandler(log, nil))})
	return New(base, nil)
}
