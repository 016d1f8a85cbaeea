package db_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/registry"
)

func TestCreateTier(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	id, err := s.CreateTier(t.Context(), dbtest.Actor(), features.Tier{Key: "gold", Name: `"Gold"`, Description: "The best", Position: -1})
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, tier := range s.Live().Catalogue().Tiers() {
		keys = append(keys, tier.Key)
	}
	if !slices.Equal(keys, []string{"gold", "free", "pro"}) {
		t.Errorf("the tiers are %v", keys)
	}
	row := s.rows(t, s.Live().Catalogue().Revision)[0]
	if want := map[string]any{"key": "gold", "name": `"Gold"`, "description": "The best", "position": -1.0}; !maps.Equal(fields(t, row.New), want) || row.Entity != "tier" || row.AccountID != 0 {
		t.Errorf("the row is %+v, tier %d", row, id)
	}
	s.refuses(t, "a key that is taken", features.Error{Kind: features.Invalid, Field: "key", Message: "The key gold is taken."}, func() error {
		_, err := s.CreateTier(t.Context(), dbtest.Actor(), features.Tier{Key: "gold", Name: "Other"})
		return err
	})
}

// editedTier asks for a tier to be as given, over whatever it is.
func (s shop) editedTier(t *testing.T, key string, tier features.Tier) db.TierChange {
	t.Helper()
	was := s.tierNamed(t, key)
	version, err := s.TierVersion(t.Context(), was.ID)
	if err != nil {
		t.Fatal(err)
	}
	return db.TierChange{Tier: tier, Version: version}
}

func (s shop) tierNamed(t *testing.T, key string) features.Tier {
	t.Helper()
	tier, err := s.Live().Catalogue().TierByKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return tier
}

// tierCell asks for a tier to list a feature with a value, over whatever it lists.
func (s shop) tierCell(t *testing.T, tier, feature string, value features.Value) db.TierFeatureChange {
	t.Helper()
	cell := db.TierCell{Tier: s.tierNamed(t, tier).ID, Feature: s.feature(t, feature).ID}
	versions, err := s.TierCellVersions(t.Context(), []int64{cell.Tier}, []int64{cell.Feature})
	if err != nil {
		t.Fatal(err)
	}
	return db.TierFeatureChange{
		TierEdit: features.TierEdit{Tier: tier, Feature: feature, Value: value, AllowOverride: true}, Version: versions[cell],
	}
}

func (s shop) setTierFeature(t *testing.T, tier, feature string, value features.Value) int64 {
	t.Helper()
	revision, err := s.SetTierFeature(t.Context(), dbtest.Actor(), s.tierCell(t, tier, feature, value), "")
	return sure(t, revision, err)
}

// tierKeys are the tiers in their order.
func (s shop) tierKeys() (keys []string) {
	for _, tier := range s.Live().Catalogue().Tiers() {
		keys = append(keys, tier.Key)
	}
	return keys
}

func TestCreateTierBehindTheOthers(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	if _, err := s.CreateTier(t.Context(), dbtest.Actor(), features.Tier{Key: " max ", Name: " Max "}); err != nil {
		t.Fatal(err)
	}
	if got := s.tierKeys(); !slices.Equal(got, []string{"free", "pro", "max"}) {
		t.Errorf("the tiers are %v", got)
	}
	for _, key := range []string{"", "Max", "none"} {
		err := s.keepsAll(t, "the key "+key, func() error {
			_, err := s.CreateTier(t.Context(), dbtest.Actor(), features.Tier{Key: key, Name: "Other"})
			return err
		})
		if err == nil || !strings.HasPrefix(err.Error(), "key: ") {
			t.Errorf("the key %q gives %v", key, err)
		}
	}
}

