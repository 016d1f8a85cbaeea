package handlers

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// The headings of a page are its outline: none is more than one level below the one before it.
func TestHeadingsSkipNoLevel(t *testing.T) {
	t.Parallel()
	for _, e := range expectations() {
		if e.method != http.MethodGet || !strings.HasPrefix(e.path, "/admin") {
			continue
		}
		t.Run(e.path, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.switchOn("arizona-comedy", "knowledge_base", true)
			answer := s.as("admin").send(http.MethodGet, s.concrete(e.path), "", "")
			if answer.StatusCode == http.StatusOK && strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
				checkHeadings(t, answer.page())
			}
		})
	}
}

func checkHeadings(t *testing.T, doc *goquery.Document) {
	t.Helper()
	above := "h0"
	doc.Find("main").Find("h1, h2, h3, h4").Each(func(_ int, heading *goquery.Selection) {
		level := goquery.NodeName(heading)
		if level[1] > above[1]+1 {
			t.Errorf("%s %q follows %s", level, heading.Text(), above)
		}
		above = level
	})
}
