package features_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"flagstone/features"
	"flagstone/features/featurestest"
)

// index is an account index beside the plain map that it must agree with.
type index struct {
	live     *features.Live
	position int64
	model    map[int64]*features.Account
	names    map[string]int64 // who holds an identifier, now or, with 0, nobody any more
	lastID   int64
}

// put applies a batch to both.
func (x *index) put(accounts []*features.Account, gone []int64) {
	x.position++
	x.live.Apply(features.Batch{Position: x.position, Accounts: accounts, GoneAccounts: gone})
	for _, id := range gone {
		delete(x.model, id)
	}
	for _, a := range accounts {
		x.model[a.ID] = a
	}
	for name := range x.names {
		x.names[name] = 0
	}
	for id, a := range x.model {
		x.names[a.Slug], x.names[a.TargetingKey] = id, id
		if a.ExternalID != "" {
			x.names[a.ExternalID] = id
		}
	}
}

func (x *index) check(t *testing.T) {
	t.Helper()
	for id := range x.lastID + 2 {
		if got := x.live.Accounts().ByID(id); got != x.model[id] {
			t.Errorf("account %d is %+v, want %+v", id, got, x.model[id])
		}
	}
	for name, id := range x.names {
		if got := x.live.Accounts().Find(name); got != x.model[id] {
			t.Errorf("%q finds %+v, want %+v", name, got, x.model[id])
		}
	}
	want := slices.SortedFunc(maps.Values(x.model), func(a, b *features.Account) int {
		return cmp.Or(cmp.Compare(features.Fold(a.Name), features.Fold(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	if got := slices.Collect(x.live.Accounts().All()); !slices.Equal(got, want) {
		t.Errorf("the list by name is wrong: %d accounts, want %d", len(got), len(want))
	}
	if x.live.Accounts().Len() != len(want) {
		t.Errorf("there are %d accounts, want %d", x.live.Accounts().Len(), len(want))
	}
}

// state gives an account a new state: another name or the same, other identifiers or the same.
func (x *index) state(r *rand.Rand, id int64) *features.Account {
	a := features.Account{ID: id, Revision: x.position}
	if before := x.model[id]; before != nil {
		a.Name, a.Slug, a.ExternalID, a.TargetingKey = before.Name, before.Slug, before.ExternalID, before.TargetingKey
	} else {
		a.Slug = fmt.Sprintf("own-%d", id)
		a.TargetingKey = a.Slug
	}
	if a.Name == "" || r.IntN(2) == 0 {
		a.Name = []string{"Boise", "boise", "Arizona Comedy", "Zebra", "Élan"}[r.IntN(5)]
	}
	if r.IntN(3) == 0 {
		a.Slug = fmt.Sprintf("slug-%d-%d", id, r.IntN(3))
	}
	if r.IntN(3) == 0 {
		a.ExternalID = []string{"", a.Slug, fmt.Sprintf("crm-%d-%d", id, r.IntN(3))}[r.IntN(3)]
	}
	return features.NewAccount(a)
}

func TestIndexAgreesWithModel(t *testing.T) {
	t.Parallel()
	featurestest.EachWorld(t, func(t *testing.T, r *rand.Rand) {
		x := &index{live: features.NewLive(), model: make(map[int64]*features.Account), names: make(map[string]int64)}
		x.check(t)
		for range 12 {
			states := make(map[int64]*features.Account)
			var gone []int64
			for range r.IntN(8) {
				id := 1 + r.Int64N(x.lastID+3)
				x.lastID = max(x.lastID, id)
				states[id] = x.state(r, id)
			}
			for id := range x.model {
				if states[id] == nil && r.IntN(10) == 0 {
					gone = append(gone, id, id+1000)
				}
			}
			x.put(slices.Collect(maps.Values(states)), gone)
			x.check(t)
		}
	})
}

// Two accounts may exchange identifiers in one batch, however they come in it.
func TestIndexExchange(t *testing.T) {
	t.Parallel()
	state := func(id int64, slug, external string) *features.Account {
		return features.NewAccount(features.Account{ID: id, TargetingKey: fmt.Sprint("key", id), Slug: slug, ExternalID: external, Name: "Same"})
	}
	for _, order := range [][]int{{0, 1}, {1, 0}} {
		x := &index{live: features.NewLive(), model: make(map[int64]*features.Account), names: make(map[string]int64), lastID: 2}
		x.put([]*features.Account{state(1, "a", "x"), state(2, "b", "y")}, nil)
		swapped := []*features.Account{state(1, "y", "b"), state(2, "x", "a")}
		x.put([]*features.Account{swapped[order[0]], swapped[order[1]]}, nil)
		x.check(t)
	}
}

func TestBySlug(t *testing.T) {
	t.Parallel()
	a := features.NewAccount(features.Account{ID: 1, TargetingKey: "crm_1", Slug: "boise", ExternalID: "crm_1", Name: "Boise"})
	l := liveWith(nil, nil, a)
	if got, err := l.Accounts().BySlug("boise"); got != a || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	for _, slug := range []string{"crm_1", "Boise", "", "nobody"} {
		if _, err := l.Accounts().BySlug(slug); features.KindOf(err) != features.NotFound {
			t.Errorf("the slug %q: %v", slug, err)
		}
	}
	for range l.Accounts().All() {
		break // a reader may stop early
	}
}

// Readers meanwhile see whole states: every account once in the list, and each with a name and slug of one version.
func TestIndexReadersDuringWrites(t *testing.T) {
	t.Parallel()
	const accounts = 40
	state := func(id, version int64) *features.Account {
		return features.NewAccount(features.Account{
			ID: id, TargetingKey: fmt.Sprint("key-", id), Slug: fmt.Sprintf("slug-%d-%d", id, version),
			Name: fmt.Sprintf("%d name %d", (id*7+version*13)%accounts, version), Revision: version,
		})
	}
	l := features.NewLive()
	batch := features.Batch{Position: 1}
	for id := range int64(accounts) {
		batch.Accounts = append(batch.Accounts, state(id, 0))
	}
	l.Apply(batch)
	whole := func(a *features.Account) bool {
		return a != nil && a.Slug == fmt.Sprintf("slug-%d-%d", a.ID, a.Revision) && strings.HasSuffix(a.Name, fmt.Sprint(" name ", a.Revision))
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				seen := make(map[int64]bool)
				for a := range l.Accounts().All() {
					if !whole(a) || seen[a.ID] {
						t.Errorf("the list has %+v, seen before: %v", a, seen[a.ID])
					}
					seen[a.ID] = true
				}
				for id := range int64(accounts) {
					a := l.Accounts().ByID(id)
					if !whole(a) || !seen[id] || l.Accounts().Find(fmt.Sprint("key-", id)) == nil {
						t.Errorf("account %d is %+v, seen in the list: %v", id, a, seen[id])
					}
				}
			}
		})
	}
	for version := int64(1); version < 300; version++ {
		batch := features.Batch{Position: version + 1}
		for id := version % 3; id < accounts; id += 1 + version%5 {
			batch.Accounts = append(batch.Accounts, state(id, version))
		}
		batch.Accounts = append(batch.Accounts, state(accounts+version, version)) // new ones make the tables grow
		l.Apply(batch)
	}
	close(done)
	readers.Wait()
}
