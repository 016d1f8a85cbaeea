package features_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"flagstone/features"
)

func TestListPages(t *testing.T) {
	t.Parallel()
	var accounts []*features.Account
	for id := range int64(5) {
		accounts = append(accounts, account(id+1, fmt.Sprint("Account ", id)))
	}
	l := liveWith(nil, nil, accounts...)
	for _, c := range []struct {
		number, size, first int
		want                []*features.Account
		pages               int
	}{
		{1, 2, 1, accounts[:2], 3},
		{2, 2, 3, accounts[2:4], 3},
		{3, 2, 5, accounts[4:], 3},
		{1, 5, 1, accounts, 1},
		{1, 9, 1, accounts, 1},
	} {
		page, err := l.List(features.AccountFilter{}, c.number, c.size, now())
		if err != nil || !slices.Equal(page.Accounts, c.want) || page.Pages != c.pages || page.Number != c.number ||
			page.Matching != 5 || page.Total != 5 || page.First(c.size) != c.first {
			t.Errorf("page %d of size %d: %+v, first %d, %v", c.number, c.size, page, page.First(c.size), err)
		}
	}
	for _, c := range []struct {
		number, size int
		message      string
	}{
		{0, 2, "There is no such page: the list has pages 1 to 3."},
		{4, 2, "There is no such page: the list has pages 1 to 3."},
		{-1, 9, "There is no such page: the list has one page."},
		{1 << 62, 9, "There is no such page: the list has one page."},
	} {
		_, err := l.List(features.AccountFilter{}, c.number, c.size, now())
		if features.KindOf(err) != features.NotFound || err.Error() != c.message {
			t.Errorf("page %d of size %d: %v", c.number, c.size, err)
		}
	}
	page, err := l.List(features.AccountFilter{Search: "nobody"}, 1, 2, now())
	if err != nil || len(page.Accounts) != 0 || page.Pages != 1 || page.Matching != 0 || page.Total != 5 || page.First(2) != 0 {
		t.Errorf("an empty list: %+v, %v", page, err)
	}
	if _, err := l.List(features.AccountFilter{Order: "size"}, 1, 2, now()); features.KindOf(err) != features.Invalid {
		t.Errorf("an order there is not: %v", err)
	}
}

func TestListAfter(t *testing.T) {
	t.Parallel()
	accounts := []*features.Account{account(1, "Account A"), account(3, "Account B"), account(2, "Account C")}
	l := liveWith(nil, nil, accounts...)
	for _, c := range []struct {
		after features.Spot
		most  int
		want  []*features.Account
	}{
		{features.Spot{}, 2, accounts[:2]},
		{accounts[1].Spot(), 2, accounts[2:]},
		{accounts[2].Spot(), 2, nil},
		{features.Spot{Name: accounts[1].Spot().Name, ID: 2}, 9, accounts[1:]}, // one that has gone
	} {
		list, matching, err := l.ListAfter(features.AccountFilter{Order: features.OrderTier}, c.after, c.most, now())
		if err != nil || matching != 3 || !slices.Equal(list, c.want) {
			t.Errorf("after %v: %v of %d, %v", c.after, list, matching, err)
		}
	}
	if _, _, err := l.ListAfter(features.AccountFilter{Status: "gone"}, features.Spot{}, 1, now()); features.KindOf(err) != features.Invalid {
		t.Errorf("a status there is not: %v", err)
	}
}

func TestApplyTellsWatchers(t *testing.T) {
	t.Parallel()
	l := features.NewLive()
	var notices []features.Notice
	stop := l.Watch(func(n features.Notice) { notices = append(notices, n) })
	user := &features.User{ID: 5}
	for i, c := range []struct {
		batch features.Batch
		want  string
	}{
		{features.Batch{Accounts: []*features.Account{account(3, "A"), account(4, "B")}}, "{[3 4] false false}"},
		{features.Batch{GoneAccounts: []int64{4}, Accounts: []*features.Account{account(3, "C")}}, "{[4 3] false false}"},
		{features.Batch{Catalogue: features.NewCatalogue(features.Registry{Revision: 2})}, "{[] true false}"},
		{features.Batch{Users: []*features.User{user}}, "{[] false true}"},
		{features.Batch{GoneUsers: []int64{5}}, "{[] false true}"},
		{features.Batch{Sessions: []*features.Session{{ID: 1}}}, "{[] false true}"},
		{features.Batch{GoneSessions: []int64{1}}, "{[] false true}"},
		{features.Batch{Everything: true}, "{[3] true true}"},
	} {
		c.batch.Position = int64(i + 1)
		l.Apply(c.batch)
		if len(notices) != i+1 || fmt.Sprint(notices[i]) != c.want {
			t.Fatalf("batch %d: told %v, want %s last", i, notices, c.want)
		}
	}
	l.Apply(features.Batch{Position: 8, Users: []*features.User{user}})
	if len(notices) != 8 {
		t.Error("an old batch was told")
	}
	again := 0
	l.Watch(func(features.Notice) { again++ })
	stop()
	l.Apply(features.Batch{Position: 9})
	if len(notices) != 8 || again != 1 {
		t.Error("a watcher that stopped was told, or another was not")
	}
}

func TestApplyRefusesOldPositions(t *testing.T) {
	t.Parallel()
	l := features.NewLive()
	newer := account(1, "Newer")
	l.Apply(features.Batch{Position: 10, Accounts: []*features.Account{newer}, Catalogue: features.NewCatalogue(features.Registry{Revision: 10})})
	for _, position := range []int64{-1, 0, 9, 10} {
		l.Apply(features.Batch{Position: position, Accounts: []*features.Account{account(1, "Older")}, Catalogue: features.NewCatalogue(features.Registry{Revision: 9})})
	}
	if l.Accounts().ByID(1) != newer || l.Catalogue().Revision != 10 || l.Position() != 10 {
		t.Errorf("an old batch was applied: position %d, revision %d", l.Position(), l.Catalogue().Revision)
	}
}

