package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mattn/go-sqlite3"

	"flagstone/features"
)

const (
	busyDeadline = 10 * time.Second      // of a write, from its arrival to the beginning of its transaction
	busyTry      = 50 * time.Millisecond // of one try to take SQLite's lock, while another program holds it
)

// writeTerms are the terms on which a use case is run.
type writeTerms struct {
	options ChangeOptions
	urgent  bool     // ahead of every other that waits
	preview *Preview // filled in, and nothing kept; nil where the write is meant
}

// write runs one use case: under the writer's lock, in one transaction, then the live state catches up. When fn refuses,
// nothing is kept. It returns the revision of the change set, 0 when nothing changed.
func (d *DB) write(ctx context.Context, by features.Actor, fn func(*tx) error) (int64, error) {
	return d.writeOn(ctx, by, writeTerms{}, fn)
}

// writeOn is write on some terms.
func (d *DB) writeOn(ctx context.Context, by features.Actor, terms writeTerms, fn func(*tx) error) (revision int64, err error) {
	ctx, ended := d.trace(ctx, "database write")
	defer func() { ended(err) }()
	t, err := d.begin(ctx, by, terms)
	if err != nil {
		return 0, d.writeError(err)
	}
	defer d.writing.leave()
	defer func() { _ = t.Rollback() }() // after a commit it does nothing
	if err := t.checkMatch(terms.options.IfMatch); err != nil {
		return 0, d.writeError(err)
	}
	if err := fn(t); err != nil {
		return 0, d.writeError(err)
	}
	if terms.preview != nil {
		return 0, d.preview(t, terms.preview)
	}
	if err := d.commit(t); err != nil {
		return 0, err
	}
	if d.loaded.Load() {
		// The change is kept by now, whether its caller waits or not. Should the live state fail to follow, it is behind until
		// the next call, which reports that: the write has not failed.
		_ = d.CatchUp(context.WithoutCancel(ctx))
	}
	return t.revision, nil
}

// begin waits for this program's other writes and for other programs, not longer than busyDeadline in all. The caller
// leaves d.writing.
func (d *DB) begin(ctx context.Context, by features.Actor, terms writeTerms) (*tx, error) {
	waiting, cancel := context.WithTimeout(ctx, busyDeadline)
	defer cancel()
	for {
		if err := d.writing.enter(waiting, terms.urgent); err != nil {
			return nil, tooBusy(ctx, err)
		}
		for terms.urgent || !d.writing.hurry() {
			inner, err := d.writer.BeginTx(ctx, nil)
			if err == nil {
				return &tx{Tx: inner, db: d, ctx: ctx, options: terms.options, by: by, at: time.Now()}, nil
			}
			if !isBusy(err) || waiting.Err() != nil {
				d.writing.leave()
				return nil, tooBusy(ctx, err)
			}
		}
		d.writing.leave()
	}
}

// tooBusy is what has become of a wait that ended for err: a refusal, unless the caller has called it off.
func tooBusy(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("begin: %w", ctx.Err())
	case !isBusy(err) && !errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("begin: %w", err)
	}
	return &features.Error{
		Kind: features.Unavailable, RetryAfter: 5 * time.Second, Err: err,
		Message: "The database is busy with another change. Nothing was changed. Try again in a few seconds.",
	}
}

// commit keeps what a use case has written. Where the file is no longer the one that a restart would read, it refuses.
func (d *DB) commit(t *tx) error {
	if err := d.files.check(); err != nil {
		return d.writeError(err)
	}
	err := stillReferred(t.Commit())
	switch {
	case err == nil && d.files.check() != nil:
		d.writeErrors.Add(1)
		return &features.Error{
			Kind: features.Unavailable, RetryAfter: time.Minute,
			Message: "The database file was removed or replaced while this was saved. The change is lost unless the file is put back. Tell the administrator of this server.",
		}
	case err == nil:
		return nil
	case undone(err):
		return d.writeError(fmt.Errorf("commit: %w", err))
	}
	d.writeErrors.Add(1)
	return &features.Error{
		Kind: features.Unavailable, RetryAfter: 5 * time.Second, Err: err,
		Message: "The disk failed during the save, so the change may or may not have been saved. Check it before you try again.",
	}
}

// undone reports whether a failed commit has surely changed nothing.
func undone(err error) bool {
	var failed sqlite3.Error
	if !errors.As(err, &failed) {
		return true // our own refusal, or the end of the context before the commit
	}
	switch failed.Code {
	case sqlite3.ErrBusy, sqlite3.ErrConstraint, sqlite3.ErrFull, sqlite3.ErrReadonly:
		return true
	}
	return false
}

// writeError counts and names what kept a write from being made; everything else it hands on as it is.
func (d *DB) writeError(err error) error {
	var failed sqlite3.Error
	if !errors.As(err, &failed) {
		return err
	}
	var message string
	switch failed.Code {
	case sqlite3.ErrFull:
		message = "The disk of the database is full. Nothing was changed. Free some space and try again."
	case sqlite3.ErrReadonly, sqlite3.ErrPerm:
		message = "The database cannot be written: its file or folder is read-only. Nothing was changed."
	case sqlite3.ErrIoErr, sqlite3.ErrCantOpen, sqlite3.ErrNomem:
		message = "The disk of the database failed. Nothing was changed."
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		message = "The database file is damaged. Nothing was changed. Restore a backup."
	default:
		return err
	}
	d.writeErrors.Add(1)
	return &features.Error{Kind: features.Unavailable, RetryAfter: 30 * time.Second, Message: message, Err: err}
}

// WriteErrors returns how many writes the disk or the file system kept from being made.
func (d *DB) WriteErrors() int64 { return d.writeErrors.Load() }

func isBusy(err error) bool {
	var failed sqlite3.Error
	return errors.As(err, &failed) && failed.Code == sqlite3.ErrBusy
}
