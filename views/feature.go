package views

import "strings"

// FeatureFrameModel is the head of every page of one feature; Tab is the section that is shown.
type FeatureFrameModel struct {
	FeatureNameModel
	Tab      string // release, accounts, variants, tester, registry or history
	Address  string // of this page, its place in lists included
	Help     string
	Category string
	Badge    BadgeModel
	Sentence string
	Kill     KillSwitchModel
	Holders  int // accounts that have it, at least for some of their people
	Variants int
	MayEdit  bool
}

func (m FeatureFrameModel) tabs() []Tab {
	tabs := []Tab{
		{Text: "Release", URL: m.URL(""), Current: m.Tab == "release"},
		{Text: "Accounts", URL: m.URL("/accounts"), Count: Number(m.Holders), Current: m.Tab == "accounts"},
		{Text: "Variants", URL: m.URL("/variants"), Current: m.Tab == "variants"},
		{Text: "Tester", URL: m.URL("/tester"), Current: m.Tab == "tester"},
		{Text: "Registry", URL: m.URL("/registry"), Current: m.Tab == "registry"},
		{Text: "History", URL: m.URL("/history"), Current: m.Tab == "history"},
	}
	if m.Variants > 0 {
		tabs[2].Count = Number(m.Variants)
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
	On, Some      int // have it, have it for some of their people
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
	On      bool
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
	Default      string // "On" or "Off"
	Permanent    string // "Yes" or "No"
	Place        string // among the features
	FlagName     string // in the portal's flags
	ProducerName string // in the flags of /api/v1/producers/me/
	Created      string
	Updated      string
	Active       bool // false once it is retired

	Models, Components []GatedModel // that it gates
}

// GatedModel is a model or a component that a feature gates.
type GatedModel struct {
	Link
	Key    string
	Badges []BadgeModel
	Note   string
}

func (m FeatureRegistryModel) facts() []Fact {
	return []Fact{
		{"By default", m.Default},
		{"Category", m.Frame.Category},
		{"Subcategory", m.Subcategory},
		{"Owner", m.Owner},
		{"Meant to stay", m.Permanent},
		{"Place in lists", m.Place},
		{"Created", m.Created},
		{"Last changed", m.Updated},
	}
}

// gated counts what the feature gates: "3 models, 1 component".
func (m FeatureRegistryModel) gated() string {
	var parts []string
	if n := len(m.Models); n > 0 {
		parts = append(parts, Count(n, "model", "models"))
	}
	if n := len(m.Components); n > 0 {
		parts = append(parts, Count(n, "component", "components"))
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

// FeatureFormModel is the form for a new feature or for one that is there.
type FeatureFormModel struct {
	New          bool
	Feature      FeatureNameModel // as it is stored
	CSRFToken    string
	Version      string // what the form is held against when it is saved
	Key, Name    string
	Help         string
	Category     string
	Subcategory  string
	Icon         string
	HelpURL      string
	Owner        string
	DisplayOrder string
	Default      bool
	Permanent    bool
	Categories   []string // to choose from
	Errors       map[string]string
	Conflict     *DiffModel // what someone else saved in between, beside what stands here; nil for none
	ConflictBy   string
}

func (m FeatureFormModel) action() string {
	if m.New {
		return "/admin/features"
	}
	return m.Feature.URL("")
}

// Title names the page.
func (m FeatureFormModel) Title() string {
	if m.New {
		return "New feature"
	}
	return "Edit " + m.Feature.Name
}

func (m FeatureFormModel) back() string {
	if m.New {
		return "/admin/features"
	}
	return m.Feature.URL("")
}

func (m FeatureFormModel) path() []Link {
	path := []Link{{"Features", "/admin/features"}}
	if !m.New {
		path = append(path, Link{m.Feature.Name, m.Feature.URL("")})
	}
	return path
}

func (m FeatureFormModel) helpField() FieldModel {
	return FieldModel{For: "description", Label: "Help text", Hint: "Shown beside the name: what an account gets with it.", Error: m.Errors["description"]}
}

func (m FeatureFormModel) submit() string {
	switch {
	case m.New:
		return "Create feature"
	case m.Conflict != nil:
		return "Save mine"
	}
	return "Save changes"
}

func onOffBadge(on bool) BadgeModel {
	if on {
		return BadgeModel{Text: "On", Kind: "good"}
	}
	return BadgeModel{Text: "Off"}
}
