package handlers

import (
	"cmp"
	"strings"
	"time"

	"flagstone/db"
	"flagstone/features"
)

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

// sleepingOverride says that an override asks for something else than what is in effect, and why; "" where none does.
func (x cell) sleepingOverride(catalogue *features.Catalogue, s features.Standing, at time.Time) string {
	override, live := x.account.Override(x.feature.ID, at.UnixMilli())
	if !live || s.Source == features.SourceOverride || s.Shows(override.Value) && s.State != features.Some {
		return ""
	}
	return "override " + features.Clipped(override.Value.Words()) + ", but " + x.obstacle(catalogue, s, at)
}

func wantedState(on bool) features.State {
	if on {
		return features.On
	}
	return features.Off
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
