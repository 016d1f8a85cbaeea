package features_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"flagstone/features"
	"flagstone/features/featurestest"
)

// epoch is when every stored override is live, as counts take it.
func epoch() time.Time { return time.UnixMilli(0) }

// checkCounts compares the counts and totals of a live state with what asking each account gives.
func checkCounts(t *testing.T, l *features.Live, what string) {
	t.Helper()
	c := l.Catalogue()
	var totals features.Totals
	for a := range l.Accounts().All() {
		totals.Overrides += len(a.Overrides)
		if a.Status == features.Suspended {
			totals.Suspended++
		} else {
			totals.Active++
		}
	}
	if got := l.Totals(); got != totals {
		t.Errorf("%s: the totals are %+v, want %+v", what, got, totals)
	}
	for i, got := range l.Count(c.Features()) {
		want := countOf(l, c.Features()[i])
		if got.Count != want || got.Pending || got.Total() != l.Accounts().Len() {
			t.Fatalf("%s: %s is counted as %+v, want %+v", what, c.Features()[i].Key, got, want)
		}
		if everyone := want.On > 0 && want.On == totals.Active; got.OnForEveryone(totals) != everyone {
			t.Errorf("%s: %s is on for everyone: %v, of %+v and %+v", what, c.Features()[i].Key, !everyone, want, totals)
		}
	}
}

// countOf counts a feature by asking for each account.
func countOf(l *features.Live, f *features.Feature) (n features.Count) {
	for a := range l.Accounts().All() {
		switch l.Catalogue().State(f, a, epoch()) {
		case features.On:
			n.On++
		case features.Some:
			n.Some++
		default:
			n.Off++
		}
	}
	return n
}

// Counts follow every change: of accounts, of the catalogue, of both at once.
func TestCountsFollowChanges(t *testing.T) {
	t.Parallel()
	featurestest.EachWorld(t, func(t *testing.T, r *rand.Rand) {
		c, accounts := featurestest.RandomWorld(r)
		l := liveOf(c, accounts...)
		for step := range 12 {
			if step > 0 || r.IntN(2) == 0 { // the first question may come before or after changes
				checkCounts(t, l, fmt.Sprint("step ", step))
			}
			l.Apply(randomBatch(r, l, int64(step+2)))
		}
		checkCounts(t, l, "at the end")
	})
}

// randomBatch changes a live state: some accounts, the catalogue, or everything.
func randomBatch(r *rand.Rand, l *features.Live, position int64) (b features.Batch) {
	b.Position = position
	c := l.Catalogue()
	_, accounts := featurestest.RandomWorld(r)
	for _, a := range accounts {
		switch r.IntN(4) {
		case 0:
			b.Accounts = append(b.Accounts, a)
		case 1:
			b.GoneAccounts = append(b.GoneAccounts, a.ID)
		case 2:
			if len(c.Features()) > 0 {
				f := c.Features()[r.IntN(len(c.Features()))]
				b.Overridden = append(b.Overridden, features.Overridden{Account: a.ID, Overrides: []features.Override{set(f.ID, featurestest.RandomValue(r, f))}})
			}
		}
	}
	switch r.IntN(4) {
	case 0:
		b.Catalogue, b.Accounts = featurestest.RandomWorld(r)
		b.Everything, b.GoneAccounts, b.Overridden = true, nil, nil
	case 1:
		b.Catalogue = randomChange(r, c)
	}
	return b
}

// randomChange gives a catalogue with one thing in it changed.
func randomChange(r *rand.Rand, c *features.Catalogue) *features.Catalogue {
	list := c.Features()
	if len(list) == 0 {
		return c
	}
	f := list[r.IntN(len(list))]
	switch r.IntN(8) {
	case 0:
		return c.InMode([]features.Mode{features.ModeLive, features.ModeOpen, features.ModeDefaults}[r.IntN(3)])
	case 1:
		return c.Without(f.Key)
	case 2:
		return c.With(feature(r.Int64N(3)+100, fmt.Sprintf("feature_%d", r.IntN(9))))
	case 3:
		registry := c.Registry()
		registry.TierFeatures = slices.Clone(registry.TierFeatures)
		for i := range registry.TierFeatures {
			registry.TierFeatures[i].Value.Enabled = r.IntN(2) == 0
		}
		return features.NewCatalogue(registry)
	}
	changed := c.With(f.With(func(f *features.Feature) {
		switch r.IntN(5) {
		case 0:
			f.Enabled = !f.Enabled
		case 1:
			f.Default.Enabled = !f.Default.Enabled
		case 2:
			f.Rollout = featurestest.RandomRollout(r)
		case 3:
			f.DisplayOrder = r.IntN(9)
		default:
			f.DependsOn, f.ConflictsWith = nil, nil
		}
	}))
	return featurestest.RandomLinks(r, changed)
}

