package handlers

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"flagstone/features"
)

// lastSeen keeps in memory when each session was last used; the database is told now and then, in one statement.
type lastSeen struct{ uses sync.Map } // session id -> *use

// use is when one session was last used, in Unix milliseconds, and how much of that the database knows.
type use struct {
	hash    [32]byte
	at      atomic.Int64
	written atomic.Int64
}

// touch notes that a session is used.
func (l *lastSeen) touch(session *features.Session, at time.Time) {
	found, known := l.uses.Load(session.ID)
	if !known {
		found, _ = l.uses.LoadOrStore(session.ID, &use{hash: session.TokenHash})
	}
	found.(*use).at.Store(at.UnixMilli())
}

// of gives when a session was last used.
func (l *lastSeen) of(session *features.Session) time.Time {
	if found, known := l.uses.Load(session.ID); known {
		if at := time.UnixMilli(found.(*use).at.Load()); at.After(session.SeenAt) {
			return at
		}
	}
	return session.SeenAt
}

// news gives what the database does not know yet, and forgets the sessions that have ended.
func (l *lastSeen) news(people *features.People) map[int64]time.Time {
	news := make(map[int64]time.Time)
	l.uses.Range(func(id, found any) bool {
		u := found.(*use)
		if people.Session(u.hash) == nil {
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

// keepSessions writes when sessions were last used and removes those that no longer count.
func (s *Server) keepSessions(ctx context.Context) error {
	news := s.store.seen.news(s.live.People())
	err := s.db.TouchSessions(ctx, news)
	if err != nil {
		return err
	}
	s.store.seen.wrote(news)
	_, err = s.db.SweepSessions(ctx, time.Now())
	return err
}
