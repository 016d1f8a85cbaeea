package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/registry"
	"flagstone/views"
)

// EntryKind is one of the registries of what features gate: models or components. Its pages are the same.
type EntryKind interface {
	words() views.EntryWords
	entity() string  // as the audit log calls an entry
	fixed() []string // the fields that an entry is known by, written once
	fields() []string
	facets() []facet
	all() []shelved
	find(c echo.Context) (shelved, error)

	blank() map[string]string // what a new entry begins with
	create(ctx context.Context, by features.Actor, texts map[string]string) (shelved, error)
	update(ctx context.Context, by features.Actor, e shelved, texts map[string]string, version int64) (int64, error)
	setActive(ctx context.Context, by features.Actor, e shelved, active bool, reason string) (int64, error)
	remove(ctx context.Context, by features.Actor, e shelved, reason string) (int64, error)

	read(csv []byte) (registry.File, error)
	sample() []string // a line of a CSV file
}

// shelved is a model or a component as its pages show it.
type shelved struct {
	id         int64
	key, title string
	url        string
	about      string
	active     bool
	revision   int64
	badges     []views.BadgeModel
	facets     map[string][]string // what filters look at, by their names
	cells      []views.EntryCell
	texts      map[string]string // its fields as forms have them
}

// facet is a filter of a shelf's list.
type facet struct{ name, label, any string }

// withoutGate is the value of the filter by feature that stands for none.
const withoutGate = "none"

// gates are the features that an entry needs, as its filter and its row have them.
func gates(keys ...string) (values []string, links []views.Link) {
	for _, key := range keys {
		if key != "" && !slices.Contains(values, key) {
			values = append(values, key)
			links = append(links, views.Link{Text: key, URL: views.FeatureNameModel{Key: key}.URL("/registry")})
		}
	}
	if values == nil {
		values = []string{withoutGate}
	}
	return values, links
}

// shelfQuery is the list as its address has it.
type shelfQuery struct {
	shelf  EntryKind
	search string
	chosen map[string]string // by facet
	sort   string
	page   int
}

const shelfPage = 50 // entries on a page of the list

// shelfOrders are the orders of a list, by the column that gives them.
var shelfOrders = map[string]func(a, b shelved) int{
	"name":   func(a, b shelved) int { return cmp.Compare(features.Fold(a.title), features.Fold(b.title)) },
	"key":    func(a, b shelved) int { return cmp.Compare(a.key, b.key) },
	"gate":   func(a, b shelved) int { return cmp.Compare(a.texts["feature"], b.texts["feature"]) },
	"change": func(a, b shelved) int { return cmp.Compare(a.revision, b.revision) },
}

func readShelfQuery(c echo.Context, sh EntryKind) (q shelfQuery, err error) {
	q = shelfQuery{shelf: sh, search: strings.TrimSpace(c.QueryParam("q")), chosen: make(map[string]string), sort: c.QueryParam("sort")}
	for _, f := range sh.facets() {
		if value := c.QueryParam(f.name); value != "" {
			q.chosen[f.name] = value
		}
	}
	if q.sort != "" && shelfOrders[strings.TrimPrefix(q.sort, "-")] == nil {
		return q, web.Refusal("sort", "Sort by name, key, gate or change.")
	}
	q.page, err = web.PageNumber(c)
	return q, err
}

// url is the list's address, changed in one name. A change leads to the first page.
func (q shelfQuery) url(name, value string) string {
	values := map[string]string{"q": q.search, "sort": q.sort}
	for facet, chosen := range q.chosen {
		values[facet] = chosen
	}
	values[name] = value
	return web.Address(q.shelf.words().Base, web.NonEmpty(values))
}

func (q shelfQuery) matches(e shelved) bool {
	for name, value := range q.chosen {
		if !slices.Contains(e.facets[name], value) {
			return false
		}
	}
	return web.MatchesWords(q.search, e.title, e.key, e.about)
}

func (q shelfQuery) order(list []shelved) {
	column, reversed := strings.CutPrefix(q.sort, "-")
	compare := shelfOrders[column]
	switch {
	case compare == nil:
	case reversed:
		slices.SortStableFunc(list, func(a, b shelved) int { return compare(b, a) })
	default:
		slices.SortStableFunc(list, compare)
	}
}

