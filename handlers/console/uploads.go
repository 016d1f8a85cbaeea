package console

import (
	"crypto/rand"
	"sync"
	"time"
)

// uploads keeps files between the page that shows what they would do and the click that does it: in memory, one for
// each session, for a quarter of an hour, and no more than a few altogether.
type uploads struct {
	mu   sync.Mutex
	kept map[string]upload // by token
}

// upload is one file and whose it is.
type upload struct {
	session int64
	name    string
	data    []byte
	until   time.Time
}

const (
	uploadLifetime = 15 * time.Minute
	maxUploads     = 4 // of at most oneFile bytes each
)

func newUploads() *uploads { return &uploads{kept: make(map[string]upload)} }

// keep keeps a file in place of what its session had, and gives the token that fetches it. Where there are too many,
// the oldest goes.
func (u *uploads) keep(file upload, now time.Time) (token string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	oldest := ""
	for token, other := range u.kept {
		if other.session == file.session {
			delete(u.kept, token)
		} else if oldest == "" || other.until.Before(u.kept[oldest].until) {
			oldest = token
		}
	}
	if len(u.kept) >= maxUploads {
		delete(u.kept, oldest)
	}
	file.until = now.Add(uploadLifetime)
	token = rand.Text()
	u.kept[token] = file
	return token
}

// take gives a file to the session that sent it, once.
func (u *uploads) take(session int64, token string, now time.Time) (file upload, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	file, ok = u.kept[token]
	if !ok || file.session != session || !now.Before(file.until) {
		return upload{}, false
	}
	delete(u.kept, token)
	return file, true
}

// Sweep forgets the files whose time is over.
func (u *uploads) Sweep(now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for token, file := range u.kept {
		if !now.Before(file.until) {
			delete(u.kept, token)
		}
	}
}
