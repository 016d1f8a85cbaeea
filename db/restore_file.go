package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Restore puts a backup in the place of a database that no server has open (Own). The backup is checked first and stays
// where it is. What was in its place is kept as the file that it returns the name of, "" where there was nothing.
func Restore(ctx context.Context, backup, path string) (kept string, err error) {
	if err := checkBackup(ctx, backup, path); err != nil {
		return "", err
	}
	err = alone(path, func() error {
		if err := (&DB{path: backup}).copyTo(ctx, path+".restored", true); err != nil {
			return err
		}
		if kept, err = setAside(ctx, path); err != nil {
			return err
		}
		if err := os.Rename(path+".restored", path); err != nil {
			return err
		}
		return syncFolder(path)
	})
	return kept, err
}

// checkBackup refuses what is no whole database of this program or an earlier one.
func checkBackup(ctx context.Context, backup, path string) (err error) {
	from, err := os.Stat(backup)
	if err != nil {
		return fmt.Errorf("cannot read the backup: %w", err)
	}
	if to, missing := os.Stat(path); missing == nil && os.SameFile(from, to) {
		return fmt.Errorf("%s is the database itself", backup)
	}
	if from.Size() == 0 || !from.Mode().IsRegular() {
		return fmt.Errorf("%s is not a backup", backup)
	}
	handle, err := openHandle(backup, "_query_only=1", 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, handle.Close()) }()
	if err := checkOurs(ctx, backup, handle); err != nil {
		return err
	}
	var verdict string
	if err := handle.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&verdict); err != nil {
		return openError(backup, err)
	}
	if verdict != "ok" {
		return fmt.Errorf("%s is damaged: %s", backup, verdict)
	}
	var at uint
	if err := handle.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM schema_migrations`).Scan(&at); err != nil {
		return openError(backup, err)
	}
	if at > newestStep() {
		return fmt.Errorf("%s is from a newer Flagstone (step %d of the schema; this version knows %d): restore it with that version", backup, at, newestStep())
	}
	return nil
}

// setAside keeps the database that is about to be replaced, its write-ahead log in it, under another name too, and takes
// the log away, which SQLite would add to whatever it finds beside it.
func setAside(ctx context.Context, path string) (kept string, err error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", removeLog(path)
	}
	if handle, err := openHandle(path, "", 1); err == nil {
		// A damaged database may refuse: then what its log holds cannot be told from the damage, and it is kept beside it.
		_, _ = handle.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
		_ = handle.Close()
	}
	kept = path + ".replaced"
	if err := errors.Join(relink(path, kept), relink(path+"-wal", kept+"-wal")); err != nil {
		return "", err
	}
	return kept, removeLog(path)
}

// relink gives a file a second name, where there is one.
func relink(path, other string) error {
	if err := os.Remove(other); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Link(path, other); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func removeLog(path string) error {
	for _, name := range []string{path + "-wal", path + "-shm"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return syncFolder(filepath.Clean(path))
}

// checkLog refuses a copy that was put in the place of a database whose write-ahead log is still there: SQLite would
// add the log to the copy. A copy says in its header that it was made without a log; a database that has one does not.
func checkLog(path string) error {
	log, err := os.Stat(path + "-wal")
	if err != nil || log.Size() == 0 {
		return nil // without a log there is nothing to mix
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cannot open the database file %s: %w", path, err)
	}
	defer func() { _ = file.Close() }()
	const version = 19 // where the header says whether readers need a log
	header := make([]byte, version+1)
	if _, err := file.ReadAt(header, 0); err == nil && header[version] == 1 {
		return fmt.Errorf("%s is a copy beside the log of another database, %s-wal: delete %s-wal and %s-shm, or put the copy in place with flagstone restore",
			path, path, path, path)
	}
	return nil
}
