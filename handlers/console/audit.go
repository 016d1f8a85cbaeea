package console

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// ListAudit shows the audit log, newest first unless it is sorted the other way round.
func (s *Surface) ListAudit(c echo.Context) error {
	query, err := web.ReadAuditQuery(c)
	if err != nil {
		return err
	}
	model, err := s.auditModel(c, query)
	if err != nil {
		return err
	}
	return web.Render(c, http.StatusOK, inShell(s.shell(c, "Audit log", "audit"), views.AuditPage(model)))
}

// ShowChange shows one change set with what it changed: on a page of its own, within the log, or what comes after the
// rows that are shown already. From a log of one account or feature, it shows what concerns that.
func (s *Surface) ShowChange(c echo.Context) error {
	id, err := web.ChangeID(c)
	if err != nil {
		return err
	}
	set, err := s.DB.ChangeSet(c.Request().Context(), id)
	if err != nil {
		return err
	}
	after, err := web.WholeNumber(c.QueryParam("after"))
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
	return s.page(c, s.shell(c, "Change #"+words.Number(id), "audit"), views.ChangePage(detail), fragment)
}

// auditModel is one page of the log, or why there is nothing to show.
func (s *Surface) auditModel(c echo.Context, q web.AuditQuery) (views.AuditModel, error) {
	m := views.AuditModel{
		URL:      c.Request().URL.RequestURI(),
		Filtered: q.Filtered(),
		Sort:     q.Sort,
		Order:    q.Order(),
		CSV:      q.URL("/admin/audit/export.csv", "", ""),
		JSON:     q.URL("/admin/audit/export.json", "", ""),
		Count:    "0 changes",
	}
	filter, err := s.AuditFilter(q)
	if err != nil {
		return m, err
	}
	if m.Filter, err = s.auditFields(c, q); err != nil {
		return m, err
	}
	var meant []*features.Account
	if q.Account != "" {
		if meant, err = s.AccountsNamed(c, q.Account); err != nil {
			return m, err
		}
	}
	switch {
	case q.Account != "" && len(meant) != 1:
		m.Problem, m.Choices = web.UnclearAccount(q, meant)
		return m, nil
	case !filter.From.IsZero() && !filter.To.IsZero() && !filter.From.Before(filter.To):
		m.Problem = "The first day is after the last. Swap them, or remove one."
		return m, nil
	case len(meant) == 1:
		filter.Account, q.Account = meant[0].ID, meant[0].Slug
		m.Order = q.Order()
		m.Chips = []views.FilterChipModel{{Field: "Account is", Value: meant[0].Name, RemoveURL: q.URL("/admin/audit", "account", "")}}
	}
	return m, s.addChanges(c, &m, q, filter)
}

func (s *Surface) addChanges(c echo.Context, m *views.AuditModel, q web.AuditQuery, f db.AuditFilter) error {
	ctx := c.Request().Context()
	count, err := s.DB.CountChangeSets(ctx, f, web.AuditMostCount+1)
	if err != nil {
		return err
	}
	m.Count = words.Count(count, "change")
	if count > web.AuditMostCount {
		m.Count = "more than " + words.Count(web.AuditMostCount, "change")
	}
	sets, err := s.DB.ChangeSets(ctx, f, web.AuditPage+1)
	if err != nil {
		return err
	}
	if len(sets) > web.AuditPage {
		sets = sets[:web.AuditPage]
		m.Next = q.Page(sets[web.AuditPage-1].ID)
	}
	if q.Sort == "" && q.Before != 0 || q.Sort != "" && q.After != 0 {
		m.First = q.URL("/admin/audit", "", "")
	}
	m.Days = changesByDay(c, sets, changeQuery{q.Account, q.Feature}, time.Now())
	return nil
}

// auditFields fills the filter's fields, with the names that the log knows.
func (s *Surface) auditFields(c echo.Context, q web.AuditQuery) (m views.AuditFilterModel, err error) {
	names, err := s.DB.AuditNames(c.Request().Context())
	if err != nil {
		return m, err
	}
	m = views.AuditFilterModel{
		Account: q.Account, From: q.From, To: q.To,
		Feature: views.SelectModel{ID: "feature", Name: "feature", Label: "Feature", Value: q.Feature, Options: []views.Option{{Text: "Any feature"}}},
		Person:  views.SelectModel{ID: "person", Name: "person", Label: "Person", Value: q.Person, Options: []views.Option{{Text: "Anyone"}}},
		Action:  views.SelectModel{ID: "action", Name: "action", Label: "Action", Value: q.Action, Options: []views.Option{{Text: "Any action"}}},
	}
	for _, f := range s.Live.Catalogue().Features() {
		m.Feature.Options = append(m.Feature.Options, views.Option{Value: f.Key, Text: f.Name})
	}
	for _, key := range names.Features {
		if _, err := s.Live.Catalogue().Feature(key); err != nil {
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