func TestApplyEverything(t *testing.T) {
	t.Parallel()
	l := features.NewLive()
	hash := func(n byte) [32]byte { return [32]byte{n} }
	session := func(id int64, n byte) *features.Session { return &features.Session{ID: id, TokenHash: hash(n)} }
	l.Apply(features.Batch{
		Position: 50, Accounts: []*features.Account{account(1, "A"), account(2, "B")}, Catalogue: features.NewCatalogue(features.Registry{Revision: 9}),
		Users: []*features.User{{ID: 1}, {ID: 2}}, Sessions: []*features.Session{session(1, 1), session(2, 2)},
	})
	l.Apply(features.Batch{
		Position: 3, Everything: true, Accounts: []*features.Account{account(2, "B"), account(3, "C")},
		Catalogue: features.NewCatalogue(features.Registry{Revision: 1}),
		Users:     []*features.User{{ID: 2}, {ID: 3}}, Sessions: []*features.Session{session(2, 2), session(3, 3)},
	})
	for id := range int64(4) {
		want := id >= 2
		if (l.Accounts().ByID(id) != nil) != want || (l.People().User(id) != nil) != want || (l.People().Session(hash(byte(id))) != nil) != want {
			t.Errorf("number %d: account %v, user %v, session %v; want there: %v", id,
				l.Accounts().ByID(id), l.People().User(id), l.People().Session(hash(byte(id))), want)
		}
	}
	if l.Position() != 3 || l.Catalogue().Revision != 1 {
		t.Errorf("position %d, revision %d", l.Position(), l.Catalogue().Revision)
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	l := features.NewLive()
	old, renewed := [32]byte{1}, [32]byte{2}
	l.Apply(features.Batch{Position: 1, Sessions: []*features.Session{{ID: 7, TokenHash: old, UserID: 1}}})
	if s := l.People().Session(old); s == nil || s.UserID != 1 {
		t.Fatalf("the session is %v", s)
	}
	l.Apply(features.Batch{Position: 2, Sessions: []*features.Session{{ID: 7, TokenHash: renewed, UserID: 1, SeenAt: time.Unix(1, 0)}}})
	if l.People().Session(old) != nil || l.People().Session(renewed) == nil {
		t.Error("a token that was replaced still counts, or the new one does not")
	}
	l.Apply(features.Batch{Position: 3, GoneSessions: []int64{7, 8}})
	if l.People().Session(renewed) != nil {
		t.Error("a session that ended still counts")
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	l := features.NewLive()
	hash := func(n byte) [32]byte { return [32]byte{n} }
	key := func(id int64, n byte) *features.APIKey { return &features.APIKey{ID: id, Hash: hash(n)} }
	there := func(what string, want ...byte) {
		t.Helper()
		for n := range byte(6) {
			if found := l.People().Key(hash(n)); (found != nil) != slices.Contains(want, n) {
				t.Errorf("%s: with hash %d is found %v", what, n, found)
			}
		}
	}
	l.Apply(features.Batch{Position: 1, Keys: []*features.APIKey{key(1, 1), key(2, 2), key(3, 3)}})
	there("made", 1, 2, 3)
	l.Apply(features.Batch{Position: 2, Keys: []*features.APIKey{key(2, 4)}, GoneKeys: []int64{3, 9}})
	there("changed", 1, 4)
	l.Apply(features.Batch{Position: 3, Everything: true, Keys: []*features.APIKey{key(2, 4), key(5, 5)}})
	there("everything", 4, 5)
}

// An account of which only the overrides changed keeps all else; one that nobody knows is left unchanged.
func TestApplyOverridden(t *testing.T) {
	t.Parallel()
	before := features.NewAccount(features.Account{
		ID: 3, TargetingKey: "k", Slug: "boise", Name: "Boise", TierID: 2, Status: features.Active, ContactEmail: "a@b.example",
		Revision: 4, Overrides: []features.Override{set(1, on)},
	})
	l := liveWith([]*features.Feature{feature(1, "ai"), feature(2, "crm")}, nil, before)
	var told features.Notice
	l.Watch(func(n features.Notice) { told = n })
	l.Apply(features.Batch{Position: 2, Overridden: []features.Overridden{
		{Account: 3, Revision: 5, Overrides: []features.Override{{FeatureID: 2, Value: on, Revision: 7}, {FeatureID: 1, Value: off, Revision: 6}}},
		{Account: 4, Revision: 8},
	}})
	after := l.Accounts().ByID(3)
	want := *before
	want.Revision, want.Overrides = 7, []features.Override{{FeatureID: 1, Value: off, Revision: 6}, {FeatureID: 2, Value: on, Revision: 7}}
	if fmt.Sprintf("%+v", *after) != fmt.Sprintf("%+v", want) || before.Revision != 4 || len(before.Overrides) != 1 {
		t.Errorf("the account is %+v, want %+v", *after, want)
	}
	if l.Accounts().Find("boise") != after || l.Accounts().Len() != 1 || fmt.Sprint(told) != "{[3] false false}" || l.Revision() != 7 {
		t.Errorf("told %v, revision %d, found %v", told, l.Revision(), l.Accounts().Find("boise"))
	}
	if got := list(t, l, features.AccountFilter{Search: "a@b"}); got != "Boise" {
		t.Errorf("a search finds %q", got)
	}
}
