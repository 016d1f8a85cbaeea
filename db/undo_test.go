package db_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/registry"
)

var (
	undoneAlready = features.Error{Kind: features.Conflict, Message: "This change has been undone already."}
	nothingToUndo = features.Error{Kind: features.Conflict, Message: "There is nothing to undo: everything in this change has been changed since, or cannot be undone."}
	nameTaken     = features.Error{Kind: features.Conflict, Message: "There is nothing to undo. A: another account has taken its slug or external ID."}
)

// undo undoes a change set and gives the plan and the revision.
func (s shop) undo(t *testing.T, id int64) (db.UndoPlan, int64) {
	t.Helper()
	shown, err := s.PlanUndo(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if can, err := s.CanUndo(t.Context(), id); err != nil || !can {
		t.Errorf("there is a plan, but it cannot be undone: %v", err)
	}
	plan, revision, err := s.Undo(t.Context(), dbtest.Actor(), id, "by mistake")
	if err != nil || revision == 0 {
		t.Fatalf("undo gives %d, %v", revision, err)
	}
	if can, err := s.CanUndo(t.Context(), id); err != nil || can {
		t.Errorf("it is undone, but can be undone again: %v", err)
	}
	if plan.Revert != shown.Revert || plan.LeftCount != shown.LeftCount || !slices.Equal(plan.Names, shown.Names) || !reflect.DeepEqual(plan.Left, shown.Left) {
		t.Errorf("undo did %+v, but said %+v", plan, shown)
	}
	set, err := s.ChangeSet(t.Context(), revision)
	if err != nil || set.Action != "undo" || set.Undoes != id || set.Reason != "by mistake" || set.Summary != opposite(plan.ChangeSet) || set.Rows != plan.Revert {
		t.Errorf("the undo's change set is %+v, %v", set, err)
	}
	if undone, err := s.ChangeSet(t.Context(), id); err != nil || undone.UndoneBy != revision {
		t.Errorf("the change set says it is undone by %d, %v: want %d", undone.UndoneBy, err, revision)
	}
	return plan, revision
}

// opposite is what the undo of a change set is called.
func opposite(set db.ChangeSet) string {
	what, undo := strings.CutPrefix(set.Summary, "Undid: ")
	if undo {
		return "Redid: " + what
	}
	return "Undid: " + strings.TrimPrefix(what, "Redid: ")
}

// TestUndo makes one change of every kind that can be taken back: undo gives the state before, undo of the undo the
// state after, and each says in the log what it did.
func TestUndo(t *testing.T) {
	t.Parallel()
	edit := func(t *testing.T, s shop, change func(*features.AccountDraft)) int64 {
		draft := features.AccountDraft{Name: awkward, Slug: "account-0", PostalCode: "M5V"}
		change(&draft)
		return s.edit(t, s.accounts[0], draft)
	}
	mia := features.UserDraft{Email: "mia@example.com", Name: awkward, ExternalID: "crm-u"}
	for name, c := range map[string]struct {
		prepare, change func(*testing.T, shop) int64
		catalogue       bool // it is about the catalogue
		elsewhere       bool // it is about neither the catalogue nor the first account
	}{
		"override made": {change: func(t *testing.T, s shop) int64 { return s.set(t, s.accounts[0], "ai_agents", true) }},
		"override changed": {
			prepare: func(t *testing.T, s shop) int64 { return s.expiring(t, s.accounts[0], "ai_agents") },
			change:  func(t *testing.T, s shop) int64 { return s.set(t, s.accounts[0], "ai_agents", false) },
		},
		"override cleared": {
			prepare: func(t *testing.T, s shop) int64 { return s.expiring(t, s.accounts[0], "ai_agents") },
			change:  func(t *testing.T, s shop) int64 { return s.clear(t, s.accounts[0], "ai_agents") },
		},
		"override imported": {change: func(t *testing.T, s shop) int64 {
			file := read(t, "overrides:\n  - {account: account-0, feature: ai_agents, enabled: true}\n")
			file.Accounts = true
			_, revision := s.imports(t, file)
			return revision
		}},
		"tier":        {change: func(t *testing.T, s shop) int64 { return s.tier(t, "pro") }},
		"tier before": {prepare: func(t *testing.T, s shop) int64 { return s.tier(t, "free") }, change: func(t *testing.T, s shop) int64 { return s.tier(t, "") }},
		"suspension": {change: func(t *testing.T, s shop) int64 {
			revision, err := s.SetAccountStatus(t.Context(), dbtest.Actor(), s.accounts[0], features.Suspended, "")
			if err != nil {
				t.Fatal(err)
			}
			return revision
		}},
		"account": {change: func(t *testing.T, s shop) int64 {
			return edit(t, s, func(d *features.AccountDraft) {
				*d = features.AccountDraft{Name: "Other", Slug: "other", ExternalID: "crm-x", ContactEmail: "a@example.com", PostalCode: "85001", Tier: "pro"}
			})
		}},
		"account emptied": {
			prepare: func(t *testing.T, s shop) int64 {
				return edit(t, s, func(d *features.AccountDraft) { d.ExternalID, d.Tier, d.ContactEmail = `"x'`, "free", "a@example.com" })
			},
			change: func(t *testing.T, s shop) int64 { return edit(t, s, func(*features.AccountDraft) {}) },
		},
		"kill switch": {catalogue: true, change: func(t *testing.T, s shop) int64 { return s.kill(t, false, "ai_agents", "knowledge_base") }},
		"revival": {
			catalogue: true, prepare: func(t *testing.T, s shop) int64 { return s.kill(t, false, "ai_agents") },
			change: func(t *testing.T, s shop) int64 { return s.kill(t, true, "ai_agents", "knowledge_base") },
		},
		"feature": {catalogue: true, change: func(t *testing.T, s shop) int64 {
			f := s.feature(t, "ai_agents")
			revision, err := s.UpdateFeature(t.Context(), dbtest.Actor(), db.FeatureChange{Draft: features.FeatureDraft{
				Key: f.Key, Name: "It's", Description: awkward, Category: "c", Subcategory: "s", Icon: "i", HelpURL: "https://example.com/?a=\"b\"",
				Owner: "o", DisplayOrder: 9, Default: on,
			}, Version: f.Revision})
			if err != nil {
				t.Fatal(err)
			}
			return revision
		}},
		"feature created": {catalogue: true, change: func(t *testing.T, s shop) int64 {
			draft := features.FeatureDraft{Key: "new.feature", Name: awkward, Description: "d", Category: "c", Icon: "i", Owner: "o", Default: on}
			revision, err := s.CreateFeature(t.Context(), dbtest.Actor(), draft)
			return sure(t, revision, err)
		}},
		"feature deleted": {catalogue: true, change: func(t *testing.T, s shop) int64 {
			return s.byHand(t, `
				INSERT INTO audit (change_set_id, entity, entity_id, entity_name, feature_id, feature_key, action, old)
				SELECT ?1, 'feature', id, name, id, key, 'delete', json_object('key', key, 'name', name, 'category', category,
					'display_order', display_order, 'default_enabled', json('false'), 'active', json('true'), 'enabled', json('true'), 'created_at', created_at)
				FROM features WHERE key = 'ai_agents'`, `DELETE FROM features WHERE key = 'ai_agents' AND ?1`)
		}},
		"model created": {catalogue: true, change: func(t *testing.T, s shop) int64 { return s.model(t, gpt()) }},
		"model edited": {
			catalogue: true, prepare: func(t *testing.T, s shop) int64 { return s.model(t, gpt()) },
			change: func(t *testing.T, s shop) int64 {
				return s.editModel(t, func(d *features.ModelDraft) { *d = features.ModelDraft{Name: "Other", Type: "image", Deprecated: true} })
			},
		},
		"model out of use": {
			catalogue: true, prepare: func(t *testing.T, s shop) int64 { return s.model(t, gpt()) },
			change: func(t *testing.T, s shop) int64 {
				revision, err := s.SetModelActive(t.Context(), dbtest.Actor(), s.onlyModel(t).ID, false, "")
				return sure(t, revision, err)
			},
		},
		"model deleted": {
			catalogue: true, prepare: func(t *testing.T, s shop) int64 { return s.model(t, gpt()) },
			change: func(t *testing.T, s shop) int64 {
				revision, err := s.DeleteModel(t.Context(), dbtest.Actor(), s.onlyModel(t).ID, "")
				return sure(t, revision, err)
			},
		},
		"component created": {catalogue: true, change: func(t *testing.T, s shop) int64 { return s.component(t, chroma()) }},
		"component edited": {
			catalogue: true, prepare: func(t *testing.T, s shop) int64 { return s.component(t, chroma()) },
			change: func(t *testing.T, s shop) int64 {
				return s.editComponent(t, func(d *features.ComponentDraft) { *d = features.ComponentDraft{Name: "Other"} })
			},
		},
		"component deleted": {
			catalogue: true, prepare: func(t *testing.T, s shop) int64 { return s.component(t, chroma()) },
			change: func(t *testing.T, s shop) int64 {
				revision, err := s.DeleteComponent(t.Context(), dbtest.Actor(), s.onlyComponent(t).ID, "")
				return sure(t, revision, err)
			},
		},
		"tier created": {catalogue: true, change: func(t *testing.T, s shop) int64 {
			revision, err := s.CreateTier(t.Context(), dbtest.Actor(), features.Tier{Key: "gold", Name: awkward, Position: 7})
			return sure(t, revision, err)
		}},
		"tier edited": {catalogue: true, change: func(t *testing.T, s shop) int64 {
			revision, err := s.UpdateTier(t.Context(), dbtest.Actor(), s.editedTier(t, "pro", features.Tier{Key: "pro", Name: awkward, Description: "d", Position: 9}))
			return sure(t, revision, err)
		}},
		"tier deleted": {
			catalogue: true,
			prepare: func(t *testing.T, s shop) int64 {
				s.tier(t, "free")
				return s.setTierFeature(t, "free", "ai_agents", on)
			},
			change: func(t *testing.T, s shop) int64 {
				revision, err := s.DeleteTier(t.Context(), dbtest.Actor(), db.TierDeletion{Key: "free", MoveTo: "pro"})
				return sure(t, revision, err)
			},
		},
		"tier feature listed": {catalogue: true, change: func(t *testing.T, s shop) int64 { return s.setTierFeature(t, "pro", "ai_agents", on) }},
		"tier feature changed": {
			catalogue: true, prepare: func(t *testing.T, s shop) int64 { return s.setTierFeature(t, "pro", "ai_agents", on) },
			change: func(t *testing.T, s shop) int64 { return s.setTierFeature(t, "pro", "ai_agents", features.Value{}) },
		},
		"tier feature cleared": {
			catalogue: true, prepare: func(t *testing.T, s shop) int64 { return s.setTierFeature(t, "pro", "ai_agents", on) },
			change: func(t *testing.T, s shop) int64 {
				edit := s.tierCell(t, "pro", "ai_agents", features.Value{})
				edit.Clear = true
				revision, err := s.SetTierFeature(t.Context(), dbtest.Actor(), edit, "")
				return sure(t, revision, err)
			},
		},
		"account moved": {change: func(t *testing.T, s shop) int64 {
			revision, err := s.MoveAccount(t.Context(), dbtest.Actor(), db.TierMove{Account: s.accounts[0], To: "pro"})
			return sure(t, revision, err)
		}},
		"account created": {elsewhere: true, change: func(t *testing.T, s shop) int64 {
			_, err := s.CreateAccount(t.Context(), dbtest.Actor(), features.AccountDraft{
				Name: awkward, Slug: "fresh", ExternalID: "crm-n", ContactEmail: "a@example.com", PostalCode: "85001", Tier: "pro",
			})
			return s.newest(t, err)
		}},
		"accounts imported": {elsewhere: true, change: func(t *testing.T, s shop) int64 {
			revision, err := s.ImportAccounts(t.Context(), dbtest.Actor(), registry.ImportOf([]features.AccountDraft{
				{Name: "A", Slug: "a"}, {Name: awkward, ExternalID: `"b"`, Tier: "free"}, {Name: "C", Slug: "c"},
			}))
			return sure(t, revision, err)
		}},
		"user created": {elsewhere: true, change: func(t *testing.T, s shop) int64 {
			memberships := []features.Membership{{AccountID: s.accounts[0], Role: "owner"}, {AccountID: s.accounts[1], Role: "mechanic"}}
			_, err := s.CreateUser(t.Context(), dbtest.Actor(), mia, "", memberships)
			return s.newest(t, err)
		}},
		"staff added": {elsewhere: true, change: func(t *testing.T, s shop) int64 {
			_, err := s.AddStaff(t.Context(), dbtest.Actor(), features.UserDraft{Email: mia.Email, StaffRole: features.Editor}, "")
			return s.newest(t, err)
		}},
		"user edited": {
			elsewhere: true, prepare: func(t *testing.T, s shop) int64 { return s.person(t, mia) },
			change: func(t *testing.T, s shop) int64 {
				user, err := s.UserByEmail(t.Context(), mia.Email)
				if err != nil {
					t.Fatal(err)
				}
				draft := features.UserDraft{Email: "other@example.com", Name: "Other", StaffRole: features.Viewer}
				revision, err := s.UpdateUser(t.Context(), dbtest.Actor(), user.ID, draft, user.Revision)
				return sure(t, revision, err)
			},
		},
		"user disabled": {
			elsewhere: true, prepare: func(t *testing.T, s shop) int64 { return s.person(t, mia) },
			change: func(t *testing.T, s shop) int64 {
				revision, err := s.DisableUser(t.Context(), dbtest.Actor(), 1)
				return sure(t, revision, err)
			},
		},
		"member added": {
			elsewhere: true, prepare: func(t *testing.T, s shop) int64 { return s.person(t, mia) },
			change: func(t *testing.T, s shop) int64 {
				_, err := s.AddMembership(t.Context(), dbtest.Actor(), db.NewMember{Account: s.accounts[0], Email: mia.Email, Role: "owner"})
				return s.newest(t, err)
			},
		},
		"new member added": {elsewhere: true, change: func(t *testing.T, s shop) int64 {
			_, err := s.AddMembership(t.Context(), dbtest.Actor(), db.NewMember{Account: s.accounts[0], Email: mia.Email, Role: "owner"})
			return s.newest(t, err)
		}},
		"member's role": {
			elsewhere: true, prepare: func(t *testing.T, s shop) int64 { return s.person(t, mia, s.accounts...) },
			change: func(t *testing.T, s shop) int64 {
				revision, err := s.ChangeMembershipRole(t.Context(), dbtest.Actor(), db.RoleChange{User: 1, Account: s.accounts[1], Role: "mechanic", Was: "owner"})
				return sure(t, revision, err)
			},
		},
		"member removed": {
			elsewhere: true, prepare: func(t *testing.T, s shop) int64 { return s.person(t, mia, s.accounts...) },
			change: func(t *testing.T, s shop) int64 {
				revision, err := s.RemoveMembership(t.Context(), dbtest.Actor(), 1, s.accounts[1])
				return sure(t, revision, err)
			},
		},
		"setting made": {catalogue: true, change: func(t *testing.T, s shop) int64 { return s.setting(t, "colour", "null", `"red"`) }},
		"setting changed": {
			catalogue: true, prepare: func(t *testing.T, s shop) int64 {
				s.setting(t, "stale_after_days", "null", "30")
				return s.setting(t, "mode", "null", `"open"`)
			},
			change: func(t *testing.T, s shop) int64 { return s.setting(t, "stale_after_days", "30", "60") },
		},
		"setting removed": {
			catalogue: true, prepare: func(t *testing.T, s shop) int64 { return s.setting(t, "mode", "null", `"open"`) },
			change: func(t *testing.T, s shop) int64 { return s.setting(t, "mode", `"open"`, "null") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, 2)
			if c.prepare != nil {
				c.prepare(t, s)
			}
			before, catalogue := dumpState(t, s.DB), s.Live().Catalogue().Revision
			changed := c.change(t, s)
			after := dumpState(t, s.DB)
			if slices.Equal(before, after) {
				t.Fatal("nothing was changed")
			}
			plan, back := s.undo(t, changed)
			sameLines(t, "after undo", before, dumpState(t, s.DB))
			_, forth := s.undo(t, back)
			sameLines(t, "after undo of the undo", after, dumpState(t, s.DB))
			s.checkReversal(t, changed, back)
			s.checkReversal(t, back, forth)
			if plan.LeftCount != 0 || plan.Revert != plan.ChangeSet.Rows {
				t.Errorf("the plan is %+v", plan)
			}
			want := catalogue
			if c.catalogue {
				want = forth
			}
			if got := s.Live().Catalogue().Revision; got != want {
				t.Errorf("the catalogue's revision is %d: want %d", got, want)
			}
			if a := s.Live().Accounts().ByID(s.accounts[0]); !c.catalogue && !c.elsewhere && a.Revision != forth {
				t.Errorf("the account's revision is %d: want %d", a.Revision, forth)
			}
			s.refuses(t, "undoing the undo twice", undoneAlready, func() error { _, _, err := s.Undo(t.Context(), dbtest.Actor(), back, ""); return err })
			if set, err := s.ChangeSet(t.Context(), changed); err != nil || set.UndoneBy != 0 {
				t.Errorf("the change, which holds again, says it is undone by %d, %v", set.UndoneBy, err)
			}
			s.undo(t, changed)
			sameLines(t, "after undo once more", before, dumpState(t, s.DB))
			s.refuses(t, "undo twice", undoneAlready, func() error { _, _, err := s.Undo(t.Context(), dbtest.Actor(), changed, ""); return err })
			s.refuses(t, "planning it", undoneAlready, func() error { _, err := s.PlanUndo(t.Context(), changed); return err })
		})
	}
}

