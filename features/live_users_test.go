package features_test

import (
	"testing"

	"flagstone/features"
)

func TestUsersGivesEveryone(t *testing.T) {
	t.Parallel()
	l := features.NewLive()
	l.Apply(features.Batch{Position: 1, Users: []*features.User{{ID: 1, Email: "a@example.com"}, {ID: 2, Email: "b@example.com"}}})
	seen := map[int64]bool{}
	for u := range l.People().Users() {
		seen[u.ID] = true
	}
	if !seen[1] || !seen[2] || len(seen) != 2 {
		t.Errorf("saw %v", seen)
	}
	n := 0
	for range l.People().Users() {
		n++
		break
	}
	if n != 1 {
		t.Errorf("went on after the loop had ended: %d", n)
	}
}