// crowd gives a live state that is too large to be counted while somebody waits.
func crowd(r *rand.Rand) *features.Live {
	var registry []*features.Feature
	for id := range int64(160) {
		f := feature(id+1, fmt.Sprintf("f_%d", id+1))
		f.Default.Enabled, f.Enabled = r.IntN(2) == 0, r.IntN(9) > 0
		if id > 0 && r.IntN(3) == 0 {
			f.DependsOn = []string{fmt.Sprintf("f_%d", r.Int64N(id)+1)}
		}
		registry = append(registry, f)
	}
	accounts := make([]*features.Account, 2500)
	for i := range accounts {
		accounts[i] = crowdAccount(r, int64(i+1))
	}
	return liveWith(registry, nil, accounts...)
}

func crowdAccount(r *rand.Rand, id int64) *features.Account {
	return account(id, fmt.Sprint("Account ", id), set(r.Int64N(80)+1, on), set(r.Int64N(80)+81, off))
}

// What is counted in the background is right in the end, whatever changes meanwhile.
func TestCountsInTheBackground(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	l := crowd(r)
	list := l.Catalogue().Features()
	killed, pending := 0, 0
	for i, n := range l.Count(list) {
		if n.Pending {
			pending++
		} else if killed++; list[i].Enabled || n.Off != 2500 {
			t.Errorf("%s is known at once: %+v", list[i].Key, n)
		}
	}
	if pending == 0 || killed == 0 {
		t.Fatalf("%d features are counted in the background, %d known at once", pending, killed)
	}
	next := int64(2)
	apply := func(b features.Batch) {
		b.Position = next
		next++
		l.Apply(b)
	}
	for step := range 60 {
		id := r.Int64N(2500) + 1
		switch step % 6 {
		case 0:
			apply(features.Batch{Accounts: []*features.Account{crowdAccount(r, 3000+int64(step))}})
		case 1:
			apply(features.Batch{GoneAccounts: []int64{id}})
		case 2:
			f := l.Catalogue().Features()[r.IntN(160)]
			apply(features.Batch{Catalogue: l.Catalogue().With(f.With(func(f *features.Feature) { f.Default.Enabled = !f.Default.Enabled }))})
		case 3:
			apply(features.Batch{Overridden: many(r, step*10)})
		case 4:
			apply(features.Batch{Accounts: suspended(l, step*12)})
		default:
			apply(features.Batch{Accounts: []*features.Account{crowdAccount(r, id)}})
		}
	}
	for slices.ContainsFunc(l.Count(l.Catalogue().Features()), func(n features.Counted) bool { return n.Pending }) {
		time.Sleep(time.Millisecond)
	}
	checkCounts(t, l, "at the end")
}

// many gives overrides of one feature for a run of accounts.
func many(r *rand.Rand, most int) (list []features.Overridden) {
	feature, first := r.Int64N(160)+1, r.Int64N(1000)+1
	for id := range int64(most + 200) {
		list = append(list, features.Overridden{Account: first + id, Overrides: []features.Override{set(feature, on)}})
	}
	return list
}

// suspended gives the first accounts as they would be suspended.
func suspended(l *features.Live, most int) (list []*features.Account) {
	for a := range l.Accounts().All() {
		if len(list) < most {
			changed := *a
			changed.Status, changed.Overrides = features.Suspended, slices.Clone(a.Overrides)
			list = append(list, features.NewAccount(changed))
		}
	}
	return list
}

// A feature of an older catalogue has no accounts, and nobody waits for it.
func TestCountOfWhatIsGone(t *testing.T) {
	t.Parallel()
	l := liveWith([]*features.Feature{feature(1, "ai")}, nil, account(1, "A"))
	if got := l.Count([]*features.Feature{feature(2, "gone")}); got[0] != (features.Counted{}) {
		t.Errorf("it is counted as %+v", got[0])
	}
}
