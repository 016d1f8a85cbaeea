package db_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// shop is a small registry to act on: features and tiers by key, accounts by number.
type shop struct {
	*db.DB
	accounts []int64
	features map[string]int64
}

// awkward is a name that breaks whoever puts it into SQL or JSON by hand.
const awkward = `Bobby "Tables" O'Neil, 50% \ {"a":[1]} ?1 $.x <b>`

// openShop gives a database with three features, two tiers and some accounts, the first of them awkwardly named.
func openShop(t *testing.T, accounts int) shop {
	t.Helper()
	s := shop{DB: dbtest.Open(t), features: map[string]int64{}}
	for _, key := range []string{"knowledge_base", "ai_agents", "additional_services"} {
		draft := features.FeatureDraft{Key: key, Name: key + ` "quoted" 'name'`, Category: "Producers"}
		if _, err := s.CreateFeature(t.Context(), dbtest.Actor(), draft); err != nil {
			t.Fatal(err)
		}
		s.features[key] = s.feature(t, key).ID
	}
	for i, key := range []string{"free", "pro"} {
		if _, err := s.CreateTier(t.Context(), dbtest.Actor(), features.Tier{Key: key, Name: strings.ToUpper(key), Position: i}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range accounts {
		draft := features.AccountDraft{Name: awkward, Slug: fmt.Sprintf("account-%d", i)}
		if i > 0 {
			draft.Name, draft.ExternalID = fmt.Sprintf("Account %d", i), fmt.Sprintf("crm_%d", i)
		}
		id, err := s.CreateAccount(t.Context(), dbtest.Actor(), draft)
		if err != nil {
			t.Fatal(err)
		}
		s.accounts = append(s.accounts, id)
	}
	return s
}

func (s shop) feature(t *testing.T, key string) *features.Feature {
	t.Helper()
	f, err := s.Live().Catalogue().Feature(key)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// has tells whether an account has a feature, as it is served.
func (s shop) has(t *testing.T, account int64, key string) bool {
	t.Helper()
	context := &features.Context{Account: s.Live().Accounts().ByID(account)}
	return s.Live().Catalogue().Evaluate(s.feature(t, key), context, time.Now()).Value.Enabled
}

// set switches a feature for an account, over whatever is there, and gives the revision.
func (s shop) set(t *testing.T, account int64, key string, on bool) int64 {
	t.Helper()
	change := db.OverrideChange{Account: account, Feature: key, Value: features.Value{Enabled: on}, Version: s.version(t, account, key)}
	revision, err := s.SetOverride(t.Context(), dbtest.Actor(), change)
	if err != nil || revision == 0 {
		t.Fatalf("switching %s for account %d gives %d, %v", key, account, revision, err)
	}
	return revision
}

func (s shop) version(t *testing.T, account int64, key string) int64 {
	return s.cell(t, account, key).Version
}

func (s shop) cell(t *testing.T, account int64, key string) db.Cell {
	t.Helper()
	feature := s.features[key]
	cells, err := s.Cells(t.Context(), []int64{account}, []int64{feature})
	if err != nil {
		t.Fatal(err)
	}
	return cells[db.CellKey{Account: account, Feature: feature}]
}

// rows gives what a change set changed.
func (s shop) rows(t *testing.T, changeSet int64) []db.AuditRow {
	t.Helper()
	rows, err := s.AuditRows(t.Context(), db.AuditFilter{}, changeSet, 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// kill flips the kill switch of features and gives the revision.
func (s shop) kill(t *testing.T, enabled bool, keys ...string) int64 {
	t.Helper()
	revision, err := s.SetKillSwitch(t.Context(), dbtest.Actor(), db.KillSwitch{Keys: keys, Enabled: enabled})
	if err != nil || revision == 0 {
		t.Fatalf("the kill switch gives %d, %v", revision, err)
	}
	return revision
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

// expiring sets an override that has everything an override can have.
func (s shop) expiring(t *testing.T, account int64, key string) int64 {
	t.Helper()
	revision, err := s.SetOverride(t.Context(), features.Actor{Kind: features.ByUser, Name: "Erin"}, db.OverrideChange{
		Account: account, Feature: key, Value: on, ChangeOptions: db.ChangeOptions{Reason: awkward}, ExpiresAt: time.Now().Add(time.Hour), Version: s.version(t, account, key),
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
