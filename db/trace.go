package db

import (
	"context"

	"flagstone/features"
)

// Tracer is told that something of a request begins. It returns the context of what is part of that, and what is to be
// called when it has ended.
type Tracer func(ctx context.Context, name string) (context.Context, func(failed bool))

// trace tells the tracer, where there is one, that something begins. What it returns is called with the outcome; a refusal is
// no failure.
func (d *DB) trace(ctx context.Context, name string) (context.Context, func(error)) {
	if d.Traced == nil {
		return ctx, func(error) {}
	}
	ctx, end := d.Traced(ctx, name)
	return ctx, func(err error) {
		kind := features.KindOf(err)
		end(err != nil && (kind == 0 || kind == features.Unavailable))
	}
}
