package db_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// openStore gives a shop whose accounts are in the tier Pro, which offers upgrades of ai_agents and of flows, a number
// that is at most 100.
func openStore(t *testing.T, accounts int) shop {
	t.Helper()
	s := openShop(t, accounts)
	most := int64(100)
	draft := features.FeatureDraft{
		Key: "flows", Name: "Flows", Type: features.IntegerType, Default: features.Value{Enabled: true, Data: "5"}, Constraints: features.Constraints{Max: &most},
	}
	if _, err := s.CreateFeature(t.Context(), dbtest.Actor(), draft); err != nil {
		t.Fatal(err)
	}
	s.features["flows"] = s.feature(t, "flows").ID
	s.lists(t, "flows", "1, '10', 1, 1")
	s.lists(t, "ai_agents", "0, '', 1, 1")
	s.tier(t, "pro")
	return s
}

// lists has the tier Pro list a feature: enabled, value, allow_override and allow_upgrade, in SQL.
func (s shop) lists(t *testing.T, key, columns string) {
	t.Helper()
	_, err := console(t, s.DB).ExecContext(t.Context(), `
		INSERT OR REPLACE INTO tier_features (tier_id, feature_id, enabled, value, allow_override, allow_upgrade)
		SELECT t.id, ?1, `+columns+` FROM tiers t WHERE t.key = 'pro'`, s.features[key])
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// ask files a request, which must work, and gives it.
func (s shop) ask(t *testing.T, account int64, key string) features.UpgradeRequest {
	t.Helper()
	r, err := s.AskUpgrade(t.Context(), dbtest.Actor(), db.UpgradeAsk{Account: account, Feature: key, Message: awkward})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// approve approves a request over whatever its account has, which must work.
func (s shop) approve(t *testing.T, r features.UpgradeRequest, data features.JSON) int64 {
	t.Helper()
	key := s.Live().Catalogue().FeatureByID(r.FeatureID).Key
	revision, err := s.ApproveUpgrade(t.Context(), dbtest.Actor(), db.UpgradeApproval{
		Request: r.ID, Data: data, Note: "as agreed", Version: s.version(t, r.AccountID, key),
	})
	return sure(t, revision, err)
}

func (s shop) upgrade(t *testing.T, id int64) features.UpgradeRequest {
	t.Helper()
	r, err := s.UpgradeByID(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAskUpgrade(t *testing.T) {
	t.Parallel()
	s := openStore(t, 2)
	user := s.person(t, features.UserDraft{Email: "mia@example.com", Name: awkward}, s.accounts[0])
	by := features.Actor{Kind: features.ByUser, UserID: user, Name: awkward}
	before := s.Live().Accounts().ByID(s.accounts[0]).Revision
	r, err := s.AskUpgrade(t.Context(), by, db.UpgradeAsk{Account: s.accounts[0], Feature: "flows", Message: "More, please"})
	if err != nil {
		t.Fatal(err)
	}
	if stored := s.upgrade(t, r.ID); stored != r || r.AskedBy != user || r.AskedByName != awkward || r.Status != features.UpgradePending || r.Message != "More, please" {
		t.Errorf("the request is %+v, stored as %+v", r, stored)
	}
	set, err := s.ChangeSet(t.Context(), r.Revision)
	if err != nil || set.Action != "upgrade.ask" || set.Summary != "Asked for Flows for "+awkward || set.ActorName != awkward {
		t.Errorf("the change set is %+v, %v", set, err)
	}
	row := s.rows(t, r.Revision)[0]
	if got := fields(t, row.New); row.Entity != "upgrade_request" || row.FeatureKey != "flows" || row.AccountID != s.accounts[0] || row.Old != nil || got["message"] != "More, please" || got["status"] != "pending" {
		t.Errorf("the row is %+v", row)
	}
	if got := s.Live().Accounts().ByID(s.accounts[0]).Revision; got != before {
		t.Error("asking changed what the account has")
	}
	if n, err := s.PendingUpgrades(t.Context()); n != 1 || err != nil {
		t.Errorf("%d are pending, %v", n, err)
	}
}

func TestUpgradesThatMayNotBeAskedFor(t *testing.T) {
	t.Parallel()
	s := openStore(t, 2)
	s.ask(t, s.accounts[0], "flows")
	s.set(t, s.accounts[1], "ai_agents", true)
	for what, c := range map[string]struct {
		ask  db.UpgradeAsk
		want features.Error
	}{
		"twice": {
			db.UpgradeAsk{Account: s.accounts[0], Feature: "flows"},
			features.Error{Kind: features.Conflict, Message: "This account has already asked for Flows and is waiting for an answer."},
		},
		"what it has": {
			db.UpgradeAsk{Account: s.accounts[1], Feature: "ai_agents"},
			features.Error{Kind: features.Conflict, Message: "This account has " + s.feature(t, "ai_agents").Name + " already."},
		},
		"what its tier does not offer": {
			db.UpgradeAsk{Account: s.accounts[0], Feature: "knowledge_base"},
			features.Error{Kind: features.Conflict, Message: "The tier of this account does not allow upgrade requests for " + s.feature(t, "knowledge_base").Name + "."},
		},
		"what is not there": {
			db.UpgradeAsk{Account: s.accounts[0], Feature: "nonsense"},
			features.Error{Kind: features.NotFound, Field: "feature", Message: `There is no feature with the key "nonsense".`},
		},
		"for nobody": {db.UpgradeAsk{Account: 99, Feature: "flows"}, features.Error{Kind: features.NotFound, Message: "There is no such account."}},
		"at length": {
			db.UpgradeAsk{Account: s.accounts[0], Feature: "ai_agents", Message: strings.Repeat("x", 501)},
			features.Error{Kind: features.Invalid, Field: "message", Message: "Use at most 500 characters."},
		},
	} {
		s.refuses(t, "asking "+what, c.want, func() error {
			_, err := s.AskUpgrade(t.Context(), dbtest.Actor(), c.ask)
			return err
		})
	}
}

func TestApproveUpgrade(t *testing.T) {
	t.Parallel()
	s := openStore(t, 1)
	r := s.ask(t, s.accounts[0], "flows")
	until := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	revision, err := s.ApproveUpgrade(t.Context(), dbtest.Actor(), db.UpgradeApproval{Request: r.ID, Data: "50", Note: "as agreed", ExpiresAt: until})
	sure(t, revision, err)
	o := s.cell(t, s.accounts[0], "flows").Override
	if o == nil || o.Value != (features.Value{Enabled: true, Data: "50"}) || o.Reason != "as agreed" || !o.ExpiresAt.Equal(until) {
		t.Errorf("the override is %+v", o)
	}
	decided := s.upgrade(t, r.ID)
	if decided.Status != features.UpgradeApproved || decided.DecidedBy != "tester" || decided.Note != "as agreed" || decided.DecidedAt.IsZero() || decided.Revision != revision {
		t.Errorf("the request is %+v", decided)
	}
	set, err := s.ChangeSet(t.Context(), revision)
	if err != nil || set.Rows != 2 || set.Reason != "as agreed" || set.Summary != "Approved the request of "+awkward+": Flows 50" {
		t.Errorf("the change set is %+v, %v", set, err)
	}
	s.refuses(t, "approving twice", features.Error{Kind: features.Conflict, Message: "tester has already approved this request."}, func() error {
		_, err := s.ApproveUpgrade(t.Context(), dbtest.Actor(), db.UpgradeApproval{Request: r.ID, Data: "50", Version: revision})
		return err
	})
	s.refuses(t, "rejecting it then", features.Error{Kind: features.Conflict, Message: "tester has already approved this request."}, func() error {
		_, err := s.RejectUpgrade(t.Context(), dbtest.Actor(), r.ID, "no")
		return err
	})
}

func TestApproveUpgradeWithWhatItNeeds(t *testing.T) {
	t.Parallel()
	s := openStore(t, 1)
	f := s.feature(t, "ai_agents")
	draft := f.Draft()
	draft.DependsOn = []string{"knowledge_base"}
	if _, err := s.UpdateFeature(t.Context(), dbtest.Actor(), db.FeatureChange{Draft: draft, Version: f.Revision}); err != nil {
		t.Fatal(err)
	}
	r := s.ask(t, s.accounts[0], "ai_agents")
	revision, err := s.ApproveUpgrade(t.Context(), dbtest.Actor(), db.UpgradeApproval{Request: r.ID, WithDependencies: true})
	sure(t, revision, err)
	if !s.has(t, s.accounts[0], "ai_agents") || !s.has(t, s.accounts[0], "knowledge_base") {
		t.Error("the feature is not on with what it needs")
	}
	if o := s.cell(t, s.accounts[0], "ai_agents").Override; o.Reason != "Asked for by tester" {
		t.Errorf("the override says %q", o.Reason)
	}
}

func TestApprovalsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := openStore(t, 1)
	r := s.ask(t, s.accounts[0], "flows")
	approve := func(a db.UpgradeApproval) func() error {
		return func() error {
			_, err := s.ApproveUpgrade(t.Context(), dbtest.Actor(), a)
			return err
		}
	}
	s.refuses(t, "a request that is not there", features.Error{Kind: features.NotFound, Message: "There is no such request."}, approve(db.UpgradeApproval{Request: 99}))
	s.refuses(t, "too much", features.Error{Kind: features.Invalid, Field: "value", Message: "101 is more than the maximum, 100."}, approve(db.UpgradeApproval{Request: r.ID, Data: "101"}))
	s.refuses(t, "a note that is too long", features.Error{Kind: features.Invalid, Field: "reason", Message: "Use at most 500 characters."},
		approve(db.UpgradeApproval{Request: r.ID, Data: "50", Note: strings.Repeat("x", 501)}))
	other := db.OverrideChange{Account: s.accounts[0], Feature: "flows", Value: features.Value{Enabled: true, Data: "70"}}
	if _, err := s.SetOverride(t.Context(), dbtest.Actor(), other); err != nil {
		t.Fatal(err)
	}
	s.refuses(t, "an account that has been given something else", features.Error{
		Kind: features.Conflict, Field: "version", Message: "tester has saved this since you opened it. Compare both versions before you save.",
	}, approve(db.UpgradeApproval{Request: r.ID, Data: "50"}))
	s.lists(t, "flows", "1, '10', 0, 0")
	s.refuses(t, "what the tier locks by now", features.Error{
		Kind: features.Invalid, Field: "value", Message: "The tier PRO locks Flows: its accounts have the tier's value. Allow overrides in the tier, or move the account to another tier.",
	}, approve(db.UpgradeApproval{Request: r.ID, Data: "50", Version: s.version(t, s.accounts[0], "flows")}))
}

func TestRejectAndWithdrawUpgrades(t *testing.T) {
	t.Parallel()
	s := openStore(t, 2)
	r := s.ask(t, s.accounts[0], "flows")
	s.refuses(t, "rejecting without a note", features.Error{Kind: features.Invalid, Field: "note", Message: "Enter a reason. The account sees it."}, func() error {
		_, err := s.RejectUpgrade(t.Context(), dbtest.Actor(), r.ID, " ")
		return err
	})
	revision, err := s.RejectUpgrade(t.Context(), dbtest.Actor(), r.ID, "Not on this plan")
	set, _ := s.ChangeSet(t.Context(), sure(t, revision, err))
	if got := s.upgrade(t, r.ID); got.Status != features.UpgradeRejected || got.Note != "Not on this plan" || set.Action != "upgrade.reject" || set.Rows != 1 {
		t.Errorf("rejected, it is %+v by %+v", got, set)
	}
	again := s.ask(t, s.accounts[0], "flows")
	s.refuses(t, "withdrawing another's", features.Error{Kind: features.NotFound, Message: "There is no such request."}, func() error {
		_, err := s.WithdrawUpgrade(t.Context(), dbtest.Actor(), db.UpgradeWithdrawal{Request: again.ID, Account: s.accounts[1]})
		return err
	})
	s.refuses(t, "withdrawing what is not there", features.Error{Kind: features.NotFound, Message: "There is no such request."}, func() error {
		_, err := s.WithdrawUpgrade(t.Context(), dbtest.Actor(), db.UpgradeWithdrawal{Request: 99, Account: s.accounts[1]})
		return err
	})
	revision, err = s.WithdrawUpgrade(t.Context(), dbtest.Actor(), db.UpgradeWithdrawal{Request: again.ID, Account: s.accounts[0]})
	set, _ = s.ChangeSet(t.Context(), sure(t, revision, err))
	if got := s.upgrade(t, again.ID); got.Status != features.UpgradeWithdrawn || set.Summary != "Withdrew the request of "+awkward+" for Flows" {
		t.Errorf("withdrawn, it is %+v by %+v", got, set)
	}
	mine, err := s.UpgradesOf(t.Context(), s.accounts[0], 10)
	if err != nil || len(mine) != 2 || mine[0].ID != again.ID || mine[1].ID != r.ID {
		t.Errorf("the account's requests are %+v, %v", mine, err)
	}
}

// Many ask at once, and many decide at once: one of each counts.
func TestUpgradesAtOnce(t *testing.T) {
	t.Parallel()
	s := openStore(t, 1)
	asked, decided := make([]error, 8), make([]error, 8)
	together(len(asked), func(i int) {
		_, asked[i] = s.AskUpgrade(t.Context(), dbtest.Actor(), db.UpgradeAsk{Account: s.accounts[0], Feature: "flows"})
	})
	list, err := s.UpgradesOf(t.Context(), s.accounts[0], 10)
	if err != nil || len(list) != 1 || failures(asked, features.Conflict) != 7 {
		t.Fatalf("%d requests were made, %v, %v", len(list), asked, err)
	}
	together(len(decided), func(i int) {
		if i%2 == 0 {
			_, decided[i] = s.ApproveUpgrade(t.Context(), dbtest.Actor(), db.UpgradeApproval{Request: list[0].ID, Data: "50"})
		} else {
			_, decided[i] = s.RejectUpgrade(t.Context(), dbtest.Actor(), list[0].ID, "no")
		}
	})
	r := s.upgrade(t, list[0].ID)
	given := s.cell(t, s.accounts[0], "flows").Override != nil
	if failures(decided, features.Conflict) != 7 || given != (r.Status == features.UpgradeApproved) {
		t.Errorf("the request is %+v, the override there: %v, %v", r, given, decided)
	}
}

func together(n int, do func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { do(i) })
	}
	all.Wait()
}

func failures(errs []error, kind features.Kind) (n int) {
	for _, err := range errs {
		if features.KindOf(err) == kind {
			n++
		}
	}
	return n
}

func TestListUpgrades(t *testing.T) {
	t.Parallel()
	s := openStore(t, 4)
	var ids []int64
	for i := range s.accounts {
		ids = append(ids, s.ask(t, s.accounts[len(s.accounts)-1-i], "flows").ID)
	}
	ids = append(ids, s.ask(t, s.accounts[3], "ai_agents").ID)
	if _, err := s.RejectUpgrade(t.Context(), dbtest.Actor(), ids[1], "no"); err != nil {
		t.Fatal(err)
	}
	tier, _ := s.Live().Catalogue().TierByKey("free")
	byAge := db.UpgradePage{Order: db.UpgradesByAge, Size: 10}
	for name, c := range map[string]struct {
		filter   db.UpgradeFilter
		page     db.UpgradePage
		want     []int64
		matching int
	}{
		"all":            {page: byAge, want: ids, matching: 5},
		"pending":        {filter: db.UpgradeFilter{Status: features.UpgradePending}, page: byAge, want: []int64{ids[0], ids[2], ids[3], ids[4]}, matching: 4},
		"newest":         {page: db.UpgradePage{Order: db.UpgradesByAge, Reversed: true, Size: 2}, want: []int64{ids[4], ids[3]}, matching: 5},
		"second page":    {page: db.UpgradePage{Order: db.UpgradesByAge, From: 2, Size: 2}, want: ids[2:4], matching: 5},
		"of a feature":   {filter: db.UpgradeFilter{Feature: s.features["ai_agents"]}, page: byAge, want: ids[4:], matching: 1},
		"of a tier":      {filter: db.UpgradeFilter{Tier: tier.ID}, page: byAge},
		"search":         {filter: db.UpgradeFilter{Search: "ACCOUNT-2"}, page: byAge, want: ids[1:2], matching: 1},
		"awkward search": {filter: db.UpgradeFilter{Search: `50% \ {"A"`}, page: byAge, want: ids, matching: 5},
		"by account":     {filter: db.UpgradeFilter{Feature: s.features["flows"]}, page: db.UpgradePage{Order: db.UpgradesByAccount, Size: 10}, want: []int64{ids[2], ids[1], ids[0], ids[3]}, matching: 4},
		"by feature":     {page: db.UpgradePage{Order: db.UpgradesByFeature, Size: 1}, want: ids[4:], matching: 5},
	} {
		list, matching, err := s.ListUpgrades(t.Context(), c.filter, c.page)
		var got []int64
		for _, r := range list {
			got = append(got, r.ID)
		}
		if err != nil || matching != c.matching || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v of %d, %v: want %v of %d", name, got, matching, err, c.want, c.matching)
		}
	}
}

