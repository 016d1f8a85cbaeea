package views

import (
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"flagstone/words"
)

// AuditModel is one page of the audit log.
type AuditModel struct {
	URL      string // of this page, its filter included
	Filter   AuditFilterModel
	Chips    []FilterChipModel
	Count    string // of the change sets that the filter leaves: "1,284 changes"
	Days     []AuditDayModel
	Problem  string // why nothing can be shown, such as an account that is not known; "" when all is well
	Choices  []Link // accounts that may have been meant, each leading to its log
	Filtered bool
	Sort     string // "at" when the oldest come first
	Order    Link   // to the same the other way round
	First    string // the first page, when this is a later one
	Next     string // the next page, when there is one
	CSV      string // the export of what the filter leaves
	JSON     string
}

// AuditFilterModel is what the filter fields hold.
type AuditFilterModel struct {
	Account  string
	Feature  SelectModel
	Person   SelectModel
	Action   SelectModel
	From, To string // days, such as 2026-11-22
}

// AuditDayModel is one day's change sets, newest first.
type AuditDayModel struct {
	Title   string // "Today, 22 November"
	Changes []ChangeModel
}

// ChangeModel is one change set in a list.
type ChangeModel struct {
	ID       int64
	Time     string // of the day: "09:14"
	When     string // with its day: "18 Nov 16:02"
	Datetime string // for machines, RFC 3339
	Who      string
	WhoIcon  string // for an actor who is no person: "key"
	Title    string // "Switched AI Agents on for Arizona Comedy"
	Summary  string // the same, to go on from who: "switched AI Agents on for Arizona Comedy"
	Reason   string
	Size     string // "182 overrides"
	Badge    BadgeModel
	Undoable bool   // and the reader may
	About    string // what of it is shown within the log, for its address: "?account=arizona-comedy"; "" for all
}

// URL is the change set's own page, or something below it: "/undo".
func (m ChangeModel) URL(below string) string {
	return "/admin/audit/" + strconv.FormatInt(m.ID, 10) + below
}

// domID names a part of the page that belongs to the change set.
func (m ChangeModel) domID(part string) string { return part + "-" + strconv.FormatInt(m.ID, 10) }

func (m ChangeModel) number() string { return "#" + words.Number(m.ID) }

// ChangeDetailModel is a change set with what it changed, page by page.
type ChangeDetailModel struct {
	Change    ChangeModel
	At        string // in full, in UTC
	Action    string // in words
	Things    []ThingModel
	More      string // where the next ones are; "" at the end
	Rest      int    // how many things it changed beside those that are about what was asked for
	Through   string // what the change came through: "the console", "the command line"
	IP        string
	UserAgent string
	Undoes    int64 // the change set that this one undid, 0 for none
	UndoneBy  int64 // the change set that undid this one, 0 for none
	Partly    bool  // UndoneBy has left some of it alone
}

func (m ChangeDetailModel) undoneTitle() string {
	if m.Partly {
		return "Partly undone by"
	}
	return "Undone by"
}

// ThingModel is one thing that a change set changed, field by field.
type ThingModel struct {
	Kind   string // "Override", "Feature"
	Name   string // as it was then
	URL    string // where it is now; "" for nowhere
	Verb   string // created, changed, removed
	Then   string // where it says what the account had then; "" for what is no account
	Fields []DiffRow
}

// UndoFields is what undoing a change set does, and why it shall be done.
type UndoFields struct {
	Effects FeatureEffectsModel
	Refusal string   // why nothing can be undone; "" when something can
	Revert  int      // things put back
	Names   []string // that the first of them have
	Unnamed int      // how many are beyond these
	Left    int      // things left unchanged
	Things  []LeftModel
	Notes   []string // what else to know: "2 users come back without a password."
	Reason  string
	Error   string // what is wrong with the reason
}

// LeftModel is one thing that an undo leaves alone.
type LeftModel struct {
	Name  string
	Why   string       // "changed since"
	Since *ChangeModel // the change that it has seen since; nil when that is not why
}

// more is how many are left unchanged beyond those that are listed.
func (m UndoFields) more() int { return m.Left - len(m.Things) }

func auditURL(id int64) string { return ChangeModel{ID: id}.URL("") }

func changeNumber(id int64) string { return ChangeModel{ID: id}.number() }

// reloaded makes part of a page fetch itself anew when something that it shows has been changed in a dialog or undone
// in a toast. url is the page's own.
func reloaded(part, url string) templ.Attributes {
	return templ.Attributes{
		"hx-get": url, "hx-trigger": "list:reload from:document", "hx-target": "this", "hx-select": part, "hx-swap": "outerHTML",
	}
}

// query is one name and value of an address.
func query(name, value string) string { return url.Values{name: {value}}.Encode() }
