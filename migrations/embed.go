// Package migrations holds the database's schema as numbered steps, each with a way back.
package migrations

import "embed"

// Files are the steps, as golang-migrate reads them.
//
//go:embed *.sql
var Files embed.FS
