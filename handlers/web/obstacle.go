package web

import (
	"strings"
	"time"

	"flagstone/features"
	"flagstone/words"
)

// AccountValue is what the account as a whole has of the feature, and why.
func (x AccountFeature) AccountValue(catalogue *features.Catalogue, at time.Time) features.AccountValue {
	return catalogue.AccountValue(x.Feature, x.Account, at)
}

// Locked is the name of the tier that keeps overrides of the feature from counting for the account; "" for none.
func (x AccountFeature) Locked(catalogue *features.Catalogue) string {
	if !catalogue.Locks(x.Account.TierID, x.Feature) {
		return ""
	}
	return x.Tier(catalogue)
}

// Tier returns the name of the account's tier.
func (x AccountFeature) Tier(catalogue *features.Catalogue) string {
	tier, _ := catalogue.Tier(x.Account.TierID)
	return tier.Name
}

// Blocker is the name of what the feature needs, or loses to, where that keeps it off.
func (x AccountFeature) Blocker(catalogue *features.Catalogue, at time.Time) string {
	if by := catalogue.ExplainAccount(x.Feature, x.Account, at).Blocker; by != nil {
		return by.Name
	}
	return "a feature that does not exist"
}

// Obstacle says what keeps what is set for an account from taking effect (docs/evaluation.md §11).
func (x AccountFeature) Obstacle(catalogue *features.Catalogue, s features.AccountValue, at time.Time) string {
	mode := catalogue.Settings.Mode
	switch {
	case s.Source == features.SourceInactive && !x.Feature.Active:
		return "the feature is retired"
	case s.Source == features.SourceInactive:
		return "the account is suspended"
	case s.Source == features.SourceDisabled:
		return "the kill switch is off"
	case s.Source == features.SourceDependency:
		return "it needs " + x.Blocker(catalogue, at) + ", which is off"
	case s.Source == features.SourceConflict:
		return "it conflicts with " + x.Blocker(catalogue, at) + ", which is on and stronger"
	case s.Source == features.SourceOverride && s.State == features.Some:
		return x.SomeRule(catalogue, at)
	case x.Locked(catalogue) != "":
		return "the tier " + x.Locked(catalogue) + " locks it"
	case mode != features.ModeLive:
		return "the mode is " + string(mode)
	case s.Source == features.SourceRollout:
		return "it is released only to " + ReleasedTo(x.Feature.Rollout)
	}
	return "somebody has changed it since"
}

// WaitsFor says what must come before a saved value takes effect; "" for nothing.
func (x AccountFeature) WaitsFor(catalogue *features.Catalogue, s features.AccountValue, at time.Time) string {
	switch {
	case s.Source == features.SourceDisabled:
		return "the kill switch is on again"
	case s.Source == features.SourceInactive && x.Feature.Active:
		return "the account is active again"
	case s.Source == features.SourceInactive:
		return "the feature is active again"
	case s.Source == features.SourceDependency:
		return x.Blocker(catalogue, at) + " is on"
	case s.Source == features.SourceConflict:
		return x.Blocker(catalogue, at) + " is off"
	case catalogue.Settings.Mode != features.ModeLive:
		return "the mode is live again"
	}
	return ""
}

// SomeRule says what tells the people of one account apart: something that the feature is linked to, or its own release.
func (x AccountFeature) SomeRule(catalogue *features.Catalogue, at time.Time) string {
	linked := catalogue.LinksOf(x.Feature)
	for _, other := range linked.Dependencies {
		if catalogue.State(other, x.Account, at) == features.Some {
			return "it needs " + other.Name + ", which only some of them have."
		}
	}
	for _, other := range linked.Conflicts {
		if catalogue.State(other, x.Account, at) == features.Some {
			return "it conflicts with " + other.Name + ", which some of them have."
		}
	}
	return SomeRule(x.Feature)
}

// SomeRule says what the release of a feature tells the people of one account apart by.
func SomeRule(f *features.Feature) string {
	r := f.Rollout
	switch {
	case r.Strategy == features.ToRole:
		return "it is for " + r.Words() + "."
	case len(f.Variants) > 0 && r.By == features.ByPerson:
		return "its variants are assigned by user."
	}
	return "it is released by user, to " + ReleasedTo(r) + "."
}

const fewPlaces = 3

// ReleasedTo says whom a rollout is open to, where it names them: "3 named accounts and M5V".
func ReleasedTo(r features.Rollout) string {
	if r.Strategy != features.ToWhitelist {
		return r.Words()
	}
	var parts []string
	if n := len(r.Target.AccountIDs); n > 0 {
		parts = append(parts, words.Count(n, "named account"))
	}
	if n := len(r.Target.UserIDs); n > 0 {
		parts = append(parts, words.Count(n, "named user"))
	}
	switch n := len(r.Target.PostalCodes); {
	case n > fewPlaces:
		parts = append(parts, words.Number(n)+" postal codes")
	case n > 0:
		parts = append(parts, strings.Join(r.Target.PostalCodes, ", "))
	default:
	}
	if parts == nil {
		return r.Words()
	}
	return strings.Join(parts, " and ")
}
