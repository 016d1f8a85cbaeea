package db_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

func TestSweepExpired(t *testing.T) {
	t.Parallel()
	s := openShop(t, 5)
	noon := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	expiries := []time.Time{noon.Add(-time.Millisecond), noon, noon.Add(time.Millisecond), {}, noon.Add(-time.Minute)}
	for i, at := range expiries {
		for _, key := range []string{"ai_agents", "knowledge_base"} {
			change := db.OverrideChange{Account: s.accounts[i], Feature: key, Value: on, ExpiresAt: at}
			if key == "knowledge_base" && i < 4 {
				change.ExpiresAt = time.Time{}
			}
			if _, err := s.SetOverride(t.Context(), dbtest.Actor(), change); err != nil {
				t.Fatal(err)
			}
		}
	}
	sweep := func(at time.Time, want int) func() error {
		return func() error {
			removed, err := s.SweepExpired(t.Context(), at)
			if removed != want {
				t.Errorf("sweeping at %v removes %d: want %d", at, removed, want)
			}
			return err
		}
	}
	if err := s.keepsAll(t, "too early", sweep(noon.Add(-time.Minute-time.Nanosecond), 0)); err != nil {
		t.Error(err)
	}
	before := s.Live().Catalogue().AccountRevision(s.Live().Accounts().ByID(s.accounts[0]))
	if err := sweep(noon, 4)(); err != nil {
		t.Fatal(err)
	}
	for i, account := range s.accounts {
		gone := s.cell(t, account, "ai_agents").Override == nil
		if live := s.Live().Accounts().ByID(account); gone != (i == 0 || i == 1 || i == 4) || len(live.Overrides) != 2-map[bool]int{true: 1}[gone]-map[bool]int{true: 1}[i == 4] {
			t.Errorf("account %d: its override is gone: %v, the live state has %d", i, gone, len(live.Overrides))
		}
	}
	sets, err := s.ChangeSets(t.Context(), db.AuditFilter{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	set := sets[0]
	if set.ActorKind != features.BySystem || set.ActorName != "system" || set.Action != "override.expire" || set.Summary != "Removed 4 expired overrides" || set.Rows != 4 {
		t.Errorf("the change set is %+v", set)
	}
	var swept []string
	for _, row := range s.rows(t, set.ID) {
		if row.Action != "delete" || row.New != nil || fields(t, row.Old)["enabled"] != true {
			t.Errorf("a row is %+v", row)
		}
		swept = append(swept, fmt.Sprint(row.FeatureKey, row.AccountID))
	}
	slices.Sort(swept)
	if want := []string{"ai_agents1", "ai_agents2", "ai_agents5", "knowledge_base5"}; !slices.Equal(swept, want) {
		t.Errorf("the rows are of %v: want %v", swept, want)
	}
	if after := s.Live().Catalogue().AccountRevision(s.Live().Accounts().ByID(s.accounts[0])); after != set.ID || after <= before {
		t.Errorf("the account's revision goes from %d to %d: want %d", before, after, set.ID)
	}
	if err := s.keepsAll(t, "again", sweep(noon, 0)); err != nil {
		t.Error(err)
	}
}

// TestExpiredOverrideThatWaitsForTheSweeper can be set anew and cleared like any other.
func TestExpiredOverrideThatWaitsForTheSweeper(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	for _, account := range s.accounts {
		s.set(t, account, "ai_agents", true)
	}
	run(t, s.DB, `UPDATE overrides SET expires_at = 1000`)
	if err := s.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.has(t, s.accounts[0], "ai_agents") {
		t.Error("an expired override counts")
	}
	s.set(t, s.accounts[0], "ai_agents", true)
	s.clear(t, s.accounts[1], "ai_agents")
	if !s.has(t, s.accounts[0], "ai_agents") {
		t.Error("the override that was set anew does not count")
	}
	if removed, err := s.SweepExpired(t.Context(), time.Now()); err != nil || removed != 0 {
		t.Errorf("sweeping removes %d, %v", removed, err)
	}
}

// TestSweepAtTheVeryMoment sweeps a single override in the millisecond before it expires, and in that in which it does.
func TestSweepAtTheVeryMoment(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	expires := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	_, err := s.SetOverride(t.Context(), dbtest.Actor(), db.OverrideChange{
		Account: s.accounts[0], Feature: "ai_agents", Value: features.Value{Enabled: true}, ExpiresAt: expires,
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, at := range []time.Time{expires.Add(-time.Millisecond), expires, expires} {
		if removed, err := s.SweepExpired(t.Context(), at); removed != []int{0, 1, 0}[i] || err != nil {
			t.Errorf("sweep %d removed %d, %v", i, removed, err)
		}
	}
}
