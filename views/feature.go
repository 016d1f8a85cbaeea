package views

// FeatureModel is the page of one feature.
type FeatureModel struct {
	FeatureNameModel
	Address       string // of this page, its place in the overrides included
	Help          string
	HelpURL       string
	Category      string
	Subcategory   string
	Owner         string
	Default       string // "On" or "Off"
	Place         string // among the features
	Badge         BadgeModel
	Sentence      string
	Kill          KillSwitchModel
	FlagName      string // in the portal's flags
	ProducerName  string // in the flags of /api/v1/producers/me/
	Created       string
	Updated       string
	Accounts      int // there are
	Holders       int // accounts that have it
	HolderNames   []Link
	Overrides     []FeatureOverrideModel
	OverridePager PagerModel
	History       []ChangeModel
	MayEdit       bool
}

// FeatureOverrideModel is the override of one account, with who set it, when and why.
type FeatureOverrideModel struct {
	Account Link
	On      bool
	By      string
	When    string
	Reason  string
	Until   string // "" for no expiry
}

// HoldersURL is the list of the accounts that have the feature.
func (m FeatureModel) HoldersURL() string { return "/admin/accounts?f." + m.Key + "=on" }

func (m FeatureModel) facts() []Fact {
	return []Fact{
		{"By default", m.Default},
		{"Category", m.Category},
		{"Subcategory", m.Subcategory},
		{"Owner", m.Owner},
		{"Place in lists", m.Place},
		{"Created", m.Created},
		{"Last changed", m.Updated},
	}
}

// path leads to the feature from the list.
func (m FeatureModel) path() []Link {
	path := []Link{{"Features", "/admin/features"}}
	if m.Category != "" {
		path = append(path, Link{m.Category, "/admin/features?" + query("category", m.Category)})
	}
	return path
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
