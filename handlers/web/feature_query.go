package web

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/views"
)

// featureState is what the list of features can be narrowed to.
type featureState string

// The states that narrow the list of features.
const (
	featureLive    featureState = "live"
	FeatureKilled  featureState = "killed"
	FeatureRetired featureState = "retired"
)

// StateOf returns whether a feature is live, killed or retired.
func StateOf(f *features.Feature) featureState {
	switch {
	case !f.Active:
		return FeatureRetired
	case !f.Enabled:
		return FeatureKilled
	}
	return featureLive
}

// FeatureQuery is the list of features as its address has it: what to show, in which order, which page.
type FeatureQuery struct {
	Search   string
	state    featureState
	strategy features.Strategy
	Category string
	owner    string
	stale    bool
	Sort     string // a column of featureOrders, with "-" before it the other way round; "" for the display order
	Page     int
}

// ReadFeatureQuery reads the filter of the list of features from the query string.
func ReadFeatureQuery(c echo.Context) (q FeatureQuery, err error) {
	q = FeatureQuery{
		Search: strings.TrimSpace(c.QueryParam("q")), state: featureState(c.QueryParam("state")),
		strategy: features.Strategy(c.QueryParam("strategy")), Category: c.QueryParam("category"), owner: c.QueryParam("owner"),
		Sort: c.QueryParam("sort"),
	}
	switch q.state {
	case "", featureLive, FeatureKilled, FeatureRetired:
	default:
		return q, Refusal("state", "Choose live, killed or retired.")
	}
	if q.strategy != "" && !slices.Contains(features.Strategies(), q.strategy) {
		return q, Refusal("strategy", "Choose all, percentage, whitelist or role.")
	}
	switch c.QueryParam("stale") {
	case "":
	case "true":
		q.stale = true
	default:
		return q, Refusal("stale", "Use true, or omit it.")
	}
	switch strings.TrimPrefix(q.Sort, "-") {
	case "name", "accounts", "category", "change":
	default:
		if q.Sort != "" {
			return q, Refusal("sort", "Sort by name, accounts, category or change.")
		}
	}
	q.Page, err = PageNumber(c)
	return q, err
}

// URL is the list's address, changed in one name; "" takes that name out of it. A change leads to the first page.
func (q FeatureQuery) URL(name, value string) string {
	values := map[string]string{
		"q": q.Search, "state": string(q.state), "strategy": string(q.strategy), "category": q.Category, "owner": q.owner, "sort": q.Sort,
	}
	if q.stale {
		values["stale"] = "true"
	}
	values[name] = value
	return Address("/admin/features", NonEmpty(values))
}

// Filtered reports whether the query narrows the list.
func (q FeatureQuery) Filtered() bool {
	return q.Search != "" || q.state != "" || q.strategy != "" || q.Category != "" || q.owner != "" || q.stale
}

// Matches reports whether a feature is in the list; stale is whether it is.
func (q FeatureQuery) Matches(f *features.Feature, stale bool) bool {
	switch {
	case q.state != "" && StateOf(f) != q.state,
		q.strategy != "" && f.Rollout.Strategy != q.strategy,
		q.Category != "" && f.Category != q.Category,
		q.owner != "" && f.Owner != q.owner,
		q.stale && !stale:
		return false
	}
	return Matches(f, q.Search)
}

// Choosers are the filters of the list beside its search.
func (q FeatureQuery) Choosers(all []*features.Feature) []views.SelectModel {
	state := Chooser("state", "State", string(q.state), "Any state",
		views.Option{Value: "live", Text: "Live"}, views.Option{Value: "killed", Text: "Killed"}, views.Option{Value: "retired", Text: "Retired"})
	strategy := Chooser("strategy", "Rollout", string(q.strategy), "Any rollout")
	for _, s := range features.Strategies() {
		strategy.Options = append(strategy.Options, views.Option{Value: string(s), Text: views.StrategyWord(string(s))})
	}
	category := Chooser("category", "Category", q.Category, "Any category", Options(Categories(all))...)
	owner := Chooser("owner", "Owner", q.owner, "Any owner", Options(owners(all))...)
	stale := Chooser("stale", "Use", "", "Stale or not", views.Option{Value: "true", Text: "Stale"})
	if q.stale {
		stale.Value = "true"
	}
	return []views.SelectModel{state, strategy, category, owner, stale}
}

// Chooser returns a select field whose first option, any, narrows nothing.
func Chooser(name, label, value, any string, choices ...views.Option) views.SelectModel {
	return views.SelectModel{ID: name, Name: name, Label: label, Value: value, Options: append([]views.Option{{Text: any}}, choices...)}
}

// Options returns a choice for each name.
func Options(names []string) (choices []views.Option) {
	for _, name := range names {
		choices = append(choices, views.Option{Value: name, Text: name})
	}
	return choices
}

// Categories are the categories there are, by name.
func Categories(all []*features.Feature) []string {
	return distinct(all, func(f *features.Feature) string { return f.Category })
}

func owners(all []*features.Feature) []string {
	return distinct(all, func(f *features.Feature) string { return f.Owner })
}

func distinct(all []*features.Feature, of func(*features.Feature) string) (names []string) {
	for _, f := range all {
		if name := of(f); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
