package db

import (
	"context"
	"testing"
)

func TestQueue(t *testing.T) {
	t.Parallel()
	var q queue
	enter := func(ctx context.Context, urgent bool, waiting int) chan error {
		entered := make(chan error, 1)
		go func() { entered <- q.enter(ctx, urgent) }()
		for n := -1; n < waiting; { // until it waits
			q.mu.Lock()
			n = len(q.urgent) + len(q.waiting)
			q.mu.Unlock()
		}
		return entered
	}
	if err := q.enter(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	first, called, urgent := enter(t.Context(), false, 1), enter(ctx, false, 2), enter(t.Context(), true, 3)
	cancel()
	if err := <-called; err == nil {
		t.Error("one that was called off has entered")
	}
	if !q.hurry() {
		t.Error("nobody is in a hurry")
	}
	q.leave()
	if err := <-urgent; err != nil || q.hurry() {
		t.Errorf("the urgent one: %v, still in a hurry: %v", err, q.hurry())
	}
	select {
	case err := <-first:
		t.Errorf("two have entered: %v", err)
	default:
	}
	q.leave()
	if err := <-first; err != nil {
		t.Error(err)
	}
	q.leave()
	if q.held {
		t.Error("it is held by nobody")
	}
}
