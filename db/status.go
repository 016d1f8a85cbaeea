package db

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Space is what a database takes of its disk, in bytes.
type Space struct {
	Database, Log       int64 // the file and its write-ahead log
	DiskFree, DiskTotal int64 // of the disk that they are on; free is what this program may use
}

// Space returns what the database takes and leaves; what cannot be read is 0.
func (d *DB) Space() Space {
	space := Space{Database: sizeOf(d.path), Log: sizeOf(d.path + "-wal")}
	var disk syscall.Statfs_t
	if syscall.Statfs(filepath.Dir(d.path), &disk) == nil {
		block := int64(disk.Bsize) //nolint:unconvert // it is of another type on other systems
		space.DiskFree, space.DiskTotal = int64(disk.Bavail)*block, int64(disk.Blocks)*block
	}
	return space
}

func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// Behind returns how long ago the live state was last seen to be that of the database.
func (d *DB) Behind() time.Duration { return time.Since(time.Unix(0, d.caughtUp.Load())) }

// Unread returns how many entries of the feed the live state has not taken in, or -1 when the feed cannot be read.
func (d *DB) Unread(ctx context.Context) int64 {
	end := d.feedEnd(ctx)
	if end < 0 {
		return -1
	}
	return max(0, end-d.live.Position())
}

// Hashing is what has become of the passwords that were to be hashed.
type Hashing struct {
	Waiting        int           // now
	Begun, Refused uint64        // since the start; refused are those that came when too many waited
	Waited         time.Duration // of those begun, in all
}

// Hashing returns how busy the hashing of passwords is.
func (d *DB) Hashing() Hashing {
	q := d.hashing.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	return Hashing{Waiting: len(q.known) + len(q.strangers), Begun: q.begun, Refused: q.refused, Waited: q.waited}
}
