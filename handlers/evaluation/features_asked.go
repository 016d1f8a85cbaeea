package evaluation

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"flagstone/features"
)

// asked is when something was last asked for, in Unix milliseconds, and how much of that the database knows.
type asked struct{ at, written atomic.Int64 }

// lastAsked keeps in memory when portals last asked for each feature by itself; when they last asked for all of them,
// flagNames keeps. The database is told now and then, in one statement.
type lastAsked struct {
	features sync.Map // feature id -> *asked
	position int64    // of the live state when it was last looked at who has what
}

// of is where it is kept of one feature.
func (l *lastAsked) of(feature int64) *asked {
	found, known := l.features.Load(feature)
	if !known {
		found, _ = l.features.LoadOrStore(feature, &asked{})
	}
	return found.(*asked)
}

// NoteAsked notes that a feature was asked for by itself.
func (s *Surface) NoteAsked(feature int64, at time.Time) {
	s.asked.of(feature).at.Store(at.UnixMilli())
}

// fold keeps of each feature what the names of a catalogue that was replaced have kept of all.
func (l *lastAsked) fold(names *flagNames) {
	at := names.asked[0].at.Load()
	for _, name := range names.active {
		if at > name.asked.at.Load() {
			name.asked.at.Store(at)
		}
	}
}

// each sees everything that is kept, by feature; one feature may be seen twice.
func (l *lastAsked) each(names *flagNames, see func(feature int64, a *asked)) {
	for _, name := range names.active {
		see(name.feature.ID, names.asked[0])
	}
	l.features.Range(func(id, a any) bool {
		see(id.(int64), a.(*asked))
		return true
	})
}

// news gives when features were asked for, as far as the database does not know it; written notes that it does.
func (l *lastAsked) news(names *flagNames) (times map[int64]time.Time, written func()) {
	times, seen := make(map[int64]time.Time), make(map[*asked]int64)
	l.each(names, func(feature int64, a *asked) {
		if at := a.at.Load(); at > a.written.Load() {
			times[feature] = later(times[feature], time.UnixMilli(at))
			seen[a] = at
		}
	})
	return times, func() {
		for a, at := range seen {
			a.written.Store(at)
		}
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// FeatureUse gives how features are used, by their numbers: what the database knows and what is newer.
func (s *Surface) FeatureUse(ctx context.Context) (map[int64]features.Use, error) {
	uses, err := s.DB.FeatureUse(ctx)
	if err != nil {
		return nil, err
	}
	news, _ := s.asked.news(s.names())
	for id, at := range news {
		use := uses[id]
		use.AskedAt = later(use.AskedAt, at)
		uses[id] = use
	}
	return uses, nil
}

// KeepFeatureUse writes when features were last asked for, and since when each has been on for everyone. Where nothing
// was asked for and nothing has changed, it reads and writes nothing.
func (s *Surface) KeepFeatureUse(ctx context.Context) error {
	news, written := s.asked.news(s.names())
	position, now := s.Live.Position(), time.Now()
	if len(news) == 0 && position == s.asked.position {
		return nil
	}
	known, err := s.DB.FeatureUse(ctx)
	if err != nil {
		return err
	}
	all := s.Live.Catalogue().Features()
	changed := make(map[int64]features.Use)
	totals, complete := s.Live.Totals(), true
	for i, count := range s.Live.Count(all) {
		use := known[all[i].ID]
		after := features.Use{AskedAt: later(use.AskedAt, news[all[i].ID])}
		if count.OnForEveryone(totals) || count.Pending {
			after.EveryoneSince = use.EveryoneSince
		}
		if count.OnForEveryone(totals) && after.EveryoneSince.IsZero() {
			after.EveryoneSince = now
		}
		complete = complete && !count.Pending
		if after != use {
			changed[all[i].ID] = after
		}
	}
	if err := s.DB.KeepFeatureUse(ctx, changed); err != nil {
		return err
	}
	written()
	if complete {
		s.asked.position = position
	}
	return nil
}
