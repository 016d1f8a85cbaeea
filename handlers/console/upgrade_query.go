package console

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// anyStatus is what the address of the queue says for requests whatever has become of them; without a status it is those
// that wait.
const anyStatus = "all"

// upgradeQuery is the queue of upgrade requests as its address has it.
type upgradeQuery struct {
	search, status, feature, tier string
	sort                          string // a column, with "-" before it the other way round; "" for the usual order
	page                          int
}

func readUpgradeQuery(c echo.Context) (q upgradeQuery, err error) {
	q = upgradeQuery{
		search: strings.TrimSpace(c.QueryParam("q")), status: c.QueryParam("status"), feature: c.QueryParam("feature"),
		tier: c.QueryParam("tier"), sort: c.QueryParam("sort"),
	}
	if q.status != "" && q.status != anyStatus && !slices.Contains(features.UpgradeStatuses(), features.UpgradeStatus(q.status)) {
		return q, web.Refusal("status", "Choose pending, approved, rejected, withdrawn or all.")
	}
	if q.sort != "" && !slices.Contains(db.UpgradeOrders(), db.UpgradeOrder(strings.TrimPrefix(q.sort, "-"))) {
		return q, web.Refusal("sort", "Sort by age, account or feature.")
	}
	q.page, err = web.PageNumber(c)
	return q, err
}

// url is the queue's address, changed in one name; "" takes that name out of it. A change leads to the first page.
func (q upgradeQuery) url(name, value string) string {
	values := map[string]string{"q": q.search, "status": q.status, "feature": q.feature, "tier": q.tier, "sort": q.sort}
	values[name] = value
	return web.Address("/admin/upgrades", web.NonEmpty(values))
}

func (q upgradeQuery) filtered() bool {
	return q.search != "" || q.status != "" || q.feature != "" || q.tier != ""
}

// filter is the query as the database takes it. It refuses, with NotFound, a feature or tier that is not there.
func (q upgradeQuery) filter(catalogue *features.Catalogue) (f db.UpgradeFilter, err error) {
	f = db.UpgradeFilter{Search: q.search, Status: features.UpgradePending}
	switch q.status {
	case "":
	case anyStatus:
		f.Status = ""
	default:
		f.Status = features.UpgradeStatus(q.status)
	}
	if q.feature != "" {
		feature, err := catalogue.Feature(q.feature)
		if err != nil {
			return f, err
		}
		f.Feature = feature.ID
	}
	if q.tier != "" {
		tier, err := catalogue.TierByKey(q.tier)
		if err != nil {
			return f, err
		}
		f.Tier = tier.ID
	}
	return f, nil
}

// part is which requests the page shows: those that wait the longest first, what is decided the newest first.
func (q upgradeQuery) part() db.UpgradePage {
	page := db.UpgradePage{Order: db.UpgradesByAge, Reversed: q.status != "" && q.status != string(features.UpgradePending), From: (q.page - 1) * upgradesPage, Size: upgradesPage}
	if q.sort != "" {
		column, reversed := strings.CutPrefix(q.sort, "-")
		page.Order, page.Reversed = db.UpgradeOrder(column), reversed
	}
	return page
}

// choosers are the filters of the queue beside its search.
func (q upgradeQuery) choosers(catalogue *features.Catalogue) []views.SelectModel {
	status := web.Chooser("status", "Status", q.status, "Pending")
	if q.status == string(features.UpgradePending) {
		status.Value = ""
	}
	for _, s := range features.UpgradeStatuses()[1:] {
		status.Options = append(status.Options, views.Option{Value: string(s), Text: words.Capital(string(s))})
	}
	status.Options = append(status.Options, views.Option{Value: anyStatus, Text: "Any status"})
	feature := web.Chooser("feature", "Feature", q.feature, "Any feature")
	offered := make(map[int64]bool)
	for _, tierFeature := range catalogue.TierFeatures() {
		offered[tierFeature.FeatureID] = offered[tierFeature.FeatureID] || tierFeature.AllowUpgrade
	}
	for _, f := range catalogue.Features() {
		if offered[f.ID] || f.Key == q.feature {
			feature.Options = append(feature.Options, views.Option{Value: f.Key, Text: f.Name})
		}
	}
	tier := web.Chooser("tier", "Tier", q.tier, "Any tier")
	for _, t := range catalogue.Tiers() {
		tier.Options = append(tier.Options, views.Option{Value: t.Key, Text: t.Name})
	}
	return []views.SelectModel{status, feature, tier}
}

func (q upgradeQuery) list() web.ListPage {
	return web.ListPage{Sort: q.sort, Page: q.page, Size: upgradesPage, URL: q.url}
}

func (q upgradeQuery) columns() (columns []views.SortHeaderModel) {
	for _, column := range [][2]string{{"account", "Account"}, {"feature", "Feature"}, {"age", "Asked"}} {
		columns = append(columns, q.list().Header(column[0], column[1]))
	}
	return columns
}
