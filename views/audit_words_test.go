package views

import (
	"encoding/json"
	"testing"
)

func TestFieldValueIsForPeople(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		field string
		value any
		want  string
	}{
		{"enabled", true, "On"},
		{"default_enabled", false, "Off"},
		{"disabled", true, "Yes"},
		{"active", false, "No"},
		{"reason", "beta", "beta"},
		{"reason", nil, ""},
		{"expires_at", json.Number("1796289240000"), "3 Dec 2026 09:14 UTC"},
		{"display_order", json.Number("1796289240000"), "1796289240000"},
		{"metadata", []any{"a"}, "[a]"},
		{"percentage", json.Number("1250"), "12.5%"},
	} {
		if got := FieldValue(test.field, test.value); got != test.want {
			t.Errorf("%s %v is %q, want %q", test.field, test.value, got, test.want)
		}
	}
}

func TestWordsForFieldsAndActions(t *testing.T) {
	t.Parallel()
	for _, test := range [][3]string{
		{"override", "enabled", "State"},
		{"feature", "enabled", "Kill switch"},
		{"account", "postal_code", "Postal code"},
		{"override", "expires_at", "Expires"},
		{"", "été_2026", "Été 2026"},
		{"", "", ""},
	} {
		if got := FieldWords(test[0], test[1]); got != test[2] {
			t.Errorf("%s of %s is %q, want %q", test[1], test[0], got, test[2])
		}
	}
	for action, want := range map[string]string{
		"override.set": "Override set", "webhook.send_again": "Webhook: send again", "": "Change",
	} {
		if got := ActionWords(action); got != want {
			t.Errorf("%s is %q, want %q", action, got, want)
		}
	}
}
