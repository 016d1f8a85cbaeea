package views

import "flagstone/words"

// OverviewModel is the console's first page.
type OverviewModel struct {
	Live      int // features in use whose kill switch is on
	Killed    int
	Retired   int
	Active    int // accounts
	Suspended int
	Overrides int
	Pending   int // upgrade requests that wait
	Stale     int
	Unused    []UnusedFeature // in use, but stale or had by no account: the first of them
	UnusedAll int
	Changes   []ChangeModel
	MayEdit   bool
	IsAdmin   bool
	Counting  bool // some features are still being counted
}

// UnusedFeature is a feature that could go, and why.
type UnusedFeature struct {
	FeatureNameModel
	Why string
}

func (m OverviewModel) features() int { return m.Live + m.Killed + m.Retired }

func (m OverviewModel) accounts() int { return m.Active + m.Suspended }

// starting tells a console in which the first steps are still to be taken.
func (m OverviewModel) starting() bool { return m.features() == 0 || m.accounts() == 0 }

func featureSummary(m OverviewModel) string {
	text := words.Number(m.Live) + " on"
	if m.Killed > 0 {
		text += ", " + words.Number(m.Killed) + " killed"
	}
	if m.Retired > 0 {
		text += ", " + words.Number(m.Retired) + " retired"
	}
	return text
}

func accountSummary(m OverviewModel) string {
	text := words.Number(m.Active) + " active"
	if m.Suspended > 0 {
		text += ", " + words.Number(m.Suspended) + " suspended"
	}
	return text
}

func unusedText(m OverviewModel) string {
	if m.starting() {
		return "Nothing to show until there are features and accounts."
	}
	return "None: every feature is on for somebody, and portals ask for it."
}

// accountsLink is where accounts come from: admins may import many at once.
func accountsLink(m OverviewModel) Link {
	if m.IsAdmin {
		return Link{"Import accounts", "/admin/accounts/-/import"}
	}
	return Link{"New account", "/admin/accounts/-/new"}
}
