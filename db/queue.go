package db

import (
	"context"
	"slices"
	"sync"
)

// queue lets one in at a time: those in a hurry first, otherwise in the order in which they came.
type queue struct {
	mu              sync.Mutex
	held            bool
	urgent, waiting []chan struct{} // each closed when its turn has come
}

// enter waits for its turn, or until ctx ends.
func (q *queue) enter(ctx context.Context, urgent bool) error {
	q.mu.Lock()
	if !q.held {
		q.held = true
		q.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	if urgent {
		q.urgent = append(q.urgent, turn)
	} else {
		q.waiting = append(q.waiting, turn)
	}
	q.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		q.giveUp(turn)
		return ctx.Err()
	}
}

// giveUp takes one that waits out of the queue, or passes its turn on.
func (q *queue) giveUp(turn chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.urgent, q.waiting = without(q.urgent, turn), without(q.waiting, turn)
	select {
	case <-turn:
		q.next()
	default:
	}
}

func without(line []chan struct{}, turn chan struct{}) []chan struct{} {
	return slices.DeleteFunc(line, func(one chan struct{}) bool { return one == turn })
}

// leave lets the next one in.
func (q *queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.next()
}

func (q *queue) next() {
	line := &q.urgent
	if len(*line) == 0 {
		line = &q.waiting
	}
	if q.held = len(*line) > 0; q.held {
		close((*line)[0])
		*line = (*line)[1:]
	}
}

// hurry reports whether someone urgent waits.
func (q *queue) hurry() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.urgent) > 0
}
