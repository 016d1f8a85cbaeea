package features_test

import (
	"slices"
	"testing"

	"flagstone/features"
)

func TestEffectTalliesByTier(t *testing.T) {
	t.Parallel()
	f := feature(1, "f")
	inTier := func(id, tier int64, name string, overrides ...features.Override) *features.Account {
		a := account(id, name, overrides...)
		a.TierID = tier
		return a
	}
	one, two, three := inTier(1, 7, "One", set(1, on)), inTier(2, 7, "Two"), inTier(3, 0, "Three")
	l := liveWith([]*features.Feature{f}, []features.Tier{{ID: 7, Key: "pro"}}, one, two, three)
	changed := f.With(func(f *features.Feature) {
		f.Default, f.Rollout.Strategy, f.Rollout.Target.Roles = on, features.ToRole, []string{"owner"}
	})
	got := effectOf(l, changed).Tiers
	want := []features.TierTally{
		{TierID: 7, Was: features.Count{On: 1, Off: 1}, Is: features.Count{Some: 2}},
		{TierID: 0, Was: features.Count{Off: 1}, Is: features.Count{Some: 1}},
	}
	slices.SortFunc(got, func(a, b features.TierTally) int { return int(b.TierID - a.TierID) })
	if !slices.Equal(got, want) {
		t.Errorf("by tier %+v, want %+v", got, want)
	}
	if n := want[0].Was.Having() + want[0].Is.Having(); n != 3 {
		t.Errorf("%d have it before and after, want 3", n)
	}

	moved := inTier(1, 0, "One", set(1, on))
	moves := l.Effects(features.Proposal{Accounts: []*features.Account{moved, inTier(4, 7, "Four")}, Gone: []int64{2}}, now())[0].Tiers
	slices.SortFunc(moves, func(a, b features.TierTally) int { return int(b.TierID - a.TierID) })
	want = []features.TierTally{
		{TierID: 7, Was: features.Count{On: 1, Off: 1}, Is: features.Count{Off: 1}},
		{TierID: 0, Is: features.Count{On: 1}},
	}
	if !slices.Equal(moves, want) {
		t.Errorf("after moves %+v, want %+v", moves, want)
	}
}
