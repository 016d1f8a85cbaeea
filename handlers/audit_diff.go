package handlers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"

	"flagstone/db"
	"flagstone/views"
)

// fieldOrder is the order in which the fields of a change are listed; the others follow by name.
var fieldOrder = []string{
	"name", "key", "slug", "email", "enabled", "default_enabled", "active", "status", "tier", "role", "reason",
	"expires_at", "set_by", "set_at",
}

// changedFields compares what a row of the audit log says was and is, field by field, in words.
func (s *Server) changedFields(row db.AuditRow) (fields []views.DiffRow) {
	before, after := recordedState(row.Old), recordedState(row.New)
	for _, name := range fieldNames(before, after) {
		if row.Old == nil && (name == "set_by" || name == "set_at") {
			continue // who made the change, and when, stands beside it
		}
		field := views.DiffRow{
			Field:  views.FieldWords(row.Entity, name),
			Before: s.fieldValue(name, before[name]),
			After:  s.fieldValue(name, after[name]),
		}
		if field.Before != field.After {
			fields = append(fields, field)
		}
	}
	return fields
}

// fieldValue is a recorded value in words; a tier is recorded by its key and shown by its name.
func (s *Server) fieldValue(name string, value any) string {
	if key, ok := value.(string); ok && name == "tier" {
		if tier, err := s.live.Catalogue().TierByKey(key); err == nil {
			return tier.Name
		}
	}
	return views.FieldValue(name, value)
}

// recordedState is a state as the audit log keeps it. What is no JSON object, as someone may have written by hand, has
// no fields.
func recordedState(text json.RawMessage) map[string]any {
	state := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if decoder.Decode(&state) != nil {
		return map[string]any{}
	}
	return state
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
