package handlers

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/views"
)

const (
	auditPage      = 50     // change sets on a page of the log
	auditRows      = 15     // rows of one change set shown at once
	auditMostCount = 10_000 // change sets are counted up to here
	accountChoices = 8      // accounts offered when a name fits several
)

// listAudit shows the audit log, newest first unless it is sorted the other way round.
func (s *Server) listAudit(c echo.Context) error {
	query, err := readAuditQuery(c)
	if err != nil {
		return err
	}
	model, err := s.auditModel(c, query)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, inShell(s.shell(c, "Audit log", "audit"), views.AuditPage(model)))
}

// showChange shows one change set with what it changed: on a page of its own, within the log, or what comes after the
// rows that are shown already. From a log of one account or feature, it shows what concerns that.
func (s *Server) showChange(c echo.Context) error {
	id, err := changeID(c)
	if err != nil {
		return err
	}
	set, err := s.db.ChangeSet(c.Request().Context(), id)
	if err != nil {
		return err
	}
	after, err := wholeNumber(c.QueryParam("after"))
	if err != nil {
		return err
	}
	detail, err := s.changeDetail(c, set, changeQuery{c.QueryParam("account"), c.QueryParam("feature")}, after)
	if err != nil {
		return err
	}
	fragment := views.ChangeDetail(detail)
	if after != 0 {
		fragment = views.ChangedThings(detail)
	}
	return s.page(c, s.shell(c, "Change #"+views.Number(id), "audit"), views.ChangePage(detail), fragment)
}

func changeID(c echo.Context) (int64, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, &features.Error{Kind: features.NotFound, Message: "There is no such change."}
	}
	return id, nil
}

// wholeNumber reads a number that stands in an address; nothing is 0.
func wholeNumber(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, &features.Error{Kind: features.NotFound, Message: "There is no such page of the log."}
	}
	return n, nil
}

// auditQuery is a filter of the audit log as the page's address has it.
type auditQuery struct {
	account, feature, person, action, from, to string
	sort                                       string // "at" for the oldest first, "" for the newest
	before, after                              int64
}

func readAuditQuery(c echo.Context) (q auditQuery, err error) {
	trimmed := func(name string) string { return strings.TrimSpace(c.QueryParam(name)) }
	q = auditQuery{
		account: trimmed("account"), feature: trimmed("feature"), person: trimmed("person"), action: trimmed("action"),
		from: trimmed("from"), to: trimmed("to"), sort: trimmed("sort"),
	}
	if q.sort != "" && q.sort != "at" {
		return q, refusal("sort", "Use `sort=at` for the oldest first, or omit it.")
	}
	if q.before, err = wholeNumber(trimmed("before")); err != nil {
		return q, err
	}
	q.after, err = wholeNumber(trimmed("after"))
	return q, err
}

// url is the address of a page with this filter, changed in one name; "" takes that name out of it.
func (q auditQuery) url(path, name, value string) string {
	return address(path, given(map[string]string{
		"account": q.account, "feature": q.feature, "person": q.person, "action": q.action, "from": q.from, "to": q.to, "sort": q.sort, name: value,
	}))
}

func (q auditQuery) filtered() bool { return q.url("", "sort", "") != "" }

// order is the link that turns the list round.
func (q auditQuery) order() views.Link {
	if q.sort == "" {
		return views.Link{Text: "Show the oldest first", URL: q.url("/admin/audit", "sort", "at")}
	}
	return views.Link{Text: "Show the newest first", URL: q.url("/admin/audit", "sort", "")}
}

// page is the address of the page that follows one that ended with a change set.
func (q auditQuery) page(last int64) string {
	name := "before"
	if q.sort != "" {
		name = "after"
	}
	return q.url("/admin/audit", name, strconv.FormatInt(last, 10))
}

