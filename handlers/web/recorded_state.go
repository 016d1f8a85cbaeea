package web

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// RecordedState is a state as the audit log keeps it. What is no JSON object, as someone may have written by hand, has
// no fields.
func RecordedState(text json.RawMessage) map[string]any {
	state := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if decoder.Decode(&state) != nil {
		return map[string]any{}
	}
	return state
}

// ExportedState returns a recorded state as an export shows it: times as RFC 3339.
func ExportedState(text json.RawMessage) map[string]any {
	if text == nil {
		return nil
	}
	state := RecordedState(text)
	for name, value := range state {
		if number, ok := value.(json.Number); ok && strings.HasSuffix(name, "_at") {
			if ms, err := number.Int64(); err == nil {
				state[name] = time.UnixMilli(ms).UTC().Format(time.RFC3339)
			}
		}
	}
	return state
}
