package web

import (
	"time"
)

// Moment is a time as the API writes it; nil for none.
func Moment(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC()
	return &at
}

// Deref is what an optional member says; "" for nothing.
func Deref(member *string) string {
	if member == nil {
		return ""
	}
	return *member
}

// Optional returns text for JSON: null where there is none.
func Optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
