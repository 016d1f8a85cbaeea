package views

// AccountFrameModel is what every page of one account shows above its own content.
type AccountFrameModel struct {
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
	Overridden   int
	Users        int
	MayEdit      bool // shows what writes (spec §4, roles)
}

// URL is the address of the account's page, or of something below it: "/edit".
func (m AccountFrameModel) URL(below string) string { return "/admin/accounts/" + m.Slug + below }

func (m AccountFrameModel) tabs() []Tab {
	return []Tab{
		{Text: "Features", URL: m.URL(""), Count: Number(m.Features), Current: m.Tab == "features"},
		{Text: "Users", URL: m.URL("/users"), Count: Number(m.Users), Current: m.Tab == "users"},
		{Text: "History", URL: m.URL("/history"), Current: m.Tab == "history"},
		{Text: "Details", URL: m.URL("/edit"), Current: m.Tab == "details"},
	}
}

// facts are shown in one line; those that are not known say so.
func (m AccountFrameModel) facts() []Fact {
	return []Fact{
		{"Slug", m.Slug},
		{"External ID", m.ExternalID},
		{"Targeting key", m.TargetingKey},
		{"Contact", m.ContactEmail},
		{"Postal code", m.PostalCode},
		{"Customer since", m.Since},
	}
}

// Fact is one thing known, under its name.
type Fact struct{ Name, Value string }
