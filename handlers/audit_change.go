package handlers

import (
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/views"
)

// changesByDay groups change sets, newest first, by their day in UTC.
func changesByDay(sets []db.ChangeSet, mayUndo bool, now time.Time) (days []views.AuditDayModel) {
	for _, set := range sets {
		title := dayTitle(set.At, now)
		if len(days) == 0 || days[len(days)-1].Title != title {
			days = append(days, views.AuditDayModel{Title: title})
		}
		day := &days[len(days)-1]
		day.Changes = append(day.Changes, changeModel(set, mayUndo))
	}
	return days
}

func dayTitle(at, now time.Time) string {
	at, now = at.UTC(), now.UTC()
	title := at.Format("2 January")
	if at.Year() != now.Year() {
		title += at.Format(" 2006")
	}
	switch at.Format(time.DateOnly) {
	case now.Format(time.DateOnly):
		return "Today, " + title
	case now.AddDate(0, 0, -1).Format(time.DateOnly):
		return "Yesterday, " + title
	}
	return at.Format("Monday, ") + title
}

// changeModel is one change set as lists show it.
func changeModel(set db.ChangeSet, mayUndo bool) views.ChangeModel {
	m := views.ChangeModel{
		ID: set.ID, Time: set.At.UTC().Format("15:04"), Datetime: set.At.UTC().Format(time.RFC3339),
		Who: set.ActorName, Summary: goesOn(set.Summary), Reason: set.Reason, Size: changeSize(set),
		Badge: changeBadge(set), Undoable: mayUndo && undoable(set),
		Title: capital(goesOn(set.Summary)), When: views.When(set.At, time.Now()),
	}
	if set.ActorKind != features.ByUser {
		m.WhoIcon = "settings"
	}
	return m
}

// goesOn makes a summary the rest of a sentence that begins with who.
func goesOn(summary string) string {
	if before, after, found := strings.Cut(summary, "Undid: "); found && before == "" {
		return `undid "` + after + `"`
	}
	return strings.ToLower(summary[:1]) + summary[1:]
}

// undoable tells the change sets for which undo is worth offering: creations and what concerns people cannot be taken
// back, nor what time did. Whether anything is left to undo, db.PlanUndo says.
func undoable(set db.ChangeSet) bool {
	entity, verb, _ := strings.Cut(set.Action, ".")
	switch {
	case set.UndoneBy != 0 || verb == "create" || set.Action == "account.import" || verb == "expire":
		return false
	}
	return entity == "undo" || entity == "bulk" || entity == "override" || entity == "account" || entity == "feature" ||
		entity == "registry"
}

func changeBadge(set db.ChangeSet) views.BadgeModel {
	switch entity, _, _ := strings.Cut(set.Action, "."); {
	case set.UndoneBy != 0:
		return views.BadgeModel{Text: "undone"}
	case set.Action == "feature.kill":
		return views.BadgeModel{Text: "kill switch", Kind: "bad"}
	case entity == "undo":
		return views.BadgeModel{Text: "undo", Kind: "warn"}
	case entity == "bulk":
		return views.BadgeModel{Text: "bulk"}
	case set.ActorKind == features.ByCLI:
		return views.BadgeModel{Text: "command line"}
	case set.ActorKind == features.BySystem:
		return views.BadgeModel{Text: "automatic"}
	}
	return views.BadgeModel{}
}

// changeSize counts what a change set changed, by what it is.
func changeSize(set db.ChangeSet) string {
	entity, verb, _ := strings.Cut(set.Action, ".")
	switch {
	case entity == "override", entity == "bulk" && verb != "set-tier":
		return views.Count(set.Rows, "override", "overrides")
	case entity == "account", entity == "bulk":
		return views.Count(set.Rows, "account", "accounts")
	case entity == "feature", entity == "catalogue":
		return views.Count(set.Rows, "feature", "features")
	}
	return views.Count(set.Rows, "record", "records")
}

// changeDetail is a change set with some of its rows; one row more than a page says that there are more.
func (s *Server) changeDetail(c echo.Context, set db.ChangeSet, rows []db.AuditRow) views.ChangeDetailModel {
	m := views.ChangeDetailModel{
		Change: changeModel(set, mayEdit(c)), At: views.Moment(set.At), Action: views.ActionWords(set.Action),
		Through: through(set.ActorKind), IP: set.IP, UserAgent: set.UserAgent, Undoes: set.Undoes, UndoneBy: set.UndoneBy,
	}
	if len(rows) > auditRows {
		rows = rows[:auditRows]
		m.More = m.Change.URL("?after=" + strconv.FormatInt(rows[auditRows-1].ID, 10))
	}
	for _, row := range rows {
		m.Things = append(m.Things, s.changedThing(row))
	}
	return m
}

func through(kind features.ActorKind) string {
	switch kind {
	case features.ByCLI:
		return "the command line"
	case features.BySystem:
		return "Flagstone itself"
	}
	return "the console"
}

// changedThing is one row of a change set, with names as they were then and links to what is there now.
func (s *Server) changedThing(row db.AuditRow) views.ThingModel {
	m := views.ThingModel{Name: row.EntityName, Verb: verbs[row.Action], Fields: s.changedFields(row)}
	switch row.Entity {
	case "override":
		m.Kind = s.featureName(row.FeatureKey) + " for"
	case "feature":
		m.Kind, m.URL = "Feature", "/admin/features/"+row.FeatureKey
	case "membership", "session":
		m.Kind = views.FieldWords("", row.Entity) + " of"
	default:
		m.Kind = views.FieldWords("", row.Entity)
	}
	account := s.live.Accounts().ByID(row.AccountID)
	switch {
	case account == nil:
	case row.Entity == "membership":
		m.Verb = "in " + account.Name + ", " + m.Verb
	default:
		m.URL = "/admin/accounts/" + account.Slug
	}
	return m
}

var verbs = map[string]string{"create": "added", "update": "changed", "delete": "removed"}

// featureName is what a feature is called now, or its key where there is none.
func (s *Server) featureName(key string) string {
	if f, err := s.live.Catalogue().Feature(key); err == nil {
		return f.Name
	}
	return key
}