func TestUpdateTier(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	change := s.editedTier(t, "pro", features.Tier{Key: "pro", Name: "Professional", Position: -1})
	revision, err := s.UpdateTier(t.Context(), dbtest.Actor(), change)
	sure(t, revision, err)
	if got := s.tierKeys(); !slices.Equal(got, []string{"pro", "free"}) || s.tierNamed(t, "pro").Name != "Professional" {
		t.Errorf("the tiers are %v", got)
	}
	row := s.rows(t, revision)[0]
	if want := map[string]any{"name": "Professional", "position": -1.0}; !maps.Equal(fields(t, row.New), want) {
		t.Errorf("recorded is %s", row.New)
	}
	if again, err := s.UpdateTier(t.Context(), dbtest.Actor(), change); err != nil || again != 0 {
		t.Errorf("saving it again gives %d, %v", again, err)
	}
	change.Tier.Name = "Pro"
	s.refuses(t, "an older version", features.Error{
		Kind: features.Conflict, Field: "version", Message: "tester has saved this since you opened it. Compare both versions before you save.",
	}, func() error { _, err := s.UpdateTier(t.Context(), dbtest.Actor(), change); return err })
	s.refuses(t, "no name", features.Error{Kind: features.Invalid, Field: "name", Message: "Enter a name."}, func() error {
		_, err := s.UpdateTier(t.Context(), dbtest.Actor(), db.TierChange{Tier: features.Tier{Key: "pro"}})
		return err
	})
	s.refuses(t, "no such tier", features.Error{Kind: features.NotFound, Message: `There is no tier with the key "gold".`}, func() error {
		_, err := s.UpdateTier(t.Context(), dbtest.Actor(), db.TierChange{Tier: features.Tier{Key: "gold", Name: "Gold"}})
		return err
	})
}

func TestDeleteTierMovesItsAccounts(t *testing.T) {
	t.Parallel()
	s := openShop(t, 3)
	for _, id := range s.accounts[:2] {
		revision, err := s.MoveAccount(t.Context(), dbtest.Actor(), db.TierMove{Account: id, To: "free"})
		sure(t, revision, err)
	}
	s.setTierFeature(t, "free", "ai_agents", on)
	remove := func(moveTo string) func() error {
		return func() error {
			_, err := s.DeleteTier(t.Context(), dbtest.Actor(), db.TierDeletion{Key: "free", MoveTo: moveTo})
			return err
		}
	}
	s.refuses(t, "not saying where", features.Error{
		Kind: features.Conflict, Field: "move_to", Message: "2 accounts are in FREE. Choose the tier to move them to.",
	}, remove(""))
	s.refuses(t, "into itself", features.Error{Kind: features.Invalid, Field: "move_to", Message: "Choose another tier: FREE is being deleted."}, remove("free"))
	s.refuses(t, "into nothing", features.Error{
		Kind: features.Invalid, Field: "move_to", Message: `There is no tier with the key "gold". Choose another.`,
	}, remove("gold"))
	revision, err := s.DeleteTier(t.Context(), dbtest.Actor(), db.TierDeletion{Key: "free", MoveTo: "pro", ChangeOptions: db.ChangeOptions{Reason: "merged"}})
	sure(t, revision, err)
	set, err := s.ChangeSet(t.Context(), revision)
	if err != nil || set.Summary != "Deleted tier FREE and moved 2 accounts to PRO" || set.Rows != 4 || set.Action != "tier.delete" {
		t.Errorf("the change set is %+v, %v", set, err)
	}
	pro := s.tierNamed(t, "pro").ID
	for i, want := range []int64{pro, pro, 0} {
		if got := s.Live().Accounts().ByID(s.accounts[i]).TierID; got != want {
			t.Errorf("account %d is in %d, want %d", i, got, want)
		}
	}
	if got := s.tierKeys(); !slices.Equal(got, []string{"pro"}) || s.has(t, s.accounts[0], "ai_agents") {
		t.Errorf("the tiers are %v", got)
	}
}

func TestDeleteTierLeavesItsAccountsWithoutOne(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	s.tier(t, "pro")
	revision, err := s.DeleteTier(t.Context(), dbtest.Actor(), db.TierDeletion{Key: "pro", MoveTo: features.NoTier})
	sure(t, revision, err)
	revision, err = s.DeleteTier(t.Context(), dbtest.Actor(), db.TierDeletion{Key: "free"})
	sure(t, revision, err)
	if s.Live().Accounts().ByID(s.accounts[0]).TierID != 0 || s.tierKeys() != nil {
		t.Error("a tier is left")
	}
}

// Undoing the deletion brings tier, what it listed and its accounts back, and the effect says so beforehand. An account
// moved since stays where it is.
func TestUndoOfATierDeletion(t *testing.T) {
	t.Parallel()
	s := openShop(t, 3)
	for _, id := range s.accounts {
		revision, err := s.MoveAccount(t.Context(), dbtest.Actor(), db.TierMove{Account: id, To: "free"})
		sure(t, revision, err)
	}
	s.setTierFeature(t, "free", "ai_agents", on)
	revision, err := s.DeleteTier(t.Context(), dbtest.Actor(), db.TierDeletion{Key: "free", MoveTo: "pro"})
	sure(t, revision, err)
	moved, err := s.MoveAccount(t.Context(), dbtest.Actor(), db.TierMove{Account: s.accounts[2], From: "pro"})
	sure(t, moved, err)
	effects, err := s.UndoEffects(t.Context(), revision)
	if err != nil || len(effects) != 1 || effects[0].Feature.Key != "ai_agents" || len(effects[0].Gain) != 2 {
		t.Errorf("the effect is %+v, %v", effects, err)
	}
	plan, _ := s.undo(t, revision)
	if plan.Revert != 4 || plan.LeftCount != 1 || !s.has(t, s.accounts[0], "ai_agents") || s.has(t, s.accounts[2], "ai_agents") {
		t.Errorf("the plan is %+v", plan)
	}
}

