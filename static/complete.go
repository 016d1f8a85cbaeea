package static

import (
	"errors"
	"io/fs"
)

// vendored are the files that npm brings before a build; the repository does not hold them.
var vendored = []string{"vendor/htmx.min.js", "vendor/inter-latin.woff2", "vendor/inter-latin-ext.woff2"}

// Complete refuses a binary that was built without what npm brings: its console would show switches that save nothing.
func Complete() error { return complete(files) }

func complete(files fs.FS) error {
	for _, name := range vendored {
		if _, err := fs.Stat(files, name); err != nil {
			return errors.New("this binary was built without " + name + ": build it with make build")
		}
	}
	return nil
}
