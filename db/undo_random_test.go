package db_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// history is a small registry to which chance does things, with every state that it had.
type history struct {
	shop
	*rand.Rand
	dumps map[int64][]string // by the change set that left the tables so
	last  int64
}

func newHistory(t *testing.T) *history {
	t.Helper()
	h := &history{shop: openShop(t, 3), Rand: randomOf(t), dumps: make(map[int64][]string)}
	h.note(t)
	return h
}

// note keeps the state that the latest change set has left.
func (h *history) note(t *testing.T) {
	t.Helper()
	if now := h.newest(t, nil); now != h.last {
		h.last, h.dumps[now] = now, dumpState(t, h.DB)
	}
}

// step does one thing by chance. What is refused is part of it.
func (h *history) step(t *testing.T) {
	t.Helper()
	steps := []func(*testing.T) error{h.anAccount, h.anOverride, h.aFeature, h.aTier, h.aUser, h.anEntry, h.aRequest, h.many, h.many, h.anOverride}
	if err := steps[h.IntN(len(steps))](t); err != nil && features.KindOf(err) == 0 {
		t.Fatal(err)
	}
	h.note(t)
}

// pick is one of some things, or the zero one where there are none.
func pick[T any](h *history, all []T) (one T) {
	if len(all) > 0 {
		one = all[h.IntN(len(all))]
	}
	return one
}

func (h *history) account() *features.Account {
	return pick(h, slices.SortedFunc(h.Live().Accounts().All(), func(a, b *features.Account) int { return int(a.ID - b.ID) }))
}

func (h *history) someFeature() *features.Feature { return pick(h, h.Live().Catalogue().Features()) }

func (h *history) anAccount(t *testing.T) error {
	ctx, n := t.Context(), h.IntN(4)
	a := h.account()
	if a == nil || h.IntN(3) == 0 {
		_, err := h.CreateAccount(ctx, dbtest.Actor(), features.AccountDraft{Name: fmt.Sprint("A", n), Slug: fmt.Sprint("a-", n)})
		return err
	}
	switch h.IntN(3) {
	case 0:
		_, err := h.DeleteAccount(ctx, dbtest.Actor(), a.ID, "")
		return err
	case 1:
		version, err := h.AccountVersion(ctx, a.ID)
		if err != nil {
			return err
		}
		_, err = h.UpdateAccount(ctx, dbtest.Actor(), a.ID, features.AccountDraft{Name: a.Name, Slug: fmt.Sprint("b-", n), Tier: pick(h, h.tierKeys())}, version)
		return err
	}
	_, err := h.SetAccountStatus(ctx, dbtest.Actor(), a.ID, []features.Status{features.Active, features.Suspended}[h.IntN(2)], "")
	return err
}

func (h *history) anOverride(t *testing.T) error {
	a, f := h.account(), h.someFeature()
	if a == nil || f == nil {
		return nil
	}
	cell := db.CellKey{Account: a.ID, Feature: f.ID}
	cells, err := h.Cells(t.Context(), []int64{a.ID}, []int64{f.ID})
	if err != nil {
		return err
	}
	change := db.OverrideChange{Account: a.ID, Feature: f.Key, Value: h.value(f), Version: cells[cell].Version}
	if h.IntN(3) == 0 {
		_, err = h.ClearOverride(t.Context(), dbtest.Actor(), change)
		return err
	}
	if len(f.Variants) > 0 && h.IntN(2) == 0 {
		change.Value, change.Variant = on, f.Variants[0].Key
	}
	_, err = h.SetOverride(t.Context(), dbtest.Actor(), change)
	return err
}

func (h *history) value(f *features.Feature) features.Value {
	switch {
	case h.IntN(3) == 0:
		return features.Value{}
	case f.Type.IsBoolean():
		return on
	}
	return features.Value{Enabled: true, Data: features.JSON(fmt.Sprint(h.IntN(20)))}
}

