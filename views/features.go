package views

import (
	"net/url"
	"slices"
	"strings"
)

// FeaturesModel is one page of the list of features.
type FeaturesModel struct {
	URL      string // of this page, filters, order and page included
	Query    string
	Choosers []SelectModel
	Filtered bool
	Count    string // "3 of 38 features"
	Sort     string // as it stands in the address
	Columns  []SortHeaderModel
	Rows     []RegistryRowModel
	Pager    PagerModel
	Registry int  // features there are, whatever the filter leaves
	Counting bool // some of them are still being counted
	MayEdit  bool

	Categories []CategoryModel
}

// RegistryRowModel is a feature in the list.
type RegistryRowModel struct {
	FeatureNameModel
	Help      string
	Category  string
	Owner     string
	Badge     BadgeModel
	Stale     string // why it is stale; "" where it is not
	Asked     string // when a portal last asked for it
	Rollout   string // its strategy, in a word or two
	Sentence  string // who has it, in plain words
	Changed   string // when, for people
	ChangedBy string
	Kill      KillSwitchModel
}

// FeatureNameModel is how a feature is named wherever it stands.
type FeatureNameModel struct {
	Key  string
	Name string
	Icon string // as the registry has it

	Premium, RequiresSetup bool
	Deprecated             bool
	Instead                string // what to use where it is deprecated; may be empty
}

// URL is the address of the feature's page, or of something below it: "/edit".
func (m FeatureNameModel) URL(below string) string {
	return "/admin/features/" + url.PathEscape(m.Key) + below
}

// featureIcons are the icons that a feature can be shown with; any other name shows the common one.
var featureIcons = []string{
	"book", "bot", "calendar", "chart", "components", "eye", "key", "mail", "models", "package", "receipt", "sparkle",
	"support", "ticket", "users", "wallet",
}

// FeatureIcons gives the names of the icons that the console can show beside a feature.
func FeatureIcons() []string { return slices.Clone(featureIcons) }

func (m FeatureNameModel) icon() string {
	name := strings.TrimSuffix(strings.ToLower(m.Icon), "open") // bookOpen, as icon sets for the web name it
	if slices.Contains(featureIcons, name) {
		return name
	}
	return "features"
}

// KillSwitchModel is a feature's kill switch. It changes nothing by itself: it asks first.
type KillSwitchModel struct {
	FeatureNameModel
	On      bool
	Large   bool
	MayEdit bool
}

func (m KillSwitchModel) wanted() string {
	if m.On {
		return "false"
	}
	return "true"
}

func (m KillSwitchModel) askURL() string { return m.URL("/kill?enabled=" + m.wanted()) }

func (m KillSwitchModel) checked() string {
	if m.On {
		return "true"
	}
	return "false"
}
