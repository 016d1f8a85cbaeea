// Package evaluation answers what portals and programs ask: which features an account has.
package evaluation

import (
	"sync"
	"sync/atomic"

	"flagstone/handlers/web"
	"flagstone/static"
	"flagstone/views"
)

// Surface is the portal's API, the tenant API and OFREP.
type Surface struct {
	*web.Base
	asked     lastAsked
	docs      func() (views.APIDocsModel, error) // the OpenAPI document, read once: anybody may ask for it
	flagNames atomic.Pointer[flagNames]
}

// New returns the surface.
func New(base *web.Base) *Surface {
	return &Surface{
		Base: base,
		docs: sync.OnceValues(func() (views.APIDocsModel, error) { return readAPI(static.File("openapi.yaml")) }),
	}
}
