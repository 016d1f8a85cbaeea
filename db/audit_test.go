package db_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"flagstone/db"
	"flagstone/db/dbtest"
	"flagstone/features"
)

// TestAuditIsAppendOnly asks the database itself, on a connection that knows nothing of Flagstone.
func TestAuditIsAppendOnly(t *testing.T) {
	t.Parallel()
	s := openShop(t, 2)
	s.set(t, s.accounts[0], "ai_agents", true)
	before := dump(t, s.DB)
	handle := console(t, s.DB)
	for _, statement := range []string{
		`UPDATE change_sets SET reason = 'other' WHERE id = 1`,
		`UPDATE change_sets SET id = id + 100`,
		`UPDATE OR REPLACE change_sets SET id = 1 WHERE id = 2`,
		`UPDATE audit SET new = NULL`,
		`UPDATE OR IGNORE audit SET new = NULL`,
		`DELETE FROM change_sets`,
		`DELETE FROM audit WHERE id = 1`,
		`DELETE FROM audit`,
		`REPLACE INTO change_sets (id, at, action, summary, actor_kind, actor_name) VALUES (1, 1, 'x', 'x', 'cli', 'x')`,
		`INSERT OR REPLACE INTO audit (id, change_set_id, entity, entity_id, entity_name, action) VALUES (1, 1, 'x', 1, 'x', 'create')`,
		`INSERT INTO change_sets (id, at, action, summary, actor_kind, actor_name) VALUES (1, 1, 'x', 'x', 'cli', 'x')
			ON CONFLICT (id) DO UPDATE SET summary = 'x'`,
	} {
		if _, err := handle.ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "the audit log is append-only") {
			t.Errorf("%s gives %v", statement, err)
		}
	}
	sameLines(t, "the log", before, dump(t, s.DB))
}

