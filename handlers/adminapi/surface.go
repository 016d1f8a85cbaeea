// Package adminapi answers programs with JSON: what staff do in the console.
package adminapi

import "flagstone/handlers/web"

// Surface is the Admin API.
type Surface struct{ *web.Base }

// New returns the Admin API.
func New(base *web.Base) *Surface { return &Surface{base} }
