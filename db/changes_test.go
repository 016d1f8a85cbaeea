package db_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// since gives who changed what of things in view since a moment, by name.
func (s shop) since(t *testing.T, moment db.Moment, own []int64, shown db.Shown) (names map[string]string, now db.Changes) {
	t.Helper()
	now, err := s.ChangesSince(t.Context(), moment, own, shown)
	if err != nil {
		t.Fatal(err)
	}
	names = make(map[string]string)
	for id, by := range now.Accounts {
		for i, account := range s.accounts {
			if account == id {
				names[fmt.Sprintf("account %d", i)] = by.Name
			}
		}
	}
	for key, by := range now.Features {
		names["feature "+key] = by.Name
	}
	for key, by := range now.Cells {
		names["cell "+key] = by.Name
	}
	if now.Catalogue != nil {
		names["catalogue"] = now.Catalogue.Name
	}
	return names, now
}

func TestChangesSince(t *testing.T) {
	t.Parallel()
	s := openShop(t, 3)
	dana := features.Actor{Kind: features.ByUser, UserID: 7, Name: "Dana"}
	list := db.Shown{Accounts: s.accounts[:2], Features: []string{"knowledge_base"}, Lists: true}
	page := db.Shown{Account: s.accounts[0], Features: []string{"knowledge_base", "ai_agents"}, Lists: true}
	feature := db.Shown{Features: []string{"ai_agents"}, Feature: "ai_agents"}
	override := func(account int64) func() (int64, error) {
		return func() (int64, error) {
			return s.SetOverride(t.Context(), dana, db.OverrideChange{Account: account, Feature: "ai_agents", Value: features.Value{Enabled: true}})
		}
	}
	byHand := func(statement string) func() (int64, error) {
		return func() (int64, error) {
			_, err := console(t, s.DB).ExecContext(t.Context(), statement)
			return 0, err
		}
	}
	for _, step := range []struct {
		name                string
		change              func() (int64, error)
		list, page, feature map[string]string
		byHand              bool // and so news even to who did it
	}{
		{
			name: "an override", change: override(s.accounts[0]),
			list: map[string]string{"account 0": "Dana"}, page: map[string]string{"cell ai_agents": "Dana"}, feature: map[string]string{"feature ai_agents": "Dana"},
		},
		{name: "an override of an account out of view", change: override(s.accounts[2]), feature: map[string]string{"feature ai_agents": "Dana"}},
		{
			name: "the account itself",
			change: func() (int64, error) {
				return s.SetAccountStatus(t.Context(), dana, s.accounts[0], features.Suspended, "unpaid")
			},
			list: map[string]string{"account 0": "Dana"}, page: map[string]string{"account 0": "Dana"},
		},
		{
			name: "a kill switch",
			change: func() (int64, error) {
				return s.SetKillSwitch(t.Context(), dana, db.KillSwitch{Keys: []string{"knowledge_base"}})
			},
			list: map[string]string{"feature knowledge_base": "Dana"}, page: map[string]string{"feature knowledge_base": "Dana"},
		},
		{
			name: "a new feature",
			change: func() (int64, error) {
				return s.CreateFeature(t.Context(), dana, features.FeatureDraft{Key: "new_one", Name: "New"})
			},
			list: map[string]string{"catalogue": "Dana"}, page: map[string]string{"catalogue": "Dana"},
		},
		{
			name: "an override by hand", change: byHand(`UPDATE overrides SET enabled = 0 WHERE account_id = (SELECT min(id) FROM accounts)`),
			list: map[string]string{"account 0": ""}, page: map[string]string{"account 0": ""}, byHand: true,
		},
		{
			name: "a feature by hand", change: byHand(`UPDATE features SET default_enabled = 1 WHERE key = 'ai_agents'`),
			list: map[string]string{"catalogue": ""}, page: map[string]string{"catalogue": ""}, feature: map[string]string{"catalogue": ""}, byHand: true,
		},
	} {
		_, before := s.since(t, db.Moment{}, nil, db.Shown{})
		revision, err := step.change()
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		for name, view := range map[string]struct {
			shown db.Shown
			want  map[string]string
		}{"list": {list, step.list}, "page": {page, step.page}, "feature": {feature, step.feature}} {
			got, now := s.since(t, before.Moment, nil, view.shown)
			if diff := cmp.Diff(view.want, got); diff != "" && len(view.want)+len(got) > 0 {
				t.Errorf("%s, on the %s (-want +got):\n%s", step.name, name, diff)
			}
			if !now.Moved || now.Everything || now.Position <= before.Position {
				t.Errorf("%s: %+v after %+v", step.name, now, before)
			}
			if got, _ := s.since(t, before.Moment, []int64{revision}, view.shown); !step.byHand && len(got) > 0 {
				t.Errorf("%s, on the %s of who made it: %v", step.name, name, got)
			}
			if got, again := s.since(t, now.Moment, nil, view.shown); len(got) > 0 || again.Moved {
				t.Errorf("%s, told a second time: %v", step.name, got)
			}
		}
	}
}

// Another's change is told although one of one's own has come after it.
func TestOwnChangesHideNoOthers(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	_, before := s.since(t, db.Moment{}, nil, db.Shown{})
	s.set(t, s.accounts[0], "ai_agents", true)
	own, err := s.SetOverride(t.Context(), features.Actor{Kind: features.ByUser, UserID: 7, Name: "Dana"},
		db.OverrideChange{Account: s.accounts[0], Feature: "knowledge_base", Value: features.Value{Enabled: true}})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := s.since(t, before.Moment, []int64{own}, db.Shown{Accounts: s.accounts})
	if diff := cmp.Diff(map[string]string{"account 0": dbtest.Actor().Name}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAMomentThatTheFeedHasForgotten(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	_, now := s.since(t, db.Moment{}, nil, db.Shown{})
	if _, err := console(t, s.DB).ExecContext(t.Context(), `DELETE FROM feed WHERE seq <= 3`); err != nil {
		t.Fatal(err)
	}
	for _, moment := range []db.Moment{{Position: now.Position + 1}, {Position: 1}} {
		if _, changes := s.since(t, moment, nil, db.Shown{}); !changes.Everything {
			t.Errorf("%+v since %+v", changes, moment)
		}
	}
}

// A page that is told of a change is read again from the live state, which has to have it.
func TestWhatIsToldCanBeSeen(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	_, before := s.since(t, db.Moment{}, nil, db.Shown{})
	if _, err := console(t, s.DB).ExecContext(t.Context(), `UPDATE features SET name = 'Helpers' WHERE key = 'ai_agents'`); err != nil {
		t.Fatal(err)
	}
	if _, changes := s.since(t, before.Moment, nil, db.Shown{Features: []string{"ai_agents"}}); !changes.Moved {
		t.Fatalf("%+v", changes)
	}
	if f, err := s.Live().Catalogue().Feature("ai_agents"); err != nil || f.Name != "Helpers" {
		t.Errorf("%+v, %v", f, err)
	}
}
