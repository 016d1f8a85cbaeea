package db_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"flagstone/db"
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
	undone := 0
	for range 250 {
		if err := c.act(t.Context(), s.DB, random); err != nil {
			t.Fatal(err)
		}
		if random.IntN(2) > 0 {
			continue
		}
		if s.undoesAsSaid(t, random) {
			undone++
		}
	}
	if undone < 25 {
		t.Errorf("only %d change sets were undone: too few to mean anything", undone)
	}
}

// undoesAsSaid undoes one of the latest change sets, and tells whether it could.
func (s shop) undoesAsSaid(t *testing.T, random *rand.Rand) bool {
	t.Helper()
	sets, err := s.ChangeSets(t.Context(), db.AuditFilter{}, 4)
	if err != nil || len(sets) == 0 {
		t.Fatalf("%d change sets, %v", len(sets), err)
	}
	set := sets[random.IntN(len(sets))]
	if _, err := s.PlanUndo(t.Context(), set.ID); err != nil {
		return false
	}
	effects, err := s.UndoEffects(t.Context(), set.ID)
	if err != nil {
		t.Fatal(err)
	}
	before := s.states()
	if _, _, err := s.Undo(t.Context(), features.System(), set.ID, ""); err != nil {
		return false
	}
	var said, came []string
	for _, e := range effects {
		for sign, list := range map[string][]*features.Account{"+": e.Gain, "-": e.Lose} {
			for _, a := range list {
				said = append(said, fmt.Sprint(sign, e.Feature.Key, " of ", a.ID))
			}
		}
	}
	after := s.states()
	for what := range after {
		before[what] += 0
	}
	for what, was := range before {
		switch is := after[what]; {
		case is > was:
			came = append(came, "+"+what)
		case is < was:
			came = append(came, "-"+what)
		}
	}
	slices.Sort(said)
	slices.Sort(came)
	if !slices.Equal(said, came) {
		t.Errorf("undoing %s: said %v, came %v", set.Action, said, came)
	}
	return true
}
