package db_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// states is what every account has of every feature.
func (s shop) states() map[string]features.State {
	all := map[string]features.State{}
	catalogue := s.Live().Catalogue()
	for a := range s.Live().Accounts().All() {
		for _, f := range catalogue.Features() {
			all[fmt.Sprint(f.Key, " of ", a.ID)] = catalogue.State(f, a, time.Now())
		}
	}
	return all
}

// What the effect of an undo says is, name for name, what the undo then does.
func TestUndoEffectsComeTrue(t *testing.T) {
	t.Parallel()
	s := openShop(t, 8)
	c := &crowd{keys: []string{"knowledge_base", "ai_agents", "additional_services"}}
	random := randomOf(t)
	changes := 0
	for range 90 {
		if err := c.act(t.Context(), s.DB, random); err != nil {
			t.Fatal(err)
		}
		changes += s.undoesAsSaid(t, random)
		if random.IntN(4) == 0 { // else everything is soon off, or on, whatever it is in itself
			s.openUp(t, c.keys)
		}
	}
	if changes < 25 {
		t.Errorf("all the undoing changed only %d states: too few to mean anything", changes)
	}
}

// openUp lets overrides and release rules count again.
func (s shop) openUp(t *testing.T, keys []string) {
	t.Helper()
	if _, err := s.SetMode(t.Context(), dbtest.Actor(), features.ModeLive, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetKillSwitch(t.Context(), dbtest.Actor(), db.KillSwitch{Keys: keys, Enabled: true}); err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if _, err := s.SetFeatureActive(t.Context(), dbtest.Actor(), key, true, ""); err != nil {
			t.Fatal(err)
		}
	}
	for a := range s.Live().Accounts().All() {
		if _, err := s.SetAccountStatus(t.Context(), dbtest.Actor(), a.ID, features.Active, ""); err != nil {
			t.Fatal(err)
		}
	}
}

// undoesAsSaid undoes one of the latest change sets, and gives how many states that changed.
func (s shop) undoesAsSaid(t *testing.T, random *rand.Rand) int {
	t.Helper()
	sets, err := s.ChangeSets(t.Context(), db.AuditFilter{}, 4)
	if err != nil || len(sets) == 0 {
		t.Fatalf("%d change sets, %v", len(sets), err)
	}
	set := sets[random.IntN(len(sets))]
	if _, err := s.PlanUndo(t.Context(), set.ID); err != nil {
		return 0
	}
	effects, err := s.UndoEffects(t.Context(), set.ID)
	if err != nil {
		t.Fatal(err)
	}
	before := s.states()
	if _, _, err := s.Undo(t.Context(), features.System(), set.ID, ""); err != nil {
		return 0
	}
	said, came := said(effects), came(before, s.states())
	if !slices.Equal(said, came) {
		t.Errorf("undoing %s: said %v, came %v", set.Action, said, came)
	}
	return len(came)
}

// said is what effects say: "+" or "-", the feature, and the account.
func said(effects []features.Effect) (all []string) {
	for _, e := range effects {
		for sign, list := range map[string][]*features.Account{"+": e.Gain, "-": e.Lose} {
			for _, a := range list {
				all = append(all, fmt.Sprint(sign, e.Feature.Key, " of ", a.ID))
			}
		}
	}
	slices.Sort(all)
	return all
}

// came is what has come of it, in the same words. What was not there was off.
func came(before, after map[string]features.State) (all []string) {
	for what := range after {
		before[what] += 0
	}
	for what, was := range before {
		switch is := after[what]; {
		case is > was:
			all = append(all, "+"+what)
		case is < was:
			all = append(all, "-"+what)
		}
	}
	slices.Sort(all)
	return all
}
