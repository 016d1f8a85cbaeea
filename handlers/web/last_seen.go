package web

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// lastSeen keeps in memory when each of some things was last used; the database is told now and then, in one statement.
// The things are found by the hash of a secret: sessions, and API keys.
type lastSeen struct{ uses sync.Map } // id -> *use

// use is when one thing was last used, in Unix milliseconds, and how much of that the database knows.
type use struct {
	hash    [32]byte
	at      atomic.Int64
	written atomic.Int64
}

// touch notes that a thing is used.
func (l *lastSeen) touch(id int64, hash [32]byte, at time.Time) {
	found, known := l.uses.Load(id)
	if !known {
		found, _ = l.uses.LoadOrStore(id, &use{hash: hash})
	}
	found.(*use).at.Store(at.UnixMilli())
}

// Of gives when a thing was last used, which the database knows up to some time.
func (l *lastSeen) Of(id int64, known time.Time) time.Time {
	if found, kept := l.uses.Load(id); kept {
		if at := time.UnixMilli(found.(*use).at.Load()); at.After(known) {
			return at
		}
	}
	return known
}

// news gives what the database does not know yet, and forgets the things that are no longer there.
func (l *lastSeen) news(there func(hash [32]byte) bool) map[int64]time.Time {
	news := make(map[int64]time.Time)
	l.uses.Range(func(id, found any) bool {
		u := found.(*use)
		if !there(u.hash) {
			l.uses.Delete(id)
		} else if at := u.at.Load(); at > u.written.Load() {
			news[id.(int64)] = time.UnixMilli(at)
		}
		return true
	})
	return news
}

// wrote notes what the database has been told.
func (l *lastSeen) wrote(news map[int64]time.Time) {
	for id, at := range news {
		if found, known := l.uses.Load(id); known {
			found.(*use).written.Store(at.UnixMilli())
		}
	}
}

// KeepSessions writes when sessions were last used and removes those that no longer count.
func (s *Base) KeepSessions(ctx context.Context) error {
	people := s.Live.People()
	news := s.Store.Seen.news(func(hash [32]byte) bool { return people.Session(hash) != nil })
	err := s.DB.TouchSessions(ctx, news)
	if err != nil {
		return err
	}
	s.Store.Seen.wrote(news)
	_, err = s.DB.SweepSessions(ctx, time.Now())
	return err
}

// KeepKeys writes when API keys were last used.
func (s *Base) KeepKeys(ctx context.Context) error {
	people := s.Live.People()
	news := s.KeysUsed.news(func(hash [32]byte) bool { return people.Key(hash) != nil })
	if err := s.DB.TouchAPIKeys(ctx, news); err != nil {
		return err
	}
	s.KeysUsed.wrote(news)
	return nil
}