// choosers are the filters, each with the values that there are.
func (q shelfQuery) choosers(all []shelved) (choosers []views.SelectModel) {
	for _, f := range q.shelf.facets() {
		values := []string{}
		if chosen := q.chosen[f.name]; chosen != "" {
			values = append(values, chosen)
		}
		for _, e := range all {
			values = append(values, e.facets[f.name]...)
		}
		slices.Sort(values)
		one := web.Chooser(f.name, f.label, q.chosen[f.name], f.any)
		for _, value := range slices.Compact(values) {
			one.Options = append(one.Options, views.Option{Value: value, Text: facetWords(f.name, value)})
		}
		choosers = append(choosers, one)
	}
	return choosers
}

// facetWords is a filter's value in words.
func facetWords(name, value string) string {
	switch {
	case name == "feature" && value == withoutGate:
		return "No feature"
	case name == "status", name == "type", name == "beta":
		return Capital(value)
	}
	return value
}

// ListEntries shows a shelf's list.
func (s *Surface) ListEntries(sh EntryKind) echo.HandlerFunc {
	return func(c echo.Context) error {
		query, err := readShelfQuery(c, sh)
		if err != nil {
			return err
		}
		model, err := s.entriesModel(c, query)
		if err != nil {
			return err
		}
		words := sh.words()
		return web.Render(c, http.StatusOK, inShell(s.shell(c, words.Title, words.Many), views.EntriesPage(model)))
	}
}

func (s *Surface) entriesModel(c echo.Context, q shelfQuery) (views.EntriesModel, error) {
	all := q.shelf.all()
	matching := slices.DeleteFunc(slices.Clone(all), func(e shelved) bool { return !q.matches(e) })
	q.order(matching)
	if pages := max(1, (len(matching)+shelfPage-1)/shelfPage); q.page > pages {
		return views.EntriesModel{}, &features.Error{Kind: features.NotFound, Message: "There is no such page of the list."}
	}
	from := (q.page - 1) * shelfPage
	shown := matching[from:min(from+shelfPage, len(matching))]
	words := q.shelf.words()
	m := views.EntriesModel{
		Words: words, URL: c.Request().URL.RequestURI(), Query: q.search, Count: web.CountOf(len(matching), len(all), words.One, words.Many), Sort: q.sort,
		Choosers: q.choosers(all), Filtered: q.search != "" || len(q.chosen) > 0, Columns: q.columns(shown), Registry: len(all),
		Pager: q.list().Pager(len(shown), len(matching)), MayEdit: web.MayEdit(c), MayImport: web.CallerOf(c).User.StaffRole.AtLeast(features.Admin),
	}
	changes, err := s.entryChanges(c, shown)
	for _, e := range shown {
		m.Rows = append(m.Rows, entryRow(q.shelf, e, changes[e.revision]))
	}
	return m, err
}

func (s *Surface) entryChanges(c echo.Context, list []shelved) (map[int64]db.LastChange, error) {
	revisions := make([]int64, len(list))
	for i, e := range list {
		revisions[i] = e.revision
	}
	return s.DB.LastChanges(c.Request().Context(), revisions)
}

func entryRow(sh EntryKind, e shelved, last db.LastChange) views.EntryRowModel {
	changed := views.EntryCell{Label: "Last change", Text: views.When(last.At, time.Now()), Small: last.ActorName}
	return views.EntryRowModel{
		ID: sh.entity() + "-" + strconv.FormatInt(e.id, 10), Name: e.title, URL: e.url, Key: e.key, Badges: e.badges,
		Cells: append(slices.Clone(e.cells), changed),
	}
}

// columns are the heads of the list; those of its own cells stand between the state and the last change.
func (q shelfQuery) columns(shown []shelved) []views.EntryColumn {
	columns := []views.EntryColumn{q.sorted("name", "Name"), {SortHeaderModel: views.SortHeaderModel{Text: "State"}, Plain: true}}
	if len(shown) > 0 {
		for _, cell := range shown[0].cells {
			if cell.Label == gatedBy {
				columns = append(columns, q.sorted("gate", gatedBy))
				continue
			}
			columns = append(columns, views.EntryColumn{SortHeaderModel: views.SortHeaderModel{Text: cell.Label}, Plain: true})
		}
	}
	return append(columns, q.sorted("change", "Last change"))
}

// gatedBy is the head of the column with the features that an entry needs.
const gatedBy = "Gated by"

func (q shelfQuery) sorted(name, text string) views.EntryColumn {
	return views.EntryColumn{SortHeaderModel: q.list().Header(name, text)}
}

func (q shelfQuery) list() web.ListPage {
	return web.ListPage{Sort: q.sort, Page: q.page, Size: shelfPage, URL: q.url}
}