// auditFilter is the filter as the database takes it, but for the account. It refuses what is no day.
func (s *Server) auditFilter(q auditQuery) (f db.AuditFilter, err error) {
	f = db.AuditFilter{Feature: q.feature, Actor: q.person, Action: q.action, Before: q.before, OldestFirst: q.sort != "", After: q.after}
	if f.From, err = readDay("from", q.from); err != nil {
		return f, err
	}
	if f.To, err = readDay("to", q.to); err != nil {
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

// accountsNamed gives the accounts that a person may mean: the one with that identifier or name, else what a search
// finds, at most a few; else one that is gone.
func (s *Server) accountsNamed(c echo.Context, text string) ([]*features.Account, error) {
	if a := s.live.Accounts().Find(text); a != nil {
		return []*features.Account{a}, nil
	}
	found, err := s.live.List(features.AccountFilter{Search: text}, 1, accountChoices, time.Now())
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
	gone, err := s.db.DeletedAccount(c.Request().Context(), text)
	if features.KindOf(err) == features.NotFound {
		return nil, nil
	}
	return []*features.Account{gone}, err
}

// auditModel is one page of the log, or why there is nothing to show.
func (s *Server) auditModel(c echo.Context, q auditQuery) (views.AuditModel, error) {
	m := views.AuditModel{
		URL:      c.Request().URL.RequestURI(),
		Filtered: q.filtered(),
		Sort:     q.sort,
		Order:    q.order(),
		CSV:      q.url("/admin/audit/export.csv", "", ""),
		JSON:     q.url("/admin/audit/export.json", "", ""),
		Count:    "0 changes",
	}
	filter, err := s.auditFilter(q)
	if err != nil {
		return m, err
	}
	if m.Filter, err = s.auditFields(c, q); err != nil {
		return m, err
	}
	var meant []*features.Account
	if q.account != "" {
		if meant, err = s.accountsNamed(c, q.account); err != nil {
			return m, err
		}
	}
	switch {
	case q.account != "" && len(meant) != 1:
		m.Problem, m.Choices = unclearAccount(q, meant)
		return m, nil
	case !filter.From.IsZero() && !filter.To.IsZero() && !filter.From.Before(filter.To):
		m.Problem = "The first day is after the last. Swap them, or remove one."
		return m, nil
	case len(meant) == 1:
		filter.Account, q.account = meant[0].ID, meant[0].Slug
		m.Order = q.order()
		m.Chips = []views.FilterChipModel{{Field: "Account is", Value: meant[0].Name, RemoveURL: q.url("/admin/audit", "account", "")}}
	}
	return m, s.addChanges(c, &m, q, filter)
}

func unclearAccount(q auditQuery, meant []*features.Account) (problem string, choices []views.Link) {
	for _, a := range meant {
		choices = append(choices, views.Link{Text: a.Name, URL: q.url("/admin/audit", "account", a.Slug)})
	}
	if len(meant) == 0 {
		return "No account has the name, slug, ID or e-mail \"" + q.account + "\". Check the spelling.", nil
	}
	return "Several accounts fit \"" + q.account + "\". Choose one, or write more of its name.", choices
}

func (s *Server) addChanges(c echo.Context, m *views.AuditModel, q auditQuery, f db.AuditFilter) error {
	ctx := c.Request().Context()
	count, err := s.db.CountChangeSets(ctx, f, auditMostCount+1)
	if err != nil {
		return err
	}
	m.Count = views.Count(count, "change", "changes")
	if count > auditMostCount {
		m.Count = "more than " + views.Count(auditMostCount, "change", "changes")
	}
	sets, err := s.db.ChangeSets(ctx, f, auditPage+1)
	if err != nil {
		return err
	}
	if len(sets) > auditPage {
		sets = sets[:auditPage]
		m.Next = q.page(sets[auditPage-1].ID)
	}
	if q.sort == "" && q.before != 0 || q.sort != "" && q.after != 0 {
		m.First = q.url("/admin/audit", "", "")
	}
	m.Days = changesByDay(c, sets, changeQuery{q.account, q.feature}, time.Now())
	return nil
}

// auditFields fills the filter's fields, with the names that the log knows.
func (s *Server) auditFields(c echo.Context, q auditQuery) (m views.AuditFilterModel, err error) {
	names, err := s.db.AuditNames(c.Request().Context())
	if err != nil {
		return m, err
	}
	m = views.AuditFilterModel{
		Account: q.account, From: q.from, To: q.to,
		Feature: views.SelectModel{ID: "feature", Name: "feature", Label: "Feature", Value: q.feature, Options: []views.Option{{Text: "Any feature"}}},
		Person:  views.SelectModel{ID: "person", Name: "person", Label: "Person", Value: q.person, Options: []views.Option{{Text: "Anyone"}}},
		Action:  views.SelectModel{ID: "action", Name: "action", Label: "Action", Value: q.action, Options: []views.Option{{Text: "Any action"}}},
	}
	for _, f := range s.live.Catalogue().Features() {
		m.Feature.Options = append(m.Feature.Options, views.Option{Value: f.Key, Text: f.Name})
	}
	for _, key := range names.Features {
		if _, err := s.live.Catalogue().Feature(key); err != nil {
			m.Feature.Options = append(m.Feature.Options, views.Option{Value: key, Text: key + " (deleted)"})
		}
	}
	for _, name := range names.Actors {
		m.Person.Options = append(m.Person.Options, views.Option{Value: name, Text: name})
	}
	for _, action := range names.Actions {
		m.Action.Options = append(m.Action.Options, views.Option{Value: action, Text: views.ActionWords(action)})
	}
	return m, nil
}
