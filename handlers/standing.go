package handlers

import (
	"time"

	"flagstone/db"
	"flagstone/features"
)

// standing is what the account as a whole has of the feature, and why.
func (x cell) standing(catalogue *features.Catalogue, at time.Time) features.Standing {
	return catalogue.Standing(x.feature, x.account, at)
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
func sourceWords(x cell, s features.Standing, o *db.Override) string {
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
	case features.SourceSplit:
		if s.Variant == "" {
			return "Variants, dealt by user"
		}
		return "Variant " + s.Variant
	case features.SourceOverride:
		return overrideWords(o)
	}
	return "Default, " + features.OnOff(x.feature.Default.Enabled)
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
func (x cell) someWords(s features.Standing) string {
	if s.State != features.Some {
		return ""
	}
	return "Some of its people have it: " + someRule(x.feature)
}

// someRule says what tells the people of one account apart.
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
func (x cell) sleepingOverride(s features.Standing, mode features.Mode, at time.Time) string {
	override, live := x.account.Override(x.feature.ID, at.UnixMilli())
	if !live || s.Source == features.SourceOverride || wantedState(override.Value.Enabled) == s.State {
		return ""
	}
	return "override " + features.OnOff(override.Value.Enabled) + ", but " + x.obstacle(s, mode)
}

// obstacle says what keeps what is set for an account from taking effect (spec §3, rules 2 to 6).
func (x cell) obstacle(s features.Standing, mode features.Mode) string {
	switch {
	case s.Source == features.SourceInactive && !x.feature.Active:
		return "the feature is retired"
	case s.Source == features.SourceInactive:
		return "the account is suspended"
	case s.Source == features.SourceDisabled:
		return "the kill switch is off"
	case s.Source == features.SourceOverride && s.State == features.Some:
		return someRule(x.feature)
	case mode != features.ModeLive:
		return "the mode is " + string(mode)
	}
	return "somebody has changed it since"
}

func wantedState(on bool) features.State {
	if on {
		return features.On
	}
	return features.Off
}

// waitsFor says what must come before a saved value takes effect; "" for nothing (spec §3, rules 2 to 6).
func waitsFor(x cell, s features.Standing, mode features.Mode) string {
	switch {
	case s.Source == features.SourceDisabled:
		return "the kill switch is on again"
	case s.Source == features.SourceInactive && x.feature.Active:
		return "the account is active again"
	case s.Source == features.SourceInactive:
		return "the feature is in use again"
	case mode != features.ModeLive:
		return "the mode is live again"
	}
	return ""
}
