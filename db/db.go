// Package db keeps Flagstone's state in one SQLite file. It holds all SQL; one exported method is one use case and one
// transaction, and every change it makes is recorded in the audit log with what was before and what is after.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/mattn/go-sqlite3"

	"flagstone/features"
)

// DB is the open database and the live state that follows it.
type DB struct {
	path     string
	writer   *sql.DB // one connection; every transaction takes SQLite's write lock at once
	reader   *sql.DB
	live     *features.Live
	hashing  passwords
	files    files
	writing  queue      // held over begin, commit and catch-up
	catching sync.Mutex // held while the feed is read and applied
	loaded   atomic.Bool

	writeErrors atomic.Int64
	caughtUp    atomic.Int64 // when, in nanoseconds since 1970

	Copied func(path string) // called with the copy that is made before the schema changes; may be nil
	Traced Tracer            // told of writes and catch-ups; may be nil
}

// Open opens the database file, making it with mode 0600 when it is not there. It neither migrates nor loads: see
// Migrate and CatchUp. A file that is read-only or no database is refused in one sentence, and left as it is.
func Open(ctx context.Context, path string) (d *DB, err error) {
	err = alone(path, func() error {
		d, err = open(ctx, path)
		return err
	})
	return d, err
}

func open(ctx context.Context, path string) (*DB, error) {
	if err := errors.Join(prepareFile(ctx, path), checkLog(path)); err != nil {
		return nil, err
	}
	// The reader looks first: the writer's very settings would change a file that is somebody else's.
	reader, err := openHandle(path, "_query_only=1", max(4, runtime.NumCPU()))
	if err != nil {
		return nil, err
	}
	if err := checkOurs(ctx, path, reader); err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	writer, err := openWriter(ctx, path)
	if err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	files, err := filesOf(path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), reader.Close(), writer.Close())
	}
	return &DB{path: path, files: files, writer: writer, reader: reader, live: features.NewLive(), hashing: newPasswords()}, nil
}

// Live gives the state that follows the database. It is empty until CatchUp has been called.
func (d *DB) Live() *features.Live { return d.live }

// Path is where the database file is.
func (d *DB) Path() string { return d.path }

// readyBehind is how long a server that is ready may not have seen the end of the feed.
const readyBehind = 30 * time.Second

// Ready refuses while the database cannot serve: it does not answer, its schema is not the one that this program knows,
// its file was removed or replaced, or its state has not been loaded or is old.
func (d *DB) Ready(ctx context.Context) error {
	var at uint
	if err := d.reader.QueryRowContext(ctx, `SELECT version FROM schema_migrations`).Scan(&at); err != nil {
		return err
	}
	if at != newestStep() {
		return fmt.Errorf("the schema is at step %d; this program knows %d", at, newestStep())
	}
	if !d.loaded.Load() {
		return errors.New("the state has not been loaded")
	}
	if d.Behind() > readyBehind {
		return fmt.Errorf("the state was last read %s ago", d.Behind().Round(time.Second))
	}
	return d.files.check()
}

// Close closes both handles.
func (d *DB) Close() error { return errors.Join(d.reader.Close(), d.writer.Close()) }

// openHandle opens a pool with every setting in the DSN, so that each of its connections has them.
func openHandle(path, settings string, connections int) (*sql.DB, error) {
	absolute, err := filepath.Abs(path) // a bare name such as :memory: may mean something else to SQLite
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	dsn := "file:" + (&url.URL{Path: absolute}).EscapedPath() + "?_foreign_keys=on&_busy_timeout=10000&_mutex=no&" + settings
	handle, err := sql.Open("sqlite3", dsn)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	handle.SetMaxOpenConns(connections)
	handle.SetMaxIdleConns(connections)
	return handle, nil
}

// prepareFile makes a new, empty database that only its owner may read, and refuses a file that its owner may not write.
// Root may write any file, so the mode is asked, not the attempt.
func prepareFile(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return newFile(ctx, path)
	case err != nil:
		return fmt.Errorf("cannot open the database file %s: %w", path, err)
	case info.IsDir():
		return fmt.Errorf("%s is a folder, not a database file", path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a database file", path)
	case info.Mode().Perm()&0o200 == 0:
		return fmt.Errorf("the database file %s is read-only: allow its owner to write (chmod u+w)", path)
	case info.Size() == 0:
		return fmt.Errorf("%s is empty, not a database: put a backup in its place, or delete it to create a new database", path)
	}
	return nil
}

