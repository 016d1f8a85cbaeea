package db_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/registry"
)

// leftAs fails unless undo of a change set leaves one thing alone, for one reason.
func (s shop) leftAs(t *testing.T, id int64, name, why string) db.LeftAlone {
	t.Helper()
	plan, err := s.PlanUndo(t.Context(), id)
	if err != nil && features.KindOf(err) != features.Conflict {
		t.Fatal(err)
	}
	if plan.LeftCount != 1 || len(plan.Left) != 1 || plan.Left[0].Name != name || plan.Left[0].Why != why {
		t.Fatalf("the plan leaves %+v: want %q left unchanged: %q", plan.Left, name, why)
	}
	return plan.Left[0]
}

// leftNames are the names of what a plan leaves alone.
func leftNames(plan db.UndoPlan) (names []string) {
	for _, left := range plan.Left {
		names = append(names, left.Name)
	}
	return names
}

func TestUndoLeavesWhatChangedSince(t *testing.T) {
	t.Parallel()
	s := openShop(t, 20)
	bulk := s.apply(t, features.Bulk{Action: features.EnableFeature, Feature: "ai_agents", Selection: everyone})
	s.set(t, s.accounts[3], "ai_agents", false)
	s.clear(t, s.accounts[4], "ai_agents")
	s.set(t, s.accounts[5], "knowledge_base", true) // another cell of the account
	plan, _ := s.undo(t, bulk)
	if plan.Revert != 18 || plan.LeftCount != 2 || !slices.Equal(leftNames(plan), []string{"Account 3", "Account 4"}) {
		t.Errorf("the plan is %+v: want 18 put back and two left", plan)
	}
	if len(plan.Names) != 12 || plan.Unnamed != 6 || plan.Names[0] != awkward || plan.Names[1] != "Account 1" {
		t.Errorf("the names are %q: want the first twelve", plan.Names)
	}
	for i, account := range s.accounts {
		if cell := s.cell(t, account, "ai_agents"); (cell.Override != nil) != (i == 3) {
			t.Errorf("account %d has the override %+v", i, cell.Override)
		}
	}
	if s.cell(t, s.accounts[5], "knowledge_base").Override == nil {
		t.Error("another cell has been restored")
	}
	rest := features.Error{Kind: features.Conflict, Message: "This change has been undone already. The rest has been changed since, or cannot be undone."}
	s.refuses(t, "undo twice", rest, func() error { _, _, err := s.Undo(t.Context(), dbtest.Actor(), bulk, ""); return err })
}

// Changes of the same thing can be undone one after another, the latest first.
func TestUndoInTurn(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	account := s.accounts[1]
	var made []int64
	for _, enabled := range []bool{true, false, true} {
		s.set(t, account, "ai_agents", enabled)
		made = append(made, s.changeOf(t, "override.set", "Account 1"))
	}
	s.undo(t, made[2])
	_, again := s.undo(t, s.changeOf(t, "undo", "Account 1"))
	if left := s.leftAs(t, made[1], "Account 1", "changed since"); left.Since.ID != made[2] {
		t.Errorf("it has been changed since by %d: want %d, which is in force again", left.Since.ID, made[2])
	}
	s.undo(t, again)
	if left := s.leftAs(t, made[0], "Account 1", "changed since"); left.Since.ID != made[1] {
		t.Errorf("it has been changed since by %d: want %d, the latest that is not undone", left.Since.ID, made[1])
	}
	s.undo(t, made[1])
	if cell := s.cell(t, account, "ai_agents"); cell.Override == nil || !cell.Override.Value.Enabled {
		t.Errorf("with two changes undone the override is %+v", cell.Override)
	}
	s.undo(t, made[0])
	if cell := s.cell(t, account, "ai_agents"); cell.Override != nil {
		t.Errorf("with all changes undone the override is %+v", cell.Override)
	}
}

