package console

import (
	"cmp"
	"strings"
	"time"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/words"
)

// sourceWord says in a word or two where a value comes from.
func (x cell) sourceWord(s features.AccountValue) string {
	switch s.Source {
	case features.SourceDisabled:
		return "kill switch"
	case features.SourceInactive:
		if x.Feature.Active {
			return "suspended"
		}
		return "retired"
	case features.SourceSplit:
		return "variant"
	}
	return string(s.Source)
}

// sourceWords say where a value comes from; o is the override, nil for none.
func sourceWords(catalogue *features.Catalogue, x cell, s features.AccountValue, o *db.Override, at time.Time) string {
	switch s.Source {
	case features.SourceInactive:
		if x.Feature.Active {
			return "Account is suspended"
		}
		return "Feature is retired"
	case features.SourceDisabled:
		return "Kill switch is off"
	case features.SourceMode:
		return "Mode is open"
	case features.SourceRollout:
		return "Not released to it, only to " + web.ReleasedTo(x.Feature.Rollout)
	case features.SourceTier:
		if x.Locked(catalogue) != "" {
			return "Locked by tier " + x.Tier(catalogue)
		}
		return "From tier " + x.Tier(catalogue)
	case features.SourceSplit:
		if s.Variant == "" {
			return "Variants, assigned by user"
		}
		return "Variant " + s.Variant
	case features.SourceDependency:
		return "Needs " + x.Blocker(catalogue, at) + ", which is off"
	case features.SourceConflict:
		return "Loses to " + x.Blocker(catalogue, at) + ", which it conflicts with"
	case features.SourceOverride:
		return overrideWords(o)
	}
	return "Default, " + words.Clipped(x.Feature.Default.Words())
}

func overrideWords(o *db.Override) string {
	switch {
	case o == nil: // it has gone since the state was read
		return "Override"
	case o.ExpiresAt.IsZero():
		return "Override by " + o.SetBy + ", no expiry"
	}
	return "Override by " + o.SetBy + ", until " + expiryText(o.ExpiresAt)
}

// someWords say why only some people of an account have a feature; "" where all of them or none have it.
func (x cell) someWords(catalogue *features.Catalogue, s features.AccountValue, at time.Time) string {
	if s.State != features.Some {
		return ""
	}
	return "Some of its users have it: " + x.SomeRule(catalogue, at)
}

// sleepingOverride says that an override asks for something else than what is in effect, and why; "" where none does.
func (x cell) sleepingOverride(catalogue *features.Catalogue, s features.AccountValue, at time.Time) string {
	override, live := x.Account.Override(x.Feature.ID, at.UnixMilli())
	if !live || s.Source == features.SourceOverride || s.Shows(override.Value) && s.State != features.Some {
		return ""
	}
	return "override " + words.Clipped(override.Value.Words()) + ", but " + x.Obstacle(catalogue, s, at)
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
	text := x.Feature.Name + is + words.Clipped(wanted.Words()) + " for " + x.Account.Name
	if !changed {
		text += " already"
	}
	at := time.Now()
	if value := x.AccountValue(catalogue, at); value.State != wantedState(wanted.Enabled) {
		text += ", but " + strings.TrimSuffix(x.Obstacle(catalogue, value, at), ".")
	}
	return text
}
