package console

import (
	"strings"
	"time"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// sentence says who has a feature, so that nobody has to work it out: "On for 25% of accounts: 2,497 of 10,000"; of one
// that has a value, also which one it usually is.
func (s *Surface) sentence(f *features.Feature, n features.Counted) string {
	c := s.Live.Catalogue()
	return sentence(f, n, c.Settings.Mode, tiersWords(c.Tiers(), c.TiersGiving(f)))
}

// sentence is the same in a mode, with the tiers that give the feature, "" for none.
func sentence(f *features.Feature, n features.Counted, mode features.Mode, tiers string) string {
	if n.Pending {
		return "Counting accounts…"
	}
	text := whoHasIt(f, n.Count, mode, tiers)
	if usual := f.UsualValue().Data; n.Having() > 0 && usual != "" {
		text += ", usually " + words.Clipped(usual.Text())
	}
	return text
}

func whoHasIt(f *features.Feature, n features.Count, mode features.Mode, tiers string) string {
	switch {
	case !f.Active:
		return "Retired: off everywhere"
	case !f.Enabled:
		return "Killed: off everywhere"
	case n.Total() == 0 && f.Default.Enabled:
		return "On by default; there are no accounts yet"
	case n.Total() == 0:
		return "Off by default; there are no accounts yet"
	case n.On == n.Total():
		return "On for everyone"
	case n.On+n.Some == 0 && f.Rollout.Strategy != features.ToAll && !f.GivesByItself() && tiers == "":
		return "Nobody has it: released to " + web.ReleasedTo(f.Rollout) + ", but off by default"
	case n.On+n.Some == 0:
		return "Off for everyone"
	case unrestricted(f, mode):
		return unrestrictedSentence(f, n, tiers)
	}
	return releaseSentence(f, n, tiers)
}

// unrestricted tells whether the rollout keeps the feature from nobody: in mode open, only the role does.
func unrestricted(f *features.Feature, mode features.Mode) bool {
	return f.Rollout.Strategy == features.ToAll || mode == features.ModeOpen && f.Rollout.Strategy != features.ToRole
}

func unrestrictedSentence(f *features.Feature, n features.Count, tiers string) string {
	switch {
	case n.On == 0:
		return "On " + somePeople(n)
	case f.Default.Enabled || len(f.Variants) > 0:
		return "On for " + holders(n)
	case tiers != "":
		return "On for " + tiers + ": " + holders(n)
	}
	return "Off for everyone but " + holders(n)
}

func releaseSentence(f *features.Feature, n features.Count, tiers string) string {
	text := "On for " + web.ReleasedTo(f.Rollout) + ": "
	switch {
	case f.Default.Enabled || len(f.Variants) > 0:
	case tiers != "":
		text = "On for " + tiers + ", within " + web.ReleasedTo(f.Rollout) + ": "
	default:
		text = "Released to " + web.ReleasedTo(f.Rollout) + ", off by default: on for "
	}
	if n.On == 0 {
		return text + strings.TrimPrefix(somePeople(n), "for ")
	}
	return text + words.Number(n.On) + " of " + words.Number(n.Total()) + alsoSome(n)
}

// holders counts who has a feature: "9 of 10 accounts, and for some of the users of 4".
func holders(n features.Count) string {
	return words.Number(n.On) + " of " + accountCount(n.Total()) + alsoSome(n)
}

func alsoSome(n features.Count) string {
	if n.Some == 0 {
		return ""
	}
	return ", and " + somePeople(n)
}

func somePeople(n features.Count) string { return "for some of the users of " + accountCount(n.Some) }

// fewPlaces is how many postal codes are named rather than counted.
// staleWords say why a feature is stale and what to do about it; "" for one that is not.
func staleWords(f *features.Feature, u features.Use, settings features.Settings, now time.Time) string {
	switch why, since := settings.Stale(f, u, now); {
	case why == features.Unasked && u.AskedAt.IsZero():
		return "No portal has asked for it since it was created, " + date(since) + ". Retire it, or mark it as permanent."
	case why == features.Unasked:
		return "No portal has asked for it since " + date(since) + ". Retire it, or mark it as permanent."
	case why == features.ForAllLong:
		return "On for everyone since " + date(since) + ": it no longer decides anything. Remove it from the portal's code, or mark it as permanent."
	}
	return ""
}

func date(at time.Time) string { return at.UTC().Format("2 Jan 2006") }

// askedWords say when a feature was last asked for.
func askedWords(u features.Use, now time.Time) string {
	if u.AskedAt.IsZero() {
		return "Never asked for"
	}
	return "Asked for " + views.When(u.AskedAt, now)
}
