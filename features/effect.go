package features

import (
	"iter"
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
	now := at.UnixMilli()
	context := &Context{}
	for a := range accounts {
		context.Account = a
		was := evaluate(question{before, context, now}).Value.Enabled
		is := evaluate(question{after, context, now}).Value.Enabled
		effect.count(a, was, is)
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
