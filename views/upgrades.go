package views

import (
	"strconv"

	"github.com/a-h/templ"

	"flagstone/words"
)

// UpgradesModel is one page of the queue of upgrade requests.
type UpgradesModel struct {
	URL      string // of this page, filters, order and page included
	Query    string
	Choosers []SelectModel
	Filtered bool
	Count    string // "3 requests"
	Sort     string // as it stands in the address
	Columns  []SortHeaderModel
	Rows     []UpgradeRowModel
	Pager    PagerModel
	Any      bool // there are requests, whatever the filter leaves
	MayEdit  bool
}

// UpgradeRowModel is a request with what is to be known of whoever asks.
type UpgradeRowModel struct {
	ID        int64
	Account   Link
	Tier      string // its name; "" for none
	TierPlace int    // in the order of the plans, from 1
	Suspended bool
	Contact   string
	Feature   FeatureNameModel
	Now       string // what the account has of it: "10", "off"
	Message   string
	AskedBy   string
	Asked     string // when, for people
	Age       string // how long ago: "3 days ago"
	Status    BadgeModel
	Pending   bool
	Decided   string // "by Dana, today 09:14"; "" while it is pending
	Note      string
	MayEdit   bool
}

// URL is the address of something that can be done with the request: "/approve".
func (m UpgradeRowModel) URL(below string) string {
	return "/admin/upgrades/" + strconv.FormatInt(m.ID, 10) + below
}

func (m UpgradeRowModel) domID(part string) string { return part + "-" + strconv.FormatInt(m.ID, 10) }

func (m UpgradeRowModel) subject() string { return m.Account.Text + ": " + m.Feature.Name }

// ApprovalFields is what approving a request gives.
type ApprovalFields struct {
	Request          UpgradeRowModel
	Version          string // of the account's cell
	Field            ValueField
	Dependencies     []string // names of features that are off and that it depends on
	WithDependencies bool     // they shall be switched on, too
	Note             string
	Expires          string // as the field has it, in UTC
	Effect           ApprovalEffect
	Conflict         string // who has given the account something else meanwhile; "" for nobody
	Errors           map[string]string
}

// ValueField is what the value is typed into.
type ValueField struct {
	Type    string // of the feature: boolean, integer, string, json
	Value   string
	Hint    string
	Options []string // where it is one of a list
}

// ApprovalEffect is what an approval would change for the account, feature by feature, and what would keep it from that.
type ApprovalEffect struct {
	Rows    []DiffRow
	Waits   string // what it waits for: "It takes effect once the kill switch is on again."; "" for nothing
	Problem string // why there is nothing to show, such as a value that does not fit
}

// noteError is what is wrong with the note, which is the reason of the change too.
func (m ApprovalFields) noteError() string { return m.Errors["reason"] }

func (m ApprovalFields) dependencyNames() string {
	return words.ListSome(m.Dependencies, len(m.Dependencies))
}

func (m ApprovalFields) number() InputModel {
	return InputModel{
		ID: "approve-value", Name: "value", Type: "number", Label: "New value", Hint: m.Field.Hint, Value: m.Field.Value, Error: m.Errors["value"],
		Attributes: templ.Attributes{"step": "1", "autofocus": true, "inputmode": "numeric"},
	}
}

func (m ApprovalFields) text() InputModel {
	return InputModel{
		ID: "approve-value", Name: "value", Label: "New value", Hint: m.Field.Hint, Value: m.Field.Value, Error: m.Errors["value"],
		Attributes: templ.Attributes{"autofocus": true, "autocomplete": "off"},
	}
}

func (m ApprovalFields) choice() SelectModel {
	field := SelectModel{ID: "approve-value", Name: "value", Label: "New value", Hint: m.Field.Hint, Value: m.Field.Value, Error: m.Errors["value"]}
	if m.Field.Value == "" {
		field.Options = append(field.Options, Option{"", "Choose a value"})
	}
	for _, option := range m.Field.Options {
		field.Options = append(field.Options, Option{option, option})
	}
	return field
}

func (m ApprovalFields) json() FieldModel {
	return FieldModel{For: "approve-value", Label: "New value", Hint: m.Field.Hint, Error: m.Errors["value"]}
}

// NoteFields is why a request is rejected or withdrawn.
type NoteFields struct {
	Request  UpgradeRowModel
	Required bool
	Note     string
	Error    string // what is wrong with the note
}

func (m NoteFields) field() FieldModel {
	field := FieldModel{For: "upgrade-note", Label: "Note", Hint: "The account sees it in its portal. Optional.", Error: m.Error}
	if m.Required {
		field.Hint = "The account sees it in its portal. Explain why, and what it can do instead."
	}
	return field
}

// AccountUpgradesModel is the latest requests of one account, on its page.
type AccountUpgradesModel struct {
	Rows []UpgradeRowModel
	All  string // the address of all of them; "" where there are none
}
