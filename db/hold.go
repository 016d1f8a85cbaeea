package db

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// Share marks a database as served until it is released. It refuses while a command has the database to itself.
func Share(path string) (release func(), err error) {
	return hold(path, syscall.LOCK_SH, "%s is being restored or migrated: try again when that is done")
}

// Own keeps servers from starting on a database until it is released. It refuses while one serves it.
func Own(path string) (release func(), err error) {
	return hold(path, syscall.LOCK_EX, "a server has %s open: stop it first")
}

// hold locks a file beside a database, which stays: whoever removed it would part those who hold it from those who come.
func hold(path string, how int, refusal string) (release func(), err error) {
	file, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot lock the database %s: %w", path, err)
	}
	err = syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf(refusal, path)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() { _ = file.Close() }, nil // which ends the lock
}
