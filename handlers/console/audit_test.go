package console

import (
	"strings"
	"testing"
	"time"

	"flagstone/db"
)

// TestNestedFields compares values that are objects and lists.
func TestNestedFields(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ before, after, want string }{
		"a target": {
			`{"t": {"account_ids": ["crm_1", "crm_40"], "roles": ["owner"]}}`, `{"t": {"account_ids": ["crm_1", "crm_12"], "roles": ["owner"]}}`,
			"T, Account ids: crm_40 > crm_12",
		},
		"a target from nothing": {`{"t": null}`, `{"t": {"account_ids": ["crm_1", "crm_2"]}}`, "T, Account ids:  > crm_1, crm_2"},
		"a target left out":     {`{}`, `{"t": {"roles": ["owner"]}}`, "T, Roles:  > owner"},
		"variants": {
			`{"v": [{"key": "a", "weight": 50}, {"key": "b", "weight": 50}]}`, `{"v": [{"key": "a", "weight": 20}, {"key": "b", "weight": 50}, {"key": "c", "weight": 30}]}`,
			"V, A, Weight: 50 > 20; V, C, Key:  > c; V, C, Weight:  > 30",
		},
		"a variant's value":   {`{"v": [{"key": "a", "value": {"n": 1}}]}`, `{"v": [{"key": "a", "value": {"n": 2}}]}`, "V, A, Value, N: 1 > 2"},
		"another order":       {`{"l": [1, 2]}`, `{"l": [2, 1]}`, "L: [1,2] > [2,1]"},
		"the same":            {`{"l": [1, {"a": []}]}`, `{"l": [1, {"a": []}]}`, ""},
		"an object to a text": {`{"x": {"a": true}}`, `{"x": "none"}`, `X: {"a":true} > none`},
		"emptied":             {`{"l": ["a"]}`, `{"l": []}`, "L: a > "},
	} {
		row := db.AuditRow{Entity: "feature", Old: []byte(c.before), New: []byte(c.after)}
		var got []string
		for _, field := range (&Surface{}).changedFields(row) {
			got = append(got, field.Field+": "+field.Before+" > "+field.After)
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: %q, want %q", name, strings.Join(got, "; "), c.want)
		}
	}
}

func TestDayTitles(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 0, 30, 0, 0, time.UTC)
	for at, want := range map[time.Time]string{
		now:                               "Today, 22 November",
		now.Add(-time.Hour):               "Yesterday, 21 November",
		now.AddDate(0, 0, -4):             "Wednesday, 18 November",
		now.AddDate(-1, 0, 0):             "Saturday, 22 November 2025",
		now.In(time.FixedZone("", -3600)): "Today, 22 November",
	} {
		if got := dayTitle(at, now); got != want {
			t.Errorf("%s is %q, want %q", at, got, want)
		}
	}
}
