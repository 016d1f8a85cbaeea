package features

import "flagstone/words"

// Mode is the master switch over every evaluation (docs/evaluation.md §3).
type Mode string

// The modes: the normal one, what the plan says without overrides, and everything on that may be.
const (
	ModeLive     Mode = "live"
	ModeDefaults Mode = "defaults"
	ModeOpen     Mode = "open"
)

// Modes gives every mode.
func Modes() []Mode { return []Mode{ModeLive, ModeDefaults, ModeOpen} }

// ParseMode reads a mode, or refuses what is none.
func ParseMode(text string) (Mode, error) {
	for _, m := range Modes() {
		if string(m) == text {
			return m, nil
		}
	}
	return "", &Error{Kind: Invalid, Field: "mode", Message: "Choose live, defaults or open."}
}

// Settings are what an admin sets for all features together.
type Settings struct {
	Mode      Mode
	StaleDays int // after how many days without use, or on for everyone, a feature counts as stale
}

// DefaultStaleDays is what StaleDays is at first.
const DefaultStaleDays = 30

const maxStaleDays = 3650

// Validate gives Problems for a setting that breaks a rule, or nil.
func (s Settings) Validate() error {
	var problems Problems
	if _, err := ParseMode(string(s.Mode)); err != nil {
		problems.add("mode", "Choose live, defaults or open.")
	}
	if s.StaleDays < 1 || s.StaleDays > maxStaleDays {
		problems.add("stale_after_days", "Enter a whole number of days from 1 to "+words.Number(maxStaleDays)+".")
	}
	return problems.Err()
}