// newFile makes an empty database under another name and gives it its own once it is whole, so that a file of no bytes is
// never one of ours.
func newFile(ctx context.Context, path string) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("cannot open the database file %s: it is a link to a file that is not there", path)
	}
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("cannot make the database file %s: %w", path, err)
	}
	if err := file.Close(); err != nil {
		return err
	}
	handle, err := openHandle(path+".new", "_journal_mode=WAL&_synchronous=FULL", 1)
	if err != nil {
		return err
	}
	if err := errors.Join(handle.PingContext(ctx), handle.Close()); err != nil {
		return openError(path, err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("cannot make the database file %s: %w", path, err)
	}
	return syncFolder(path)
}

// checkOurs refuses a file that is no database, or somebody else's.
func checkOurs(ctx context.Context, path string, handle *sql.DB) error {
	var foreign bool
	err := handle.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table')
		       AND NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations')`).Scan(&foreign)
	if err != nil {
		return openError(path, err)
	}
	if foreign {
		return notFlagstone(path)
	}
	return nil
}

// openWriter opens the writer's one connection on a file that is ours, and leaves checkpoints to Upkeep and most of the
// waiting for other programs to begin. What it reads makes SQLite open the write-ahead log.
func openWriter(ctx context.Context, path string) (*sql.DB, error) {
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, fmt.Errorf("cannot make the database file %s private: %w", path, err)
	}
	writer, err := openHandle(path, "_txlock=immediate&_journal_mode=WAL&_synchronous=FULL&_cache_size=-16384", 1)
	if err != nil {
		return nil, err
	}
	settings := fmt.Sprintf(`
		PRAGMA wal_autocheckpoint=%d; PRAGMA journal_size_limit=%d; SELECT count(*) FROM sqlite_schema; PRAGMA busy_timeout=%d`,
		checkpointPages, logSize, busyTry.Milliseconds())
	if _, err := writer.ExecContext(ctx, settings); err != nil {
		return nil, errors.Join(openError(path, err), writer.Close())
	}
	return writer, nil
}

// alone runs something while nobody else, in this process or another, does so with a database in the same folder. It
// is for what SQLite does not make wait: the switch to a write-ahead log, and migrations. It leaves no file behind, and
// ends with the process, however that ends.
func alone(path string, run func() error) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("cannot make the database file %s: %w", path, err)
	}
	defer func() { _ = folder.Close() }() // which ends the lock
	if err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("cannot lock the folder of the database file %s: %w", path, err)
	}
	return run()
}

func notFlagstone(path string) error {
	return fmt.Errorf("%s is not a Flagstone database: name another file with --db", path)
}

func openError(path string, err error) error {
	var sqlite sqlite3.Error
	if errors.As(err, &sqlite) {
		switch sqlite.Code {
		case sqlite3.ErrNotADB:
			return notFlagstone(path)
		case sqlite3.ErrCorrupt:
			return fmt.Errorf("the database file %s is damaged: restore a backup, with flagstone restore", path)
		case sqlite3.ErrReadonly, sqlite3.ErrCantOpen, sqlite3.ErrPerm:
			return fmt.Errorf("the database file %s cannot be written: allow writing to it and to its folder", path)
		}
	}
	return fmt.Errorf("open database %s: %w", path, err)
}

// violatesUnique tells whether err is SQLite refusing a row that breaks a UNIQUE or PRIMARY KEY rule.
func violatesUnique(err error) bool {
	var sqlite sqlite3.Error
	return errors.As(err, &sqlite) &&
		(sqlite.ExtendedCode == sqlite3.ErrConstraintUnique || sqlite.ExtendedCode == sqlite3.ErrConstraintPrimaryKey)
}

// violatesForeignKey tells whether err is SQLite refusing to leave a row that points to nothing.
func violatesForeignKey(err error) bool {
	var sqlite sqlite3.Error
	return errors.As(err, &sqlite) && sqlite.ExtendedCode == sqlite3.ErrConstraintForeignKey
}
