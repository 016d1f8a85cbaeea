package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// ListAccounts shows one page of the accounts that match. It always answers with the whole page: htmx takes the list
// out of it.
func (s *Surface) ListAccounts(c echo.Context) error {
	now := time.Now()
	query, err := parseAccountsQuery(c.QueryParams(), s.Live.Catalogue())
	if err != nil {
		return s.refuseAccounts(c, query, features.Page{}, err)
	}
	page, err := s.Live.List(query.filter, query.page, query.size, now)
	if web.IsHtmx(c) && query.page > page.Pages && page.Pages > 0 {
		// The list has shrunk since this page of it was shown, by a bulk change for one: its last page takes the place.
		query = query.at(page.Pages)
		page, err = s.Live.List(query.filter, query.page, query.size, now)
	}
	if err != nil {
		return s.refuseAccounts(c, query, page, err)
	}
	model, err := s.accountsModel(c, query, page, now)
	if err != nil {
		return err
	}
	nameAddress(c, query.url())
	return web.Render(c, http.StatusOK, inShell(s.shell(c, "Accounts", "accounts"), views.AccountsPage(model)))
}

// nameAddress has htmx show a list's own address where the one asked for was longer: a form sends what is usual, too.
func nameAddress(c echo.Context, address string) {
	if !web.IsHtmx(c) || c.Request().URL.RequestURI() == address {
		return
	}
	header := "HX-Push-Url"
	if c.Request().Header.Get("HX-Source") == "div#list" {
		header = "HX-Replace-Url"
	}
	c.Response().Header().Set(header, address)
}

// refuseAccounts says why a list cannot be shown, and leads to one that can.
func (s *Surface) refuseAccounts(c echo.Context, query accountsQuery, page features.Page, err error) error {
	p := web.Describe(err)
	if p.Status >= http.StatusInternalServerError {
		return err
	}
	shell := s.shell(c, "Accounts", "accounts")
	model := views.ErrorModel{
		Shell: &shell, Status: p.Status, Title: "This list cannot be shown", Message: p.Detail,
		Hint: "The link may be out of date.",
		Link: views.Link{Text: "Show all accounts", URL: web.AccountsPath},
	}
	if page.Pages > 0 {
		model.Title, model.Hint = "No such page", ""
		model.Link = views.Link{Text: "Go to page " + words.Number(page.Pages), URL: query.at(page.Pages).url()}
	}
	return web.Render(c, p.Status, views.ErrorPage(model))
}

func (s *Surface) accountsModel(c echo.Context, query accountsQuery, page features.Page, now time.Time) (views.AccountsModel, error) {
	catalogue := s.Live.Catalogue()
	columns := columnFeatures(query, catalogue)
	table := accountTable{catalogue, columns, now, web.MayEdit(c)}
	rows, err := s.accountRows(c.Request().Context(), table, page.Accounts)
	if err != nil {
		return views.AccountsModel{}, err
	}
	m := views.AccountsModel{
		URL:       query.url(),
		ExportURL: query.at(1).address(web.AccountsPath + "/export.csv"),
		ClearURL:  query.unfiltered().url(),
		Search:    query.filter.Search,
		Matching:  page.Matching,
		Total:     page.Total,
		Filtered:  len(query.narrowing()) > 0,
		Chips:     accountChips(query, catalogue),
		Fields:    accountPickers(query, catalogue, columns),
		Sort:      query.sort(),
		Account:   sortHeader(query, features.OrderName, "Account"),
		Tier:      sortHeader(query, features.OrderTier, "Tier"),
		Change:    sortHeader(query, features.OrderChange, "Last change"),
		Rows:      rows,
		Pager:     accountPager(query, page),
		Narrowing: query.narrowing().Encode(),
		MayEdit:   web.MayEdit(c),
		MayImport: web.CallerOf(c).User.StaffRole.AtLeast(features.Admin),
		CSRFToken: s.CSRFToken(c),
	}
	for _, f := range columns {
		m.Columns = append(m.Columns, featureName(f))
	}
	return m, nil
}

// columnFeatures is the features that have a column, in display order.
func columnFeatures(query accountsQuery, catalogue *features.Catalogue) (columns []*features.Feature) {
	keys := query.columns
	if len(keys) == 0 {
		keys = usual(catalogue)
	}
	for _, f := range catalogue.Features() {
		if slices.Contains(keys, f.Key) {
			columns = append(columns, f)
		}
	}
	return columns
}

func sortHeader(query accountsQuery, order features.AccountOrder, text string) views.SortHeaderModel {
	return views.SortHeaderModel{
		ID: "sort-" + string(order), Text: text, URL: query.sortedBy(order).url(), Direction: query.direction(order),
	}
}

func accountPager(query accountsQuery, page features.Page) views.PagerModel {
	first := page.First(query.size)
	pager := views.PagerModel{First: first, Last: first + len(page.Accounts) - 1, Total: page.Matching}
	if page.Number > 1 {
		pager.PreviousURL = query.at(page.Number - 1).url()
	}
	if page.Number < page.Pages {
		pager.NextURL = query.at(page.Number + 1).url()
	}
	return pager
}

// accountTable is what every row of the list is made from.
type accountTable struct {
	catalogue *features.Catalogue
	columns   []*features.Feature
	now       time.Time
	mayEdit   bool
}

// accountRows is the rows of one page, with what only the database knows read for all of them at once.
func (s *Surface) accountRows(ctx context.Context, table accountTable, accounts []*features.Account) ([]views.AccountRowModel, error) {
	accountIDs, revisions := make([]int64, len(accounts)), make([]int64, len(accounts))
	for i, a := range accounts {
		accountIDs[i], revisions[i] = a.ID, a.Revision
	}
	featureIDs := make([]int64, len(table.columns))
	for i, f := range table.columns {
		featureIDs[i] = f.ID
	}
	cells, err := s.DB.Cells(ctx, accountIDs, featureIDs)
	if err != nil {
		return nil, err
	}
	changes, err := s.DB.LastChanges(ctx, revisions)
	if err != nil {
		return nil, err
	}
	rows := make([]views.AccountRowModel, len(accounts))
	for i, a := range accounts {
		rows[i] = table.row(a, cells)
		rows[i].Change = lastChange(a, changes[a.Revision], table.now)
	}
	return rows, nil
}

func (t accountTable) row(a *features.Account, cells map[db.CellKey]db.Cell) views.AccountRowModel {
	row := views.AccountRowModel{ID: a.ID, Name: a.Name, Slug: a.Slug, Suspended: a.Status == features.Suspended}
	for i, tier := range t.catalogue.Tiers() {
		if tier.ID == a.TierID {
			row.Tier, row.TierPlace = tier.Name, i+1
		}
	}
	for _, f := range t.columns {
		row.Cells = append(row.Cells, flagCell(t.catalogue, cell{AccountFeature: web.AccountFeature{Account: a, Feature: f}, inList: true}, cells[db.CellKey{Account: a.ID, Feature: f.ID}], t.now, t.mayEdit))
	}
	return row
}

// lastChange says who last changed an account, and when.
func lastChange(a *features.Account, change db.LastChange, now time.Time) views.LastChangeModel {
	m := views.LastChangeModel{Account: a.ID, When: views.When(change.At, now), By: change.ActorName}
	if m.When != "" {
		m.Datetime = change.At.UTC().Format(time.RFC3339)
	}
	return m
}