func TestUndoOfNothing(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	made := s.apply(t, features.Bulk{Action: features.EnableFeature, Feature: "ai_agents", Selection: everyone})
	s.set(t, s.accounts[0], "ai_agents", false)
	s.set(t, s.accounts[1], "ai_agents", false)
	s.refuses(t, "undo of what nothing is left of", nothingToUndo, func() error { _, _, err := s.Undo(t.Context(), dbtest.Actor(), made, ""); return err })
	plan, err := s.PlanUndo(t.Context(), made)
	if features.KindOf(err) != features.Conflict || plan.LeftCount != 2 || !slices.Equal(leftNames(plan), []string{awkward, "Account 1"}) {
		t.Errorf("the plan is %+v, %v", plan, err)
	}
	none := features.Error{Kind: features.NotFound, Message: "There is no such change."}
	s.refuses(t, "undo of no change set", none, func() error { _, _, err := s.Undo(t.Context(), dbtest.Actor(), 99, ""); return err })
	long := features.Error{Kind: features.Invalid, Field: "reason", Message: "Use at most 500 characters."}
	s.refuses(t, "a too long reason", long, func() error {
		_, _, err := s.Undo(t.Context(), dbtest.Actor(), made+1, strings.Repeat("x", 501))
		return err
	})
}

// TestUndoAndExpiry lets overrides expire between a change and its undo: by plain SQL, so that nobody waits.
func TestUndoAndExpiry(t *testing.T) {
	t.Parallel()
	s := openShop(t, 3)
	for _, account := range s.accounts {
		s.set(t, account, "ai_agents", true)
	}
	run(t, s.DB, `UPDATE overrides SET expires_at = 1000 WHERE account_id < 3`)
	if err := s.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	cleared := s.apply(t, features.Bulk{Action: features.ClearOverrides, Selection: everyone})
	plan, _ := s.undo(t, cleared)
	if plan.Revert != 1 || plan.LeftCount != 2 {
		t.Errorf("the plan is %+v: want one that comes back", plan)
	}
	for i, account := range s.accounts {
		if there := s.cell(t, account, "ai_agents").Override != nil; there != (i == 2) {
			t.Errorf("account %d has an override: %v", i, there)
		}
	}
	run(t, s.DB, `UPDATE overrides SET expires_at = 1000`)
	changed := s.set(t, s.accounts[2], "ai_agents", false)
	_, back := s.undo(t, changed)
	if s.cell(t, s.accounts[2], "ai_agents").Override != nil {
		t.Error("an override that had expired came back")
	}
	rows := s.rows(t, back)
	if len(rows) != 1 || rows[0].Action != "delete" || rows[0].New != nil {
		t.Errorf("the undo's rows are %+v: want one that deletes", rows)
	}
	s.undo(t, back)
	if o := s.cell(t, s.accounts[2], "ai_agents").Override; o == nil || o.Value.Enabled {
		t.Errorf("undo of the undo gives %+v: want off", o)
	}
}

