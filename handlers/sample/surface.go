// Package sample answers the sample portal, which shows what a portal can do with the evaluation API.
package sample

import (
	"flagstone/handlers/evaluation"
	"flagstone/handlers/web"
)

// Surface is the sample portal.
type Surface struct {
	*web.Base
	evaluation *evaluation.Surface
}

// New returns the sample portal.
func New(base *web.Base, evaluation *evaluation.Surface) *Surface { return &Surface{base, evaluation} }
