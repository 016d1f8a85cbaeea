package db

import (
	"database/sql"
	"errors"
	"io"

	"github.com/golang-migrate/migrate/v4/database"
)

// stepDriver lets golang-migrate take each step of the schema in one transaction with the mark that it was taken: killed
// at any moment, a database is before a step or after it. (The library's own driver marks a step in two further
// transactions, and a database that is killed between them has to be repaired by hand.)
type stepDriver struct {
	handle *sql.DB
	tx     *sql.Tx // of the step under way
}

// SetVersion is called before a step, dirty, which begins it, and after it, which marks and commits it.
func (s *stepDriver) SetVersion(version int, dirty bool) (err error) {
	if dirty {
		s.tx, err = s.handle.Begin()
		return err
	}
	defer func() { _ = s.tx.Rollback() }() // after a commit it does nothing
	_, err = s.tx.Exec(`
		CREATE TABLE IF NOT EXISTS schema_migrations (version uint64, dirty bool);
		CREATE UNIQUE INDEX IF NOT EXISTS version_unique ON schema_migrations (version);
		DELETE FROM schema_migrations`)
	if err != nil {
		return err
	}
	if version != database.NilVersion {
		if _, err := s.tx.Exec(`INSERT INTO schema_migrations (version, dirty) VALUES (?1, 0)`, version); err != nil {
			return err
		}
	}
	return s.tx.Commit()
}

// Run takes one step, within the transaction that SetVersion has begun.
func (s *stepDriver) Run(step io.Reader) error {
	text, err := io.ReadAll(step)
	if err == nil {
		_, err = s.tx.Exec(string(text))
	}
	if err != nil {
		return errors.Join(err, s.tx.Rollback())
	}
	return nil
}

// Version returns the newest step that was taken.
func (s *stepDriver) Version() (version int, dirty bool, err error) {
	var marked bool
	err = s.handle.QueryRow(`SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations')`).Scan(&marked)
	if err != nil || !marked {
		return database.NilVersion, false, err
	}
	err = s.handle.QueryRow(`SELECT version, dirty FROM schema_migrations`).Scan(&version, &dirty)
	if errors.Is(err, sql.ErrNoRows) {
		return database.NilVersion, false, nil
	}
	return version, dirty, err
}

// Lock does nothing: whoever migrates holds everybody else off.
func (s *stepDriver) Lock() error { return nil }

// Unlock does nothing, as Lock.
func (s *stepDriver) Unlock() error { return nil }

// Close does nothing: the handle is closed by its owner.
func (s *stepDriver) Close() error { return nil }

var errNotOffered = errors.New("not offered")

// Open is for addresses, which nobody here has.
func (s *stepDriver) Open(string) (database.Driver, error) { return nil, errNotOffered }

// Drop is for nobody.
func (s *stepDriver) Drop() error { return errNotOffered }
