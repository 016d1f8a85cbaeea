package db

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"flagstone/features"
)

// Every action that the code knows is in the table of who may undo it, and nothing else is.
func TestEveryActionSaysWhoMayUndoIt(t *testing.T) {
	t.Parallel()
	written := actionsInCode(t)
	for _, a := range []features.BulkAction{features.EnableFeature, features.DisableFeature, features.DisableAll, features.ClearOverrides, features.SetTier} {
		written = append(written, "bulk."+string(a))
	}
	for _, a := range []features.FeatureAction{features.KillFeatures, features.ReviveFeatures, features.RetireFeatures, features.RestoreFeatures} {
		written = append(written, "feature."+string(a))
	}
	for _, purpose := range []features.LinkPurpose{features.Invite, features.Reset} {
		written = append(written, "user."+string(purpose))
	}
	for _, entity := range []string{"model", "component"} {
		for _, verb := range []string{"create", "activate", "deactivate"} {
			written = append(written, entity+"."+verb)
		}
	}
	var listed []string
	for _, a := range actions {
		listed = append(listed, a.name)
	}
	slices.Sort(written)
	if written = slices.Compact(written); !slices.Equal(written, listed) {
		t.Errorf("the code has the actions\n%q\nthe table\n%q", written, listed)
	}
}

// actionsInCode finds the actions on what the table knows that stand in the files of this package as they are.
func actionsInCode(t *testing.T) (found []string) {
	t.Helper()
	var things []string
	for _, a := range actions {
		thing, _, _ := strings.Cut(a.name, ".")
		things = append(things, thing)
	}
	action := regexp.MustCompile(`^(` + strings.Join(things, "|") + `)(\.[a-z-]+)+$`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "undo_access.go" {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if value, err := strconv.Unquote(literal.Value); err == nil && action.MatchString(value) {
					found = append(found, value)
				}
			}
			return true
		})
	}
	return found
}
