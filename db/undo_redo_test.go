package db_test

import (
	"slices"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// A deletion that is redone takes all that it took, though a part of it was undone and redone by itself meanwhile.
func TestRedoOfADeletionTakesEverything(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	account := s.accounts[0]
	s.person(t, features.UserDraft{Email: "mia@example.com", Name: "Mia"}, account)
	set := s.set(t, account, "ai_agents", true)
	deleted, err := s.DeleteAccount(t.Context(), dbtest.Actor(), account, "")
	sure(t, deleted, err)
	after := dumpState(t, s.DB)
	_, back := s.undo(t, deleted)
	_, unset := s.undo(t, set)
	s.undo(t, unset)
	plan, redone := s.undo(t, back)
	if plan.LeftCount != 0 {
		t.Errorf("left unchanged are %+v", plan.Left)
	}
	sameLines(t, "after the redo", after, dumpState(t, s.DB))
	s.undo(t, redone)
	if !s.has(t, account, "ai_agents") {
		t.Error("the override did not come back")
	}
}

// What an account has come to have keeps all of it from being taken, not the account alone.
func TestRedoOfADeletionIsNeverHalf(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	account := s.accounts[0]
	s.person(t, features.UserDraft{Email: "mia@example.com", Name: "Mia"}, account)
	s.set(t, account, "ai_agents", true)
	deleted, err := s.DeleteAccount(t.Context(), dbtest.Actor(), account, "")
	sure(t, deleted, err)
	_, back := s.undo(t, deleted)
	s.set(t, account, "knowledge_base", true)
	plan, err := s.PlanUndo(t.Context(), back)
	if features.KindOf(err) != features.Conflict || plan.LeftCount != 3 {
		t.Fatalf("the plan is %+v, %v", plan, err)
	}
	var why []string
	for _, left := range plan.Left {
		why = append(why, left.Entity+" "+left.Why)
	}
	if want := []string{"override stays with its account", "membership stays with its account", "account has 1 override since"}; !slices.Equal(why, want) {
		t.Errorf("left unchanged are %q: want %q", why, want)
	}
	s.clear(t, account, "knowledge_base")
	if plan, _ := s.undo(t, back); plan.Revert != 3 {
		t.Errorf("once nothing is in the way, the plan is %+v", plan)
	}
}

// What an undo has left unchanged can be undone once nothing is in the way any more.
func TestTheRestCanBeUndoneLater(t *testing.T) {
	t.Parallel()
	s := openShop(t, 4)
	before := dumpState(t, s.DB)
	bulk := s.apply(t, features.Bulk{Action: features.EnableFeature, Feature: "ai_agents", Selection: everyone})
	after := dumpState(t, s.DB)
	since := s.set(t, s.accounts[1], "ai_agents", false)
	state := func() db.ChangeSet {
		t.Helper()
		set, err := s.ChangeSet(t.Context(), bulk)
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	_, first := s.undo(t, bulk)
	if set := state(); set.UndoneBy != first || !set.PartlyUndone() || set.Undone != 3 {
		t.Errorf("undone but for one, it is %+v", set)
	}
	blocked := features.Error{Kind: features.Conflict, Message: "This change has been undone already, except for Account 1: changed since."}
	s.refuses(t, "undo of what is blocked", blocked, func() error { _, _, err := s.Undo(t.Context(), dbtest.Actor(), bulk, ""); return err })
	s.undo(t, since)
	plan, second := s.undo(t, bulk)
	if plan.Revert != 1 || plan.LeftCount != 0 || !slices.Equal(plan.Names, []string{"Account 1"}) {
		t.Errorf("the plan for the rest is %+v", plan)
	}
	sameLines(t, "after both undos", before, dumpState(t, s.DB))
	if set := state(); set.UndoneBy != second || set.PartlyUndone() {
		t.Errorf("undone by two, it is %+v", set)
	}
	s.undo(t, second)
	if set := state(); set.UndoneBy != first || !set.PartlyUndone() {
		t.Errorf("with one undo undone, it is %+v", set)
	}
	s.undo(t, first)
	if set := state(); set.UndoneBy != 0 || set.Undone != 0 {
		t.Errorf("with both undos undone, it is %+v", set)
	}
	sameLines(t, "after all of it again", after, dumpState(t, s.DB))
	if plan, _ := s.undo(t, bulk); plan.Revert != 4 {
		t.Errorf("the plan is %+v", plan)
	}
}

func TestUndoOfAnUndoIsARedo(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	last := s.set(t, s.accounts[0], "ai_agents", true)
	set, err := s.ChangeSet(t.Context(), last)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"Undid: ", "Redid: ", "Undid: "} {
		_, last = s.undo(t, last)
		if undo, err := s.ChangeSet(t.Context(), last); err != nil || undo.Summary != verb+set.Summary {
			t.Errorf("it is called %q, %v", undo.Summary, err)
		}
	}
}
