package console

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"flagstone/db"
	"flagstone/handlers/web"
	"flagstone/views"
)

// fieldOrder is the order in which the fields of a change are listed; the others follow by name.
var fieldOrder = []string{
	"name", "key", "slug", "email", "type", "enabled", "value", "default_enabled", "default_value", "constraints", "depends_on",
	"conflicts_with", "active", "status", "tier", "role", "reason", "expires_at", "set_by", "set_at",
}

// changedFields compares what a row of the audit log says was and is, field by field, in words.
func (s *Surface) changedFields(row db.AuditRow) (fields []views.DiffRow) {
	before, after := web.RecordedState(row.Old), web.RecordedState(row.New)
	for _, name := range fieldNames(before, after) {
		if row.Old == nil && (name == "set_by" || name == "set_at") || name == "asked_by" {
			continue // who made the change, and when, stands beside it; who asked stands there by name
		}
		field := views.DiffRow{Field: views.FieldWords(row.Entity, name)}
		if isNested(before[name]) || isNested(after[name]) {
			fields = append(fields, nestedFields(field.Field, before[name], after[name])...)
			continue
		}
		field.Before, field.After = s.fieldValue(name, before[name]), s.fieldValue(name, after[name])
		if field.Before != field.After {
			fields = append(fields, field)
		}
	}
	return fields
}

func isNested(value any) bool {
	switch value.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// nestedFields compares two values of which one at least is an object or a list, down to where they differ: members of
// objects by name, things with a key by that, the rest of lists by which are in one alone.
func nestedFields(name string, before, after any) (fields []views.DiffRow) {
	was, wasNamed := members(before)
	is, isNamed := members(after)
	if wasNamed && isNamed && (before != nil || after != nil) {
		for _, member := range fieldNames(was, is) {
			fields = append(fields, nestedFields(name+", "+views.FieldWords("", member), was[member], is[member])...)
		}
		return fields
	}
	row := views.DiffRow{Field: name}
	if isNested(before) && isNested(after) || isNested(before) != isNested(after) && (before == nil || after == nil) {
		row.Before, row.After = onlyIn(before, after), onlyIn(after, before)
		if row.Before == "" && row.After == "" && compact(before) != compact(after) {
			row.Before, row.After = compact(before), compact(after) // the same things in another order
		}
	} else {
		row.Before, row.After = nestedText(name, before), nestedText(name, after)
	}
	if row.Before != row.After {
		fields = append(fields, row)
	}
	return fields
}

// members gives what a value has by name: an object's members, the things of a list by their keys; nothing has none.
func members(value any) (named map[string]any, ok bool) {
	switch v := value.(type) {
	case nil:
		return nil, true
	case map[string]any:
		return v, true
	case []any:
		named = make(map[string]any, len(v))
		for _, one := range v {
			thing, _ := one.(map[string]any)
			key, keyed := thing["key"].(string)
			if !keyed {
				return nil, false
			}
			named[key] = thing
		}
		return named, len(v) > 0
	}
	return nil, false
}

// onlyIn lists what one list has and another does not: "crm_12, crm_40".
func onlyIn(these, those any) string {
	one, _ := these.([]any)
	other, _ := those.([]any)
	known := make(map[string]bool, len(other))
	for _, value := range other {
		known[compact(value)] = true
	}
	var only []string
	for _, value := range one {
		if !known[compact(value)] {
			only = append(only, nestedText("", value))
		}
	}
	return strings.Join(only, ", ")
}

// nestedText is a value within another in words.
func nestedText(name string, value any) string {
	if isNested(value) {
		return compact(value)
	}
	return views.FieldValue(name, value)
}

// compact is a value as JSON.
func compact(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

// fieldValue is a recorded value in words; a tier is recorded by its key and shown by its name.
func (s *Surface) fieldValue(name string, value any) string {
	if key, ok := value.(string); ok && name == "tier" {
		if tier, err := s.Live.Catalogue().TierByKey(key); err == nil {
			return tier.Name
		}
	}
	return views.FieldValue(name, value)
}

// fieldNames are the fields of two states, in the order in which they are listed.
func fieldNames(before, after map[string]any) []string {
	var names []string
	for _, state := range [...]map[string]any{before, after} {
		for name := range state {
			names = append(names, name)
		}
	}
	place := func(name string) int {
		if i := slices.Index(fieldOrder, name); i >= 0 {
			return i
		}
		return len(fieldOrder)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b)) })
	return slices.Compact(names)
}
