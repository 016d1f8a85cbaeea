package handlers

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"flagstone/features"
)

// accountsQuery is the list of accounts as its address says: narrowed to what, sorted by what, with which columns, at
// which page.
type accountsQuery struct {
	filter  features.AccountFilter
	columns []string // the keys of the chosen features; empty for the usual ones
	page    int      // from 1
	size    int      // accounts on a page
}

const (
	accountsPath  = "/admin/accounts"
	statePrefix   = "f." // f.knowledge_base=on narrows to the accounts that have it
	defaultSize   = 25
	usualColumns  = 3
	maxListSearch = 200
)

var pageSizes = []int{25, 50, 100}

// parseAccountsQuery reads the address of the list. It refuses a page, a size or a column that cannot be; what the
// filter names is looked up by features.Live.
func parseAccountsQuery(values url.Values, catalogue *features.Catalogue) (accountsQuery, error) {
	q := accountsQuery{filter: parseAccountFilter(values), columns: chosen(values["col"]), page: 1, size: defaultSize}
	order, reverse := strings.CutPrefix(values.Get("sort"), "-")
	q.filter.Order, q.filter.Reverse = features.AccountOrder(order), reverse
	for _, key := range q.columns {
		if _, err := catalogue.Feature(key); err != nil {
			return q, err
		}
	}
	if slices.Equal(q.columns, usual(catalogue)) {
		q.columns = nil
	}
	if text := values.Get("page"); text != "" {
		page, err := strconv.Atoi(text)
		if err != nil {
			return q, refusal("page", "A page is a number, such as 1.")
		}
		q.page = page
	}
	if text := values.Get("size"); text != "" {
		size, err := strconv.Atoi(text)
		if err != nil || !slices.Contains(pageSizes, size) {
			return q, refusal("size", "A page holds 25, 50 or 100 accounts.")
		}
		q.size = size
	}
	return q, nil
}

// usual is the keys of the features that have a column where none is chosen: the first in display order that are in use.
func usual(catalogue *features.Catalogue) (keys []string) {
	for _, f := range catalogue.Features() {
		if f.Active && len(keys) < usualColumns {
			keys = append(keys, f.Key)
		}
	}
	return keys
}

// parseAccountFilter reads what narrows the list: q, f.<feature key>, tier and status.
func parseAccountFilter(values url.Values) features.AccountFilter {
	filter := features.AccountFilter{
		Search: clip(strings.TrimSpace(values.Get("q")), maxListSearch),
		Tiers:  chosen(values["tier"]),
		Status: features.Status(values.Get("status")),
	}
	for name := range values {
		if key, ok := strings.CutPrefix(name, statePrefix); ok && values.Get(name) != "" {
			filter.Features = append(filter.Features, features.FeatureFilter{Key: key, State: features.FeatureState(values.Get(name))})
		}
	}
	slices.SortFunc(filter.Features, func(a, b features.FeatureFilter) int { return strings.Compare(a.Key, b.Key) })
	return filter
}

// chosen gives the values of a field that may be repeated, each once and without the empty ones.
func chosen(values []string) (kept []string) {
	for _, value := range values {
		if value != "" && !slices.Contains(kept, value) {
			kept = append(kept, value)
		}
	}
	return kept
}

// narrowing is the part of the address that says which accounts are in the list: what "all that match" stands for.
func (q accountsQuery) narrowing() url.Values {
	values := url.Values{}
	if q.filter.Search != "" {
		values.Set("q", q.filter.Search)
	}
	for _, f := range q.filter.Features {
		values.Set(statePrefix+f.Key, string(f.State))
	}
	if len(q.filter.Tiers) > 0 {
		values["tier"] = q.filter.Tiers
	}
	if q.filter.Status != "" {
		values.Set("status", string(q.filter.Status))
	}
	return values
}

// shown is the part of the address that says how the list is shown, without what is usual.
func (q accountsQuery) shown() url.Values {
	values := url.Values{}
	if len(q.columns) > 0 {
		values["col"] = q.columns
	}
	if sort := q.sort(); sort != string(features.OrderName) {
		values.Set("sort", sort)
	}
	if q.size != defaultSize {
		values.Set("size", strconv.Itoa(q.size))
	}
	if q.page != 1 {
		values.Set("page", strconv.Itoa(q.page))
	}
	return values
}

// sort is the order of the list as the address names it.
func (q accountsQuery) sort() string {
	order := string(q.filter.Order)
	if order == "" {
		order = string(features.OrderName)
	}
	if q.filter.Reverse {
		order = "-" + order
	}
	return order
}

// url is the list's own address, as short as it can be.
func (q accountsQuery) url() string { return q.address(accountsPath) }

func (q accountsQuery) address(path string) string {
	values := q.narrowing()
	for name, value := range q.shown() {
		values[name] = value
	}
	return address(path, values)
}

// at is the same list at another page.
func (q accountsQuery) at(page int) accountsQuery {
	q.page = page
	return q
}

// sortedBy is the same list in another order, or the other way round where it is in that order already.
func (q accountsQuery) sortedBy(order features.AccountOrder) accountsQuery {
	q.filter.Reverse = q.sort() == string(order)
	q.filter.Order = order
	return q.at(1)
}

// direction is how the list runs in an order; "" where it is sorted by another. The newest change stands first.
func (q accountsQuery) direction(order features.AccountOrder) string {
	if strings.TrimPrefix(q.sort(), "-") != string(order) {
		return ""
	}
	if q.filter.Reverse != (order == features.OrderChange) {
		return "descending"
	}
	return "ascending"
}

// unfiltered is the same list of every account, shown in the same way.
func (q accountsQuery) unfiltered() accountsQuery {
	q.filter = features.AccountFilter{Order: q.filter.Order, Reverse: q.filter.Reverse}
	return q.at(1)
}
