package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Backup writes a copy of the whole database, as it is at one moment, to a file that only its owner may read. Others read
// and write the database meanwhile. It refuses a file that is there already, and leaves none behind where it fails.
func (d *DB) Backup(ctx context.Context, path string) (err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s is there already: name a file that is not", path)
	case err != nil:
		return fmt.Errorf("cannot make the file %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(path)
		}
	}()
	if err := file.Close(); err != nil {
		return err
	}
	handle, err := openHandle(d.path, "", 1) // the readers may not write, not even to another file, and the writer is needed
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, handle.Close()) }()
	if _, err := handle.ExecContext(ctx, `VACUUM INTO ?1`, path); err != nil {
		return fmt.Errorf("back up %s to %s: %w", d.path, path, err)
	}
	return nil
}