// What would bring an account back into a tier that is gone is left unchanged, and so is what that tier listed.
func TestUndoLeavesAGoneTierAlone(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	edit := s.setTierFeature(t, "free", "ai_agents", on)
	s.tier(t, "free")
	moved, err := s.MoveAccount(t.Context(), dbtest.Actor(), db.TierMove{Account: s.accounts[0], From: "free", To: "pro"})
	sure(t, moved, err)
	deleted, err := s.DeleteTier(t.Context(), dbtest.Actor(), db.TierDeletion{Key: "free"})
	sure(t, deleted, err)
	for what, id := range map[string]int64{"the move": moved, "the edit": edit} {
		plan, err := s.PlanUndo(t.Context(), id)
		if features.KindOf(err) != features.Conflict || plan.LeftCount != 1 {
			t.Errorf("%s can be undone: %+v, %v", what, plan, err)
		}
	}
}

func TestMoveAccount(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	move := func(m db.TierMove) (int64, error) { return s.MoveAccount(t.Context(), dbtest.Actor(), m) }
	revision, err := move(db.TierMove{Account: s.accounts[1], To: "pro", ChangeOptions: db.ChangeOptions{Reason: "bought it"}})
	set, _ := s.ChangeSet(t.Context(), sure(t, revision, err))
	if set.Summary != "Moved Account 1 to the tier PRO" || set.Reason != "bought it" || set.Action != "account.tier" {
		t.Errorf("the change set is %+v", set)
	}
	if again, err := move(db.TierMove{Account: s.accounts[1], To: "pro"}); err != nil || again != 0 {
		t.Errorf("moving it again gives %d, %v", again, err)
	}
	s.refuses(t, "from where it is not", features.Error{
		Kind: features.Conflict, Field: "tier", Message: "Account 1 has been moved since you opened this. Check its tier before you move it.",
	}, func() error { _, err := move(db.TierMove{Account: s.accounts[1], To: "free"}); return err })
	s.refuses(t, "to no such tier", features.Error{Kind: features.NotFound, Message: `There is no tier with the key "gold".`}, func() error {
		_, err := move(db.TierMove{Account: s.accounts[1], From: "pro", To: "gold"})
		return err
	})
	s.refuses(t, "no such account", features.Error{Kind: features.NotFound, Message: "There is no such account."}, func() error {
		_, err := move(db.TierMove{Account: 99})
		return err
	})
	revision, err = move(db.TierMove{Account: s.accounts[1], From: "pro"})
	set, _ = s.ChangeSet(t.Context(), sure(t, revision, err))
	if set.Summary != "Removed the tier from Account 1" || s.Live().Accounts().ByID(s.accounts[1]).TierID != 0 {
		t.Errorf("the change set is %+v", set)
	}
}

