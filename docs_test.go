package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	markdownCode = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	codeBlock    = regexp.MustCompile("(?s)```.*?```")
	markdownLink = regexp.MustCompile(`(?:\]\(|src(?:set)?=")([^()\s"]+)[)"]`)
	markdownHead = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	notInAnchor  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	// A comment cites a page with its sections, docs/evaluation.md §2, §7 and §8, or with a heading, docs/portal.md, "React".
	citedSections = regexp.MustCompile(`(docs/[a-z-]+\.md)((?:,? (?:and )?§[0-9.]*[0-9])*)(?:, "([^"]+)")?`)
	sectionNumber = regexp.MustCompile(`[0-9.]*[0-9]`)
	testFunction  = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	inlineCode    = regexp.MustCompile("`([^`\n]+)`")
	// A file or a folder, but not an address such as /portal.js or a pattern.
	repositoryPath = regexp.MustCompile(`^[a-z0-9_]+(?:/[a-z0-9_./]*|\.(?:go|mod|yaml|md))$`)
	commentBreak   = regexp.MustCompile(`\n\s*// ?`)
)

// Every relative link of a Markdown page leads to a file, and its fragment to a heading there.
func TestMarkdownLinks(t *testing.T) {
	t.Parallel()
	for page, text := range sources(t, ".md") {
		for _, link := range markdownLink.FindAllStringSubmatch(markdownCode.ReplaceAllString(text, ""), -1) {
			target, fragment, _ := strings.Cut(link[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			file := page
			if target != "" {
				file = filepath.Join(filepath.Dir(page), target)
			}
			switch {
			case !exists(file):
				t.Errorf("%s links to %s, which does not exist", page, link[1])
			case fragment != "" && !slices.Contains(anchors(t, file), fragment):
				t.Errorf("%s links to %s, where no heading has this anchor", page, link[1])
			}
		}
	}
}

// What a comment in Go cites of the documentation is there.
func TestCitations(t *testing.T) {
	t.Parallel()
	cited := 0
	for file, text := range sources(t, ".go") {
		for _, c := range citedSections.FindAllStringSubmatch(commentBreak.ReplaceAllString(text, " "), -1) {
			if file == "docs_test.go" {
				continue
			}
			cited++
			if !exists(c[1]) {
				t.Errorf("%s cites %s, which does not exist", file, c[1])
				continue
			}
			all := headings(t, c[1])
			for _, section := range sectionNumber.FindAllString(c[2], -1) {
				if !slices.ContainsFunc(all, func(h string) bool {
					return strings.HasPrefix(h, section+". ") || strings.HasPrefix(h, section+" ")
				}) {
					t.Errorf("%s cites %s §%s, which does not exist", file, c[1], section)
				}
			}
			if c[3] != "" && !slices.Contains(all, c[3]) {
				t.Errorf("%s cites %s, %q, which does not exist", file, c[1], c[3])
			}
		}
	}
	if cited < 50 {
		t.Errorf("only %d citations were found", cited)
	}
}

// What the page about the architecture names of files and tests is there.
func TestArchitectureNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := make(map[string]bool)
	for _, text := range sources(t, ".go") {
		for _, test := range testFunction.FindAllStringSubmatch(text, -1) {
			tests[test[1]] = true
		}
	}
	for _, named := range inlineCode.FindAllStringSubmatch(string(page), -1) {
		name := named[1]
		switch {
		case strings.HasPrefix(name, "Test") && !tests[name]:
			t.Errorf("the test %s does not exist", name)
		case repositoryPath.MatchString(name) && !exists(name):
			t.Errorf("%s does not exist", name)
		}
	}
}

// sources returns the text of every file of the repository with an extension, by path.
func sources(t *testing.T, extension string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git"):
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(path) != extension:
			return nil
		}
		text, err := os.ReadFile(path)
		found[path] = string(text)
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("%d files, %v", len(found), err)
	}
	return found
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func headings(t *testing.T, page string) (all []string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range markdownHead.FindAllStringSubmatch(codeBlock.ReplaceAllString(string(text), ""), -1) {
		all = append(all, strings.TrimSpace(h[1]))
	}
	return all
}

// anchors returns the fragments by which the headings of a page are found, as GitHub makes them.
func anchors(t *testing.T, page string) (all []string) {
	t.Helper()
	for _, h := range headings(t, page) {
		all = append(all, strings.ReplaceAll(notInAnchor.ReplaceAllString(strings.ToLower(h), ""), " ", "-"))
	}
	return all
}
