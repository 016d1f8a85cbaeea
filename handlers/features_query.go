package handlers

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/features"
	"flagstone/views"
)

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
	strategy features.Strategy
	category string
	owner    string
	stale    bool
	sort     string // a column of featureOrders, with "-" before it the other way round; "" for the display order
	page     int
}

func readFeatureQuery(c echo.Context) (q featureQuery, err error) {
	q = featureQuery{
		search: strings.TrimSpace(c.QueryParam("q")), state: featureState(c.QueryParam("state")),
		strategy: features.Strategy(c.QueryParam("strategy")), category: c.QueryParam("category"), owner: c.QueryParam("owner"),
		sort: c.QueryParam("sort"),
	}
	switch q.state {
	case "", featureLive, featureKilled, featureRetired:
	default:
		return q, refusal("state", "Choose live, killed or retired.")
	}
	if q.strategy != "" && !slices.Contains(features.Strategies(), q.strategy) {
		return q, refusal("strategy", "Choose all, percentage, whitelist or role.")
	}
	switch c.QueryParam("stale") {
	case "":
	case "true":
		q.stale = true
	default:
		return q, refusal("stale", "Say true, or nothing.")
	}
	switch strings.TrimPrefix(q.sort, "-") {
	case "name", "accounts", "category", "change":
	default:
		if q.sort != "" {
			return q, refusal("sort", "Sort by name, accounts, category or change.")
		}
	}
	q.page, err = pageNumber(c)
	return q, err
}

// url is the list's address, changed in one name; "" takes that name out of it. A change leads to the first page.
func (q featureQuery) url(name, value string) string {
	values := map[string]string{
		"q": q.search, "state": string(q.state), "strategy": string(q.strategy), "category": q.category, "owner": q.owner, "sort": q.sort,
	}
	if q.stale {
		values["stale"] = "true"
	}
	values[name] = value
	return address("/admin/features", given(values))
}

func (q featureQuery) filtered() bool {
	return q.search != "" || q.state != "" || q.strategy != "" || q.category != "" || q.owner != "" || q.stale
}

// matches tells whether a feature is in the list; stale is whether it is.
func (q featureQuery) matches(f *features.Feature, stale bool) bool {
	switch {
	case q.state != "" && stateOf(f) != q.state,
		q.strategy != "" && f.Rollout.Strategy != q.strategy,
		q.category != "" && f.Category != q.category,
		q.owner != "" && f.Owner != q.owner,
		q.stale && !stale:
		return false
	}
	return matches(f, q.search)
}

// choosers are the filters of the list beside its search.
func (q featureQuery) choosers(all []*features.Feature) []views.SelectModel {
	state := chooser("state", "State", string(q.state), "Any state",
		views.Option{Value: "live", Text: "Live"}, views.Option{Value: "killed", Text: "Killed"}, views.Option{Value: "retired", Text: "Retired"})
	strategy := chooser("strategy", "Rollout", string(q.strategy), "Any rollout")
	for _, s := range features.Strategies() {
		strategy.Options = append(strategy.Options, views.Option{Value: string(s), Text: views.StrategyWord(string(s))})
	}
	category := chooser("category", "Category", q.category, "Any category", options(categories(all))...)
	owner := chooser("owner", "Owner", q.owner, "Any owner", options(owners(all))...)
	stale := chooser("stale", "Use", "", "Stale or not", views.Option{Value: "true", Text: "Stale"})
	if q.stale {
		stale.Value = "true"
	}
	return []views.SelectModel{state, strategy, category, owner, stale}
}

func chooser(name, label, value, any string, choices ...views.Option) views.SelectModel {
	return views.SelectModel{ID: name, Name: name, Label: label, Value: value, Options: append([]views.Option{{Text: any}}, choices...)}
}

func options(names []string) (choices []views.Option) {
	for _, name := range names {
		choices = append(choices, views.Option{Value: name, Text: name})
	}
	return choices
}

// categories are the categories there are, by name.
func categories(all []*features.Feature) []string {
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
