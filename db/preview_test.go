package db_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// What a preview of any change says is, name for name, what the same change then does; and until then nothing. Both are
// given the change as JSON has kept it.
func TestPreviewsComeTrue(t *testing.T) {
	t.Parallel()
	s := openShop(t, 8)
	c := &crowd{keys: []string{"knowledge_base", "ai_agents", "additional_services"}}
	random := randomOf(t)
	changes, sets := 0, 0
	for range 60 {
		draw := []func(context.Context, *db.DB, *rand.Rand) (db.Change, error){c.drawOfAccounts, c.drawOfRegistry}[random.IntN(2)]
		change, err := draw(t.Context(), s.DB, random)
		if err != nil || change == nil {
			continue
		}
		came, revision := s.doesAsPreviewed(t, change)
		changes += came
		if revision {
			sets++
		}
		if random.IntN(4) == 0 {
			s.openUp(t, c.keys)
		}
	}
	if changes < 8 || sets < 15 {
		t.Errorf("%d change sets changed %d states: too few to mean anything", sets, changes)
	}
}

// doesAsPreviewed previews a change, makes it, and returns how many states that changed and whether there was a change set.
func (s shop) doesAsPreviewed(t *testing.T, change db.Change) (states int, changed bool) {
	t.Helper()
	all := dump(t, s.DB)
	preview, previewed := s.Preview(t.Context(), person(rand.New(rand.NewPCG(1, 1))), kept(t, change))
	if !slices.Equal(all, dump(t, s.DB)) {
		t.Fatalf("previewing %s changed something", preview.ChangeSet.Action)
	}
	before := s.states()
	_, err := s.Apply(t.Context(), person(rand.New(rand.NewPCG(1, 1))), kept(t, change))
	if features.KindOf(err) != features.KindOf(previewed) || err == nil != (previewed == nil) {
		t.Errorf("the preview gives %v, the change %v", previewed, err)
	}
	if said, came := said(preview.Effects), came(before, s.states()); !slices.Equal(said, came) {
		t.Errorf("%s: said %v, came %v", preview.ChangeSet.Action, said, came)
	} else {
		states = len(came)
	}
	return states, preview.ChangeSet.ID != 0
}

func TestPreviewSaysWhatTheLogWould(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	change := &db.OverrideChange{ChangeOptions: db.ChangeOptions{Reason: "beta"}, Account: s.accounts[1], Feature: "ai_agents", Value: on}
	preview, err := s.Preview(t.Context(), dbtest.Actor(), change)
	if err != nil || preview.ChangeSet.Action != "override.set" || preview.ChangeSet.Reason != "beta" || preview.ChangeSet.Rows != 1 {
		t.Fatalf("the preview is %+v, %v", preview.ChangeSet, err)
	}
	if row := preview.Rows[0]; row.EntityName != "Account 1" || row.Old != nil || fields(t, row.New)["enabled"] != true {
		t.Errorf("its row is %+v: %s", row, row.New)
	}
	if len(preview.Effects) != 1 || preview.Effects[0].Gain[0].ID != s.accounts[1] {
		t.Errorf("its effects are %+v", preview.Effects)
	}
	if s.has(t, s.accounts[1], "ai_agents") {
		t.Error("the preview has been saved")
	}
	if _, err := s.Apply(t.Context(), dbtest.Actor(), change); err != nil {
		t.Fatal(err)
	}
	change.Version = s.version(t, s.accounts[1], "ai_agents")
	if preview, err := s.Preview(t.Context(), dbtest.Actor(), change); err != nil || preview.ChangeSet.ID != 0 || preview.Effects != nil {
		t.Errorf("where it is so already, the preview is %+v, %v", preview, err)
	}
	if _, err := s.Preview(t.Context(), dbtest.Actor(), &db.SetMode{Mode: "nonsense"}); features.KindOf(err) != features.Invalid {
		t.Errorf("what the change refuses, the preview does not: %v", err)
	}
}

func TestChangeOptions(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	f := s.feature(t, "ai_agents")
	seen := db.IfMatch{Entity: "feature", ID: f.ID, Feature: f.ID, Version: f.Revision}
	if version, err := s.VersionOf(t.Context(), seen); err != nil || version != f.Revision {
		t.Errorf("the version is %d, %v: want %d", version, err, f.Revision)
	}
	s.kill(t, false, "ai_agents")
	change := &db.DeleteFeature{ChangeOptions: db.ChangeOptions{Reason: "tidying up", IfMatch: &seen}, Key: "ai_agents"}
	if _, err := s.Apply(t.Context(), dbtest.Actor(), change); features.KindOf(err) != features.Conflict {
		t.Errorf("the change of what has changed since: %v", err)
	}
	if _, err := s.Preview(t.Context(), dbtest.Actor(), change); features.KindOf(err) != features.Conflict {
		t.Errorf("the preview of the change of what has changed since: %v", err)
	}
	seen.Version = s.feature(t, "ai_agents").Revision
	done, err := s.Apply(t.Context(), dbtest.Actor(), change)
	if err != nil {
		t.Fatal(err)
	}
	if set, err := s.ChangeSet(t.Context(), done.Revision); err != nil || set.Reason != "tidying up" {
		t.Errorf("the reason is %q, %v", set.Reason, err)
	}
}
