package db_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

var (
	undoneAlready = features.Error{Kind: features.Conflict, Message: "This change has been undone already."}
	nothingToUndo = features.Error{Kind: features.Conflict, Message: "There is nothing to undo: everything in this change has been changed since, or cannot be taken back."}
	nameTaken     = features.Error{Kind: features.Conflict, Message: "There is nothing to undo. A: another account has taken its slug or external ID."}
)

// kill flips the kill switch of features and gives the revision.
func (s shop) kill(t *testing.T, enabled bool, keys ...string) int64 {
	t.Helper()
	revision, err := s.SetKillSwitch(t.Context(), dbtest.Actor(), db.KillSwitch{Keys: keys, Enabled: enabled})
	if err != nil || revision == 0 {
		t.Fatalf("the kill switch gives %d, %v", revision, err)
	}
	return revision
}

// undo undoes a change set and gives the plan and the revision.
func (s shop) undo(t *testing.T, id int64) (db.UndoPlan, int64) {
	t.Helper()
	shown, err := s.PlanUndo(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	plan, revision, err := s.Undo(t.Context(), dbtest.Actor(), id, "by mistake")
	if err != nil || revision == 0 {
		t.Fatalf("undo gives %d, %v", revision, err)
	}
	if plan.Revert != shown.Revert || plan.LeftCount != shown.LeftCount || !slices.Equal(plan.Names, shown.Names) || !reflect.DeepEqual(plan.Left, shown.Left) {
		t.Errorf("undo did %+v, but said %+v", plan, shown)
	}
	set, err := s.ChangeSet(t.Context(), revision)
	if err != nil || set.Action != "undo" || set.Undoes != id || set.Reason != "by mistake" || set.Summary != "Undid: "+plan.ChangeSet.Summary || set.Rows != plan.Revert {
		t.Errorf("the undo's change set is %+v, %v", set, err)
	}
	if undone, err := s.ChangeSet(t.Context(), id); err != nil || undone.UndoneBy != revision {
		t.Errorf("the change set says it is undone by %d, %v: want %d", undone.UndoneBy, err, revision)
	}
	return plan, revision
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
				return s.listFeature(t, "free", "ai_agents", on)
			},
			change: func(t *testing.T, s shop) int64 {
				revision, err := s.DeleteTier(t.Context(), dbtest.Actor(), db.TierDeletion{Key: "free", MoveTo: "pro"})
				return sure(t, revision, err)
			},
		},
		"tier feature listed": {catalogue: true, change: func(t *testing.T, s shop) int64 { return s.listFeature(t, "pro", "ai_agents", on) }},
		"tier feature changed": {
			catalogue: true, prepare: func(t *testing.T, s shop) int64 { return s.listFeature(t, "pro", "ai_agents", on) },
			change: func(t *testing.T, s shop) int64 { return s.listFeature(t, "pro", "ai_agents", features.Value{}) },
		},
		"tier feature cleared": {
			catalogue: true, prepare: func(t *testing.T, s shop) int64 { return s.listFeature(t, "pro", "ai_agents", on) },
			change: func(t *testing.T, s shop) int64 {
				revision, err := s.ClearTierFeature(t.Context(), dbtest.Actor(), s.tierCell(t, "pro", "ai_agents", features.Value{}), "")
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
			revision, err := s.ImportAccounts(t.Context(), dbtest.Actor(), features.ImportOf([]features.AccountDraft{
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

// sure gives the revision of a change that must have worked.
func sure(t *testing.T, revision int64, err error) int64 {
	t.Helper()
	if err != nil || revision == 0 {
		t.Fatalf("the change gives %d, %v", revision, err)
	}
	return revision
}

// newest gives the revision of the change just made, which must have worked.
func (s shop) newest(t *testing.T, err error) int64 {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	sets, err := s.ChangeSets(t.Context(), db.AuditFilter{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return sets[0].ID
}

// person adds a user, as owner of some accounts.
func (s shop) person(t *testing.T, draft features.UserDraft, accounts ...int64) int64 {
	t.Helper()
	var memberships []features.Membership
	for _, account := range accounts {
		memberships = append(memberships, features.Membership{AccountID: account, Role: "owner"})
	}
	id, err := s.CreateUser(t.Context(), dbtest.Actor(), draft, "", memberships)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// byHand makes a change set in an SQL console, with statements that take its number.
func (s shop) byHand(t *testing.T, statements ...string) int64 {
	t.Helper()
	handle := console(t, s.DB)
	result, err := handle.ExecContext(t.Context(), `
		INSERT INTO change_sets (at, action, summary, actor_kind, actor_name) VALUES (?1, 'by.hand', 'By hand', 'cli', 'tester')`, time.Now().UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	id, err := result.LastInsertId()
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range statements {
		if _, err := handle.ExecContext(t.Context(), statement, id); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if err := s.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	return id
}

// setting changes a setting from one value to another, each in JSON.
func (s shop) setting(t *testing.T, key, from, to string) int64 {
	t.Helper()
	record := fmt.Sprintf(`INSERT INTO audit (change_set_id, entity, entity_id, entity_name, action, old, new)
		VALUES (?1, 'setting', 0, '%s', 'update', '{"value":%s}', '{"value":%s}')`, key, from, to)
	store := fmt.Sprintf(`INSERT INTO settings (key, value) SELECT '%s', json_extract('%s', '$') WHERE ?1
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, to)
	if to == "null" {
		store = fmt.Sprintf(`DELETE FROM settings WHERE key = '%s' AND ?1`, key)
	}
	return s.byHand(t, record, store)
}

// leftNames are the names of what a plan leaves alone.
func leftNames(plan db.UndoPlan) (names []string) {
	for _, left := range plan.Left {
		names = append(names, left.Name)
	}
	return names
}

// expiring sets an override that has everything an override can have.
func (s shop) expiring(t *testing.T, account int64, key string) int64 {
	t.Helper()
	revision, err := s.SetOverride(t.Context(), features.Actor{Kind: features.ByUser, Name: "Erin"}, db.OverrideChange{
		Account: account, Feature: key, Value: on, Reason: awkward, ExpiresAt: time.Now().Add(time.Hour), Version: s.version(t, account, key),
	})
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

// clear resets a cell and gives the revision.
func (s shop) clear(t *testing.T, account int64, key string) int64 {
	t.Helper()
	change := db.OverrideChange{Account: account, Feature: key, Version: s.version(t, account, key)}
	revision, err := s.ClearOverride(t.Context(), dbtest.Actor(), change)
	if err != nil || revision == 0 {
		t.Fatalf("clearing gives %d, %v", revision, err)
	}
	return revision
}

// tier moves every account to a tier.
func (s shop) tier(t *testing.T, key string) int64 {
	t.Helper()
	return s.apply(t, features.Bulk{Action: features.SetTier, Tier: key, Selection: everyone})
}

// edit saves an account over whatever is there.
func (s shop) edit(t *testing.T, account int64, draft features.AccountDraft) int64 {
	t.Helper()
	version, err := s.AccountVersion(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	revision, err := s.UpdateAccount(t.Context(), dbtest.Actor(), account, draft, version)
	if err != nil || revision == 0 {
		t.Fatalf("saving %+v gives %d, %v", draft, revision, err)
	}
	return revision
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
	if len(plan.Names) != 12 || plan.Names[0] != awkward || plan.Names[1] != "Account 1" {
		t.Errorf("the names are %q: want the first twelve", plan.Names)
	}
	for i, account := range s.accounts {
		if cell := s.cell(t, account, "ai_agents"); (cell.Override != nil) != (i == 3) {
			t.Errorf("account %d has the override %+v", i, cell.Override)
		}
	}
	if s.cell(t, s.accounts[5], "knowledge_base").Override == nil {
		t.Error("another cell has been put back")
	}
	s.refuses(t, "undo twice", undoneAlready, func() error { _, _, err := s.Undo(t.Context(), dbtest.Actor(), bulk, ""); return err })
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
		_, _, err := s.Undo(t.Context(), dbtest.Actor(), made+1, fmt.Sprintf("%501d", 1))
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
			t.Errorf("undo of %s is %+v: want the account that is gone left alone", what, plan)
		}
	}
	if cell := s.cell(t, s.accounts[1], "ai_agents"); cell.Override == nil {
		t.Error("the other account's override did not come back")
	}
}
