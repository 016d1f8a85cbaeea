package views

import (
	"strings"

	"flagstone/words"
)

// AccountFrameModel is what every page of one account shows above its own content.
type AccountFrameModel struct {
	ID           int64
	Tab          string // the section shown: features, users, history or details
	Slug         string
	Name         string
	Tier         string // its name, or "" for none
	TierPlace    int    // among the tiers, from 1
	Suspended    bool
	ExternalID   string
	TargetingKey string
	ContactEmail string
	PostalCode   string
	Since        string // when the account was created, for people
	Features     int    // active features there are
	On           int    // of them on for this account
	Some         int    // of them on for some of its users
	Overridden   int
	Users        int
	MayEdit      bool // shows what writes
}

// URL is the address of the account's page, or of something below it: "/edit".
func (m AccountFrameModel) URL(below string) string { return "/admin/accounts/" + m.Slug + below }

func (m AccountFrameModel) tabs() []Tab {
	return []Tab{
		{Text: "Features", URL: m.URL(""), Count: words.Number(m.Features), Current: m.Tab == "features"},
		{Text: "Users", URL: m.URL("/users"), Count: words.Number(m.Users), Current: m.Tab == "users"},
		{Text: "History", URL: m.URL("/history"), Current: m.Tab == "history"},
		{Text: "As of", URL: m.URL("/as-of"), Current: m.Tab == "as-of"},
		{Text: "Details", URL: m.URL("/edit"), Current: m.Tab == "details"},
	}
}

// here is the address of the section that is shown.
func (m AccountFrameModel) here() string {
	for _, tab := range m.tabs() {
		if tab.Current {
			return tab.URL
		}
	}
	return m.URL("")
}

// countID lets the number of features on follow a list of features; another section may have a count of its own.
func (m AccountFrameModel) countID() string {
	if m.Tab == "features" {
		return "count"
	}
	return "features-on"
}

// facts are shown in one line, those that are known.
func (m AccountFrameModel) facts() []Fact {
	var known []Fact
	for _, fact := range [...]Fact{
		{"Slug", m.Slug},
		{"External ID", m.ExternalID},
		{"Targeting key", m.TargetingKey},
		{"Contact", m.ContactEmail},
		{"Postal code", m.PostalCode},
		{"Customer since", m.Since},
	} {
		if fact.Value != "" {
			known = append(known, fact)
		}
	}
	return known
}

// Fact is one thing known, under its name.
type Fact struct{ Name, Value string }

// AccountPageModel is the section with an account's features.
type AccountPageModel struct {
	Frame      AccountFrameModel
	URL        string // this page's own address, with search and filter
	Search     string
	Show       string // "", on, off, some or overridden
	Categories []FeatureCategoryModel
	Members    []MemberModel // the first of them
	Upgrades   AccountUpgradesModel
	History    HistoryModel
}

// shows are the choices of the filter, each with how many features it leaves when nothing is searched for.
func (m AccountPageModel) shows() []showModel {
	f := m.Frame
	return []showModel{
		{"", "All", f.Features, m.Show == ""},
		{"on", "On", f.On, m.Show == "on"},
		{"off", "Off", f.Features - f.On - f.Some, m.Show == "off"},
		{"some", "Some", f.Some, m.Show == "some"},
		{"overridden", "Overridden", f.Overridden, m.Show == "overridden"},
	}
}

type showModel struct {
	value, text string
	count       int
	current     bool
}

// FeatureCategoryModel is the features of one category, as far as search and filter leave them.
type FeatureCategoryModel struct {
	ID   string // unique on the page, the same each time
	Name string
	On   int // of all features in the category
	Some int // on for some of the account's people
	Of   int
	Rows []FeatureRowModel
}

// MemberModel is one of an account's people.
type MemberModel struct {
	Name, Email, Role string
}

// HistoryModel is what happened to an account, newest first.
type HistoryModel struct {
	Entries []TimelineEntry
	URL     string // of this page of it
	All     string // where all of it is
	Older   string // the next page, "" for none
	Newest  string // the first page, "" when this is it
}

// AccountStatusModel asks whether to suspend an account or to make it active again.
type AccountStatusModel struct {
	Slug, Name string
	Suspend    bool
	Changing   []string // the features that go off, or on, by name
	CSRFToken  string
	Reason     string
	Errors     map[string]string
}

func (m AccountStatusModel) title() string {
	if m.Suspend {
		return "Suspend " + m.Name + "?"
	}
	return "Reactivate " + m.Name + "?"
}

func (m AccountStatusModel) submit() string {
	if m.Suspend {
		return "Suspend account"
	}
	return "Reactivate account"
}

func (m AccountStatusModel) wanted() string {
	if m.Suspend {
		return "suspended"
	}
	return "active"
}

func (m AccountStatusModel) hint() string {
	if m.Suspend {
		return "Its users can still sign in, but its portal shows no features. Its settings are kept."
	}
	return "Its features become what they were set to."
}

// effect says how many features change: "3 features go off."
func (m AccountStatusModel) effect() string {
	verb, one := "go", "goes"
	if len(m.Changing) == 1 {
		verb = one
	}
	state := "on"
	if m.Suspend {
		state = "off"
	}
	if len(m.Changing) == 0 {
		return "No feature changes."
	}
	return words.Count(len(m.Changing), "feature") + " " + verb + " " + state + "."
}

// forSome adds to a count those that only some people have: ", 1 for some".
func forSome(n int) string {
	if n == 0 {
		return ""
	}
	return ", " + words.Number(n) + " for some"
}

// AccountDeletionFields say what goes with an account that is deleted.
type AccountDeletionFields struct {
	Loses            []string // the features that it has, by name
	Users, Overrides int
	Requests         int // upgrade requests, decided ones too
	Reason, Error    string
}

func (m AccountDeletionFields) effect() string {
	if len(m.Loses) == 0 {
		return "No feature is on for it."
	}
	return "It loses " + words.Count(len(m.Loses), "feature") + "."
}

// parts says what goes along: "Its 2 overrides and 1 upgrade request go with it. Its 1 user loses its portal, and stays a
// user."
func (m AccountDeletionFields) parts() string {
	var gone []string
	if m.Overrides > 0 {
		gone = append(gone, words.Count(m.Overrides, "override"))
	}
	if m.Requests > 0 {
		gone = append(gone, words.Count(m.Requests, "upgrade request"))
	}
	text := "It has no overrides and no upgrade requests."
	if gone != nil {
		text = "Its " + strings.Join(gone, " and ") + words.Form(m.Overrides+m.Requests, " goes", " go") + " with it."
	}
	switch m.Users {
	case 0:
		return text
	case 1:
		return text + " Its 1 user loses its portal, and stays a user."
	}
	return text + " Its " + words.Number(m.Users) + " users lose its portal, and stay users."
}
