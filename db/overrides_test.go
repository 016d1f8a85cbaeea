package db_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

var (
	on  = features.Value{Enabled: true}
	off = features.Value{}
)

// fields reads a recorded state.
func fields(t *testing.T, state json.RawMessage) map[string]any {
	t.Helper()
	if state == nil {
		return nil
	}
	var read map[string]any
	if err := json.Unmarshal(state, &read); err != nil {
		t.Fatalf("%s: %v", state, err)
	}
	return read
}

func TestSetOverride(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	by := features.Actor{Kind: features.ByUser, UserID: 7, Name: `Dana "D" O'Hara`, IP: "192.0.2.1", UserAgent: "Browser/1"}
	account, expires := s.accounts[0], time.Now().Add(time.Hour).Truncate(time.Millisecond).UTC()
	change := db.OverrideChange{Account: account, Feature: "ai_agents", Value: on, ChangeOptions: db.ChangeOptions{Reason: awkward}, ExpiresAt: expires}
	first, err := s.SetOverride(t.Context(), by, change)
	if err != nil || first == 0 {
		t.Fatalf("setting gives %d, %v", first, err)
	}
	if !s.has(t, account, "ai_agents") || s.has(t, account, "knowledge_base") || s.has(t, s.accounts[1], "ai_agents") {
		t.Error("the feature is not on for this account alone")
	}
	if got := s.Live().Catalogue().AccountRevision(s.Live().Accounts().ByID(account)); got != first {
		t.Errorf("the account's revision is %d: want %d", got, first)
	}
	cell := s.cell(t, account, "ai_agents")
	if cell.Version != first || cell.Override == nil {
		t.Fatalf("the cell is %+v: want version %d", cell, first)
	}
	want := db.Override{Value: on, Reason: awkward, ExpiresAt: expires, SetBy: by.Name, SetAt: cell.Override.SetAt}
	if *cell.Override != want || time.Since(want.SetAt) > time.Hour {
		t.Errorf("the override is %+v: want %+v", *cell.Override, want)
	}
	set, err := s.ChangeSet(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	wantSet := db.ChangeSet{
		ID: first, At: set.At, Action: "override.set", Reason: awkward, ActorKind: features.ByUser, ActorName: by.Name,
		Summary: `Switched ai_agents "quoted" 'name' on for ` + awkward, IP: by.IP, UserAgent: by.UserAgent, Rows: 1,
	}
	if set != wantSet {
		t.Errorf("the change set is %+v: want %+v", set, wantSet)
	}
	second, err := s.SetOverride(t.Context(), by, db.OverrideChange{Account: account, Feature: "ai_agents", Value: off, Version: first})
	if err != nil || second <= first || s.has(t, account, "ai_agents") {
		t.Fatalf("setting it off gives %d, %v", second, err)
	}
	was := map[string]any{
		"enabled": true, "reason": awkward, "expires_at": float64(expires.UnixMilli()), "value": nil, "variant": "", "set_by": by.Name,
		"set_at": float64(want.SetAt.UnixMilli()),
	}
	is := map[string]any{
		"enabled": false, "reason": "", "expires_at": nil, "value": nil, "variant": "", "set_by": by.Name,
		"set_at": float64(s.cell(t, account, "ai_agents").Override.SetAt.UnixMilli()),
	}
	s.recorded(t, first, "create", account, nil, was)
	s.recorded(t, second, "update", account, was, is)
	third, err := s.ClearOverride(t.Context(), by, db.OverrideChange{Account: account, Feature: "ai_agents", Version: second, ChangeOptions: db.ChangeOptions{Reason: "enough"}})
	if err != nil {
		t.Fatal(err)
	}
	s.recorded(t, third, "delete", account, is, nil)
	if cell := s.cell(t, account, "ai_agents"); cell.Override != nil || cell.Version != third {
		t.Errorf("the cleared cell is %+v: want version %d", cell, third)
	}
	if got := s.Live().Accounts().ByID(account); got.Revision != third || len(got.Overrides) != 0 {
		t.Errorf("the live account has revision %d and %d overrides", got.Revision, len(got.Overrides))
	}
}

// recorded checks the one row of a change of ai_agents.
func (s shop) recorded(t *testing.T, revision int64, action string, account int64, old, now map[string]any) {
	t.Helper()
	rows := s.rows(t, revision)
	if len(rows) != 1 {
		t.Fatalf("change set %d has %d rows: want 1", revision, len(rows))
	}
	row := rows[0]
	if row.Entity != "override" || row.Action != action || row.EntityID != account || row.AccountID != account ||
		row.EntityName != awkward || row.FeatureKey != "ai_agents" || row.ChangeSet != revision {
		t.Errorf("the row of change set %d is %+v", revision, row)
	}
	if got := fields(t, row.Old); !maps.Equal(got, old) {
		t.Errorf("change set %d: old is %v, want %v", revision, got, old)
	}
	if got := fields(t, row.New); !maps.Equal(got, now) {
		t.Errorf("change set %d: new is %v, want %v", revision, got, now)
	}
}

func TestSameOverrideAgainIsNoChange(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	expires := time.Now().Add(time.Hour)
	set := db.OverrideChange{Account: s.accounts[0], Feature: "ai_agents", Value: on, ChangeOptions: db.ChangeOptions{Reason: "trial"}, ExpiresAt: expires}
	first, err := s.SetOverride(t.Context(), dbtest.Actor(), set)
	if err != nil {
		t.Fatal(err)
	}
	again := func(do func(db.OverrideChange) (int64, error), c db.OverrideChange) {
		t.Helper()
		err := s.keepsAll(t, "the same again", func() error {
			revision, err := do(c)
			if revision != 0 {
				t.Errorf("the same again gives revision %d", revision)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	setOverride := func(c db.OverrideChange) (int64, error) { return s.SetOverride(t.Context(), dbtest.Actor(), c) }
	clearOverride := func(c db.OverrideChange) (int64, error) { return s.ClearOverride(t.Context(), dbtest.Actor(), c) }
	again(setOverride, set) // as a double click posts it, with the version that was on the page
	set.Version = first
	again(setOverride, set)
	for what, change := range map[string]func(*db.OverrideChange){
		"another reason": func(c *db.OverrideChange) { c.Reason = "bought" },
		"another expiry": func(c *db.OverrideChange) { c.ExpiresAt = expires.Add(time.Minute) },
		"no expiry":      func(c *db.OverrideChange) { c.ExpiresAt = time.Time{} },
		"another value":  func(c *db.OverrideChange) { c.Value = off },
	} {
		change(&set)
		set.Version = s.version(t, set.Account, set.Feature)
		if revision, err := setOverride(set); err != nil || revision == 0 {
			t.Errorf("%s gives %d, %v", what, revision, err)
		}
	}
	set.Version = s.version(t, set.Account, set.Feature)
	if revision, err := clearOverride(set); err != nil || revision == 0 {
		t.Errorf("clearing gives %d, %v", revision, err)
	}
	again(clearOverride, set)
}

func TestOverrideRefusals(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	account := s.accounts[0]
	first := s.set(t, account, "ai_agents", true)
	by := features.Actor{Kind: features.ByUser, Name: "Erin"}
	current, err := s.SetOverride(t.Context(), by, db.OverrideChange{Account: account, Feature: "ai_agents", Value: off, Version: first})
	if err != nil {
		t.Fatal(err)
	}
	past := features.Error{Kind: features.Invalid, Field: "expires_at", Message: "Choose a time in the future, or leave it empty for no expiry."}
	long := features.Error{Kind: features.Invalid, Field: "reason", Message: "Use at most 500 characters."}
	both := []func(*testing.T, db.OverrideChange) error{
		func(t *testing.T, c db.OverrideChange) error {
			_, err := s.SetOverride(t.Context(), dbtest.Actor(), c)
			return err
		},
		func(t *testing.T, c db.OverrideChange) error {
			_, err := s.ClearOverride(t.Context(), dbtest.Actor(), c)
			return err
		},
	}
	good := db.OverrideChange{Account: account, Feature: "ai_agents", Value: on, Version: current}
	for _, c := range []struct {
		name   string
		change func(*db.OverrideChange)
		want   features.Error
		set    bool // SetOverride alone refuses it
	}{
		{"an unknown account", func(c *db.OverrideChange) { c.Account = 99 }, features.Error{Kind: features.NotFound, Message: "There is no such account."}, false},
		{"an unknown feature", func(c *db.OverrideChange) { c.Feature = `x' OR "1` }, features.Error{Kind: features.NotFound, Field: "feature", Message: `There is no feature with the key "x' OR \"1".`}, false},
		{"an old version", func(c *db.OverrideChange) { c.Version = first }, features.Error{Kind: features.Conflict, Field: "version", Message: "Erin has saved this since you opened it. Compare both versions before you save."}, false},
		{"no version", func(c *db.OverrideChange) { c.Version = 0 }, features.Error{Kind: features.Conflict, Field: "version", Message: "Erin has saved this since you opened it. Compare both versions before you save."}, false},
		{"a version to come", func(c *db.OverrideChange) { c.Version = current + 1 }, features.Error{Kind: features.Invalid, Field: "version", Message: "There is no such version. Reload the page and try again."}, false},
		{"an expiry in the past", func(c *db.OverrideChange) { c.ExpiresAt = time.Now().Add(-time.Second) }, past, true},
		{"an expiry right now", func(c *db.OverrideChange) { c.ExpiresAt = time.Now() }, past, true},
		{"a too long reason", func(c *db.OverrideChange) { c.Reason = strings.Repeat("ä", 501) }, long, false},
		{"a reason that is no text", func(c *db.OverrideChange) { c.Reason = "a\x00b" }, features.Error{Kind: features.Invalid, Field: "reason", Message: "Use printable characters only."}, false},
	} {
		for i, do := range both {
			if c.set && i > 0 {
				continue
			}
			change := good
			c.change(&change)
			s.refuses(t, c.name, c.want, func() error { return do(t, change) })
		}
	}
	good.Reason = strings.Repeat("ä", 500)
	if _, err := s.SetOverride(t.Context(), dbtest.Actor(), good); err != nil {
		t.Errorf("a reason of 500 characters: %v", err)
	}
}

func TestCells(t *testing.T) {
	t.Parallel()
	s := openShop(t, 3)
	kept := s.set(t, s.accounts[0], "ai_agents", true)
	cleared := db.OverrideChange{Account: s.accounts[1], Feature: "knowledge_base", Version: s.set(t, s.accounts[1], "knowledge_base", true)}
	gone, err := s.ClearOverride(t.Context(), dbtest.Actor(), cleared)
	if err != nil {
		t.Fatal(err)
	}
	ids := []int64{s.features["ai_agents"], s.features["knowledge_base"]}
	cells, err := s.Cells(t.Context(), s.accounts, ids)
	if err != nil {
		t.Fatal(err)
	}
	first, second := db.CellKey{Account: s.accounts[0], Feature: ids[0]}, db.CellKey{Account: s.accounts[1], Feature: ids[1]}
	if len(cells) != 2 || cells[first].Version != kept || cells[first].Override == nil || cells[second] != (db.Cell{Version: gone}) {
		t.Errorf("the cells are %+v", cells)
	}
	for _, none := range [][2][]int64{{nil, ids}, {s.accounts, nil}, {{99}, {99}}} {
		if cells, err := s.Cells(t.Context(), none[0], none[1]); err != nil || len(cells) != 0 {
			t.Errorf("the cells of %v are %v, %v", none, cells, err)
		}
	}
}

// A caller who has gone keeps neither the lock nor the connection of the writer.
func TestOverrideWhoseCallerHasGone(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	gone, leave := contextOf(t)
	leave()
	err := s.keepsAll(t, "a caller who has gone", func() error {
		_, err := s.SetOverride(gone, dbtest.Actor(), db.OverrideChange{Account: s.accounts[0], Feature: "ai_agents", Value: on})
		return err
	})
	if err == nil || features.KindOf(err) != 0 {
		t.Errorf("the call gives %v: want an internal error", err)
	}
	s.set(t, s.accounts[0], "ai_agents", true)
}

// TestOverridesInAnyOrder makes random changes, and holds cells, live state and audit log against a plain map.
func TestOverridesInAnyOrder(t *testing.T) {
	t.Parallel()
	s := openShop(t, 4)
	random := randomOf(t)
	model := map[db.CellKey]db.Override{}
	history := map[db.CellKey][]db.AuditRow{}
	keys := []string{"knowledge_base", "ai_agents", "additional_services"}
	for i := range 150 {
		account, key := s.accounts[random.IntN(len(s.accounts))], keys[random.IntN(len(keys))]
		cell := db.CellKey{Account: account, Feature: s.features[key]}
		change := db.OverrideChange{
			Account: account, Feature: key, Value: features.Value{Enabled: random.IntN(2) == 0},
			ChangeOptions: db.ChangeOptions{Reason: fmt.Sprintf(`it's "%d"`, i)}, Version: s.version(t, account, key),
		}
		if random.IntN(3) == 0 {
			change.ExpiresAt = time.Now().Add(time.Hour).Truncate(time.Millisecond).UTC()
		}
		_, overridden := model[cell]
		var revision int64
		var err error
		if random.IntN(3) == 0 {
			revision, err = s.ClearOverride(t.Context(), dbtest.Actor(), change)
			delete(model, cell)
			if (revision != 0) != overridden {
				t.Errorf("clearing where overridden is %v gives %d", overridden, revision)
			}
		} else {
			revision, err = s.SetOverride(t.Context(), dbtest.Actor(), change)
			model[cell] = db.Override{Value: change.Value, Reason: change.Reason, ExpiresAt: change.ExpiresAt, SetBy: "tester"}
		}
		if err != nil {
			t.Fatal(err)
		}
		if revision != 0 {
			history[cell] = append(history[cell], s.rows(t, revision)...)
		}
	}
	stored := map[db.CellKey]db.Override{}
	for _, account := range s.accounts {
		for _, key := range keys {
			at := db.CellKey{Account: account, Feature: s.features[key]}
			if o := s.cell(t, account, key).Override; o != nil {
				stored[at] = db.Override{Value: o.Value, Reason: o.Reason, ExpiresAt: o.ExpiresAt, SetBy: o.SetBy}
			}
			if s.has(t, account, key) != model[at].Value.Enabled {
				t.Errorf("account %d, %s is served as %v", account, key, !model[at].Value.Enabled)
			}
		}
	}
	if !reflect.DeepEqual(stored, model) {
		t.Errorf("stored are %v: want %v", stored, model)
	}
	for cell, rows := range history {
		for i, row := range rows[1:] {
			if string(row.Old) != string(rows[i].New) {
				t.Errorf("%v: a change began with %s, but the one before it ended with %s", cell, row.Old, rows[i].New)
			}
		}
	}
}
