package db

import (
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestPlans asks SQLite how it would answer the questions that must stay quick however long the log grows: each by
// looking into an index, none by reading through a table.
func TestPlans(t *testing.T) {
	t.Parallel()
	d, err := Open(t.Context(), filepath.Join(t.TempDir(), "flagstone.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := d.Migrate(); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for name, c := range map[string]struct {
		filter AuditFilter
		index  string
	}{
		"by account":             {AuditFilter{Account: 1}, "audit_by_account (account_id=? AND change_set_id<?)"},
		"by feature":             {AuditFilter{Feature: "a"}, "t USING PRIMARY KEY (feature_key=? AND change_set_id>? AND change_set_id<?)"},
		"by feature and actor":   {AuditFilter{Feature: "a", Actor: "a"}, "t USING PRIMARY KEY (feature_key=? AND change_set_id>?"},
		"by account and time":    {AuditFilter{Account: 1, From: now, To: now}, "audit_by_account (account_id=? AND change_set_id<?)"},
		"by account and feature": {AuditFilter{Account: 1, Feature: "a"}, "(account_id=? AND change_set_id<?)"},
		"by actor":               {AuditFilter{Actor: "a"}, "change_sets_by_actor (actor_name=? AND id>? AND id<?)"},
		"by actor and action":    {AuditFilter{Actor: "a", Action: "a"}, "change_sets_by_actor_and_action (actor_name=? AND action=? AND id>? AND id<?)"},
		"by action":              {AuditFilter{Action: "a"}, "change_sets_by_action (action=? AND id>? AND id<?)"},
		"account, oldest first":  {AuditFilter{Account: 1, OldestFirst: true}, "audit_by_account (account_id=? AND change_set_id>?)"},
		"feature, oldest first":  {AuditFilter{Feature: "a", OldestFirst: true}, "t USING PRIMARY KEY (feature_key=? AND change_set_id>? AND change_set_id<?)"},
		"actor, oldest first":    {AuditFilter{Actor: "a", OldestFirst: true}, "change_sets_by_actor (actor_name=? AND id>? AND id<?)"},
		"action, oldest first":   {AuditFilter{Action: "a", OldestFirst: true}, "change_sets_by_action (action=? AND id>? AND id<?)"},
		"oldest first":           {AuditFilter{OldestFirst: true, After: 9}, "USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"},
		"everything":             {AuditFilter{From: now, Before: 9}, "USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"},
	} {
		checkPlan(t, d, name, c.index, c.filter.list(), append(c.filter.bind(), 50)...)
	}
	checkPlan(t, d, "a version", "audit_by_entity (entity=? AND entity_id=? AND feature_id=?)", selectVersion, "override", 1, 1)
}

// ownSteps read what the query itself has made, row by row.
var ownSteps = []string{"SCAN bounds", "SCAN steps", "SCAN undos", "SCAN undone", "SCAN found"}

// checkPlan fails unless a plan uses an index and reads through neither the log nor a temporary copy of it.
func checkPlan(t *testing.T, d *DB, name, index, query string, args ...any) {
	t.Helper()
	steps, err := collect(t.Context(), d.reader, func(rows *sql.Rows) (step string, err error) {
		var id, parent, unused int
		return step, rows.Scan(&id, &parent, &unused, &step)
	}, `EXPLAIN QUERY PLAN `+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	plan := strings.Join(steps, "\n")
	if !strings.Contains(plan, index) {
		t.Errorf("%s does not use %s:\n%s", name, index, plan)
	}
	for _, step := range steps {
		if strings.HasPrefix(step, "SCAN") && !strings.Contains(step, "CONSTANT ROW") && !slices.Contains(ownSteps, step) || strings.Contains(step, "TEMP B-TREE") {
			t.Errorf("%s takes the step %q:\n%s", name, step, plan)
		}
	}
}
