package features

import (
	"iter"
	"slices"
	"time"
)

// Effect is what a change not yet saved does to one feature: exactly which accounts would gain or lose it, judged
// from the same state that serves (spec §3, Effect).
type Effect struct {
	Feature *Feature
	Gain    []*Account // off now, on after
	Lose    []*Account // on now, off after
	On      int        // accounts that have it and keep it
	Off     int        // accounts that lack it and go on lacking it
}

// Changes is how many accounts see another value after the change.
func (e Effect) Changes() int { return len(e.Gain) + len(e.Lose) }

// EffectOf compares one feature before and after a change of the catalogue, for every account given.
func EffectOf(before, after *Feature, accounts iter.Seq[*Account], at time.Time) Effect {
	effect := Effect{Feature: before}
	was, is := trial{feature: before, at: at.UnixMilli()}, trial{feature: after, at: at.UnixMilli()}
	for a := range accounts {
		effect.count(a, was.on(a), is.on(a))
	}
	return effect
}

func (e *Effect) count(a *Account, was, is bool) {
	switch {
	case is && !was:
		e.Gain = append(e.Gain, a)
	case was && !is:
		e.Lose = append(e.Lose, a)
	case is:
		e.On++
	default:
		e.Off++
	}
}

// trial asks one feature for many accounts, as they are and as they would be, and allocates nothing for each.
type trial struct {
	feature *Feature
	at      int64 // Unix milliseconds
	context Context
	changed Account
}

func (t *trial) on(a *Account) bool {
	t.context.Account = a
	return evaluate(question{t.feature, &t.context, t.at}).Value.Enabled
}

// onWith asks as if the account had an override of the feature without expiry.
func (t *trial) onWith(a *Account, value Value) bool {
	t.change(a)
	place := slices.IndexFunc(t.changed.Overrides, func(o Override) bool { return o.FeatureID > t.feature.ID })
	if place < 0 {
		place = len(t.changed.Overrides)
	}
	t.changed.Overrides = slices.Insert(t.changed.Overrides, place, Override{FeatureID: t.feature.ID, Value: value})
	return t.on(&t.changed)
}

// onWithout asks as if the account had no override of the feature.
func (t *trial) onWithout(a *Account) bool {
	t.change(a)
	return t.on(&t.changed)
}

// change copies an account without its override of the feature.
func (t *trial) change(a *Account) {
	others := t.changed.Overrides[:0]
	for _, o := range a.Overrides {
		if o.FeatureID != t.feature.ID {
			others = append(others, o)
		}
	}
	t.changed = *a
	t.changed.Overrides = others
}
