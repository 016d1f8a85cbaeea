package views

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"flagstone/words"
)

// SwitchModel is one switch.
type SwitchModel struct {
	ID         string // unique and stable, so that focus survives the swap
	Name       string // of the form field; posted as "true" when on
	Label      string // what it switches and for whom: "AI Agents for Arizona Comedy"
	On         bool
	Some       string // the id of the text that says why it is on for some only; "" where it is on or off
	Disabled   bool
	Attributes templ.Attributes
}

// described leads from a switch that is neither on nor off to the text that says why. It shows as on: what is posted when
// it is moved is off.
func (m SwitchModel) described() templ.Attributes {
	if m.Some == "" {
		return nil
	}
	return templ.Attributes{"aria-describedby": m.Some, "data-on": "Some"}
}

func (m SwitchModel) word() string {
	if m.Some != "" {
		return "Some"
	}
	return onOff(m.On)
}

// SwitchFormModel is a switch that saves at once.
type SwitchFormModel struct {
	Action string // posted to
	Target string // what the answer replaces, as an htmx selector: "closest td"
	Switch SwitchModel
}

// BadgeModel is a badge; Kind is "", good, warn or bad.
type BadgeModel struct {
	Text string
	Kind string
	Icon string
}

// FilterChipModel is a filter in force: "Tier is" "Pro".
type FilterChipModel struct {
	Field     string
	Value     string
	RemoveURL string // the same list without this filter
}

// SearchModel is the search field of a list. It posts as "q".
type SearchModel struct {
	ID          string
	Value       string
	Label       string
	Placeholder string
}

// SortHeaderModel is the head of a sortable column.
type SortHeaderModel struct {
	ID        string // unique and stable, so that focus survives the swap
	Text      string
	URL       string // the same list, sorted by this column or the other way round
	Direction string // ascending, descending or ""
}

func (m SortHeaderModel) ariaSort() string {
	if m.Direction == "" {
		return "none"
	}
	return m.Direction
}

// PagerModel counts rows from 1. An empty URL is a page that does not exist.
type PagerModel struct {
	First, Last, Total int
	PreviousURL        string
	NextURL            string
}

// BannerModel is a banner; Kind is "", good, warn or bad.
type BannerModel struct {
	Kind  string
	Icon  string
	Alert bool
}

func (m BannerModel) role() string {
	if m.Alert {
		return "alert"
	}
	return "note"
}

// FieldModel is the frame around a control.
type FieldModel struct {
	For   string // the id of the control
	Label string
	Hint  string
	Error string
}

// FieldAttributes tie a control to the hint and the error of its field.
func FieldAttributes(m FieldModel) templ.Attributes {
	attributes := templ.Attributes{}
	var described []string
	if m.Error != "" {
		attributes["aria-invalid"] = "true"
		described = append(described, m.For+"-error")
	}
	if m.Hint != "" {
		described = append(described, m.For+"-hint")
	}
	if described != nil {
		attributes["aria-describedby"] = strings.Join(described, " ")
	}
	return attributes
}

// InputModel is a labelled input; Type is text when empty.
type InputModel struct {
	ID, Name, Type, Value string
	Label, Hint, Error    string
	Attributes            templ.Attributes
}

func (m InputModel) field() FieldModel {
	return FieldModel{For: m.ID, Label: m.Label, Hint: m.Hint, Error: m.Error}
}

func (m InputModel) inputType() string {
	if m.Type == "" {
		return "text"
	}
	return m.Type
}

// SelectModel is a labelled list to choose one from.
type SelectModel struct {
	ID, Name, Value    string
	Label, Hint, Error string
	Options            []Option
	Attributes         templ.Attributes
}

func (m SelectModel) field() FieldModel {
	return FieldModel{For: m.ID, Label: m.Label, Hint: m.Hint, Error: m.Error}
}

// Option is one choice of a SelectModel.
type Option struct {
	Value string
	Text  string
}

// Link is text that leads somewhere.
type Link struct {
	Text string
	URL  string
}

// Tab is one section of a page.
type Tab struct {
	Text    string
	URL     string
	Count   string // shown beside the text when not empty
	Current bool
}

// MenuModel is a button that opens a list of actions.
type MenuModel struct {
	ID    string // unique on the page
	Label string // says what the actions are about: "More for Arizona Comedy"
	Text  string // on the button; empty for three dots
}

// ProgressModel is work of which Done of Total is finished.
type ProgressModel struct {
	Label       string
	Done, Total int
}

func (m ProgressModel) ariaLabel() string {
	return fmt.Sprintf("%s: %s of %s", m.Label, words.Number(m.Done), words.Number(m.Total))
}

// DiffModel is a change field by field. The columns are headed Before and After unless named, as
// they are where two people saved the same thing.
type DiffModel struct {
	Caption       string
	Before, After string
	Rows          []DiffRow
}

// DiffRow is one field; an empty side means that there was no value.
type DiffRow struct {
	Field, Before, After string
}

func (m DiffModel) before() string {
	if m.Before == "" {
		return "Before"
	}
	return m.Before
}

func (m DiffModel) after() string {
	if m.After == "" {
		return "After"
	}
	return m.After
}

// TimelineEntry is one thing that happened.
type TimelineEntry struct {
	Text     string
	Note     string // who, or why
	When     string // for people: "2 h ago"
	Datetime string // for machines, RFC 3339
	URL      string // optional
	ID       string // unique on the page; needed with Undo
	Undo     *UndoModel
}

// DialogModel is the frame of a dialog.
type DialogModel struct {
	ID    string // unique; the title and the form derive theirs from it
	Title string
	Hint  string
}

// DialogFormModel is the form in a dialog. The button carries the number: "Enable for 182 accounts".
type DialogFormModel struct {
	ID        string
	Action    string
	CSRFToken string
	Submit    string // empty where nothing can be done but to close
	Danger    bool
	Hint      string
}

// ToastModel is a message in the corner.
type ToastModel struct {
	Text string
	Bad  bool // something was not done
	Undo *UndoModel
}

func (m ToastModel) icon() string {
	if m.Bad {
		return "warning"
	}
	return "check"
}

// UndoModel is where a toast's Undo posts to.
type UndoModel struct {
	Action    string
	CSRFToken string
}

func onOff(on bool) string {
	if on {
		return "On"
	}
	return "Off"
}

func tierIcon(place int) string {
	return "tier-" + strconv.Itoa(min(max(place, 1), 4))
}

// listAttributes take what belongs to a list out of the page that answers, and keep its address in
// the bar.
func listAttributes() templ.Attributes {
	attributes := reloadAttributes()
	attributes["hx-push-url"] = "true"
	return attributes
}

// reloadAttributes take what belongs to a list out of the page that answers: its rows, its count, the filters in force,
// the links that export it, the mode that it is in, and how many requests wait.
func reloadAttributes() templ.Attributes {
	return templ.Attributes{"hx-target": "#list", "hx-select": "#list", "hx-select-oob": "#count,#chips,#exports,#mode-banner,#mode,#pending"}
}

// listLink makes a link within a list (a page, a sort order) replace the list alone. Without script
// it is an ordinary link.
func listLink(url string) templ.Attributes {
	attributes := listAttributes()
	attributes["hx-get"] = url
	attributes["hx-swap"] = "outerHTML show:top showTarget:#main"
	return attributes
}
