package db_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
	"flagstone/registry"
)

// plan works a bulk action out as its dialog does.
func (s shop) plan(t *testing.T, b features.Bulk) *features.BulkPlan {
	t.Helper()
	plan, err := s.PlanBulk(b)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// apply plans and applies a bulk action and gives the revision.
func (s shop) apply(t *testing.T, b features.Bulk) int64 {
	t.Helper()
	_, revision, err := s.ApplyBulk(t.Context(), dbtest.Actor(), db.BulkChange{Bulk: b, Digest: s.plan(t, b).Digest})
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

// everyone is all accounts.
var everyone = features.Selection{All: true}

// scatter puts overrides, tiers and suspensions here and there. Whatever chance does, every bulk action has something to
// change: the first account, the third and the fifth, which is suspended, have ai_agents for a while.
func (s shop) scatter(t *testing.T, random *rand.Rand) {
	t.Helper()
	for i, account := range s.accounts {
		for key := range s.features {
			choice := random.IntN(4)
			switch {
			case key == "ai_agents" && slices.Contains([]int{0, 2, 4}, i):
				s.expiring(t, account, key)
			case choice < 2:
				s.set(t, account, key, choice == 0)
			}
		}
		if i == 4 || i > 4 && random.IntN(5) == 0 {
			if _, err := s.SetAccountStatus(t.Context(), dbtest.Actor(), account, features.Suspended, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tier := range []string{"free", "pro"} {
		var some features.Selection
		for _, account := range s.accounts {
			if random.IntN(3) == 0 {
				some.IDs = append(some.IDs, account)
			}
		}
		s.apply(t, features.Bulk{Action: features.SetTier, Tier: tier, Selection: some})
	}
}

// served is what every account has, as "account feature".
func (s shop) served(t *testing.T) map[string]bool {
	t.Helper()
	has := map[string]bool{}
	for _, account := range s.accounts {
		for key := range s.features {
			has[fmt.Sprint(account, key)] = s.has(t, account, key)
		}
	}
	return has
}

// TestBulkDoesWhatItsPlanSays applies every action to a random state: what the plan counts is what changes, the same
// again changes nothing, and undo gives back exactly the state before.
func TestBulkDoesWhatItsPlanSays(t *testing.T) {
	t.Parallel()
	suspended := features.Selection{All: true, Filter: features.AccountFilter{Status: features.Suspended}}
	for name, bulk := range map[string]features.Bulk{
		"enable":          {Action: features.EnableFeature, Feature: "ai_agents", Selection: everyone},
		"disable":         {Action: features.DisableFeature, Feature: "ai_agents", Selection: everyone},
		"disable all":     {Action: features.DisableAll, Selection: everyone},
		"clear one":       {Action: features.ClearOverrides, Feature: "ai_agents", Selection: everyone},
		"clear all":       {Action: features.ClearOverrides, Selection: everyone},
		"set tier":        {Action: features.SetTier, Tier: "pro", Selection: everyone},
		"take tier away":  {Action: features.SetTier, Selection: everyone},
		"of some":         {Action: features.EnableFeature, Feature: "ai_agents", Selection: suspended},
		"of those ticked": {Action: features.ClearOverrides, Selection: features.Selection{IDs: []int64{3, 1, 3}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, 16)
			s.scatter(t, randomOf(t))
			s.checkBulk(t, bulk)
		})
	}
}

func (s shop) checkBulk(t *testing.T, bulk features.Bulk) {
	t.Helper()
	before, had := dumpState(t, s.DB), s.served(t)
	plan := s.plan(t, bulk)
	if plan.Chosen != len(plan.Changed)+len(plan.Already) {
		t.Errorf("%d are chosen, %d change, %d are so already", plan.Chosen, len(plan.Changed), len(plan.Already))
	}
	applied, revision, err := s.ApplyBulk(t.Context(), dbtest.Actor(), db.BulkChange{Bulk: bulk, Digest: plan.Digest, ChangeOptions: db.ChangeOptions{Reason: awkward}})
	if err != nil || applied.Digest != plan.Digest || len(applied.Changed) != len(plan.Changed) {
		t.Fatalf("applying gives %v", err)
	}
	if len(plan.Writes) == 0 {
		t.Fatal("nothing is written")
	}
	s.checkRows(t, plan, revision)
	s.checkEffects(t, plan, had)
	again := s.plan(t, bulk)
	if len(again.Writes) != 0 || len(again.Already) != plan.Chosen {
		t.Errorf("the same again would change %d of %d", len(again.Writes), again.Chosen)
	}
	err = s.keepsAll(t, "the same again", func() error {
		_, revision, err := s.ApplyBulk(t.Context(), dbtest.Actor(), db.BulkChange{Bulk: bulk, Digest: again.Digest})
		if revision != 0 {
			t.Errorf("the same again gives revision %d", revision)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	undo, back, err := s.Undo(t.Context(), dbtest.Actor(), revision, "")
	if err != nil || undo.Revert != len(plan.Writes) || undo.LeftCount != 0 || len(undo.Left) != 0 {
		t.Fatalf("undo is %+v, %v: want %d restored", undo, err, len(plan.Writes))
	}
	sameLines(t, "after undo", before, dumpState(t, s.DB))
	if _, _, err := s.Undo(t.Context(), dbtest.Actor(), back, ""); err != nil {
		t.Fatal(err)
	}
	if redone := s.plan(t, bulk); len(redone.Writes) != 0 {
		t.Errorf("after undoing the undo %d of %d are not so", len(redone.Writes), redone.Chosen)
	}
}

// checkRows holds the audit rows of a bulk change, and the revisions of the accounts, against its plan.
func (s shop) checkRows(t *testing.T, plan *features.BulkPlan, revision int64) {
	t.Helper()
	rows := s.rows(t, revision)
	set, err := s.ChangeSet(t.Context(), revision)
	if err != nil || set.Action != "bulk."+string(plan.Action) || set.Reason != awkward || set.Rows != len(plan.Writes) || len(rows) != len(plan.Writes) {
		t.Errorf("the change set is %+v with %d rows, %v: want %d", set, len(rows), err, len(plan.Writes))
	}
	touched := map[int64]bool{}
	for _, row := range rows {
		touched[row.AccountID] = true
		if row.EntityName != s.Live().Accounts().ByID(row.AccountID).Name || string(row.Old) == string(row.New) {
			t.Errorf("a row is %+v", row)
		}
	}
	if len(touched) != len(plan.Changed) {
		t.Errorf("%d accounts have rows: want %d", len(touched), len(plan.Changed))
	}
	for a := range s.Live().Accounts().All() {
		if touched[a.ID] != (a.Revision == revision) {
			t.Errorf("account %d has revision %d and rows: %v", a.ID, a.Revision, touched[a.ID])
		}
	}
}

// checkEffects holds what accounts have now against what the plan said they would gain and lose.
func (s shop) checkEffects(t *testing.T, plan *features.BulkPlan, had map[string]bool) {
	t.Helper()
	for _, effect := range plan.Effects {
		for _, a := range effect.Gain {
			had[fmt.Sprint(a.ID, effect.Feature.Key)] = true
		}
		for _, a := range effect.Lose {
			had[fmt.Sprint(a.ID, effect.Feature.Key)] = false
		}
	}
	for key, has := range s.served(t) {
		if has != had[key] {
			t.Errorf("%s is %v: the plan says %v", key, has, had[key])
		}
	}
}

func TestBulkSummaries(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	one := features.Selection{IDs: s.accounts[:1]}
	name := s.feature(t, "ai_agents").Name
	for _, c := range []struct {
		bulk features.Bulk
		want string
	}{
		{features.Bulk{Action: features.EnableFeature, Feature: "ai_agents", Selection: everyone}, "Switched " + name + " on for 2 accounts"},
		{features.Bulk{Action: features.DisableAll, Selection: one}, "Switched every feature off for 1 account"},
		{features.Bulk{Action: features.DisableFeature, Feature: "ai_agents", Selection: everyone}, "Switched " + name + " off for 1 account"},
		{features.Bulk{Action: features.ClearOverrides, Feature: "ai_agents", Selection: one}, "Cleared the override of " + name + " for 1 account"},
		{features.Bulk{Action: features.ClearOverrides, Selection: everyone}, "Cleared every override of 1 account"},
		{features.Bulk{Action: features.SetTier, Tier: "pro", Selection: everyone}, "Moved 2 accounts to the tier PRO"},
		{features.Bulk{Action: features.SetTier, Selection: one}, "Removed the tier from 1 account"},
	} {
		set, err := s.ChangeSet(t.Context(), s.apply(t, c.bulk))
		if err != nil || set.Summary != c.want {
			t.Errorf("the summary is %q, %v: want %q", set.Summary, err, c.want)
		}
	}
}

func TestSetTierRecordsKeys(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	for _, c := range []struct{ tier, old, now string }{
		{"pro", `{"tier":null}`, `{"tier":"pro"}`}, {"free", `{"tier":"pro"}`, `{"tier":"free"}`}, {"", `{"tier":"free"}`, `{"tier":null}`},
	} {
		row := s.rows(t, s.tier(t, c.tier))[0]
		if string(row.Old) != c.old || string(row.New) != c.now || row.Entity != "account" || row.Action != "update" {
			t.Errorf("the row is %+v, from %s to %s: want from %s to %s", row, row.Old, row.New, c.old, c.now)
		}
	}
}

func TestDisableAllWritesOnlyWhereOn(t *testing.T) {
	t.Parallel()
	s := openShop(t, 3)
	s.set(t, s.accounts[0], "ai_agents", true)
	s.set(t, s.accounts[1], "ai_agents", false)
	revision := s.apply(t, features.Bulk{Action: features.DisableAll, Selection: everyone})
	rows := s.rows(t, revision)
	if len(rows) != 1 || rows[0].AccountID != s.accounts[0] || rows[0].FeatureKey != "ai_agents" {
		t.Errorf("the rows are %+v: want the one that was on", rows)
	}
	if s.cell(t, s.accounts[2], "ai_agents").Override != nil {
		t.Error("an account that lacked the feature has an override")
	}
}

func TestEnableOverAnExpiryLastsForGood(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	change := db.OverrideChange{Account: s.accounts[0], Feature: "ai_agents", Value: on, ExpiresAt: time.Now().Add(time.Hour)}
	if _, err := s.SetOverride(t.Context(), dbtest.Actor(), change); err != nil {
		t.Fatal(err)
	}
	if s.apply(t, features.Bulk{Action: features.EnableFeature, Feature: "ai_agents", Selection: everyone}) == 0 {
		t.Error("an override that expires counts as so already")
	}
	if o := s.cell(t, s.accounts[0], "ai_agents").Override; o == nil || !o.ExpiresAt.IsZero() {
		t.Errorf("the override is %+v", o)
	}
}

func TestBulkThatIsNotAsShown(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(*testing.T, shop){
		"an override":    func(t *testing.T, s shop) { s.set(t, s.accounts[0], "ai_agents", true) },
		"an account":     func(t *testing.T, s shop) { addAccount(t, s.DB, "New one") },
		"by plain SQL":   func(t *testing.T, s shop) { run(t, s.DB, `UPDATE accounts SET status = 'suspended' WHERE id = 2`) },
		"a kill switch":  func(t *testing.T, s shop) { s.kill(t, false, "ai_agents") },
		"a default":      func(t *testing.T, s shop) { run(t, s.DB, `UPDATE features SET default_enabled = 1`) },
		"another expiry": func(t *testing.T, s shop) { run(t, s.DB, `UPDATE overrides SET expires_at = 1, revision = 999`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, 3)
			s.set(t, s.accounts[2], "ai_agents", true)
			bulk := features.Bulk{Action: features.EnableFeature, Feature: "ai_agents", Selection: everyone}
			shown := s.plan(t, bulk)
			meanwhile(t, s)
			before := dump(t, s.DB)
			plan, revision, err := s.ApplyBulk(t.Context(), dbtest.Actor(), db.BulkChange{Bulk: bulk, Digest: shown.Digest})
			if features.KindOf(err) != features.Conflict || revision != 0 || plan == nil || plan.Digest == shown.Digest {
				t.Fatalf("applying gives %d, %v: want a conflict and another plan", revision, err)
			}
			sameLines(t, "a refused bulk change", before, dump(t, s.DB))
			if _, _, err := s.ApplyBulk(t.Context(), dbtest.Actor(), db.BulkChange{Bulk: bulk, Digest: plan.Digest}); err != nil {
				t.Errorf("applying the new plan gives %v", err)
			}
		})
	}
}

func TestBulkRefusals(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	enable := features.Bulk{Action: features.EnableFeature, Feature: "ai_agents", Selection: everyone}
	digest := s.plan(t, enable).Digest
	for _, c := range []struct {
		name   string
		change db.BulkChange
		want   features.Error
	}{
		{"an unknown action", db.BulkChange{Bulk: features.Bulk{Action: "explode", Selection: everyone}}, features.Error{Kind: features.Invalid, Field: "action", Message: `There is no bulk action "explode".`}},
		{"an unknown feature", db.BulkChange{Bulk: features.Bulk{Action: features.EnableFeature, Feature: "no", Selection: everyone}}, features.Error{Kind: features.NotFound, Message: `There is no feature with the key "no".`}},
		{"an unknown tier", db.BulkChange{Bulk: features.Bulk{Action: features.SetTier, Tier: "no", Selection: everyone}}, features.Error{Kind: features.NotFound, Message: `There is no tier with the key "no".`}},
		{"an unknown account", db.BulkChange{Bulk: features.Bulk{Action: features.DisableAll, Selection: features.Selection{IDs: []int64{99}}}}, features.Error{Kind: features.NotFound, Message: "One of the chosen accounts does not exist."}},
		{"a too long reason", db.BulkChange{Bulk: enable, Digest: digest, ChangeOptions: db.ChangeOptions{Reason: strings.Repeat("x", 501)}}, features.Error{Kind: features.Invalid, Field: "reason", Message: "Use at most 500 characters."}},
		{"no digest", db.BulkChange{Bulk: enable}, features.Error{Kind: features.Conflict, Message: "Something has changed since this preview. Review the new effect before you apply it."}},
	} {
		s.refuses(t, c.name, c.want, func() error {
			_, _, err := s.ApplyBulk(t.Context(), dbtest.Actor(), c.change)
			return err
		})
	}
	nobody := features.Bulk{Action: features.ClearOverrides, Selection: features.Selection{}}
	err := s.keepsAll(t, "nobody", func() error {
		plan, revision, err := s.ApplyBulk(t.Context(), dbtest.Actor(), db.BulkChange{Bulk: nobody, Digest: s.plan(t, nobody).Digest})
		if revision != 0 || plan.Chosen != 0 {
			t.Errorf("a change of nobody gives %d and %+v", revision, plan)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestBulkInSteps changes more accounts than one statement takes.
func TestBulkInSteps(t *testing.T) {
	t.Parallel()
	s := openShop(t, 0)
	drafts := make([]features.AccountDraft, 10_001)
	for i := range drafts {
		drafts[i].Name = fmt.Sprintf("Account %d", i)
	}
	if _, err := s.ImportAccounts(t.Context(), dbtest.Actor(), registry.ImportOf(drafts)); err != nil {
		t.Fatal(err)
	}
	bulk := features.Bulk{Action: features.EnableFeature, Feature: "ai_agents", Selection: everyone}
	change := db.BulkChange{Bulk: bulk, Digest: s.plan(t, bulk).Digest}
	position := s.Live().Position()

	const failure = "the caller fails"
	gone, leave := contextOf(t)
	change.Progress = func(int, int) { leave() }
	if _, revision, err := s.ApplyBulk(gone, dbtest.Actor(), change); err == nil || revision != 0 {
		t.Errorf("a caller who leaves between two steps gets %d, %v", revision, err)
	}
	change.Progress = func(int, int) { panic(failure) }
	func() {
		defer func() {
			if recovered := recover(); recovered != failure {
				t.Errorf("the panic is %v", recovered)
			}
		}()
		_, _, _ = s.ApplyBulk(t.Context(), dbtest.Actor(), change) // it does not return
	}()
	if left := column(t, s.DB, `SELECT count(*) FROM overrides`); left[0] != "0" || s.Live().Position() != position {
		t.Errorf("%s overrides are left of two that failed", left[0])
	}

	var done []int
	change.Progress = func(n, total int) {
		done = append(done, n)
		if total != len(drafts) {
			t.Errorf("progress is of %d: want %d", total, len(drafts))
		}
	}
	_, revision, err := s.ApplyBulk(t.Context(), dbtest.Actor(), change)
	if err != nil || !slices.Equal(done, []int{5000, 10_000, 10_001}) {
		t.Errorf("applying gives %v, progress %v", err, done)
	}
	set, err := s.ChangeSet(t.Context(), revision)
	if err != nil || set.Rows != len(drafts) || set.Summary != `Switched `+s.feature(t, "ai_agents").Name+` on for 10,001 accounts` {
		t.Errorf("the change set is %+v, %v", set, err)
	}
	if on := s.Live().Count([]*features.Feature{s.feature(t, "ai_agents")}); on[0].On != len(drafts) {
		t.Errorf("%+v have it", on[0])
	}
}
