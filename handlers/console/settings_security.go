package console

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/registry"
	"flagstone/views"
	"flagstone/words"
)

const (
	securityPath      = settingsPath + "/security"
	securityPage      = 50     // events on a page
	securityMostCount = 10_000 // events are counted up to here
	securityBatch     = 1000   // events read at a time for an export
)

// securityQuery is a filter of the security log as the page's address has it.
type securityQuery struct {
	event, person, address string
	before                 int64
}

func readSecurityQuery(c echo.Context) (q securityQuery, err error) {
	trimmed := func(name string) string { return strings.TrimSpace(c.QueryParam(name)) }
	q = securityQuery{event: trimmed("event"), person: trimmed("person"), address: trimmed("address")}
	q.before, err = web.WholeNumber(trimmed("before"))
	return q, err
}

func (q securityQuery) url(path, name, value string) string {
	return web.Address(path, web.NonEmpty(map[string]string{"event": q.event, "person": q.person, "address": q.address, name: value}))
}

func (s *Surface) securityFilter(q securityQuery) db.SecurityFilter {
	f := db.SecurityFilter{Event: features.SecurityEventKind(q.event), Person: q.person, IP: q.address, Before: q.before}
	if q.person != "" {
		f.EmailHash = s.EmailHash(q.person)
	}
	return f
}

// ShowSecurity shows who signed in and who could not, newest first.
func (s *Surface) ShowSecurity(c echo.Context) error {
	q, err := readSecurityQuery(c)
	if err != nil {
		return err
	}
	ctx, filter := c.Request().Context(), s.securityFilter(q)
	if err := s.KeepSecurityLog(ctx); err != nil {
		return err
	}
	count, err := s.DB.CountSecurityEvents(ctx, filter, securityMostCount+1)
	if err != nil {
		return err
	}
	events, err := s.DB.SecurityEvents(ctx, filter, securityPage+1)
	if err != nil {
		return err
	}
	model := views.SecurityModel{
		URL: c.Request().URL.RequestURI(), Event: q.event, Person: q.person, Address: q.address, Filtered: q.url("", "", "") != "",
		CSV: q.url(securityPath+"/export.csv", "", ""), Count: words.Count(min(count, securityMostCount), "event"),
	}
	if count > securityMostCount {
		model.Count = "More than " + model.Count
	}
	if q.before != 0 {
		model.Newest = q.url(securityPath, "", "")
	}
	if len(events) > securityPage {
		events = events[:securityPage]
		model.Older = q.url(securityPath, "before", strconv.FormatInt(events[securityPage-1].ID, 10))
	}
	now := time.Now()
	for _, e := range events {
		model.Rows = append(model.Rows, securityRow(e, now))
	}
	return web.Render(c, http.StatusOK, inShell(s.shell(c, "Security log", "settings"), views.SecurityPage(model)))
}

func securityRow(e features.SecurityEvent, now time.Time) views.SecurityRowModel {
	row := views.SecurityRowModel{
		ID: "event-" + strconv.FormatInt(e.ID, 10), At: views.When(e.At, now), Event: string(e.Event), Person: e.Email, Actor: e.Actor,
		Address: e.IP, Device: views.Device(e.UserAgent), Detail: e.Detail, Count: e.Count,
	}
	if row.Person == "" && e.EmailHash != "" {
		row.Person = "Unknown e-mail"
	}
	return row
}

// ExportSecurity streams what the filter leaves as CSV. When something fails on the way it breaks the connection off, so
// that nobody takes part of a log for the whole.
func (s *Surface) ExportSecurity(c echo.Context) error {
	q, err := readSecurityQuery(c)
	if err != nil {
		return err
	}
	ctx, filter := c.Request().Context(), s.securityFilter(q)
	s.NoteSecurity(c, features.SecurityEvent{Event: features.DataExported, Detail: c.Path()})
	if err := s.KeepSecurityLog(ctx); err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	header.Set("Content-Disposition", `attachment; filename="flagstone-security-`+time.Now().UTC().Format(time.DateOnly)+`.csv"`)
	header.Set("Cache-Control", "private, no-store")
	if err := s.writeSecurity(c, filter); err != nil {
		s.Log.Error("exporting the security log", "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

func (s *Surface) writeSecurity(c echo.Context, filter db.SecurityFilter) error {
	out := csv.NewWriter(c.Response())
	err := out.Write([]string{registry.ByteOrderMark + "at", "event", "count", "email", "email_hash", "by", "ip_address", "user_agent", "detail"})
	for err == nil {
		var events []features.SecurityEvent
		if events, err = s.DB.SecurityEvents(c.Request().Context(), filter, securityBatch); err != nil || len(events) == 0 {
			break
		}
		for _, e := range events {
			line := []string{
				e.At.UTC().Format(time.RFC3339Nano), string(e.Event), strconv.Itoa(e.Count), e.Email, e.EmailHash, e.Actor, e.IP, e.UserAgent, e.Detail,
			}
			for i := range line {
				line[i] = registry.GuardCell(line[i])
			}
			if err := out.Write(line); err != nil {
				return err
			}
		}
		filter.Before = events[len(events)-1].ID
	}
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	return err
}