func (h *history) aFeature(t *testing.T) error {
	ctx, n := t.Context(), h.IntN(4)
	f := h.someFeature()
	if f == nil || h.IntN(3) == 0 {
		draft := features.FeatureDraft{Key: pick(h, []string{"a.b", "a_b", "limit", "more"}), Name: fmt.Sprint("F", n)}
		if draft.Key == "limit" {
			draft.Type, draft.Default = features.IntegerType, features.Value{Enabled: true, Data: "1"}
		}
		_, err := h.CreateFeature(ctx, dbtest.Actor(), draft)
		return err
	}
	switch h.IntN(4) {
	case 0:
		_, err := h.DeleteFeature(ctx, dbtest.Actor(), f.Key, "")
		return err
	case 1:
		_, err := h.SetKillSwitch(ctx, dbtest.Actor(), db.KillSwitch{Keys: []string{f.Key}, Enabled: !f.Enabled})
		return err
	}
	return h.saves(t, f.Key, func(d *features.FeatureDraft) {
		d.Description, d.DependsOn, d.ConflictsWith, d.Variants, d.Constraints = fmt.Sprint(n), nil, nil, nil, features.Constraints{}
		other := h.someFeature().Key
		switch most := int64(h.IntN(20)); {
		case h.IntN(3) == 0:
			d.DependsOn = []string{other}
		case h.IntN(3) == 0:
			d.ConflictsWith = []string{other}
		case f.Type.IsBoolean():
			variants(fmt.Sprint("v", n), "w")(d)
		default:
			d.Constraints.Max = &most
		}
	})
}

func (h *history) aTier(t *testing.T) error {
	ctx := t.Context()
	key := pick(h, h.tierKeys())
	if key == "" || h.IntN(4) == 0 {
		key = pick(h, []string{"gold", "iron"})
		_, err := h.CreateTier(ctx, dbtest.Actor(), features.Tier{Key: key, Name: key})
		return err
	}
	f := h.someFeature()
	if h.IntN(3) == 0 || f == nil {
		_, err := h.DeleteTier(ctx, dbtest.Actor(), db.TierDeletion{Key: key, MoveTo: features.NoTier})
		return err
	}
	edit := h.tierCell(t, key, f.Key, h.value(f))
	edit.Clear = h.IntN(4) == 0
	_, err := h.SetTierFeature(ctx, dbtest.Actor(), edit, "")
	return err
}

func (h *history) aUser(t *testing.T) error {
	a, n := h.account(), h.IntN(3)
	if a == nil {
		return nil
	}
	users, err := h.ListUsers(t.Context(), a.ID)
	if err != nil {
		return err
	}
	if len(users) > 0 && h.IntN(3) == 0 {
		_, err := h.RemoveMembership(t.Context(), dbtest.Actor(), users[0].ID, a.ID)
		return err
	}
	if len(users) > 0 && h.IntN(3) == 0 {
		_, err := h.DisableUser(t.Context(), dbtest.Actor(), users[0].ID)
		return err
	}
	_, err = h.AddMembership(t.Context(), dbtest.Actor(), db.NewMember{Account: a.ID, Email: fmt.Sprintf("u%d@example.com", n), Role: "owner"})
	return err
}

// anEntry makes or deletes a model or a component.
func (h *history) anEntry(t *testing.T) error {
	ctx, f := t.Context(), h.someFeature()
	c := h.Live().Catalogue()
	if f == nil {
		return nil
	}
	switch m, x := pick(h, c.Models()), pick(h, c.Components()); h.IntN(4) {
	case 0:
		if m != nil {
			_, err := h.DeleteModel(ctx, dbtest.Actor(), m.ID, "")
			return err
		}
	case 1:
		if x != nil {
			_, err := h.DeleteComponent(ctx, dbtest.Actor(), x.ID, "")
			return err
		}
	case 2:
		draft := gpt()
		draft.Feature = f.Key
		_, err := h.CreateModel(ctx, dbtest.Actor(), draft)
		return err
	}
	draft := chroma()
	draft.Feature, draft.Requires = f.Key, []string{h.someFeature().Key}
	_, err := h.CreateComponent(ctx, dbtest.Actor(), draft)
	return err
}

