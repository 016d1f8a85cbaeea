package handlers

import (
	"strings"
	"time"

	"flagstone/features"
	"flagstone/views"
)

// standing is what the account as a whole has of the feature, and why.
func (x accountFeature) standing(catalogue *features.Catalogue, at time.Time) features.Standing {
	return catalogue.Standing(x.feature, x.account, at)
}

// locked is the name of the tier that keeps overrides of the feature from counting for the account; "" for none.
func (x accountFeature) locked(catalogue *features.Catalogue) string {
	if !catalogue.Locks(x.account.TierID, x.feature) {
		return ""
	}
	return x.tier(catalogue)
}

func (x accountFeature) tier(catalogue *features.Catalogue) string {
	tier, _ := catalogue.Tier(x.account.TierID)
	return tier.Name
}

// blocker is the name of what the feature needs, or loses to, where that keeps it off.
func (x accountFeature) blocker(catalogue *features.Catalogue, at time.Time) string {
	if by := catalogue.ExplainAccount(x.feature, x.account, at).Blocker; by != nil {
		return by.Name
	}
	return "a feature that is not there"
}

// obstacle says what keeps what is set for an account from taking effect (docs/evaluation.md §11).
func (x accountFeature) obstacle(catalogue *features.Catalogue, s features.Standing, at time.Time) string {
	mode := catalogue.Settings.Mode
	switch {
	case s.Source == features.SourceInactive && !x.feature.Active:
		return "the feature is retired"
	case s.Source == features.SourceInactive:
		return "the account is suspended"
	case s.Source == features.SourceDisabled:
		return "the kill switch is off"
	case s.Source == features.SourceDependency:
		return "it needs " + x.blocker(catalogue, at) + ", which is off"
	case s.Source == features.SourceConflict:
		return "it conflicts with " + x.blocker(catalogue, at) + ", which is on and stronger"
	case s.Source == features.SourceOverride && s.State == features.Some:
		return x.someRule(catalogue, at)
	case x.locked(catalogue) != "":
		return "the tier " + x.locked(catalogue) + " locks it"
	case mode != features.ModeLive:
		return "the mode is " + string(mode)
	case s.Source == features.SourceRollout:
		return "it is released only to " + releasedTo(x.feature.Rollout)
	}
	return "somebody has changed it since"
}

// waitsFor says what must come before a saved value takes effect; "" for nothing.
func (x accountFeature) waitsFor(catalogue *features.Catalogue, s features.Standing, at time.Time) string {
	switch {
	case s.Source == features.SourceDisabled:
		return "the kill switch is on again"
	case s.Source == features.SourceInactive && x.feature.Active:
		return "the account is active again"
	case s.Source == features.SourceInactive:
		return "the feature is in use again"
	case s.Source == features.SourceDependency:
		return x.blocker(catalogue, at) + " is on"
	case s.Source == features.SourceConflict:
		return x.blocker(catalogue, at) + " is off"
	case catalogue.Settings.Mode != features.ModeLive:
		return "the mode is live again"
	}
	return ""
}

// someRule says what tells the people of one account apart: something that the feature is linked to, or its own release.
func (x accountFeature) someRule(catalogue *features.Catalogue, at time.Time) string {
	linked := catalogue.LinksOf(x.feature)
	for _, other := range linked.Needs {
		if catalogue.State(other, x.account, at) == features.Some {
			return "it needs " + other.Name + ", which only some of them have."
		}
	}
	for _, other := range linked.Conflicts {
		if catalogue.State(other, x.account, at) == features.Some {
			return "it conflicts with " + other.Name + ", which some of them have."
		}
	}
	return someRule(x.feature)
}

// someRule says what the release of a feature tells the people of one account apart by.
func someRule(f *features.Feature) string {
	r := f.Rollout
	switch {
	case r.Strategy == features.ToRole:
		return "it is for " + r.Words() + "."
	case len(f.Variants) > 0 && r.By == features.ByPerson:
		return "its variants are dealt by user."
	}
	return "it goes by user, and is released to " + releasedTo(r) + "."
}

const fewPlaces = 3

// releasedTo says whom a rollout is open to, where it names them: "3 named accounts and M5V".
func releasedTo(r features.Rollout) string {
	if r.Strategy != features.ToWhitelist {
		return r.Words()
	}
	var parts []string
	if n := len(r.Target.AccountIDs); n > 0 {
		parts = append(parts, views.Count(n, "named account", "named accounts"))
	}
	if n := len(r.Target.UserIDs); n > 0 {
		parts = append(parts, views.Count(n, "named user", "named users"))
	}
	switch n := len(r.Target.PostalCodes); {
	case n > fewPlaces:
		parts = append(parts, views.Number(n)+" postal codes")
	case n > 0:
		parts = append(parts, strings.Join(r.Target.PostalCodes, ", "))
	default:
	}
	if parts == nil {
		return r.Words()
	}
	return strings.Join(parts, " and ")
}
