package db_test

import (
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/registry"
)

// TestWhoMayUndo makes a change of every kind that takes another right than to edit, and has an editor, an admin and a
// program undo it and redo it.
func TestWhoMayUndo(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	person := func(name string, role features.StaffRole) features.Actor {
		id := s.person(t, features.UserDraft{Email: name + "@example.com", Name: name, StaffRole: role})
		return features.Actor{Kind: features.ByUser, UserID: id, Name: name}
	}
	by := map[string]features.Actor{
		"editor": person("erin", features.Editor), "admin": person("ada", features.Admin),
		"key": {Kind: features.ByKey, Name: "deploys"}, "cli": dbtest.Actor(),
	}
	portal := s.person(t, features.UserDraft{Email: "mia@example.com", Name: "Mia"}, s.accounts[0])
	made := func(err error) int64 { t.Helper(); return s.newest(t, err) }
	revised := func(revision int64, err error) int64 { t.Helper(); return sure(t, revision, err) }
	account, err := s.CreateAccount(t.Context(), dbtest.Actor(), features.AccountDraft{Name: "Other", Slug: "other"})
	made(err)
	_, _, err = s.AddAPIKey(t.Context(), dbtest.Actor(), features.KeyDraft{Name: "other", Scope: features.ScopeRead})
	key := made(err)
	_, err = s.AddMembership(t.Context(), dbtest.Actor(), db.NewMember{Account: s.accounts[1], Email: "new@example.com", Role: "owner"})
	member := made(err)
	_, err = s.AddStaff(t.Context(), dbtest.Actor(), features.UserDraft{Email: "sam@example.com", StaffRole: features.Editor}, "")
	staff := made(err)
	_, imported := s.imports(t, read(t, "features:\n  - {key: knowledge_base, name: KB}\n"))
	for name, c := range map[string]struct {
		change      int64
		editor, key bool
	}{
		"an override": {s.set(t, s.accounts[1], "ai_agents", true), true, true},
		"a kill":      {s.kill(t, false, "additional_services"), true, true},
		"a bulk change": {
			s.apply(t, features.Bulk{Action: features.EnableFeature, Feature: "knowledge_base", Selection: everyone}), true, true,
		},
		"an account":                {revised(s.SetAccountStatus(t.Context(), dbtest.Actor(), account, features.Suspended, "")), true, true},
		"a portal user":             {revised(s.DisableUser(t.Context(), dbtest.Actor(), portal)), true, false},
		"a membership":              {revised(s.RemoveMembership(t.Context(), dbtest.Actor(), portal, s.accounts[0])), true, false},
		"a user with a membership":  {member, true, false},
		"a member of staff":         {staff, false, false},
		"an API key":                {key, false, false},
		"an import of accounts":     {revised(s.ImportAccounts(t.Context(), dbtest.Actor(), registry.ImportOf([]features.AccountDraft{{Name: "A", Slug: "a"}}))), false, false},
		"an import of the registry": {imported, false, false},
		"the mode":                  {revised(s.SetMode(t.Context(), dbtest.Actor(), features.ModeDefaults, "")), false, true},
		"a setting":                 {revised(s.SetStaleDays(t.Context(), dbtest.Actor(), 7)), false, false},
		"something unknown": {
			s.byHand(t, `INSERT INTO audit (change_set_id, entity, entity_id, entity_name, action, old, new) SELECT ?1, 'account', id, name, 'update', '{"name":"Then"}', '{"name":"Other"}' FROM accounts WHERE slug = 'account-0'`),
			false, false,
		},
	} {
		may := map[string]bool{"editor": c.editor, "key": c.key, "admin": true, "cli": true}
		_, undo, err := s.Undo(t.Context(), by["admin"], c.change, "")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, set := range []int64{c.change, undo} {
			for who, actor := range by {
				_, err := s.Preview(t.Context(), actor, &db.Undo{ID: set})
				if refused := features.KindOf(err) == features.Forbidden; refused == may[who] {
					t.Errorf("undo of %s, change %d, by %s: %v", name, set, who, err)
				}
				if may[who] {
					continue
				}
				if err := s.keepsAll(t, name, func() error { _, _, err := s.Undo(t.Context(), actor, set, ""); return err }); features.KindOf(err) != features.Forbidden {
					t.Errorf("%s, change %d, is undone by %s: %v", name, set, who, err)
				}
			}
		}
	}
}