// checkReversal holds the rows of an undo against those it undid: before and after change places.
func (s shop) checkReversal(t *testing.T, undone, undo int64) {
	t.Helper()
	there, back := s.rows(t, undone), s.rows(t, undo)
	if len(there) != len(back) {
		t.Fatalf("change set %d has %d rows, its undo %d", undone, len(there), len(back))
	}
	for i := range there {
		wholeNow := there[i].Old == nil && there[i].Entity != "override" && there[i].Entity != "membership" && there[i].Entity != "setting"
		if !sameState(there[i].Old, back[i].New) || !wholeNow && !sameState(there[i].New, back[i].Old) || there[i].EntityID != back[i].EntityID ||
			there[i].Entity != back[i].Entity || there[i].FeatureKey != back[i].FeatureKey || there[i].EntityName != back[i].EntityName {
			t.Errorf("%+v is undone by %+v", there[i], back[i])
		}
		opposite := map[string]string{"create": "delete", "delete": "create", "update": "update"}
		if there[i].Entity != "setting" && back[i].Action != opposite[there[i].Action] {
			t.Errorf("a row to %s is undone by one to %s", there[i].Action, back[i].Action)
		}
	}
}

// sameState compares two recorded states; a setting without a value is none.
func sameState(a, b json.RawMessage) bool {
	none := func(state json.RawMessage) string {
		if string(state) == `{"value":null}` {
			return ""
		}
		return string(state)
	}
	return none(a) == none(b)
}
