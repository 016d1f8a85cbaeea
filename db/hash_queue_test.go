package db

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"flagstone/features"
)

// TestHashQueue has strangers fill their line: more are refused, somebody known waits in front of them all.
func TestHashQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newHashQueue()
		for range maxHashings {
			if err := q.enter(t.Context(), false); err != nil {
				t.Fatal(err)
			}
		}
		served := make(chan string, 2*maxWaiting)
		wait := func(who string, known bool) {
			go func() {
				if err := q.enter(t.Context(), known); err != nil {
					who = err.Error()
				}
				served <- who
			}()
			synctest.Wait()
		}
		for range maxWaiting {
			wait("stranger", false)
		}
		var full *features.Error
		if err := q.enter(t.Context(), false); !errors.As(err, &full) || full.Kind != features.Unavailable || full.RetryAfter <= 0 {
			t.Fatalf("one more stranger gets %v", err)
		}
		wait("known", true)
		for i := range maxWaiting + 1 {
			q.leave()
			synctest.Wait()
			want := "stranger"
			if i == 0 {
				want = "known"
			}
			if who := <-served; who != want {
				t.Fatalf("turn %d is %s's, want %s's", i, who, want)
			}
		}
		for range maxHashings {
			q.leave()
		}
		if q.free != maxHashings {
			t.Errorf("%d places are free", q.free)
		}
	})
}

// Whoever leaves the line loses no place, even where the turn comes at the same moment.
func TestHashQueueGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newHashQueue()
		for range maxHashings {
			if err := q.enter(t.Context(), true); err != nil {
				t.Fatal(err)
			}
		}
		for _, leaves := range []bool{false, true} {
			ctx, cancel := context.WithCancel(t.Context())
			gone := make(chan error)
			go func() { gone <- q.enter(ctx, false) }()
			synctest.Wait()
			if leaves {
				q.leave() // both are ready for whoever waits
			}
			cancel()
			if err := <-gone; err == nil {
				q.leave()
			} else if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		if q.free != 1 || len(q.strangers) != 0 {
			t.Errorf("%d places are free, %d wait", q.free, len(q.strangers))
		}
	})
}

// TestHashingIsCounted: what has a place at once has not waited, what stands in line has, and what finds the line full is refused.
func TestHashingIsCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &DB{hashing: newPasswords()}
		q := d.hashing.queue
		entered := make(chan error)
		for range maxHashings {
			if err := q.enter(t.Context(), false); err != nil {
				t.Fatal(err)
			}
		}
		for range maxWaiting {
			go func() { entered <- q.enter(t.Context(), false) }()
		}
		synctest.Wait()
		if err := q.enter(t.Context(), false); err == nil {
			t.Error("one more may wait")
		}
		time.Sleep(3 * time.Second)
		q.leave()
		if err := <-entered; err != nil {
			t.Error(err)
		}
		want := Hashing{Waiting: maxWaiting - 1, Begun: maxHashings + 1, Refused: 1, Waited: 3 * time.Second}
		if got := d.Hashing(); got != want {
			t.Errorf("they are %+v, want %+v", got, want)
		}
		for range maxWaiting - 1 {
			q.leave()
			if err := <-entered; err != nil {
				t.Error(err)
			}
		}
	})
}
