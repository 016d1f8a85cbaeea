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
	"flagstone/words"
)

// EntryKind is one of the registries of models and components: models or components. Its pages are the same.
type EntryKind interface {
	words() views.EntryWords
	entity() string  // as the audit log calls an entry
	fixed() []string // the fields that an entry is known by, written once
	fields() []string
	facets() []facet
	all() []registryEntry
	find(c echo.Context) (registryEntry, error)

	blank() map[string]string // what a new entry begins with
	create(ctx context.Context, by features.Actor, texts map[string]string) (registryEntry, error)
	update(ctx context.Context, by features.Actor, e registryEntry, texts map[string]string, version int64) (int64, error)
	setActive(ctx context.Context, by features.Actor, e registryEntry, active bool, reason string) (int64, error)
	remove(ctx context.Context, by features.Actor, e registryEntry, reason string) (int64, error)

	read(csv []byte) (registry.File, error)
	sample() []string // a line of a CSV file
}

// registryEntry is a model or a component as its pages show it.
type registryEntry struct {
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

// facet is a filter of a list of entries.
type facet struct{ name, label, any string }

// withoutFeature is the value of the filter by feature that stands for none.
const withoutFeature = "none"

// requiredFeatures are the features that an entry needs, as its filter and its row have them.
func requiredFeatures(keys ...string) (values []string, links []views.Link) {
	for _, key := range keys {
		if key != "" && !slices.Contains(values, key) {
			values = append(values, key)
			links = append(links, views.Link{Text: key, URL: views.FeatureNameModel{Key: key}.URL("/registry")})
		}
	}
	if values == nil {
		values = []string{withoutFeature}
	}
	return values, links
}

// entryQuery is the list as its address has it.
type entryQuery struct {
	kind   EntryKind
	search string
	chosen map[string]string // by facet
	sort   string
	page   int
}

const entriesPerPage = 50 // entries on a page of the list

// entryOrders are the orders of a list, by the column that gives them.
var entryOrders = map[string]func(a, b registryEntry) int{
	"name":   func(a, b registryEntry) int { return cmp.Compare(features.Fold(a.title), features.Fold(b.title)) },
	"key":    func(a, b registryEntry) int { return cmp.Compare(a.key, b.key) },
	"gate":   func(a, b registryEntry) int { return cmp.Compare(a.texts["feature"], b.texts["feature"]) },
	"change": func(a, b registryEntry) int { return cmp.Compare(a.revision, b.revision) },
}

func readEntryQuery(c echo.Context, kind EntryKind) (q entryQuery, err error) {
	q = entryQuery{kind: kind, search: strings.TrimSpace(c.QueryParam("q")), chosen: make(map[string]string), sort: c.QueryParam("sort")}
	for _, f := range kind.facets() {
		if value := c.QueryParam(f.name); value != "" {
			q.chosen[f.name] = value
		}
	}
	if q.sort != "" && entryOrders[strings.TrimPrefix(q.sort, "-")] == nil {
		return q, web.Refusal("sort", "Sort by name, key, gate or change.")
	}
	q.page, err = web.PageNumber(c)
	return q, err
}

// url is the list's address, changed in one name. A change leads to the first page.
func (q entryQuery) url(name, value string) string {
	values := map[string]string{"q": q.search, "sort": q.sort}
	for facet, chosen := range q.chosen {
		values[facet] = chosen
	}
	values[name] = value
	return web.Address(q.kind.words().Base, web.NonEmpty(values))
}

func (q entryQuery) matches(e registryEntry) bool {
	for name, value := range q.chosen {
		if !slices.Contains(e.facets[name], value) {
			return false
		}
	}
	return web.MatchesWords(q.search, e.title, e.key, e.about)
}

func (q entryQuery) order(list []registryEntry) {
	column, reversed := strings.CutPrefix(q.sort, "-")
	compare := entryOrders[column]
	switch {
	case compare == nil:
	case reversed:
		slices.SortStableFunc(list, func(a, b registryEntry) int { return compare(b, a) })
	default:
		slices.SortStableFunc(list, compare)
	}
}

// choosers are the filters, each with the values that there are.
func (q entryQuery) choosers(all []registryEntry) (choosers []views.SelectModel) {
	for _, f := range q.kind.facets() {
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
	case name == "feature" && value == withoutFeature:
		return "No feature"
	case name == "status", name == "type", name == "beta":
		return words.Capital(value)
	}
	return value
}

// ListEntries shows the list of a kind.
func (s *Surface) ListEntries(kind EntryKind) echo.HandlerFunc {
	return func(c echo.Context) error {
		query, err := readEntryQuery(c, kind)
		if err != nil {
			return err
		}
		model, err := s.entriesModel(c, query)
		if err != nil {
			return err
		}
		words := kind.words()
		return web.Render(c, http.StatusOK, inShell(s.shell(c, words.Title, words.Many), views.EntriesPage(model)))
	}
}

func (s *Surface) entriesModel(c echo.Context, q entryQuery) (views.EntriesModel, error) {
	all := q.kind.all()
	matching := slices.DeleteFunc(slices.Clone(all), func(e registryEntry) bool { return !q.matches(e) })
	q.order(matching)
	if pages := max(1, (len(matching)+entriesPerPage-1)/entriesPerPage); q.page > pages {
		return views.EntriesModel{}, &features.Error{Kind: features.NotFound, Message: "There is no such page of the list."}
	}
	from := (q.page - 1) * entriesPerPage
	shown := matching[from:min(from+entriesPerPage, len(matching))]
	words := q.kind.words()
	m := views.EntriesModel{
		Words: words, URL: c.Request().URL.RequestURI(), Query: q.search, Count: web.CountOf(len(matching), len(all), words.One, words.Many), Sort: q.sort,
		Choosers: q.choosers(all), Filtered: q.search != "" || len(q.chosen) > 0, Columns: q.columns(shown), Registry: len(all),
		Pager: q.list().Pager(len(shown), len(matching)), MayEdit: web.MayEdit(c), MayImport: web.CallerOf(c).User.StaffRole.AtLeast(features.Admin),
	}
	changes, err := s.entryChanges(c, shown)
	for _, e := range shown {
		m.Rows = append(m.Rows, entryRow(q.kind, e, changes[e.revision]))
	}
	return m, err
}

func (s *Surface) entryChanges(c echo.Context, list []registryEntry) (map[int64]db.LastChange, error) {
	revisions := make([]int64, len(list))
	for i, e := range list {
		revisions[i] = e.revision
	}
	return s.DB.LastChanges(c.Request().Context(), revisions)
}

func entryRow(kind EntryKind, e registryEntry, last db.LastChange) views.EntryRowModel {
	changed := views.EntryCell{Label: "Last change", Text: views.When(last.At, time.Now()), Small: last.ActorName}
	return views.EntryRowModel{
		ID: kind.entity() + "-" + strconv.FormatInt(e.id, 10), Name: e.title, URL: e.url, Key: e.key, Badges: e.badges,
		Cells: append(slices.Clone(e.cells), changed),
	}
}

// columns are the heads of the list; those of its own cells stand between the state and the last change.
func (q entryQuery) columns(shown []registryEntry) []views.EntryColumn {
	columns := []views.EntryColumn{q.sorted("name", "Name"), {SortHeaderModel: views.SortHeaderModel{Text: "State"}, Plain: true}}
	if len(shown) > 0 {
		for _, cell := range shown[0].cells {
			if cell.Label == requiresHead {
				columns = append(columns, q.sorted("gate", requiresHead))
				continue
			}
			columns = append(columns, views.EntryColumn{SortHeaderModel: views.SortHeaderModel{Text: cell.Label}, Plain: true})
		}
	}
	return append(columns, q.sorted("change", "Last change"))
}

// requiresHead is the head of the column with the features that an entry needs.
const requiresHead = "Requires"

func (q entryQuery) sorted(name, text string) views.EntryColumn {
	return views.EntryColumn{SortHeaderModel: q.list().Header(name, text)}
}

func (q entryQuery) list() web.ListPage {
	return web.ListPage{Sort: q.sort, Page: q.page, Size: entriesPerPage, URL: q.url}
}
