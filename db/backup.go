package db

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Backup writes a copy of the whole database, as it is at one moment, to a file that only its owner may read. Others read
// and write the database meanwhile. It refuses a file that is there already. The copy has its name once it is whole and on
// the disk: until then it is in a file that ends in .part.
func (d *DB) Backup(ctx context.Context, path string) error { return d.copyTo(ctx, path, false) }

// copyTo writes a copy, over an earlier one or not.
func (d *DB) copyTo(ctx context.Context, path string, replace bool) (err error) {
	if _, missing := os.Lstat(path); missing == nil && !replace {
		return fmt.Errorf("%s already exists: name a file that does not", path)
	}
	part, err := newPart(path + ".part")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part.Name())
		}
		err = errors.Join(err, part.Close())
	}()
	handle, err := openHandle(d.path, "", 1) // the readers may not write, not even to another file, and the writer is needed
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, handle.Close()) }()
	if _, err := handle.ExecContext(ctx, `VACUUM INTO ?1`, part.Name()); err != nil {
		return fmt.Errorf("back up %s to %s: %w", d.path, path, err)
	}
	if err := part.Sync(); err != nil {
		return fmt.Errorf("back up %s to %s: %w", d.path, path, err)
	}
	if err := os.Rename(part.Name(), path); err != nil {
		return fmt.Errorf("back up %s to %s: %w", d.path, path, err)
	}
	return syncFolder(path)
}

// newPart makes an empty file that only its owner may read, over what an end of another copy has left. It refuses where
// another copy is being made there.
func newPart(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot make the file %s: %w", path, err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("another copy is being written to %s", path)
	}
	if err == nil {
		err = errors.Join(file.Truncate(0), file.Chmod(0o600))
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// syncFolder makes the name of a file last, as Sync does for what is in it.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
