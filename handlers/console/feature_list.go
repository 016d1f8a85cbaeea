package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
)

const featuresPage = 50 // features on a page of the list

// ListFeatures shows the registry.
func (s *Surface) ListFeatures(c echo.Context) error {
	query, err := web.ReadFeatureQuery(c)
	if err != nil {
		return err
	}
	model, err := s.featuresModel(c, query)
	if err != nil {
		return err
	}
	return web.Render(c, http.StatusOK, inShell(s.shell(c, "Features", "features"), views.FeaturesPage(model)))
}

// countedFeature is a feature, how many accounts have it, and how it is used.
type countedFeature struct {
	*features.Feature
	features.Counted
	use   features.Use
	stale string // why it is; "" where it is not
}

// featureOrders are the orders of the list, by the column that gives them; ties keep the display order.
var featureOrders = map[string]func(a, b countedFeature) int{
	"name": func(a, b countedFeature) int {
		return cmp.Compare(features.Fold(a.Name), features.Fold(b.Name))
	},
	"accounts": func(a, b countedFeature) int { return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.Some, b.Some)) },
	"category": func(a, b countedFeature) int { return cmp.Compare(a.Category, b.Category) },
	"change":   func(a, b countedFeature) int { return cmp.Compare(a.Revision, b.Revision) },
}

// sortFeatures sorts as the address says.
func sortFeatures(q web.FeatureQuery, list []countedFeature) {
	column, reversed := strings.CutPrefix(q.Sort, "-")
	compare := featureOrders[column]
	switch {
	case compare == nil:
	case reversed:
		slices.SortStableFunc(list, func(a, b countedFeature) int { return compare(b, a) })
	default:
		slices.SortStableFunc(list, compare)
	}
}

// featuresModel is one page of the list.
func (s *Surface) featuresModel(c echo.Context, q web.FeatureQuery) (views.FeaturesModel, error) {
	all, err := s.counted(c.Request().Context(), s.Live.Catalogue().Features())
	if err != nil {
		return views.FeaturesModel{}, err
	}
	matching := slices.DeleteFunc(slices.Clone(all), func(f countedFeature) bool { return !q.Matches(f.Feature, f.stale != "") })
	sortFeatures(q, matching)
	pages := max(1, (len(matching)+featuresPage-1)/featuresPage)
	if q.Page > pages {
		return views.FeaturesModel{}, &features.Error{Kind: features.NotFound, Message: "There is no such page of the list."}
	}
	from := (q.Page - 1) * featuresPage
	shown := matching[from:min(from+featuresPage, len(matching))]
	m := views.FeaturesModel{
		URL: c.Request().URL.RequestURI(), Query: q.Search, Count: web.CountOf(len(matching), len(all), "feature", "features"), Sort: q.Sort,
		Choosers: q.Choosers(s.Live.Catalogue().Features()), Filtered: q.Filtered(), Columns: featureColumns(q),
		Pager: featureList(q).Pager(len(shown), len(matching)), Registry: len(all), MayEdit: web.MayEdit(c),
		Categories: categoryMenu(s.Live.Catalogue().Features()),
	}
	changes, err := s.lastChanges(c, shown)
	if err != nil {
		return m, err
	}
	for _, f := range shown {
		m.Rows = append(m.Rows, s.registryRow(f, changes[f.Revision], m.MayEdit))
		m.Counting = m.Counting || f.Pending
	}
	return m, nil
}

// counted is what is known of some features at this moment.
func (s *Surface) counted(ctx context.Context, list []*features.Feature) ([]countedFeature, error) {
	uses, err := s.featureUse(ctx)
	if err != nil {
		return nil, err
	}
	now, settings := time.Now(), s.Live.Catalogue().Settings
	counts := s.Live.Count(list)
	counted := make([]countedFeature, len(list))
	for i, f := range list {
		counted[i] = countedFeature{f, counts[i], uses[f.ID], staleWords(f, uses[f.ID], settings, now)}
	}
	return counted, nil
}

func (s *Surface) lastChanges(c echo.Context, list []countedFeature) (map[int64]db.LastChange, error) {
	revisions := make([]int64, len(list))
	for i, f := range list {
		revisions[i] = f.Revision
	}
	return s.DB.LastChanges(c.Request().Context(), revisions)
}

func (s *Surface) registryRow(f countedFeature, last db.LastChange, mayEdit bool) views.RegistryRowModel {
	name, now := featureName(f.Feature), time.Now()
	return views.RegistryRowModel{
		FeatureNameModel: name, Help: f.Description, Category: f.Category, Owner: f.Owner, Badge: featureBadge(f.Feature, f.Counted),
		Stale: f.stale, Asked: askedWords(f.use, now), Rollout: views.StrategyWord(string(f.Rollout.Strategy)),
		Sentence: s.sentence(f.Feature, f.Counted),
		Changed:  views.When(last.At, now), ChangedBy: last.ActorName,
		Kill: views.KillSwitchModel{FeatureNameModel: name, On: f.Enabled, MayEdit: mayEdit},
	}
}

func featureName(f *features.Feature) views.FeatureNameModel {
	return views.FeatureNameModel{
		Key: f.Key, Name: f.Name, Icon: f.Icon, Premium: f.Premium, RequiresSetup: f.RequiresSetup,
		Deprecated: f.Deprecated, Instead: f.DeprecationMessage,
	}
}

// featureBadge is a feature's state in a word. What is live and reaches nobody is not called live.
func featureBadge(f *features.Feature, n features.Counted) views.BadgeModel {
	switch web.StateOf(f) {
	case web.FeatureRetired:
		return views.BadgeModel{Text: "Retired"}
	case web.FeatureKilled:
		return views.BadgeModel{Text: "Killed", Kind: "bad", Icon: "power"}
	}
	if !n.Pending && n.Having() == 0 && n.Total() > 0 {
		return views.BadgeModel{Text: "Off for all"}
	}
	return views.BadgeModel{Text: "Live", Kind: "good"}
}

func featureList(q web.FeatureQuery) web.ListPage {
	return web.ListPage{Sort: q.Sort, Page: q.Page, Size: featuresPage, URL: q.URL}
}

func featureColumns(q web.FeatureQuery) (columns []views.SortHeaderModel) {
	for _, column := range [][2]string{{"name", "Feature"}, {"accounts", "Accounts"}, {"category", "Category"}, {"change", "Last change"}} {
		columns = append(columns, featureList(q).Header(column[0], column[1]))
	}
	return columns
}
