package db

import (
	"context"
	"slices"
	"time"

	"flagstone/features"
)

// UndoEffects says what undoing a change set would do to whoever has features, judged from the state that serves: an
// effect for each feature that it changes for somebody.
func (d *DB) UndoEffects(ctx context.Context, id int64) ([]features.Effect, error) {
	p := newPastState(d.live)
	if err := d.Reversals(ctx, id, p.reverse); err != nil {
		return nil, err
	}
	return d.changes(p.proposal(), time.Now()), nil
}

// changes gives the effects of a proposal that change something for somebody.
func (d *DB) changes(p features.Proposal, at time.Time) []features.Effect {
	return changing(d.live.Effects(p, at))
}

// changing keeps the effects that change something for somebody.
func changing(effects []features.Effect) []features.Effect {
	return slices.DeleteFunc(effects, features.Effect.IsEmpty)
}