func (h *history) aRequest(t *testing.T) error {
	a, f := h.account(), h.someFeature()
	if a == nil || f == nil {
		return nil
	}
	if a.TierID != 0 {
		tier := h.Live().Catalogue().Tiers()[0].Key
		edit := h.tierCell(t, tier, f.Key, features.Value{})
		edit.AllowUpgrade = true
		if _, err := h.SetTierFeature(t.Context(), dbtest.Actor(), edit, ""); err != nil {
			return err
		}
		h.note(t)
	}
	r, err := h.AskUpgrade(t.Context(), dbtest.Actor(), db.UpgradeAsk{Account: a.ID, Feature: f.Key})
	if err != nil || h.IntN(2) == 0 {
		return err
	}
	h.note(t)
	_, err = h.RejectUpgrade(t.Context(), dbtest.Actor(), r.ID, "")
	return err
}

// many changes overrides or tiers of all accounts.
func (h *history) many(t *testing.T) error {
	f := h.someFeature()
	if f == nil || h.account() == nil {
		return nil
	}
	bulk := features.Bulk{Action: features.ClearOverrides, Selection: everyone}
	switch h.IntN(3) {
	case 0:
		bulk.Action, bulk.Tier = features.SetTier, pick(h, h.tierKeys())
	case 1:
		bulk.Action, bulk.Feature = features.DisableFeature, f.Key
	}
	plan, err := h.PlanBulk(bulk)
	if err != nil {
		return err
	}
	_, _, err = h.ApplyBulk(t.Context(), dbtest.Actor(), db.BulkChange{Bulk: bulk, Digest: plan.Digest})
	return err
}

// undoSome undoes some change set.
func (h *history) undoSome(t *testing.T) {
	t.Helper()
	h.undoes(t, max(1, h.last-h.Int64N(40)))
}

// undoes undoes a change set where the plan says that it can be done: then it is done, and can be redone.
func (h *history) undoes(t *testing.T, set int64) {
	t.Helper()
	plan, err := h.PlanUndo(t.Context(), set)
	if err != nil && features.KindOf(err) != features.Conflict {
		t.Fatal(err)
	}
	if err != nil {
		if plan.Revert != 0 || plan.LeftCount > 0 && plan.Left[0].Why == "" {
			t.Fatalf("nothing to undo: %+v, %v", plan, err)
		}
		return
	}
	before := dumpState(t, h.DB)
	_, undo := h.undo(t, set)
	h.note(t)
	if again, redo := h.undo(t, undo); again.LeftCount > 0 || again.Revert != plan.Revert {
		t.Fatalf("%s, undone by %d, cannot be redone by %d: %+v", plan.ChangeSet.Summary, undo, redo, again)
	}
	h.note(t)
	sameLines(t, "undone and redone", before, dumpState(t, h.DB))
	if h.IntN(2) == 0 {
		h.undo(t, h.last)
		h.note(t)
	}
}

// checkLog holds the tables against the log.
func (h *history) checkLog(t *testing.T) {
	t.Helper()
	stored, logged, err := h.States(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for thing := range stored {
		if logged[thing] == nil && !strings.HasPrefix(thing, "setting ") { // which are there from the first
			t.Errorf("the log does not know %s", thing)
		}
	}
	for thing, fields := range logged {
		for name, value := range fields {
			if !reflect.DeepEqual(stored[thing][name], value) {
				t.Errorf("%s has %s %v, and %v in the log", thing, name, stored[thing][name], value)
			}
		}
	}
	then, err := h.AsOf(t.Context(), h.newest(t, nil), 0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(h.snapshot(t), snapshot(t, then.Catalogue, then.Accounts)); diff != "" {
		t.Errorf("as of now it is not what is served:\n%s", diff)
	}
}

// Whatever is done, undone and redone, the log and the tables agree; and undone one after the other, the latest first,
// every change set leaves the state before it.
func TestUndoOfAnyHistory(t *testing.T) {
	t.Parallel()
	for n := range 2 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			h := newHistory(t)
			begin := h.last
			for range 30 {
				h.step(t)
				h.undoSome(t)
			}
			h.checkLog(t)
			for set := h.last; set > begin; set-- {
				if plan, _ := h.undo(t, set); plan.LeftCount > 0 {
					t.Fatalf("of change %d, %s, are left %+v", set, plan.ChangeSet.Summary, plan.Left)
				}
				sameLines(t, fmt.Sprintf("change %d undone", set), h.dumps[set-1], dumpState(t, h.DB))
				if t.Failed() {
					return
				}
			}
			h.checkLog(t)
		})
	}
}
