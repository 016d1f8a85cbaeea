package handlers

import (
	"cmp"
	"strings"
	"time"

	"flagstone/db"
	"flagstone/features"
)

// standing is what the account as a whole has of the feature, and why.
func (x cell) standing(catalogue *features.Catalogue, at time.Time) features.Standing {
	return catalogue.Standing(x.feature, x.account, at)
}

// locked is the name of the tier that keeps overrides of the feature from counting for the account; "" for none.
func (x cell) locked(catalogue *features.Catalogue) string {
	if !catalogue.Locks(x.account.TierID, x.feature) {
		return ""
	}
	return x.tier(catalogue)
}

func (x cell) tier(catalogue *features.Catalogue) string {
	tier, _ := catalogue.Tier(x.account.TierID)
	return tier.Name
}

// blocker is the name of what the feature needs, or loses to, where that keeps it off.
func (x cell) blocker(catalogue *features.Catalogue, at time.Time) string {
	if by := catalogue.ExplainAccount(x.feature, x.account, at).Blocker; by != nil {
		return by.Name
	}
	return "a feature that is not there"
}

// sourceWord says in a word or two where a value comes from.
func (x cell) sourceWord(s features.Standing) string {
	switch s.Source {
	case features.SourceDisabled:
		return "kill switch"
	case features.SourceInactive:
		if x.feature.Active {
			return "suspended"
		}
		return "retired"
	case features.SourceSplit:
		return "variant"
	}
	return string(s.Source)
}

// sourceWords say where a value comes from; o is the override, nil for none.
func sourceWords(catalogue *features.Catalogue, x cell, s features.Standing, o *db.Override, at time.Time) string {
	switch s.Source {
	case features.SourceInactive:
		if x.feature.Active {
			return "Account is suspended"
		}
		return "Feature is retired"
	case features.SourceDisabled:
		return "Kill switch is off"
	case features.SourceMode:
		return "Mode is open"
	case features.SourceRollout:
		return "Not released to it, only to " + releasedTo(x.feature.Rollout)
	case features.SourceTier:
		if x.locked(catalogue) != "" {
			return "Locked by tier " + x.tier(catalogue)
		}
		return "From tier " + x.tier(catalogue)
	case features.SourceSplit:
		if s.Variant == "" {
			return "Variants, dealt by user"
		}
		return "Variant " + s.Variant
	case features.SourceDependency:
		return "Needs " + x.blocker(catalogue, at) + ", which is off"
	case features.SourceConflict:
		return "Loses to " + x.blocker(catalogue, at) + ", which it conflicts with"
	case features.SourceOverride:
		return overrideWords(o)
	}
	return "Default, " + features.Clipped(x.feature.Default.Words())
}

func overrideWords(o *db.Override) string {
	switch {
	case o == nil: // it has gone since the state was read
		return "Override"
	case o.ExpiresAt.IsZero():
		return "Override by " + o.SetBy + ", no expiry"
	}
	return "Override by " + o.SetBy + ", until " + until(o.ExpiresAt)
}

// someWords say why only some people of an account have a feature; "" where all of them or none have it.
func (x cell) someWords(catalogue *features.Catalogue, s features.Standing, at time.Time) string {
	if s.State != features.Some {
		return ""
	}
	return "Some of its people have it: " + x.someRule(catalogue, at)
}

// someRule says what tells the people of one account apart: something that the feature is linked to, or its own release.
func (x cell) someRule(catalogue *features.Catalogue, at time.Time) string {
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

// sleepingOverride says that an override asks for something else than what is in effect, and why; "" where none does.
func (x cell) sleepingOverride(catalogue *features.Catalogue, s features.Standing, at time.Time) string {
	override, live := x.account.Override(x.feature.ID, at.UnixMilli())
	if !live || s.Source == features.SourceOverride || s.Shows(override.Value) && s.State != features.Some {
		return ""
	}
	return "override " + features.Clipped(override.Value.Words()) + ", but " + x.obstacle(catalogue, s, at)
}

// obstacle says what keeps what is set for an account from taking effect (docs/evaluation.md §11).
func (x cell) obstacle(catalogue *features.Catalogue, s features.Standing, at time.Time) string {
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

func wantedState(on bool) features.State {
	if on {
		return features.On
	}
	return features.Off
}

// waitsFor says what must come before a saved value takes effect; "" for nothing.
func waitsFor(catalogue *features.Catalogue, x cell, s features.Standing, at time.Time) string {
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

// message says what was saved, and where it changes less than that for now, why.
func (x cell) message(catalogue *features.Catalogue, wanted features.Value, changed bool) string {
	is := cmp.Or(map[bool]string{true: " is "}[!changed], " ")
	text := x.feature.Name + is + features.Clipped(wanted.Words()) + " for " + x.account.Name
	if !changed {
		text += " already"
	}
	at := time.Now()
	if standing := x.standing(catalogue, at); standing.State != wantedState(wanted.Enabled) {
		text += ", but " + strings.TrimSuffix(x.obstacle(catalogue, standing, at), ".")
	}
	return text
}
