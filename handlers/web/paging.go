package web

import (
	"strconv"
	"strings"

	"flagstone/features"
	"flagstone/views"
	"flagstone/words"
)

// MatchesWords tells whether every word of a search is in one of some texts.
func MatchesWords(search string, texts ...string) bool {
	all := features.Fold(strings.Join(texts, "\n"))
	for word := range strings.FieldsSeq(features.Fold(search)) {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}

// CountOf says how many things a list shows of how many: "3 of 38 models".
func CountOf(matching, all int, one, many string) string {
	if matching == all {
		return words.CountForms(all, one, many)
	}
	return words.Number(matching) + " of " + words.CountForms(all, one, many)
}

// ListPage is one page of a list that is sorted by a column, with "-" before it the other way round, or as usual by "".
// url is the list's address, changed in one name.
type ListPage struct {
	Sort string
	Page int
	Size int
	URL  func(name, value string) string
}

// Header is the head of a column; a second click sorts by it the other way round, a third as usual.
func (p ListPage) Header(column, text string) views.SortHeaderModel {
	head := views.SortHeaderModel{ID: "sort-" + column, Text: text, URL: p.URL("sort", column)}
	switch p.Sort {
	case column:
		head.Direction, head.URL = "ascending", p.URL("sort", "-"+column)
	case "-" + column:
		head.Direction, head.URL = "descending", p.URL("sort", "")
	}
	return head
}

// Pager leads to the pages beside this one, which shows so many of those that match.
func (p ListPage) Pager(shown, matching int) views.PagerModel {
	from := (p.Page - 1) * p.Size
	pager := views.PagerModel{First: min(from+1, matching), Last: from + shown, Total: matching}
	if p.Page > 1 {
		pager.PreviousURL = p.URL("page", strconv.Itoa(p.Page-1))
	}
	if from+shown < matching {
		pager.NextURL = p.URL("page", strconv.Itoa(p.Page+1))
	}
	return pager
}
