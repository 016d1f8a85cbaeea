package web

import (
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/views"
)

// How much of the audit log is shown at once.
const (
	AuditPage      = 50     // change sets on a page of the log
	AuditRows      = 15     // rows of one change set shown at once
	AuditMostCount = 10_000 // change sets are counted up to here
	accountChoices = 8      // accounts offered when a name fits several
)

// WholeNumber reads a number that stands in an address; nothing is 0.
func WholeNumber(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, &features.Error{Kind: features.NotFound, Message: "There is no such page of the log."}
	}
	return n, nil
}

// AuditQuery is a filter of the audit log as the page's address has it.
type AuditQuery struct {
	Account, Feature, Person, Action, From, To string
	Sort                                       string // "at" for the oldest first, "" for the newest
	Before, After                              int64
}

// ReadAuditQuery reads the filter of the audit log from the query string.
func ReadAuditQuery(c echo.Context) (q AuditQuery, err error) {
	trimmed := func(name string) string { return strings.TrimSpace(c.QueryParam(name)) }
	q = AuditQuery{
		Account: trimmed("account"), Feature: trimmed("feature"), Person: trimmed("person"), Action: trimmed("action"),
		From: trimmed("from"), To: trimmed("to"), Sort: trimmed("sort"),
	}
	if q.Sort != "" && q.Sort != "at" {
		return q, Refusal("sort", "Use `sort=at` for the oldest first, or omit it.")
	}
	if q.Before, err = WholeNumber(trimmed("before")); err != nil {
		return q, err
	}
	q.After, err = WholeNumber(trimmed("after"))
	return q, err
}

// URL is the address of a page with this filter, changed in one name; "" takes that name out of it.
func (q AuditQuery) URL(path, name, value string) string {
	return Address(path, NonEmpty(map[string]string{
		"account": q.Account, "feature": q.Feature, "person": q.Person, "action": q.Action, "from": q.From, "to": q.To, "sort": q.Sort, name: value,
	}))
}

// Filtered reports whether the query narrows the log.
func (q AuditQuery) Filtered() bool { return q.URL("", "sort", "") != "" }

// Order is the link that turns the list round.
func (q AuditQuery) Order() views.Link {
	if q.Sort == "" {
		return views.Link{Text: "Show the oldest first", URL: q.URL("/admin/audit", "sort", "at")}
	}
	return views.Link{Text: "Show the newest first", URL: q.URL("/admin/audit", "sort", "")}
}

// Page is the address of the page that follows one that ended with a change set.
func (q AuditQuery) Page(last int64) string {
	name := "before"
	if q.Sort != "" {
		name = "after"
	}
	return q.URL("/admin/audit", name, strconv.FormatInt(last, 10))
}

// AuditFilter is the filter as the database takes it, but for the account. It refuses what is no day.
func (s *Base) AuditFilter(q AuditQuery) (f db.AuditFilter, err error) {
	f = db.AuditFilter{Feature: q.Feature, Actor: q.Person, Action: q.Action, Before: q.Before, OldestFirst: q.Sort != "", After: q.After}
	if f.From, err = readDay("from", q.From); err != nil {
		return f, err
	}
	if f.To, err = readDay("to", q.To); err != nil {
		return f, err
	}
	if !f.To.IsZero() {
		f.To = f.To.AddDate(0, 0, 1) // the day named is within
	}
	return f, nil
}

func readDay(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return at, &features.Error{Kind: features.Invalid, Field: field, Message: "Write a day as year-month-day, such as 2026-11-22."}
	}
	return at, nil
}

// AccountsNamed gives the accounts that a person may mean: the one with that identifier or name, else what a search
// finds, at most a few; else one that is gone.
func (s *Base) AccountsNamed(c echo.Context, text string) ([]*features.Account, error) {
	if a := s.Live.Accounts().Find(text); a != nil {
		return []*features.Account{a}, nil
	}
	found, err := s.Live.List(features.AccountFilter{Search: text}, 1, accountChoices, time.Now())
	if err != nil {
		return nil, err
	}
	for _, a := range found.Accounts {
		if strings.EqualFold(a.Name, text) {
			return []*features.Account{a}, nil
		}
	}
	if len(found.Accounts) > 0 {
		return found.Accounts, nil
	}
	gone, err := s.DB.DeletedAccount(c.Request().Context(), text)
	if features.KindOf(err) == features.NotFound {
		return nil, nil
	}
	return []*features.Account{gone}, err
}

// UnclearAccount returns what is wrong with an account filter that fits none or several accounts, and those it may mean.
func UnclearAccount(q AuditQuery, meant []*features.Account) (problem string, choices []views.Link) {
	for _, a := range meant {
		choices = append(choices, views.Link{Text: a.Name, URL: q.URL("/admin/audit", "account", a.Slug)})
	}
	if len(meant) == 0 {
		return "No account has the name, slug, ID or e-mail \"" + q.Account + "\". Check the spelling.", nil
	}
	return "Several accounts fit \"" + q.Account + "\". Choose one, or write more of its name.", choices
}

// ExportFilter is the filter of the address, with the one account that it names.
func (s *Base) ExportFilter(c echo.Context) (db.AuditFilter, error) {
	query, err := ReadAuditQuery(c)
	if err != nil {
		return db.AuditFilter{}, err
	}
	filter, err := s.AuditFilter(query)
	if err != nil || query.Account == "" {
		return filter, err
	}
	meant, err := s.AccountsNamed(c, query.Account)
	if err != nil {
		return filter, err
	}
	if len(meant) != 1 {
		problem, _ := UnclearAccount(query, meant)
		return filter, &features.Error{Kind: features.Invalid, Field: "account", Message: problem}
	}
	filter.Account = meant[0].ID
	return filter, nil
}
