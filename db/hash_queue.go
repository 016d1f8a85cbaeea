package db

import (
	"context"
	"slices"
	"sync"
	"time"

	"flagstone/features"
)

const (
	maxHashings = 2  // passwords hashed at a time: each holds 19 MiB while it is
	maxWaiting  = 16 // tries of one sort that may wait: about half a second's
)

// hashQueue lets a few hash passwords at a time and bounds how many wait. Whoever is known goes first, so that strangers
// who try many passwords keep nobody waiting.
type hashQueue struct {
	mu               sync.Mutex
	free             int
	known, strangers []chan struct{} // closed when their turn comes

	begun, refused uint64 // since the start
	waited         time.Duration
}

func newHashQueue() *hashQueue { return &hashQueue{free: maxHashings} }

// enter waits for a turn; whoever has had it must leave. It refuses with Unavailable when too many wait already.
func (q *hashQueue) enter(ctx context.Context, known bool) error {
	came := time.Now()
	turn, err := q.line(known)
	if err != nil || turn == nil {
		return err
	}
	select {
	case <-turn:
		q.begin(time.Since(came))
		return nil
	case <-ctx.Done():
	}
	if !q.giveUp(turn) {
		q.leave() // its turn came at the same moment
	}
	return ctx.Err()
}

// line takes a free place, and then returns nil, or stands in line.
func (q *hashQueue) line(known bool) (turn chan struct{}, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.free > 0 {
		q.free--
		q.begun++
		return nil, nil
	}
	line := &q.strangers
	if known {
		line = &q.known
	}
	if len(*line) >= maxWaiting {
		q.refused++
		return nil, &features.Error{
			Kind: features.Unavailable, Message: "Too many people are signing in right now. Wait a few seconds, then try again.", RetryAfter: 2 * time.Second,
		}
	}
	turn = make(chan struct{})
	*line = append(*line, turn)
	return turn, nil
}

// begin counts one whose turn has come after a wait.
func (q *hashQueue) begin(waited time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.begun++
	q.waited += waited
}

// giveUp leaves the line, and reports whether it stood there still.
func (q *hashQueue) giveUp(turn chan struct{}) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, line := range []*[]chan struct{}{&q.known, &q.strangers} {
		if i := slices.Index(*line, turn); i >= 0 {
			*line = slices.Delete(*line, i, i+1)
			return true
		}
	}
	return false
}

// leave hands the place on.
func (q *hashQueue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, line := range []*[]chan struct{}{&q.known, &q.strangers} {
		if len(*line) > 0 {
			close((*line)[0])
			*line = slices.Delete(*line, 0, 1)
			return
		}
	}
	q.free++
}
