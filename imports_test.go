package main

import (
	"go/build"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module is the path that our own packages begin with.
const module = "flagstone"

// allowed are the packages of our own that each package may import. Tests may import more.
var allowed = map[string][]string{
	"words":               {},
	"features":            {"words"},
	"migrations":          {},
	"static":              {},
	"registry":            {"features", "words"},
	"typescript":          {"features"},
	"views":               {"static", "words"},
	"db":                  {"features", "migrations", "registry", "words"},
	"handlers":            {"handlers/adminapi", "handlers/console", "handlers/evaluation", "handlers/sample", "handlers/web", "static"},
	"handlers/web":        {"db", "features", "views", "words"},
	"handlers/console":    {"db", "features", "handlers/web", "registry", "views", "words"},
	"handlers/adminapi":   {"db", "features", "handlers/evaluation", "handlers/web"},
	"handlers/evaluation": {"db", "features", "handlers/web", "static", "typescript", "views"},
	"handlers/sample":     {"features", "handlers/evaluation", "handlers/web", "static", "views"},
	"telemetry":           {},
	"cli":                 {"features", "db", "handlers", "registry", "static", "telemetry", "typescript", "views", "words"},
	".":                   {"cli"},
}

// foreign are the modules of others that the strict packages may import; the packages not listed
// here may import any that go.mod names.
var foreign = map[string][]string{
	"features":   {"github.com/cespare/xxhash/v2", "github.com/go-json-experiment/json", "github.com/santhosh-tekuri/jsonschema/v6", "golang.org/x/text"},
	"migrations": {},
	"words":      {},
	"static":     {},
	"typescript": {},
	"views":      {"github.com/a-h/templ"},
	"telemetry":  {"github.com/go-logr/logr", "go.opentelemetry.io/otel"},
}

// free are for measuring and testing, and import what they like; nothing imports them but tests.
var free = []string{"features/featurestest", "db/dbtest", "e2e", "e2e/chromium", "bench"}

func TestImports(t *testing.T) {
	t.Parallel()
	for _, dir := range packageDirs(t) {
		if slices.Contains(free, dir) {
			continue
		}
		ours, known := allowed[dir]
		if !known {
			t.Errorf("package %s has no place in the architecture: name it in allowed", dir)
			continue
		}
		for _, imported := range importsOf(t, dir) {
			checkImport(t, dir, imported, ours)
		}
	}
}

func checkImport(t *testing.T, dir, imported string, ours []string) {
	t.Helper()
	if rest, own := strings.CutPrefix(imported, module+"/"); own {
		if !slices.Contains(ours, rest) {
			t.Errorf("%s imports %s, which the architecture does not allow", dir, imported)
		}
		return
	}
	theirs, strict := foreign[dir]
	if first, _, _ := strings.Cut(imported, "/"); !strict || !strings.Contains(first, ".") {
		return
	}
	for _, path := range theirs {
		if imported == path || strings.HasPrefix(imported, path+"/") {
			return
		}
	}
	t.Errorf("%s imports %s; it may import of other modules only %v", dir, imported, theirs)
}

// packageDirs lists every directory of the module that holds Go files which are built.
func packageDirs(t *testing.T) []string {
	t.Helper()
	var dirs []string
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		name := entry.Name()
		if path != "." && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata") {
			return fs.SkipDir
		}
		if built, _ := filepath.Glob(filepath.Join(path, "*.go")); slices.ContainsFunc(built, isSource) {
			dirs = append(dirs, filepath.ToSlash(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) < 5 {
		t.Fatalf("found only the packages %v: run from the root of the module", dirs)
	}
	return dirs
}

func isSource(path string) bool { return !strings.HasSuffix(path, "_test.go") }

func importsOf(t *testing.T, dir string) []string {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	pkg, err := build.ImportDir(filepath.Join(root, dir), 0)
	if err != nil {
		t.Fatal(err)
	}
	return pkg.Imports
}
