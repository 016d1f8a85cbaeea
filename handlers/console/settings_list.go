package console

import (
	"cmp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

// settingsList is a list of the settings that fits on one page, as its address says: searched for what, sorted by what.
type settingsList[T any] struct {
	path    string
	search  string
	sort    string // a column, with "-" before it the other way round; "" for the order of the database
	columns []listColumn[T]
}

// listColumn is a column to sort by.
type listColumn[T any] struct {
	name, title string
	compare     func(a, b T) int
}

// byText sorts by a text in whatever case it is written.
func byText[T any](text func(T) string) func(a, b T) int {
	return func(a, b T) int { return cmp.Compare(features.Fold(text(a)), features.Fold(text(b))) }
}

func readSettingsList[T any](c echo.Context, path string, columns []listColumn[T]) (settingsList[T], error) {
	l := settingsList[T]{path: path, search: strings.TrimSpace(c.QueryParam("q")), sort: c.QueryParam("sort"), columns: columns}
	var names []string
	for _, column := range columns {
		names = append(names, column.name)
	}
	if l.sort != "" && !slices.Contains(names, strings.TrimPrefix(l.sort, "-")) {
		return l, web.Refusal("sort", "Sort by "+strings.Join(names, ", ")+".")
	}
	return l, nil
}

// url is the list's address, changed in one name.
func (l settingsList[T]) url(name, value string) string {
	values := map[string]string{"q": l.search, "sort": l.sort}
	values[name] = value
	return web.Address(l.path, web.NonEmpty(values))
}

// apply returns what of a list has the words that are searched for in some of its texts, in order.
func (l settingsList[T]) apply(all []T, texts func(T) []string) []T {
	matching := slices.DeleteFunc(slices.Clone(all), func(one T) bool { return !web.MatchesWords(l.search, texts(one)...) })
	name, reversed := strings.CutPrefix(l.sort, "-")
	for _, column := range l.columns {
		switch {
		case column.name != name:
		case reversed:
			slices.SortStableFunc(matching, func(a, b T) int { return column.compare(b, a) })
		default:
			slices.SortStableFunc(matching, column.compare)
		}
	}
	return matching
}

// model is the head of a list that shows so many of all.
func (l settingsList[T]) model(matching, all int, one, many string) views.SettingsListModel {
	m := views.SettingsListModel{
		Path: l.path, URL: l.url("", ""), Search: l.search, Sort: l.sort, Count: web.CountOf(matching, all, one, many), Noun: one, Nouns: many,
	}
	for _, column := range l.columns {
		m.Heads = append(m.Heads, web.ListPage{Sort: l.sort, URL: l.url}.Header(column.name, column.title))
	}
	return m
}
