package handlers

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/views"
)

const featuresPage = 50 // features on a page of the list

// listFeatures shows the registry.
func (s *Server) listFeatures(c echo.Context) error {
	query, err := readFeatureQuery(c)
	if err != nil {
		return err
	}
	model, err := s.featuresModel(c, query)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, inShell(s.shell(c, "Features", "features"), views.FeaturesPage(model)))
}

// featureState is what the list of features can be narrowed to.
type featureState string

const (
	featureLive    featureState = "live"
	featureKilled  featureState = "killed"
	featureRetired featureState = "retired"
)

func stateOf(f *features.Feature) featureState {
	switch {
	case !f.Active:
		return featureRetired
	case !f.Enabled:
		return featureKilled
	}
	return featureLive
}

// featureQuery is the list of features as its address has it: what to show, in which order, which page.
type featureQuery struct {
	search   string
	state    featureState
	category string
	sort     string // a column of featureOrders, with "-" before it the other way round; "" for the display order
	page     int
}

func readFeatureQuery(c echo.Context) (q featureQuery, err error) {
	q = featureQuery{
		search: strings.TrimSpace(c.QueryParam("q")), state: featureState(c.QueryParam("state")),
		category: c.QueryParam("category"), sort: c.QueryParam("sort"),
	}
	switch q.state {
	case "", featureLive, featureKilled, featureRetired:
	default:
		return q, &features.Error{Kind: features.Invalid, Field: "state", Message: "Choose live, killed or retired."}
	}
	if q.sort != "" && featureOrders[strings.TrimPrefix(q.sort, "-")] == nil {
		return q, &features.Error{Kind: features.Invalid, Field: "sort", Message: "Sort by name, accounts, category or change."}
	}
	q.page, err = pageNumber(c)
	return q, err
}

// url is the list's address, changed in one name; "" takes that name out of it. A change leads to the first page.
func (q featureQuery) url(name, value string) string {
	return address("/admin/features", given(map[string]string{
		"q": q.search, "state": string(q.state), "category": q.category, "sort": q.sort, name: value,
	}))
}

func (q featureQuery) filtered() bool { return q.search != "" || q.state != "" || q.category != "" }

