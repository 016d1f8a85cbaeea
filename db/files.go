package db

import (
	"fmt"
	"os"
	"time"

	"flagstone/features"
)

// files are the files that a database was opened as: itself and its write-ahead log.
type files struct {
	path      string
	main, log os.FileInfo
}

// filesOf returns the files of an open database as they are now.
func filesOf(path string) (f files, err error) {
	f.path = path
	if f.main, err = os.Stat(path); err != nil {
		return f, err
	}
	f.log, err = os.Stat(path + "-wal")
	return f, err
}

// check refuses when another file, or none, has one of their names now: SQLite goes on writing to what has none, and
// nobody would find it after a restart.
func (f files) check() error {
	for name, opened := range map[string]os.FileInfo{f.path: f.main, f.path + "-wal": f.log} {
		if now, err := os.Stat(name); err != nil || !os.SameFile(now, opened) {
			return &features.Error{
				Kind: features.Unavailable, RetryAfter: time.Minute, Err: fmt.Errorf("%s was removed or replaced while it was open", name),
				Message: "The database file was removed or replaced while the server runs. Nothing was changed. Put the file back, or restart the server.",
			}
		}
	}
	return nil
}