// An approval that is undone takes the override back, and the request waits again; undone in turn, both are there.
func TestUndoUpgrades(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*testing.T, shop) int64{
		"asked":    func(t *testing.T, s shop) int64 { return s.ask(t, s.accounts[0], "flows").Revision },
		"approved": func(t *testing.T, s shop) int64 { return s.approve(t, s.ask(t, s.accounts[0], "flows"), "50") },
		"rejected": func(t *testing.T, s shop) int64 {
			revision, err := s.RejectUpgrade(t.Context(), dbtest.Actor(), s.ask(t, s.accounts[0], "flows").ID, awkward)
			return sure(t, revision, err)
		},
		"withdrawn": func(t *testing.T, s shop) int64 {
			revision, err := s.WithdrawUpgrade(t.Context(), dbtest.Actor(), db.UpgradeWithdrawal{Request: s.ask(t, s.accounts[0], "flows").ID})
			return sure(t, revision, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openStore(t, 1)
			changed := change(t, s)
			after := dumpState(t, s.DB)
			_, back := s.undo(t, changed)
			if r, err := s.UpgradesOf(t.Context(), s.accounts[0], 1); err != nil || name == "asked" != (len(r) == 0) || len(r) == 1 && r[0].Status != features.UpgradePending {
				t.Errorf("undone, the requests are %+v, %v", r, err)
			}
			if s.cell(t, s.accounts[0], "flows").Override != nil {
				t.Error("the override is still there")
			}
			_, forth := s.undo(t, back)
			sameLines(t, "after undo of the undo", after, dumpState(t, s.DB))
			s.checkReversal(t, changed, back)
			s.checkReversal(t, back, forth)
		})
	}
}

