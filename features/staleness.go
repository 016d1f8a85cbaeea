package features

import "time"

// Use is how a feature is used, as far as it is known.
type Use struct {
	AskedAt       time.Time // when a portal last asked for it; zero for never
	EveryoneSince time.Time // since when every account has it; zero while some do not
}

// StaleReason says why a feature counts as stale: it may be time to take it out of the code and the registry.
type StaleReason int

// The reasons. Unasked comes first where both hold: what nobody asks for can go whatever it is.
const (
	Fresh      StaleReason = iota
	Unasked                // no portal has asked for it for long, or ever
	ForAllLong             // it has been on for everyone for long, so that it decides nothing
)

// Stale tells whether a feature is stale at a moment, why, and since when that has been so. A feature that was never
// asked for is given its time from its creation; one that is meant to stay, or is retired, is never stale.
func (s Settings) Stale(f *Feature, u Use, at time.Time) (why StaleReason, since time.Time) {
	if f.Permanent || !f.Active {
		return Fresh, time.Time{}
	}
	limit := at.AddDate(0, 0, -s.StaleDays)
	last := f.CreatedAt
	if u.AskedAt.After(last) {
		last = u.AskedAt
	}
	switch {
	case !last.After(limit):
		return Unasked, last
	case !u.EveryoneSince.IsZero() && !u.EveryoneSince.After(limit):
		return ForAllLong, u.EveryoneSince
	}
	return Fresh, time.Time{}
}