// scribble writes some change sets as busy people do, and others straight into the tables, at times of its own choice.
func (s shop) scribble(t *testing.T, random *rand.Rand, steps int) {
	t.Helper()
	people := []string{"Dana", `Erin "E" O'Hara`, "tester"}
	keys := []string{"knowledge_base", "ai_agents", "additional_services"}
	at := time.Now().Add(time.Hour).UnixMilli()
	for range steps {
		by := features.Actor{Kind: features.ByUser, UserID: 1, Name: people[random.IntN(len(people))]}
		account, key := s.accounts[random.IntN(len(s.accounts))], keys[random.IntN(len(keys))]
		var err error
		switch random.IntN(6) {
		case 0:
			_, err = s.SetOverride(t.Context(), by, db.OverrideChange{
				Account: account, Feature: key, Value: features.Value{Enabled: random.IntN(2) == 0}, Version: s.version(t, account, key),
			})
		case 1:
			_, err = s.ClearOverride(t.Context(), by, db.OverrideChange{Account: account, Feature: key, Version: s.version(t, account, key)})
		case 2:
			_, err = s.SetKillSwitch(t.Context(), by, db.KillSwitch{Keys: []string{key}, Enabled: random.IntN(2) == 0})
		case 3:
			bulk := features.Bulk{Action: features.EnableFeature, Feature: key, Selection: features.Selection{IDs: s.accounts[:3]}}
			_, _, err = s.ApplyBulk(t.Context(), by, db.BulkChange{Bulk: bulk, Digest: s.plan(t, bulk).Digest})
		case 4:
			_, _, err = s.Undo(t.Context(), by, 10+random.Int64N(20), "") // what openShop made stays
			if features.KindOf(err) == features.Conflict || features.KindOf(err) == features.NotFound {
				err = nil
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	handle := console(t, s.DB)
	for range steps {
		at += random.Int64N(3) // several fall into the same millisecond
		result, err := handle.ExecContext(t.Context(), `
			INSERT INTO change_sets (at, action, summary, actor_kind, actor_name) VALUES (?1, ?2, 'by hand', 'user', ?3)`,
			at, []string{"override.set", "made.up"}[random.IntN(2)], people[random.IntN(len(people))])
		if err != nil {
			t.Fatal(err)
		}
		id, err := result.LastInsertId()
		if err != nil {
			t.Fatal(err)
		}
		for range random.IntN(4) {
			_, err := handle.ExecContext(t.Context(), `
				INSERT INTO audit (change_set_id, entity, entity_id, entity_name, account_id, feature_id, feature_key, action)
				VALUES (?1, 'override', 1, 'x', nullif(?2, 0), 1, nullif(?3, ''), 'update')`,
				id, []int64{0, s.accounts[0], s.accounts[1]}[random.IntN(3)], append(keys, "")[random.IntN(4)])
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// allChanges gives every change set, the newest first, and every row by change set.
func (s shop) allChanges(t *testing.T) (sets []db.ChangeSet, rows map[int64][]db.AuditRow) {
	t.Helper()
	rows = map[int64][]db.AuditRow{}
	var newest int64
	if _, err := fmt.Sscan(column(t, s.DB, `SELECT max(id) FROM change_sets`)[0], &newest); err != nil {
		t.Fatal(err)
	}
	for id := newest; id > 0; id-- {
		set, err := s.ChangeSet(t.Context(), id)
		if features.KindOf(err) == features.NotFound {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		sets, rows[id] = append(sets, set), s.rows(t, id)
	}
	return sets, rows
}

// leaves tells, by the words of AuditFilter, whether a filter leaves a change set, and which of its rows.
func leaves(f db.AuditFilter, c db.ChangeSet, rows []db.AuditRow) (left bool, about []db.AuditRow) {
	for _, r := range rows {
		if (f.Account == 0 || r.AccountID == f.Account) && (f.Feature == "" || r.FeatureKey == f.Feature) {
			about = append(about, r)
		}
	}
	left = (f.Actor == "" || c.ActorName == f.Actor) && (f.Action == "" || c.Action == f.Action) &&
		(f.From.IsZero() || !c.At.Before(f.From)) && (f.To.IsZero() || c.At.Before(f.To)) &&
		(f.OldestFirst && c.ID > f.After || !f.OldestFirst && (f.Before == 0 || c.ID < f.Before)) && (f.Account == 0 && f.Feature == "" || len(about) > 0)
	return left, about
}

// anyFilter gives a filter by chance, often with several parts, sometimes one that nothing can pass.
func (s shop) anyFilter(random *rand.Rand, sets []db.ChangeSet) (f db.AuditFilter) {
	one := func() db.ChangeSet { return sets[random.IntN(len(sets))] }
	perhaps := func(set func()) {
		if random.IntN(3) == 0 {
			set()
		}
	}
	perhaps(func() { f.Account = append(s.accounts, 99)[random.IntN(len(s.accounts)+1)] })
	perhaps(func() { f.Feature = []string{"ai_agents", "knowledge_base", `no'"`}[random.IntN(3)] })
	perhaps(func() { f.Actor = one().ActorName })
	perhaps(func() { f.Action = one().Action })
	perhaps(func() { f.From = one().At.Add(time.Duration(random.IntN(3)-1) * time.Millisecond) })
	perhaps(func() { f.To = one().At.Add(time.Duration(random.IntN(3)-1) * time.Millisecond) })
	perhaps(func() { f.Before = one().ID + random.Int64N(3) - 1 })
	perhaps(func() { f.OldestFirst = true })
	perhaps(func() { f.After = one().ID + random.Int64N(3) - 1 })
	return f
}

// TestAuditFilters holds list, count, paging and export against a plain look at every change set.
func TestAuditFilters(t *testing.T) {
	t.Parallel()
	s := openShop(t, 4)
	random := randomOf(t)
	s.scribble(t, random, 60)
	sets, rows := s.allChanges(t)
	for range 400 {
		f := s.anyFilter(random, sets)
		var want []db.ChangeSet
		var wantRows []db.AuditRow
		inOrder := slices.Clone(sets)
		if f.OldestFirst {
			slices.Reverse(inOrder)
		}
		for _, c := range inOrder {
			if left, about := leaves(f, c, rows[c.ID]); left {
				want, wantRows = append(want, c), append(wantRows, about...)
			}
		}
		s.checkList(t, f, want, 1+random.IntN(7))
		s.checkCount(t, f, sets, rows, random.IntN(12))
		s.checkExport(t, f, want, wantRows)
		if t.Failed() {
			t.Fatalf("the filter is %+v", f)
		}
	}
}

// checkList reads a list at once, and page by page.
func (s shop) checkList(t *testing.T, f db.AuditFilter, want []db.ChangeSet, size int) {
	t.Helper()
	got, err := s.ChangeSets(t.Context(), f, len(want)+5)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("the list has %d, %v: want %d", len(got), err, len(want))
	}
	for len(want) > 0 {
		page, err := s.ChangeSets(t.Context(), f, size)
		if err != nil || !slices.Equal(page, want[:min(size, len(want))]) {
			t.Fatalf("a page before %d has %d, %v", f.Before, len(page), err)
		}
		want = want[len(page):]
		if last := page[len(page)-1].ID; f.OldestFirst {
			f.After = last
		} else {
			f.Before = last
		}
	}
}

// checkCount holds a count against the change sets; it does not know where a page begins.
func (s shop) checkCount(t *testing.T, f db.AuditFilter, sets []db.ChangeSet, rows map[int64][]db.AuditRow, most int) {
	t.Helper()
	whole, want := f, 0
	whole.Before, whole.After = 0, 0
	for _, c := range sets {
		if left, _ := leaves(whole, c, rows[c.ID]); left {
			want++
		}
	}
	if got, err := s.CountChangeSets(t.Context(), f, len(sets)); err != nil || got != want {
		t.Errorf("the count is %d, %v: want %d", got, err, want)
	}
	if got, err := s.CountChangeSets(t.Context(), f, most); err != nil || got != min(want, most) {
		t.Errorf("the count up to %d is %d, %v: want %d", most, got, err, min(want, most))
	}
}

func (s shop) checkExport(t *testing.T, f db.AuditFilter, sets []db.ChangeSet, want []db.AuditRow) {
	t.Helper()
	byID := map[int64]db.ChangeSet{}
	for _, c := range sets {
		byID[c.ID] = c
	}
	var got []db.AuditRow
	err := s.ExportAudit(t.Context(), f, func(c db.ChangeSet, r db.AuditRow) error {
		if c != byID[r.ChangeSet] {
			t.Errorf("row %d comes with %+v", r.ID, c)
		}
		got = append(got, r)
		return nil
	})
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the export has %d rows, %v: want %d", len(got), err, len(want))
	}
}

// TestExportBeyondAPage has more change sets, and one of them more rows, than are read at once.
func TestExportBeyondAPage(t *testing.T) {
	t.Parallel()
	s := openShop(t, 1)
	run(t, s.DB, `
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
		INSERT INTO change_sets (at, action, summary, actor_kind, actor_name) SELECT 1, 'x', 'x', 'cli', 'x' FROM n`, `
		INSERT INTO audit (change_set_id, entity, entity_id, entity_name, account_id, action)
		SELECT id, 'account', 1, 'x', id % 2, 'update' FROM change_sets WHERE action = 'x' ORDER BY id`, `
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
		INSERT INTO audit (change_set_id, entity, entity_id, entity_name, account_id, action)
		SELECT (SELECT max(id) FROM change_sets), 'account', 1, 'x', i % 2, 'update' FROM n`)
	for account, want := range map[int64]string{0: `SELECT count(*) FROM audit`, 1: `SELECT count(*) FROM audit WHERE account_id = 1`} {
		seen := map[int64]bool{}
		var last db.AuditRow
		err := s.ExportAudit(t.Context(), db.AuditFilter{Account: account}, func(_ db.ChangeSet, r db.AuditRow) error {
			if seen[r.ID] || last.ID != 0 && (r.ChangeSet > last.ChangeSet || r.ChangeSet == last.ChangeSet && r.ID < last.ID) {
				t.Fatalf("row %d of %d follows row %d of %d", r.ID, r.ChangeSet, last.ID, last.ChangeSet)
			}
			seen[r.ID], last = true, r
			return nil
		})
		if err != nil || fmt.Sprint(len(seen)) != column(t, s.DB, want)[0] {
			t.Errorf("the export of account %d has %d rows, %v", account, len(seen), err)
		}
	}
	enough, calls := errors.New("enough"), 0
	err := s.ExportAudit(t.Context(), db.AuditFilter{}, func(db.ChangeSet, db.AuditRow) error {
		calls++
		return enough
	})
	if !errors.Is(err, enough) || calls != 1 {
		t.Errorf("an export that is ended gives %v after %d rows", err, calls)
	}
	gone, leave := contextOf(t)
	err = s.ExportAudit(gone, db.AuditFilter{}, func(db.ChangeSet, db.AuditRow) error {
		leave()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("an export whose reader leaves gives %v", err)
	}
}

func TestAuditNamesAndLastChanges(t *testing.T) {
	t.Parallel()
	empty := dbtest.Open(t)
	if names, err := empty.AuditNames(t.Context()); err != nil || len(names.Actors)+len(names.Actions)+len(names.Features) != 0 {
		t.Errorf("an empty log has the names %v, %v", names, err)
	}
	s := openShop(t, 1)
	first := s.set(t, s.accounts[0], "ai_agents", true)
	by := features.Actor{Kind: features.ByUser, Name: `Zoë "Z"`}
	second, err := s.ClearOverride(t.Context(), by, db.OverrideChange{Account: s.accounts[0], Feature: "ai_agents", Version: first})
	if err != nil {
		t.Fatal(err)
	}
	names, err := s.AuditNames(t.Context())
	want := db.AuditNames{
		Actors:   []string{by.Name, "tester"},
		Actions:  []string{"account.create", "feature.create", "override.clear", "override.set", "tier.create"},
		Features: []string{"additional_services", "ai_agents", "knowledge_base"},
	}
	if err != nil || !reflect.DeepEqual(names, want) {
		t.Errorf("the names are %v, %v", names, err)
	}
	last, err := s.LastChanges(t.Context(), []int64{first, second, 99})
	if err != nil || len(last) != 2 || last[first].ActorName != "tester" || last[second].ActorName != by.Name || last[second].At.Before(last[first].At) {
		t.Errorf("the last changes are %v, %v", last, err)
	}
	if last, err := s.LastChanges(t.Context(), nil); err != nil || len(last) != 0 {
		t.Errorf("the last changes of nothing are %v, %v", last, err)
	}
	_, err = s.ChangeSet(t.Context(), 99)
	refused(t, "no change set", err, features.NotFound, "")
	rows, err := s.AuditRows(t.Context(), db.AuditFilter{}, first, 0, 10)
	if err != nil || len(rows) != 1 {
		t.Fatalf("the rows are %v, %v", rows, err)
	}
	if beyond, err := s.AuditRows(t.Context(), db.AuditFilter{}, first, rows[0].ID, 10); err != nil || len(beyond) != 0 {
		t.Errorf("beyond the last row is %v, %v", beyond, err)
	}
}
