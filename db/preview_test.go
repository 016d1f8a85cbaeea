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

// What a preview of any use case says is, name for name, what the same use case then does; and until then nothing.
func TestPreviewsComeTrue(t *testing.T) {
	t.Parallel()
	s := openShop(t, 8)
	c := &crowd{keys: []string{"knowledge_base", "ai_agents", "additional_services"}}
	random := randomOf(t)
	changes, sets := 0, 0
	for range 60 {
		act := []func(context.Context, *db.DB, *rand.Rand) error{c.actOnAccounts, c.actOnRegistry}[random.IntN(2)]
		seed := random.Uint64()
		use := func(ctx context.Context) error { return act(ctx, s.DB, rand.New(rand.NewPCG(seed, 0))) }
		came, revision := s.doesAsPreviewed(t, use)
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

// doesAsPreviewed previews a use case, does it, and gives how many states that changed and whether there was a change set.
func (s shop) doesAsPreviewed(t *testing.T, use func(context.Context) error) (states int, changed bool) {
	t.Helper()
	all := dump(t, s.DB)
	preview, previewed := s.Preview(t.Context(), use)
	if !slices.Equal(all, dump(t, s.DB)) {
		t.Fatalf("previewing %s changed something", preview.ChangeSet.Action)
	}
	before := s.states()
	err := use(t.Context())
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
	change := db.OverrideChange{Account: s.accounts[1], Feature: "ai_agents", Value: on, Reason: "beta"}
	set := func(ctx context.Context) error { _, err := s.SetOverride(ctx, dbtest.Actor(), change); return err }
	preview, err := s.Preview(t.Context(), set)
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
	if err := set(t.Context()); err != nil {
		t.Fatal(err)
	}
	change.Version = s.version(t, s.accounts[1], "ai_agents")
	if preview, err := s.Preview(t.Context(), set); err != nil || preview.ChangeSet.ID != 0 || preview.Effects != nil {
		t.Errorf("where it is so already, the preview is %+v, %v", preview, err)
	}
	if _, err := s.Preview(t.Context(), func(ctx context.Context) error { _, err := s.SetMode(ctx, dbtest.Actor(), "nonsense", ""); return err }); features.KindOf(err) != features.Invalid {
		t.Errorf("what the change refuses, the preview does not: %v", err)
	}
}

func TestTerms(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	f := s.feature(t, "ai_agents")
	seen := db.Seen{Entity: "feature", ID: f.ID, Feature: f.ID, Version: f.Revision}
	ctx := db.On(t.Context(), db.Terms{Reason: "tidying up", Seen: &seen})
	if version, err := s.VersionOf(ctx, seen); err != nil || version != f.Revision {
		t.Errorf("the version is %d, %v: want %d", version, err, f.Revision)
	}
	s.kill(t, false, "ai_agents")
	for name, use := range map[string]func(context.Context) error{
		"the change": func(ctx context.Context) error {
			_, err := s.DeleteFeature(ctx, dbtest.Actor(), "ai_agents", "")
			return err
		},
	} {
		if err := use(ctx); features.KindOf(err) != features.Conflict {
			t.Errorf("%s of what has changed since: %v", name, err)
		}
		if _, err := s.Preview(ctx, use); features.KindOf(err) != features.Conflict {
			t.Errorf("the preview of %s of what has changed since: %v", name, err)
		}
	}
	seen.Version = s.feature(t, "ai_agents").Revision
	revision, err := s.DeleteFeature(ctx, dbtest.Actor(), "ai_agents", "")
	if err != nil {
		t.Fatal(err)
	}
	if set, err := s.ChangeSet(t.Context(), revision); err != nil || set.Reason != "tidying up" {
		t.Errorf("the reason is %q, %v", set.Reason, err)
	}
}
