package views

import "time"

// When writes a moment for people, in UTC, as short as it stays clear on a day: "today 09:14", "18 Nov 16:02",
// "2 Jan 2025 08:00". The zero time is "".
func When(at, now time.Time) string {
	if at.IsZero() {
		return ""
	}
	at, now = at.UTC(), now.UTC()
	switch today := now.Truncate(24 * time.Hour); {
	case at.Truncate(24 * time.Hour).Equal(today):
		return at.Format("today 15:04")
	case at.Year() == now.Year():
		return at.Format("2 Jan 15:04")
	}
	return at.Format("2 Jan 2006 15:04")
}
