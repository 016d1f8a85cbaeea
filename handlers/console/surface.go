// Package console answers staff with pages and fragments. Its files begin with their subject.
package console

import (
	"context"
	"sync/atomic"

	"flagstone/features"
	"flagstone/handlers/web"
)

// Surface is the console.
type Surface struct {
	*web.Base
	Models     EntryKind
	Components EntryKind
	setup      atomic.Pointer[setupLink]
	Uploads    *uploads
	bulkRuns   bulkRuns
	featureUse func(context.Context) (map[int64]features.Use, error)
}

// New returns the console; featureUse returns how features are used, by their ids.
func New(base *web.Base, featureUse func(context.Context) (map[int64]features.Use, error)) *Surface {
	return &Surface{
		Base:       base,
		Models:     modelEntries{base.DB, base.Live},
		Components: componentEntries{base.DB, base.Live},
		Uploads:    newUploads(),
		featureUse: featureUse,
	}
}
