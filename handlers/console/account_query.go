package console

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"flagstone/features"
	"flagstone/handlers/web"
)

// accountsQuery is the list of accounts as its address says: narrowed to what, sorted by what, with which columns, at
// which page.
type accountsQuery struct {
	filter  features.AccountFilter
	columns []string // the keys of the chosen features; empty for the usual ones
	page    int      // from 1
	size    int      // accounts on a page
}

var pageSizes = []int{25, 50, 100}

// parseAccountsQuery reads the address of the list. It refuses a page, a size or a column that cannot be; what the
// filter names is looked up by features.Live.
func parseAccountsQuery(values url.Values, catalogue *features.Catalogue) (accountsQuery, error) {
	q := accountsQuery{filter: web.ParseAccountFilter(values), columns: web.Chosen(values["col"]), page: 1, size: web.DefaultSize}
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
			return q, web.Refusal("page", "Use a page number, such as 1.")
		}
		q.page = page
	}
	if text := values.Get("size"); text != "" {
		size, err := strconv.Atoi(text)
		if err != nil || !slices.Contains(pageSizes, size) {
			return q, web.Refusal("size", "Choose 25, 50 or 100 accounts a page.")
		}
		q.size = size
	}
	return q, nil
}

// usual is the keys of the features that have a column where none is chosen: the first in display order that are in use.
func usual(catalogue *features.Catalogue) (keys []string) {
	for _, f := range catalogue.Features() {
		if f.Active && len(keys) < web.UsualColumns {
			keys = append(keys, f.Key)
		}
	}
	return keys
}

// narrowing is the part of the address that says which accounts are in the list: what "all that match" stands for.
func (q accountsQuery) narrowing() url.Values {
	values := url.Values{}
	if q.filter.Search != "" {
		values.Set("q", q.filter.Search)
	}
	for _, f := range q.filter.Features {
		values.Set(web.StatePrefix+f.Key, string(f.State))
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
	if q.size != web.DefaultSize {
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
func (q accountsQuery) url() string { return q.address(web.AccountsPath) }

func (q accountsQuery) address(path string) string {
	values := q.narrowing()
	for name, value := range q.shown() {
		values[name] = value
	}
	return web.Address(path, values)
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