// Whoever has asked again since keeps that request: the older one stays decided, and the override goes back alone.
func TestUndoOfAnApprovalAfterAnotherRequest(t *testing.T) {
	t.Parallel()
	s := openStore(t, 1)
	first := s.ask(t, s.accounts[0], "flows")
	approved := s.approve(t, first, "50")
	second := s.ask(t, s.accounts[0], "flows")
	plan, _, err := s.Undo(t.Context(), dbtest.Actor(), approved, "")
	if err != nil || plan.Revert != 1 || plan.LeftCount != 1 || plan.Left[0].Why != "the account has asked again since" {
		t.Fatalf("the plan is %+v, %v", plan, err)
	}
	if s.upgrade(t, first.ID).Status != features.UpgradeApproved || s.upgrade(t, second.ID).Status != features.UpgradePending {
		t.Error("the requests have changed")
	}
	if s.cell(t, s.accounts[0], "flows").Override != nil {
		t.Error("the override is still there")
	}
}

// An import retires what people have asked for, as it cannot delete that.
func TestImportRetiresWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	s := openStore(t, 1)
	s.ask(t, s.accounts[0], "flows")
	i := read(t, "features: []\ntiers: [{key: pro, name: PRO, features: []}]\n")
	i.Prune = true
	s.imports(t, i)
	if s.feature(t, "flows").Active {
		t.Error("it is not retired")
	}
}