func (q featureQuery) matches(f *features.Feature) bool {
	if q.state != "" && stateOf(f) != q.state || q.category != "" && f.Category != q.category {
		return false
	}
	text := strings.ToLower(f.Name + "\n" + f.Key + "\n" + f.Description)
	for _, word := range strings.Fields(strings.ToLower(q.search)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// countedFeature is a feature and how many accounts have it.
type countedFeature struct {
	*features.Feature
	on int
}

// featureOrders are the orders of the list, by the column that gives them; ties keep the display order.
var featureOrders = map[string]func(a, b countedFeature) int{
	"name": func(a, b countedFeature) int {
		return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	},
	"accounts": func(a, b countedFeature) int { return cmp.Compare(a.on, b.on) },
	"category": func(a, b countedFeature) int { return cmp.Compare(a.Category, b.Category) },
	"change":   func(a, b countedFeature) int { return cmp.Compare(a.Revision, b.Revision) },
}

func (q featureQuery) order(list []countedFeature) {
	column, reversed := strings.CutPrefix(q.sort, "-")
	compare := featureOrders[column]
	switch {
	case compare == nil:
	case reversed:
		slices.SortStableFunc(list, func(a, b countedFeature) int { return compare(b, a) })
	default:
		slices.SortStableFunc(list, compare)
	}
}

// featuresModel is one page of the list. Who has what is counted in one scan of the accounts.
func (s *Server) featuresModel(c echo.Context, q featureQuery) (views.FeaturesModel, error) {
	all := s.live.Catalogue().Features()
	matching := s.counted(slices.DeleteFunc(slices.Clone(all), func(f *features.Feature) bool { return !q.matches(f) }))
	q.order(matching)
	pages := max(1, (len(matching)+featuresPage-1)/featuresPage)
	if q.page > pages {
		return views.FeaturesModel{}, &features.Error{Kind: features.NotFound, Message: "There is no such page of the list."}
	}
	from := (q.page - 1) * featuresPage
	shown := matching[from:min(from+featuresPage, len(matching))]
	m := views.FeaturesModel{
		URL: c.Request().URL.RequestURI(), Query: q.search, Count: featureCount(len(matching), len(all)), Sort: q.sort,
		State: stateChooser(q), Category: categoryChooser(q, all), Filtered: q.filtered(), Columns: q.columns(),
		Pager: q.pager(from, len(shown), len(matching)), Registry: len(all), MayEdit: mayEdit(c),
	}
	changes, err := s.lastChanges(c, shown)
	if err != nil {
		return m, err
	}
	for _, f := range shown {
		m.Rows = append(m.Rows, s.registryRow(f, changes[f.Revision], m.MayEdit))
	}
	return m, nil
}

func (s *Server) counted(list []*features.Feature) []countedFeature {
	counts := s.live.Count(list, time.Now())
	counted := make([]countedFeature, len(list))
	for i, f := range list {
		counted[i] = countedFeature{f, counts[i].On}
	}
	return counted
}

func (s *Server) lastChanges(c echo.Context, list []countedFeature) (map[int64]db.LastChange, error) {
	revisions := make([]int64, len(list))
	for i, f := range list {
		revisions[i] = f.Revision
	}
	return s.db.LastChanges(c.Request().Context(), revisions)
}

func (s *Server) registryRow(f countedFeature, last db.LastChange, mayEdit bool) views.RegistryRowModel {
	name := featureName(f.Feature)
	return views.RegistryRowModel{
		FeatureNameModel: name, Help: f.Description, Category: f.Category, Badge: featureBadge(f.Feature),
		Sentence: sentence(f.Feature, f.on, s.live.Accounts().Len()),
		Changed:  views.When(last.At, time.Now()), ChangedBy: last.ActorName,
		Kill: views.KillSwitchModel{FeatureNameModel: name, On: f.Enabled, MayEdit: mayEdit},
	}
}

func featureName(f *features.Feature) views.FeatureNameModel {
	return views.FeatureNameModel{Key: f.Key, Name: f.Name, Icon: f.Icon, Premium: f.Premium, RequiresSetup: f.RequiresSetup}
}

func featureBadge(f *features.Feature) views.BadgeModel {
	switch stateOf(f) {
	case featureRetired:
		return views.BadgeModel{Text: "Retired"}
	case featureKilled:
		return views.BadgeModel{Text: "Killed", Kind: "bad", Icon: "power"}
	}
	return views.BadgeModel{Text: "Live", Kind: "good"}
}

// sentence says who has a feature, so that nobody has to work it out.
func sentence(f *features.Feature, on, accounts int) string {
	of := views.Number(on) + " of " + views.Count(accounts, "account", "accounts")
	switch {
	case !f.Active:
		return "Retired: off everywhere"
	case !f.Enabled:
		return "Killed: off everywhere"
	case accounts == 0 && f.Default.Enabled:
		return "On by default; there are no accounts yet"
	case accounts == 0:
		return "Off by default; there are no accounts yet"
	case on == 0:
		return "Off for everyone"
	case on == accounts:
		return "On for everyone"
	case f.Default.Enabled:
		return "On for " + of
	}
	return "Off for everyone but " + of
}

func featureCount(matching, all int) string {
	if matching == all {
		return views.Count(all, "feature", "features")
	}
	return views.Number(matching) + " of " + views.Count(all, "feature", "features")
}

func stateChooser(q featureQuery) views.SelectModel {
	return views.SelectModel{ID: "state", Name: "state", Label: "State", Value: string(q.state), Options: []views.Option{
		{Text: "Any state"}, {Value: "live", Text: "Live"}, {Value: "killed", Text: "Killed"}, {Value: "retired", Text: "Retired"},
	}}
}

func categoryChooser(q featureQuery, all []*features.Feature) views.SelectModel {
	chooser := views.SelectModel{ID: "category", Name: "category", Label: "Category", Value: q.category, Options: []views.Option{{Text: "Any category"}}}
	for _, category := range categories(all) {
		chooser.Options = append(chooser.Options, views.Option{Value: category, Text: category})
	}
	return chooser
}

// categories are the categories there are, by name.
func categories(all []*features.Feature) (names []string) {
	for _, f := range all {
		if f.Category != "" {
			names = append(names, f.Category)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (q featureQuery) columns() (columns []views.SortHeaderModel) {
	for _, column := range []struct{ name, text string }{
		{"name", "Feature"}, {"accounts", "Accounts"}, {"category", "Category"}, {"change", "Last change"},
	} {
		head := views.SortHeaderModel{ID: "sort-" + column.name, Text: column.text, URL: q.url("sort", column.name)}
		switch q.sort {
		case column.name:
			head.Direction, head.URL = "ascending", q.url("sort", "-"+column.name)
		case "-" + column.name:
			head.Direction, head.URL = "descending", q.url("sort", "")
		}
		columns = append(columns, head)
	}
	return columns
}

func (q featureQuery) pager(from, shown, matching int) views.PagerModel {
	pager := views.PagerModel{First: min(from+1, matching), Last: from + shown, Total: matching}
	if q.page > 1 {
		pager.PreviousURL = q.url("page", strconv.Itoa(q.page-1))
	}
	if from+shown < matching {
		pager.NextURL = q.url("page", strconv.Itoa(q.page+1))
	}
	return pager
}
