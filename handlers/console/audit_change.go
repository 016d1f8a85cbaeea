package console

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"flagstone/db"
	"flagstone/features"
	"flagstone/handlers/web"
	"flagstone/views"
	"flagstone/words"
)

// changesByDay groups change sets, newest first, by their day in UTC.
func changesByDay(c echo.Context, sets []db.ChangeSet, about changeQuery, now time.Time) (days []views.AuditDayModel) {
	for _, set := range sets {
		title := dayTitle(set.At, now)
		if len(days) == 0 || days[len(days)-1].Title != title {
			days = append(days, views.AuditDayModel{Title: title})
		}
		day := &days[len(days)-1]
		change := changeModel(c, set)
		change.About = about.url("", 0)
		day.Changes = append(day.Changes, change)
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
func changeModel(c echo.Context, set db.ChangeSet) views.ChangeModel {
	m := views.ChangeModel{
		ID: set.ID, Time: set.At.UTC().Format("15:04"), Datetime: set.At.UTC().Format(time.RFC3339),
		Who: set.ActorName, Summary: goesOn(set.Summary), Reason: set.Reason, Size: changeSize(set),
		Badge: changeBadge(set), Undoable: undoable(set) && mayUndo(c, set),
		Title: words.Capital(goesOn(set.Summary)), When: views.When(set.At, time.Now()),
	}
	if set.ActorKind != features.ByUser {
		m.WhoIcon = "settings"
	}
	return m
}

// goesOn makes a summary the rest of a sentence that begins with who.
func goesOn(summary string) string {
	if verb, what, found := strings.Cut(summary, ": "); found && (verb == "Undid" || verb == "Redid") {
		return strings.ToLower(verb) + ` "` + what + `"`
	}
	_, first := utf8.DecodeRuneInString(summary)
	return strings.ToLower(summary[:first]) + summary[first:]
}

// undoable tells the change sets for which undo is worth offering: not those that are undone as a whole, nor what nothing
// brings back. Whether anything is left to undo, db.PlanUndo says.
func undoable(set db.ChangeSet) bool {
	switch set.Action {
	case "user.password", "user.invite", "user.reset", "session.revoke", "override.expire", "key.revoke":
		return false
	}
	return set.Undone < set.Rows
}

func changeBadge(set db.ChangeSet) views.BadgeModel {
	switch entity, _, _ := strings.Cut(set.Action, "."); {
	case set.PartlyUndone():
		return views.BadgeModel{Text: "partly undone"}
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
	case set.ActorKind == features.ByKey:
		return views.BadgeModel{Text: "API key"}
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
		return words.Count(set.Rows, "override")
	case entity == "account" && verb != "delete", entity == "bulk":
		return words.Count(set.Rows, "account")
	case entity == "feature", entity == "catalogue":
		return words.Count(set.Rows, "feature")
	case entity == "key":
		return words.Count(set.Rows, "API key")
	}
	return words.Count(set.Rows, "record")
}

// changeQuery says what of a change set is shown, as addresses do: what is about one account, by its slug, and one
// feature, by its key; "" for all.
type changeQuery struct{ account, feature string }

// url is the address at a path of what comes after a row of the log, 0 for the first.
func (q changeQuery) url(path string, after int64) string {
	names := map[string]string{"account": q.account, "feature": q.feature}
	if after != 0 {
		names["after"] = strconv.FormatInt(after, 10)
	}
	return web.Address(path, web.NonEmpty(names))
}

// changeFilter is what of a change set is shown, as the database takes it.
func (s *Surface) changeFilter(c echo.Context, q changeQuery) (f db.AuditFilter, err error) {
	f.Feature = q.feature
	if q.account == "" {
		return f, nil
	}
	a := s.Live.Accounts().Find(q.account)
	if a == nil {
		if a, err = s.DB.DeletedAccount(c.Request().Context(), q.account); err != nil {
			return f, err
		}
	}
	f.Account = a.ID
	return f, nil
}

// changeDetail is a change set with some of its rows, those after one that is shown already.
func (s *Surface) changeDetail(c echo.Context, set db.ChangeSet, about changeQuery, after int64) (m views.ChangeDetailModel, err error) {
	filter, err := s.changeFilter(c, about)
	if err != nil {
		return m, err
	}
	rows, err := s.DB.AuditRows(c.Request().Context(), filter, set.ID, after, web.AuditRows+1) // one more says that there are more
	if err != nil {
		return m, err
	}
	m = views.ChangeDetailModel{
		Change: changeModel(c, set), At: views.Moment(set.At), Action: views.ActionWords(set.Action),
		Through: through(set), IP: set.IP, UserAgent: set.UserAgent, Undoes: set.Undoes, UndoneBy: set.UndoneBy, Partly: set.PartlyUndone(),
	}
	if len(rows) > web.AuditRows {
		rows = rows[:web.AuditRows]
		m.More = about.url(m.Change.URL(""), rows[web.AuditRows-1].ID)
	}
	for _, row := range rows {
		m.Things = append(m.Things, s.changedThing(row))
	}
	if about == (changeQuery{}) || after != 0 {
		return m, nil
	}
	shown, err := s.DB.CountAuditRows(c.Request().Context(), filter, set.ID)
	m.Rest = set.Rows - shown
	return m, err
}

// through says by which door a change came. Users ask for upgrades in their portal, and have nothing else to change there.
func through(set db.ChangeSet) string {
	switch set.ActorKind {
	case features.ByCLI:
		return "the command line"
	case features.ByKey:
		return "the API, with a key"
	case features.BySystem:
		return "Flagstone itself"
	}
	if set.Action == "upgrade.ask" || set.Action == "upgrade.withdraw" {
		return "a portal"
	}
	return "the console"
}

// changedThing is one row of a change set, with names as they were then and links to what is there now.
func (s *Surface) changedThing(row db.AuditRow) views.ThingModel {
	m := views.ThingModel{Name: row.EntityName, Verb: verbs[row.Action], Fields: s.changedFields(row)}
	switch row.Entity {
	case "override":
		m.Kind = s.featureName(row.FeatureKey) + " for"
	case "upgrade_request":
		m.Kind = "Request for " + s.featureName(row.FeatureKey) + " of"
	case "feature":
		m.Kind = "Feature"
		if _, err := s.Live.Catalogue().Feature(row.FeatureKey); err == nil {
			m.URL = "/admin/features/" + row.FeatureKey
		}
	case "tier_feature":
		m.Kind = s.featureName(row.FeatureKey) + " in the tier"
	case "key":
		m.Kind = "API key"
	case "membership", "session":
		m.Kind = views.FieldWords("", row.Entity) + " of"
	default:
		m.Kind = views.FieldWords("", row.Entity)
	}
	account := s.Live.Accounts().ByID(row.AccountID)
	switch {
	case account == nil:
	case row.Entity == "membership":
		m.Verb = "in " + account.Name + ", " + m.Verb
	default:
		m.URL = "/admin/accounts/" + account.Slug
		m.Then = m.URL + "/as-of?revision=" + strconv.FormatInt(row.ChangeSet, 10)
	}
	return m
}

var verbs = map[string]string{"create": "added", "update": "changed", "delete": "removed"}

// featureName is what a feature is called now, or its key where there is none.
func (s *Surface) featureName(key string) string {
	if f, err := s.Live.Catalogue().Feature(key); err == nil {
		return f.Name
	}
	return key
}