// What a request refers to cannot go while it is there.
func TestUpgradesKeepWhatTheyReferTo(t *testing.T) {
	t.Parallel()
	s := openStore(t, 0)
	id, err := s.CreateAccount(t.Context(), dbtest.Actor(), features.AccountDraft{Name: "Fresh", Tier: "pro"})
	created := s.newest(t, err)
	s.ask(t, id, "flows")
	want := features.Error{Kind: features.Conflict, Message: "There is nothing to undo. Fresh: has 1 upgrade request since."}
	s.refuses(t, "undoing the account", want, func() error { _, _, err := s.Undo(t.Context(), dbtest.Actor(), created, ""); return err })
	if _, err := s.DeleteFeature(t.Context(), dbtest.Actor(), "flows", ""); features.KindOf(err) != features.Conflict {
		t.Errorf("deleting the feature gives %v", err)
	}
}

// An account that asks and withdraws in a loop is stopped: each turn stays on record for ever.
func TestUpgradeLoop(t *testing.T) {
	t.Parallel()
	s := openStore(t, 1)
	ask := db.UpgradeAsk{Account: s.accounts[0], Feature: "flows"}
	asked := 0
	for {
		r, err := s.AskUpgrade(t.Context(), dbtest.Actor(), ask)
		if err != nil {
			var refusal *features.Error
			if !errors.As(err, &refusal) || refusal.Kind != features.TooMany || refusal.RetryAfter <= 23*time.Hour || refusal.RetryAfter > 24*time.Hour {
				t.Errorf("after %d requests: %v", asked, err)
			}
			break
		}
		if asked++; asked > 20 {
			t.Fatal("the loop goes on")
		}
		if _, err := s.WithdrawUpgrade(t.Context(), dbtest.Actor(), db.UpgradeWithdrawal{Request: r.ID, Account: s.accounts[0]}); err != nil {
			t.Fatal(err)
		}
	}
	run(t, s.DB, `UPDATE upgrade_requests SET asked_at = asked_at - 86400000`)
	if _, err := s.AskUpgrade(t.Context(), dbtest.Actor(), ask); err != nil {
		t.Errorf("a day later: %v", err)
	}
}