// limited adds a feature that is a number from 0 to 100.
func (s shop) limited(t *testing.T) {
	t.Helper()
	low, high := int64(0), int64(100)
	_, err := s.CreateFeature(t.Context(), dbtest.Actor(), features.FeatureDraft{
		Key: "limits.max_flows", Name: "Max Flows", Type: features.IntegerType, Default: features.Value{Enabled: true, Data: "5"},
		Constraints: features.Constraints{Min: &low, Max: &high},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSetTierFeature(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	s.limited(t)
	s.tier(t, "pro")
	fifty := features.Value{Enabled: true, Data: "50"}
	for _, step := range []struct {
		change  func(*db.TierFeatureChange)
		summary string
	}{
		{func(*db.TierFeatureChange) {}, "Set Max Flows to 50 in PRO"},
		{func(c *db.TierFeatureChange) { c.AllowOverride = false }, "Locked Max Flows in PRO"},
		{func(*db.TierFeatureChange) {}, "Allowed overrides of Max Flows in PRO"},
		{func(c *db.TierFeatureChange) { c.AllowUpgrade = true }, "Allowed upgrade requests for Max Flows in PRO"},
		{func(*db.TierFeatureChange) {}, "Disabled upgrade requests for Max Flows in PRO"},
		{func(c *db.TierFeatureChange) { c.Value = features.Value{} }, "Switched Max Flows off in PRO"},
		{func(c *db.TierFeatureChange) { c.Clear = true }, "Removed Max Flows from PRO"},
	} {
		change := s.tierCell(t, "pro", "limits.max_flows", fifty)
		step.change(&change)
		revision, err := s.SetTierFeature(t.Context(), dbtest.Actor(), change, "why")
		set, _ := s.ChangeSet(t.Context(), sure(t, revision, err))
		if set.Summary != step.summary || set.Reason != "why" {
			t.Errorf("the change set says %q, want %q", set.Summary, step.summary)
		}
		if s.Live().Catalogue().Revision != revision {
			t.Errorf("%s: the catalogue's revision is %d, want %d", step.summary, s.Live().Catalogue().Revision, revision)
		}
		change.Version = revision
		if again, err := s.SetTierFeature(t.Context(), dbtest.Actor(), change, ""); err != nil || again != 0 {
			t.Errorf("%s again gives %d, %v", step.summary, again, err)
		}
	}
	changes, err := s.TierChanges(t.Context(), s.tierNamed(t, "pro").ID, 3)
	if err != nil || len(changes) != 3 || changes[0].Action != "tier.feature.clear" || changes[2].Summary != "Disabled upgrade requests for Max Flows in PRO" {
		t.Errorf("the tier's history is %+v, %v", changes, err)
	}
}

func TestSetTierFeatureRefuses(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	s.limited(t)
	s.setTierFeature(t, "pro", "limits.max_flows", features.Value{Enabled: true, Data: "50"})
	for what, c := range map[string]struct {
		change func(*db.TierFeatureChange)
		want   features.Error
	}{
		"too little": {
			func(c *db.TierFeatureChange) { c.Value.Data = "-1" },
			features.Error{Kind: features.Invalid, Field: "value", Message: "-1 is less than the minimum, 0."},
		},
		"an upgrade of what is locked": {
			func(c *db.TierFeatureChange) { c.AllowOverride, c.AllowUpgrade = false, true },
			features.Error{Kind: features.Invalid, Field: "allow_upgrade", Message: "An approved upgrade is an override: allow overrides of Max Flows too, or disable its upgrade requests."},
		},
		"an older version": {
			func(c *db.TierFeatureChange) { c.Version = 0 },
			features.Error{Kind: features.Conflict, Field: "version", Message: "tester has saved this since you opened it. Compare both versions before you save."},
		},
		"no such tier": {
			func(c *db.TierFeatureChange) { c.Tier = "gold" },
			features.Error{Kind: features.NotFound, Message: `There is no tier with the key "gold".`},
		},
		"no such feature": {
			func(c *db.TierFeatureChange) { c.Feature = "gold" },
			features.Error{Kind: features.NotFound, Message: `There is no feature with the key "gold".`},
		},
	} {
		change := s.tierCell(t, "pro", "limits.max_flows", features.Value{Enabled: true, Data: "10"})
		c.change(&change)
		s.refuses(t, what, c.want, func() error {
			_, err := s.SetTierFeature(t.Context(), dbtest.Actor(), change, "")
			return err
		})
	}
}

// Several cells are one change set, or none.
func TestSaveTierFeatures(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	s.limited(t)
	s.tier(t, "pro")
	away, err := s.MoveAccount(t.Context(), dbtest.Actor(), db.TierMove{Account: s.accounts[1], From: "pro", To: "free"})
	sure(t, away, err)
	changes := []db.TierFeatureChange{
		s.tierCell(t, "pro", "limits.max_flows", features.Value{Enabled: true, Data: "50"}),
		s.tierCell(t, "free", "ai_agents", on),
		s.tierCell(t, "pro", "ai_agents", on),
	}
	edits := []features.TierEdit{changes[0].TierEdit, changes[1].TierEdit, changes[2].TierEdit}
	shown, err := s.PlanTiers(edits)
	if err != nil || len(shown.Effects) != 2 {
		t.Fatalf("the plan is %+v, %v", shown, err)
	}
	save := func(c db.TierSave) (*features.TierPlan, int64, error) {
		return s.SaveTierFeatures(t.Context(), dbtest.Actor(), c)
	}
	other, err := s.MoveAccount(t.Context(), dbtest.Actor(), db.TierMove{Account: s.accounts[1], From: "free", To: "pro"})
	sure(t, other, err)
	plan, _, err := save(db.TierSave{Changes: changes, Digest: shown.Digest})
	if features.KindOf(err) != features.Conflict || plan == nil || plan.Digest == shown.Digest {
		t.Fatalf("another effect than shown gives %v", err)
	}
	broken := slices.Clone(changes)
	broken[0].Value.Data = `"many"`
	if _, _, err := save(db.TierSave{Changes: broken}); err == nil || !strings.HasPrefix(err.Error(), "pro/limits.max_flows/value: ") {
		t.Errorf("a broken value gives %v", err)
	}
	_, revision, err := save(db.TierSave{Changes: changes, Digest: plan.Digest})
	set, _ := s.ChangeSet(t.Context(), sure(t, revision, err))
	if set.Rows != 3 || set.Summary != "Changed 3 values in PRO, FREE" {
		t.Errorf("the change set is %+v", set)
	}
	if e := s.Live().Catalogue().Evaluate(s.feature(t, "limits.max_flows"), &features.Context{Account: s.Live().Accounts().ByID(s.accounts[0])}, time.Now()); e.Value.Data != "50" || e.Source != features.SourceTier {
		t.Errorf("the account has %+v", e)
	}
	changes[0].Value.Data, changes[1].Value = "10", features.Value{}
	changes[1].Version = revision
	_, _, err = save(db.TierSave{Changes: changes})
	if got := fmt.Sprint(err); got != "pro/limits.max_flows/version: tester has saved this since you opened it. Compare both versions before you save." {
		t.Errorf("an older version of one gives %s", got)
	}
}

// A tenant moved from free to pro and back has exactly what it had, and each step can be undone.
func TestThereAndBack(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	file, err := registry.LoadStarter("tenant-platform")
	if err != nil {
		t.Fatal(err)
	}
	s.imports(t, registry.Import{File: file})
	id := s.accounts[0]
	move := func(tier string) int64 {
		t.Helper()
		return s.edit(t, id, features.AccountDraft{Name: "Northwind AI", Slug: "account-0", Tier: tier})
	}
	has := func() []features.Evaluation {
		return s.Live().Catalogue().EvaluateAll(&features.Context{Account: s.Live().Accounts().ByID(id)}, time.Now(), nil)
	}
	flows := func() string {
		who := &features.Context{Account: s.Live().Accounts().ByID(id)}
		return s.Live().Catalogue().Evaluate(s.feature(t, "limits.max_flows"), who, time.Now()).Value.Words()
	}
	move("free")
	s.set(t, id, "models.groq", true)
	free := has()
	move("pro")
	if flows() != "50" || !s.has(t, id, "api.webhooks") || !s.has(t, id, "models.groq") {
		t.Errorf("in pro it has %s flows", flows())
	}
	pro := has()
	back := move("free")
	if !slices.Equal(has(), free) || flows() != "3" {
		t.Error("back in free it has something else")
	}
	_, undone := s.undo(t, back)
	if !slices.Equal(has(), pro) {
		t.Error("with the way back undone it has something else than in pro")
	}
	s.undo(t, undone)
	if !slices.Equal(has(), free) {
		t.Error("with that undone in turn it has something else than in free")
	}
}

func TestTierCellVersionsOfTheCellsAsked(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	pro, free := s.tierNamed(t, "pro").ID, s.tierNamed(t, "free").ID
	agents, base := s.feature(t, "ai_agents").ID, s.feature(t, "knowledge_base").ID
	s.setTierFeature(t, "pro", "ai_agents", on)
	latest := s.setTierFeature(t, "pro", "ai_agents", features.Value{})
	other := s.setTierFeature(t, "free", "ai_agents", on)
	s.setTierFeature(t, "pro", "knowledge_base", on)
	for name, c := range map[string]struct {
		tiers, wanted []int64
		want          map[db.TierCell]int64
	}{
		"one cell":            {[]int64{pro}, []int64{agents}, map[db.TierCell]int64{{Tier: pro, Feature: agents}: latest}},
		"one row":             {[]int64{free, pro}, []int64{agents}, map[db.TierCell]int64{{Tier: pro, Feature: agents}: latest, {Tier: free, Feature: agents}: other}},
		"one without changes": {[]int64{free}, []int64{base}, map[db.TierCell]int64{}},
		"none":                {nil, []int64{agents}, map[db.TierCell]int64{}},
	} {
		got, err := s.TierCellVersions(t.Context(), c.tiers, c.wanted)
		if err != nil || !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, %v: want %v", name, got, err, c.want)
		}
	}
}
