package handlers

import (
	"strconv"
	"strings"

	"flagstone/features"
	"flagstone/views"
)

// within tells whether every word of a search is in one of some texts.
func within(search string, texts ...string) bool {
	all := features.Fold(strings.Join(texts, "\n"))
	for word := range strings.FieldsSeq(features.Fold(search)) {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}

// countOf says how many things a list shows of how many: "3 of 38 models".
func countOf(matching, all int, one, many string) string {
	if matching == all {
		return views.Count(all, one, many)
	}
	return views.Number(matching) + " of " + views.Count(all, one, many)
}

// listPage is one page of a list that is sorted by a column, with "-" before it the other way round, or as usual by "".
// url is the list's address, changed in one name.
type listPage struct {
	sort string
	page int
	size int
	url  func(name, value string) string
}

// header is the head of a column; a second click sorts by it the other way round, a third as usual.
func (p listPage) header(column, text string) views.SortHeaderModel {
	head := views.SortHeaderModel{ID: "sort-" + column, Text: text, URL: p.url("sort", column)}
	switch p.sort {
	case column:
		head.Direction, head.URL = "ascending", p.url("sort", "-"+column)
	case "-" + column:
		head.Direction, head.URL = "descending", p.url("sort", "")
	}
	return head
}

// pager leads to the pages beside this one, which shows so many of those that match.
func (p listPage) pager(shown, matching int) views.PagerModel {
	from := (p.page - 1) * p.size
	pager := views.PagerModel{First: min(from+1, matching), Last: from + shown, Total: matching}
	if p.page > 1 {
		pager.PreviousURL = p.url("page", strconv.Itoa(p.page-1))
	}
	if from+shown < matching {
		pager.NextURL = p.url("page", strconv.Itoa(p.page+1))
	}
	return pager
}