func TestUndoOfNamesTakenMeanwhile(t *testing.T) {
	t.Parallel()
	create := func(draft features.AccountDraft) func(*testing.T, shop) {
		return func(t *testing.T, s shop) {
			t.Helper()
			draft.Name = "Newcomer"
			if _, err := s.CreateAccount(t.Context(), dbtest.Actor(), draft); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, take := range map[string]func(*testing.T, shop){
		"slug by slug":               create(features.AccountDraft{Slug: "old-slug"}),
		"slug by external id":        create(features.AccountDraft{Slug: "b", ExternalID: "old-slug"}),
		"external id by external id": create(features.AccountDraft{Slug: "b", ExternalID: "old-id"}),
		"external id by slug":        create(features.AccountDraft{Slug: "old-id", ExternalID: "b"}),
		"slug by an external id given later": func(t *testing.T, s shop) {
			t.Helper()
			create(features.AccountDraft{Slug: "b", ExternalID: "c"})(t, s)
			s.edit(t, s.Live().Accounts().Find("b").ID, features.AccountDraft{Name: "Newcomer", Slug: "b", ExternalID: "old-slug"})
		},
		"slug by a targeting key": func(t *testing.T, s shop) {
			t.Helper()
			create(features.AccountDraft{Slug: "old-slug"})(t, s)
			s.edit(t, s.Live().Accounts().Find("old-slug").ID, features.AccountDraft{Name: "Newcomer", Slug: "c"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, 1)
			s.edit(t, s.accounts[0], features.AccountDraft{Name: "A", Slug: "old-slug", ExternalID: "old-id"})
			renamed := s.edit(t, s.accounts[0], features.AccountDraft{Name: "A", Slug: "new-slug"})
			take(t, s)
			s.refuses(t, "undo", nameTaken, func() error { _, _, err := s.Undo(t.Context(), dbtest.Actor(), renamed, ""); return err })
		})
	}
}

// TestUndoOfAccountsThatAreGone deletes an account by plain SQL, as nothing in Flagstone does.
func TestUndoOfAccountsThatAreGone(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	bulk := features.Bulk{Action: features.EnableFeature, Feature: "ai_agents", Selection: everyone}
	s.apply(t, bulk)
	tier := s.tier(t, "pro")
	cleared := s.apply(t, features.Bulk{Action: features.ClearOverrides, Selection: everyone})
	run(t, s.DB, `DELETE FROM accounts WHERE id = 1`)
	for what, id := range map[string]int64{"clearing": cleared, "a tier": tier} {
		plan, back := s.undo(t, id)
		if plan.Revert != 1 || plan.LeftCount != 1 || !slices.Equal(leftNames(plan), []string{awkward}) || len(s.rows(t, back)) != 1 {
			t.Errorf("undo of %s is %+v: want the account that is gone left unchanged", what, plan)
		}
	}
	if cell := s.cell(t, s.accounts[1], "ai_agents"); cell.Override == nil {
		t.Error("the other account's override did not come back")
	}
}

func TestUndoLeavesWhatIsReferredTo(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	imported, err := s.ImportAccounts(t.Context(), dbtest.Actor(), registry.ImportOf([]features.AccountDraft{
		{Name: "A", Slug: "a"}, {Name: "B", Slug: "b", Tier: "pro"}, {Name: "C", Slug: "c"},
	}))
	sure(t, imported, err)
	a := s.Live().Accounts().Find("a").ID
	s.set(t, a, "ai_agents", true)
	s.set(t, a, "knowledge_base", true)
	_, err = s.AddMembership(t.Context(), dbtest.Actor(), db.NewMember{Account: a, Email: "mia@example.com", Role: "owner"})
	member := s.newest(t, err)
	s.leftAs(t, imported, "A", "has 2 overrides and 1 user since")
	plan, _ := s.undo(t, imported)
	if plan.Revert != 2 || !slices.Equal(plan.Names, []string{"B", "C"}) || plan.Unnamed != 0 || s.Live().Accounts().Find("a") == nil || s.Live().Accounts().Find("b") != nil {
		t.Errorf("the plan is %+v: want B and C gone, A there", plan)
	}
	for feature, why := range map[string]string{"ai_agents": "has 1 override since", "knowledge_base": "has 1 override since"} {
		created := s.changeOf(t, "feature.create", feature+` "quoted" 'name'`)
		s.leftAs(t, created, feature+` "quoted" 'name'`, why)
	}
	s.set(t, a, "ai_agents", false)
	_, err = s.AddMembership(t.Context(), dbtest.Actor(), db.NewMember{Account: s.accounts[0], Email: "mia@example.com", Role: "owner"})
	s.newest(t, err)
	s.leftAs(t, member, "mia", "has 1 membership since")
}

func TestUndoLeavesAFeatureThatAnotherIsLinkedTo(t *testing.T) {
	t.Parallel()
	for name, link := range map[string]func(*features.FeatureDraft){
		"needed":   dependsOn("base"),
		"resisted": func(d *features.FeatureDraft) { d.ConflictsWith = []string{"base"} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, 0)
			created, err := s.CreateFeature(t.Context(), dbtest.Actor(), features.FeatureDraft{Key: "base", Name: "Base"})
			if err := errors.Join(err, s.saves(t, "ai_agents", link)); err != nil {
				t.Fatal(err)
			}
			s.leftAs(t, created, "Base", "has 1 linked feature since")
		})
	}
}

// Features that came together go together.
func TestUndoOfLinkedFeatures(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	_, revision := s.imports(t, read(t, "features:\n  - {key: one, name: One, depends_on: [two]}\n  - {key: two, name: Two, conflicts_with: [ai_agents]}\n"))
	if plan, _ := s.undo(t, revision); plan.Revert != 2 {
		t.Errorf("the plan is %+v", plan)
	}
}

