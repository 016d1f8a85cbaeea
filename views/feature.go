package views

import (
	"strings"

	"github.com/a-h/templ"

	"flagstone/words"
)

// FeatureFrameModel is the head of every page of one feature; Tab is the section that is shown.
type FeatureFrameModel struct {
	FeatureNameModel
	Tab      string // release, accounts, variants, links, tester, registry or history
	Address  string // of this page, its place in lists included
	Help     string
	HelpURL  string
	Type     string
	Category string
	Badge    BadgeModel
	Counting bool // the accounts that have it are still being counted
	Sentence string
	Kill     KillSwitchModel
	Holders  int // accounts that have it, at least for some of their users
	Variants int
	Links    int // to other features, of every kind
	MayEdit  bool
}

// countAgain has the sentence read again in a moment, while it is not known yet.
func (m FeatureFrameModel) countAgain() templ.Attributes {
	if !m.Counting {
		return nil
	}
	const sentence = "#feature-head .sentence"
	return templ.Attributes{"hx-get": m.Address, "hx-trigger": "load delay:700ms", "hx-select": sentence, "hx-swap": "outerHTML"}
}

func (m FeatureFrameModel) tabs() []Tab {
	tabs := []Tab{
		{Text: "Release", URL: m.URL(""), Current: m.Tab == "release"},
		{Text: "Accounts", URL: m.URL("/accounts"), Count: words.Number(m.Holders), Current: m.Tab == "accounts"},
		{Text: "Variants", URL: m.URL("/variants"), Current: m.Tab == "variants"},
		{Text: "Links", URL: m.URL("/links"), Current: m.Tab == "links"},
		{Text: "Tester", URL: m.URL("/tester"), Current: m.Tab == "tester"},
		{Text: "Registry", URL: m.URL("/registry"), Current: m.Tab == "registry"},
		{Text: "History", URL: m.URL("/history"), Current: m.Tab == "history"},
	}
	if m.Variants > 0 {
		tabs[2].Count = words.Number(m.Variants)
	}
	if m.Links > 0 {
		tabs[3].Count = words.Number(m.Links)
	}
	return tabs
}

// path leads to the feature from the list.
func (m FeatureFrameModel) path() []Link {
	path := []Link{{"Features", "/admin/features"}}
	if m.Category != "" {
		path = append(path, Link{m.Category, "/admin/features?" + query("category", m.Category)})
	}
	return path
}

// FeatureAccountsModel is who has a feature, and for whom it is overridden.
type FeatureAccountsModel struct {
	Frame         FeatureFrameModel
	Accounts      int // there are
	On, Some      int // have it, have it for some of their users
	OnNames       []Link
	SomeNames     []Link
	Overrides     []FeatureOverrideModel
	OverridePager PagerModel
}

// InState is the list of the accounts that have the feature in a state.
func (m FeatureAccountsModel) InState(state string) string {
	return "/admin/accounts?f." + m.Frame.Key + "=" + state
}

// FeatureOverrideModel is the override of one account, with who set it, when and why.
type FeatureOverrideModel struct {
	Account Link
	Value   BadgeModel
	Variant string // that it forces; "" for none
	By      string
	When    string
	Reason  string
	Until   string // "" for no expiry
}

// FeatureRegistryModel is what the registry knows of a feature.
type FeatureRegistryModel struct {
	Frame        FeatureFrameModel
	HelpURL      string
	Subcategory  string
	Owner        string
	Default      string // in words
	Allowed      string // the values that it may have, in words
	Schema       string // JSON, "" for none
	Metadata     string // JSON, "" for none
	Permanent    string // "Yes" or "No"
	Place        string // among the features
	FlagName     string // in the portal's flags
	ProducerName string // in the flags of /api/v1/producers/me/
	Created      string
	Updated      string
	Active       bool // false once it is retired

	Models, Components []RequiringModel // that require it
}

// RequiringModel is a model or a component that require a feature.
type RequiringModel struct {
	Link
	Key    string
	Badges []BadgeModel
	Note   string
}

func (m FeatureRegistryModel) facts() []Fact {
	return []Fact{
		{"Type", typeWord(m.Frame.Type)},
		{"By default", m.Default},
		{"Values", m.Allowed},
		{"Category", m.Frame.Category},
		{"Subcategory", m.Subcategory},
		{"Owner", m.Owner},
		{"Permanent", m.Permanent},
		{"Display order", m.Place},
		{"Created", m.Created},
		{"Last changed", m.Updated},
	}
}

// requiringWords counts what requires the feature: "3 models, 1 component".
func (m FeatureRegistryModel) requiringWords() string {
	var parts []string
	if n := len(m.Models); n > 0 {
		parts = append(parts, words.Count(n, "model"))
	}
	if n := len(m.Components); n > 0 {
		parts = append(parts, words.Count(n, "component"))
	}
	return strings.Join(parts, ", ")
}

// FeatureHistoryModel is what happened to a feature.
type FeatureHistoryModel struct {
	Frame   FeatureFrameModel
	Changes []ChangeModel
}

// KillFields is what moving a kill switch does, and why it shall be moved.
type KillFields struct {
	Effect  EffectModel
	Enabled string // the wanted position, as posted
	Reason  string
	Error   string // what is wrong with the reason
}
