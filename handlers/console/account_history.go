package console

import (
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/views"
)

// historyPage is how many changes the history section shows at once.
const historyPage = 50

// ShowAccountHistory is the section with everything that happened to an account, page by page.
func (s *Surface) ShowAccountHistory(c echo.Context) error {
	a, err := s.AccountOf(c)
	if err != nil {
		return err
	}
	var before int64
	if text := c.QueryParam("before"); text != "" {
		if before, err = strconv.ParseInt(text, 10, 64); err != nil || before < 1 {
			return &features.Error{Kind: features.NotFound, Message: "There is no such page of the history."}
		}
	}
	history, err := s.accountHistory(c, a, before, historyPage)
	if err != nil {
		return err
	}
	frame, err := s.framed(c, a, "history")
	if err != nil {
		return err
	}
	content := views.AccountHistoryPage(frame, history)
	return s.page(c, s.shell(c, "History of "+a.Name, "accounts"), content, content)
}

// accountHistory gives what happened to an account before a change set, 0 for the newest.
func (s *Surface) accountHistory(c echo.Context, a *features.Account, before int64, limit int) (history views.HistoryModel, err error) {
	changes, err := s.DB.ChangeSets(c.Request().Context(), db.AuditFilter{Account: a.ID, Before: before}, limit+1)
	if err != nil {
		return history, err
	}
	history.URL, history.All = c.Request().URL.RequestURI(), "/admin/accounts/"+a.Slug+"/history"
	if before != 0 {
		history.Newest = history.All
	}
	if len(changes) > limit {
		changes = changes[:limit]
		history.Older = history.All + "?before=" + strconv.FormatInt(changes[limit-1].ID, 10)
	}
	now := time.Now()
	for _, change := range changes {
		entry, err := s.historyEntry(c, change, now)
		if err != nil {
			return history, err
		}
		history.Entries = append(history.Entries, entry)
	}
	return history, nil
}

// historyEntry is one change in a history. Undo is offered where there is something to take back and the change concerns
// nothing else; the change sets of many accounts are undone from their own page, where their extent can be seen.
func (s *Surface) historyEntry(c echo.Context, change db.ChangeSet, now time.Time) (views.TimelineEntry, error) {
	id := strconv.FormatInt(change.ID, 10)
	entry := views.TimelineEntry{
		ID:       "change-" + id,
		Text:     change.Summary,
		Note:     change.ActorName,
		When:     views.When(change.At, now),
		Datetime: change.At.UTC().Format(time.RFC3339),
		URL:      "/admin/audit/" + id,
	}
	if change.Reason != "" {
		entry.Note += ": " + change.Reason
	}
	if change.UndoneBy != 0 {
		entry.Note += " (undone)"
	}
	if change.Rows != 1 || !undoable(change) || !mayUndo(c, change) {
		return entry, nil
	}
	can, err := s.DB.CanUndo(c.Request().Context(), change.ID)
	if can {
		entry.Undo = s.toast(c, "", change.ID).Undo
	}
	return entry, err
}