func TestUndoKeepsForcedVariants(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	if err := s.saves(t, "ai_agents", func(d *features.FeatureDraft) {
		d.Variants = []features.Variant{{Key: "a", Weight: 5000}, {Key: "b", Value: on, Weight: 5000}}
	}); err != nil {
		t.Fatal(err)
	}
	dealt := s.newest(t, nil)
	_, err := s.SetOverride(t.Context(), dbtest.Actor(), db.OverrideChange{Account: s.accounts[0], Feature: "ai_agents", Value: on, Variant: "b"})
	if err != nil {
		t.Fatal(err)
	}
	s.leftAs(t, dealt, `ai_agents "quoted" 'name'`, "the overrides of 1 account force the variant b: reset them first")
}

// A feature comes back in place of another that has the same names in a portal, where both happened at once.
func TestUndoOfAFeatureThatTookTheNamesOfAnother(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	file := read(t, "features:\n  - {key: ai.agents, name: Agents}\n")
	file.Prune = true
	_, revision := s.imports(t, file)
	s.undo(t, revision)
	s.feature(t, "ai_agents")
}

// changeOf finds the change set with an action on something with a name.
func (s shop) changeOf(t *testing.T, action, name string) int64 {
	t.Helper()
	sets, err := s.ChangeSets(t.Context(), db.AuditFilter{Action: action}, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range sets {
		if rows := s.rows(t, set.ID); rows[0].EntityName == name {
			return set.ID
		}
	}
	t.Fatalf("there is no %s of %s", action, name)
	return 0
}

func TestUndoNamesTheChangeSince(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	bulk := s.apply(t, features.Bulk{Action: features.EnableFeature, Feature: "ai_agents", Selection: everyone})
	s.set(t, s.accounts[1], "ai_agents", false)
	latest := s.expiring(t, s.accounts[1], "ai_agents")
	left := s.leftAs(t, bulk, "Account 1", "changed since")
	if left.Since == nil || left.Since.ID != latest || left.Since.ActorName != "Erin" || left.Since.Summary == "" || left.FeatureKey != "ai_agents" {
		t.Errorf("it says %+v, since %+v: want the latest change, by Erin", left, left.Since)
	}
}

func TestUndoOfWhatNothingBringsBack(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	mia := s.person(t, features.UserDraft{Email: "mia@example.com", Name: "Mia"})
	if err := s.SetPassword(t.Context(), dbtest.Actor(), mia, "correct-horse-battery", 0); err != nil {
		t.Fatal(err)
	}
	s.leftAs(t, s.newest(t, nil), "Mia", "passwords are not kept, so the previous one cannot be restored")
	if _, err := s.StartSession(t.Context(), db.SignIn{User: mia}); err != nil {
		t.Fatal(err)
	}
	sessions, err := s.ListSessions(t.Context(), mia)
	if err != nil {
		t.Fatal(err)
	}
	s.leftAs(t, s.newest(t, s.RevokeSession(t.Context(), dbtest.Actor(), mia, sessions[0].ID)), "Mia", "an ended session cannot be restored")
	_, _, err = s.CreatePasswordLink(t.Context(), dbtest.Actor(), mia)
	s.leftAs(t, s.newest(t, err), "Mia", "a link to choose a password stays valid until another is created")
	other := s.byHand(t, `INSERT INTO audit (change_set_id, entity, entity_id, entity_name, action) VALUES (?1, 'comet', 1, 'Halley', 'create')`)
	s.leftAs(t, other, "Halley", "no earlier state is recorded")
}

func TestUndoOfKeysAndMailTakenMeanwhile(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	mail := features.UserDraft{Email: "mia@example.com", Name: "Mia"}
	s.person(t, mail)
	_, user := s.undo(t, s.newest(t, nil))
	s.person(t, features.UserDraft{Email: "MIA@example.com", Name: "Newcomer"})
	s.leftAs(t, user, "Mia", "another user has taken the e-mail or external ID")

	create := func(key string) int64 {
		revision, err := s.CreateFeature(t.Context(), dbtest.Actor(), features.FeatureDraft{Key: key, Name: key, Category: "c"})
		return sure(t, revision, err)
	}
	_, feature := s.undo(t, create("new_1"))
	taker := create("new_1")
	s.leftAs(t, feature, "new_1", "another feature has taken its key")
	s.undo(t, taker)
	create("new1") // has the same name in the portal
	s.leftAs(t, feature, "new_1", "in the portal its key now has the same name as new1")

	revision, err := s.CreateTier(t.Context(), dbtest.Actor(), features.Tier{Key: "gold", Name: "Gold"})
	_, tier := s.undo(t, sure(t, revision, err))
	if _, err := s.CreateTier(t.Context(), dbtest.Actor(), features.Tier{Key: "gold", Name: "Other"}); err != nil {
		t.Fatal(err)
	}
	s.leftAs(t, tier, "Gold", "another tier has taken its key")
}

func TestUndoOfAUserWhoHasSignedIn(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	id, err := s.CreateUser(t.Context(), dbtest.Actor(), features.UserDraft{Email: "mia@example.com", Name: "Mia"}, "correct-horse-battery", nil)
	created := s.newest(t, err)
	if _, err := s.StartSession(t.Context(), db.SignIn{User: id}); err != nil {
		t.Fatal(err)
	}
	before := column(t, s.DB, `SELECT json_array(id, email, created_at) FROM users`)
	plan, back := s.undo(t, created)
	if plan.Ended != 1 || plan.Passwordless != 0 || len(column(t, s.DB, `SELECT id FROM sessions`)) != 0 || s.Live().People().User(id) != nil {
		t.Errorf("the plan is %+v: want the user and the session gone", plan)
	}
	plan, forth := s.undo(t, back)
	if plan.Passwordless != 1 || !slices.Equal(column(t, s.DB, `SELECT json_array(id, email, created_at) FROM users`), before) {
		t.Errorf("the plan is %+v: want the same user, without a password", plan)
	}
	var state map[string]any
	if err := json.Unmarshal(s.rows(t, forth)[0].New, &state); err != nil || state["email"] != "mia@example.com" || state["password"] != nil {
		t.Errorf("the user comes back as %v, %v", state, err)
	}
	if _, err := s.Authenticate(t.Context(), "mia@example.com", "correct-horse-battery"); features.KindOf(err) != features.Unauthenticated {
		t.Errorf("the password before gives %v", err)
	}
	revision, err := s.DisableUser(t.Context(), dbtest.Actor(), id)
	sure(t, revision, err)
	revision, err = s.EnableUser(t.Context(), dbtest.Actor(), id)
	sure(t, revision, err)
	if _, err := s.StartSession(t.Context(), db.SignIn{User: id}); err != nil {
		t.Fatal(err)
	}
	if plan, _ := s.undo(t, revision); plan.Ended != 1 || len(column(t, s.DB, `SELECT id FROM sessions`)) != 0 {
		t.Errorf("the plan is %+v: want the session of a disabled user gone", plan)
	}
}

func TestUndoKeepsAnAdmin(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	ann := features.UserDraft{Email: "ann@example.com", Name: "Ann", StaffRole: features.Admin}
	if _, err := s.CreateUser(t.Context(), dbtest.Actor(), ann, "correct-horse-battery", nil); err != nil {
		t.Fatal(err)
	}
	created := s.newest(t, nil)
	none := features.Error{Kind: features.Conflict, Message: "This would leave no admin who can sign in. Make someone else an admin first."}
	s.refuses(t, "undo", none, func() error { _, _, err := s.Undo(t.Context(), dbtest.Actor(), created, ""); return err })
	bob := features.UserDraft{Email: "bob@example.com", Name: "Bob", StaffRole: features.Admin}
	if _, err := s.CreateUser(t.Context(), dbtest.Actor(), bob, "correct-horse-battery", nil); err != nil {
		t.Fatal(err)
	}
	s.undo(t, created)
}

func TestUndoOfWhatTakesAnAdmin(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	as := func(role features.StaffRole) features.Actor {
		id := s.person(t, features.UserDraft{Email: string(role) + "@example.com", Name: string(role), StaffRole: role})
		return features.Actor{Kind: features.ByUser, UserID: id, Name: string(role)}
	}
	editor, admin := as(features.Editor), as(features.Admin)
	portal := s.person(t, features.UserDraft{Email: "mia@example.com", Name: "Mia"})
	disabled, err := s.DisableUser(t.Context(), dbtest.Actor(), portal)
	sure(t, disabled, err)
	user, err := s.UserByEmail(t.Context(), "editor@example.com")
	if err != nil {
		t.Fatal(err)
	}
	promoted, err := s.UpdateUser(t.Context(), dbtest.Actor(), user.ID, features.UserDraft{Email: user.Email, Name: user.Name, StaffRole: features.Viewer}, user.Revision)
	sure(t, promoted, err)
	imported, err := s.ImportAccounts(t.Context(), dbtest.Actor(), registry.ImportOf([]features.AccountDraft{{Name: "A", Slug: "a"}}))
	sure(t, imported, err)
	setting := s.setting(t, "mode", "null", `"open"`)
	forbidden := features.Error{Kind: features.Forbidden, Message: "Only an admin may undo this: it is about the staff, the settings, API keys or an import."}
	for what, id := range map[string]int64{"a role": promoted, "an import": imported, "a setting": setting} {
		s.refuses(t, what, forbidden, func() error { _, _, err := s.Undo(t.Context(), editor, id, ""); return err })
		if _, _, err := s.Undo(t.Context(), admin, id, ""); err != nil {
			t.Errorf("undo of %s by an admin gives %v", what, err)
		}
		undo := s.newest(t, nil)
		s.refuses(t, "the undo of the undo of "+what, forbidden, func() error { _, _, err := s.Undo(t.Context(), editor, undo, ""); return err })
	}
	if _, _, err := s.Undo(t.Context(), editor, disabled, ""); err != nil {
		t.Errorf("undo about a portal user by an editor gives %v", err)
	}
}

func TestUndoOfAnUndoInForce(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	change := s.set(t, s.accounts[0], "ai_agents", true)
	last := change
	for n := 1; n <= 5; n++ {
		_, last = s.undo(t, last)
		set, err := s.ChangeSet(t.Context(), change)
		if err != nil || (set.UndoneBy != 0) != (n%2 == 1) {
			t.Errorf("after %d undos the change says it is undone by %d, %v", n, set.UndoneBy, err)
		}
	}
}

func TestReversals(t *testing.T) {
	t.Parallel()
	s := openShop(t, 3)
	s.expiring(t, s.accounts[0], "ai_agents")
	old := s.rows(t, s.newest(t, nil))[0].New
	bulk := s.apply(t, features.Bulk{Action: features.DisableFeature, Feature: "ai_agents", Selection: everyone})
	s.set(t, s.accounts[2], "ai_agents", true)
	var got []db.Reversal
	if err := s.Reversals(t.Context(), bulk, func(r db.Reversal) error { got = append(got, r); return nil }); err != nil {
		t.Fatal(err)
	}
	feature := s.features["ai_agents"]
	want := []db.Reversal{
		{Entity: "override", EntityID: s.accounts[0], FeatureID: feature, AccountID: s.accounts[0], Action: "update", State: old},
		{Entity: "override", EntityID: s.accounts[1], FeatureID: feature, AccountID: s.accounts[1], Action: "delete"},
	}
	if !slices.EqualFunc(got, want, func(a, b db.Reversal) bool {
		return a.Entity == b.Entity && a.EntityID == b.EntityID && a.FeatureID == b.FeatureID && a.AccountID == b.AccountID &&
			a.Action == b.Action && string(a.State) == string(b.State)
	}) {
		t.Errorf("undo would put back %+v: want %+v", got, want)
	}
}

// TestUndoOfWhatAnOlderFlagstoneRecorded has accounts come back whose state names neither targeting key nor creation.
func TestUndoOfWhatAnOlderFlagstoneRecorded(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	deleted := s.byHand(t, `
		INSERT INTO audit (change_set_id, entity, entity_id, entity_name, account_id, action, old) VALUES
		(?1, 'account', 71, 'A', 71, 'delete', '{"name":"A","slug":"a","external_id":"crm_a"}'),
		(?1, 'account', 72, 'B', 72, 'delete', '{"name":"B","slug":"b"}')`, `
		INSERT INTO audit (change_set_id, entity, entity_id, entity_name, account_id, feature_id, feature_key, action, old)
		SELECT ?1, 'override', 71, 'A', 71, id, key, 'delete', '{"enabled":true,"variant":null,"set_by":"Erin","set_at":1}' FROM features WHERE key = 'ai_agents'`)
	before := time.Now().Add(-time.Minute)
	s.undo(t, deleted)
	for key, id := range map[string]int64{"crm_a": 71, "b": 72} {
		a := s.Live().Accounts().Find(key)
		if a == nil || a.ID != id || a.TargetingKey != key || a.Status != features.Active || a.CreatedAt.Before(before) {
			t.Errorf("%s comes back as %+v", key, a)
		}
	}
	if !s.has(t, 71, "ai_agents") {
		t.Error("an override without a variant does not come back")
	}
}
