package views

import (
	"strconv"

	"flagstone/words"
)

// AccountsModel is the list of accounts and what narrows it.
type AccountsModel struct {
	URL             string // the list's own address
	ExportURL       string // the same list as a file
	ClearURL        string // the same list without search and filters
	Search          string
	Matching, Total int
	Filtered        bool
	Chips           []FilterChipModel
	Fields          AccountPickersModel
	Sort            string // as the address names it
	Account         SortHeaderModel
	Tier            SortHeaderModel
	Change          SortHeaderModel
	Columns         []FeatureNameModel // the features that have a column
	Rows            []AccountRowModel
	Pager           PagerModel
	Narrowing       string // the part of the address that says which accounts match
	MayEdit         bool   // shows what writes
	MayImport       bool
	CSRFToken       string
}

func (m AccountsModel) count() string {
	if m.Matching == m.Total {
		return words.Number(m.Total)
	}
	return words.Number(m.Matching) + " of " + words.Number(m.Total)
}

func (m AccountsModel) caption() string {
	if len(m.Columns) == 0 {
		return "Accounts"
	}
	return "Accounts with the effective state of " + words.Count(len(m.Columns), "feature")
}

// AccountPickersModel is the fields of the filter and of what the list shows.
type AccountPickersModel struct {
	States  []SelectModel // one per feature
	Tiers   []ChoiceModel
	Status  SelectModel
	Columns []ChoiceModel
	Sizes   []ChoiceModel
}

// ChoiceModel is one box or one dot to choose.
type ChoiceModel struct {
	Name    string
	Value   string
	Text    string
	Checked bool
}

// AccountRowModel is one account in the list.
type AccountRowModel struct {
	ID        int64
	Name      string
	Slug      string
	Suspended bool
	Tier      string // its name, "" for none
	TierPlace int    // among the tiers, from 1
	Cells     []FlagCellModel
	Change    LastChangeModel
}

func (m AccountRowModel) id() string { return strconv.FormatInt(m.ID, 10) }

func (m AccountRowModel) url(below string) string { return "/admin/accounts/" + m.Slug + below }

// LastChangeModel is who last changed an account, and when.
type LastChangeModel struct {
	Account  int64
	When     string // for people
	Datetime string // for machines, RFC 3339
	By       string
}

func (m LastChangeModel) id() string { return "change-" + strconv.FormatInt(m.Account, 10) }

// FlagCellModel is one account's state of one feature, with the switch that overrides it.
type FlagCellModel struct {
	AccountID, FeatureID int64
	Account              string     // its name
	Slug                 string     // of the account
	Feature              string     // its name
	Key                  string     // of the feature
	Type                 string     // of the feature
	Word                 string     // the value in effect, as it stands alone
	Badge                BadgeModel // the same, where it cannot be edited
	Locked               string     // the tier that allows no override; "" for none
	On                   bool       // what is in effect, not what an override asks for
	Some                 string     // why only some of the account's people have it; "" where all or none have it
	Source               string     // where that came from, in a word or two
	Note                 string     // an override that cannot take effect, and why; "" for none
	Version              int64      // the revision of the cell's latest change, 0 where there was none
	MayEdit              bool
}

// ID is the cell's place on the page.
func (m FlagCellModel) ID() string {
	return "cell-" + strconv.FormatInt(m.AccountID, 10) + "-" + strconv.FormatInt(m.FeatureID, 10)
}

// URL is where the switch posts to.
func (m FlagCellModel) URL() string { return "/admin/accounts/" + m.Slug + "/cells/" + m.Key }

func (m FlagCellModel) version() string { return strconv.FormatInt(m.Version, 10) }

func (m FlagCellModel) someID() string { return m.ID() + "-some" }

func (m FlagCellModel) form() SwitchFormModel {
	model := SwitchModel{ID: m.ID() + "-switch", Name: "enabled", Label: m.Feature + " for " + m.Account, On: m.On, Disabled: !m.MayEdit}
	if m.Some != "" {
		model.Some = m.someID()
	}
	return SwitchFormModel{Action: m.URL(), Target: "#" + m.ID(), Switch: model}
}
