package views

import (
	"github.com/a-h/templ"

	"flagstone/words"
)

// PeopleModel is a list of people: the staff, or the users of an account.
type PeopleModel struct {
	Path       string // of the list without search, order and page
	URL        string // of the list as shown
	Search     string
	Sort       string // as the address names it; "" for the usual order
	Noun       string // "person", "user"
	Nouns      string
	Matching   int
	Total      int
	Name       SortHeaderModel
	Role       SortHeaderModel
	Seen       SortHeaderModel
	Rows       []PersonRowModel
	Pager      PagerModel
	Add        Link // opens the dialog that adds someone; none for those who may not
	EmptyTitle string
	EmptyText  string
	CSRFToken  string
}

func (m PeopleModel) count() string {
	if m.Search == "" {
		return words.CountForms(m.Total, m.Noun, m.Nouns)
	}
	return words.Number(m.Matching) + " of " + words.CountForms(m.Total, m.Noun, m.Nouns)
}

// PersonRowModel is one person in a list. Who may do nothing about a person is shown no actions.
type PersonRowModel struct {
	ID      string // of the row, unique on the page
	Name    string
	Email   string
	You     bool   // the reader
	Role    string // what the list is about: the staff role, or the role in the account
	Staff   string // beside a member's role: "Staff: editor"; "" for none
	Seen    string // when last seen; "" for not of late
	State   BadgeModel
	Actions []ActionModel
}

// ActionModel is one entry of a menu: a link that opens a dialog, or a button that acts at once.
type ActionModel struct {
	Text   string
	Icon   string
	URL    string
	Danger bool
	Acts   bool // posts at once
	Leaves bool // leads to another page
}

// StaffFields are what staff write of someone who may use the console.
type StaffFields struct {
	Name, Email, ExternalID, Role string
	Version                       int64 // 0 for someone new
	You                           bool  // one's own role is another admin's to change
	Errors                        map[string]string
	Conflict                      *DiffModel // what someone else saved meanwhile, beside what was not saved
	By                            string     // who saved it
}

func (m StaffFields) nameHint() string {
	if m.Version != 0 {
		return ""
	}
	return "If empty, derived from the e-mail address."
}

// StaffRole is a staff role as people read it: "Admin" for admin. No role is "None".
func StaffRole(role string) string {
	switch role {
	case "viewer":
		return "Viewer"
	case "editor":
		return "Editor"
	case "admin":
		return "Admin"
	}
	return "None"
}

func (m StaffFields) roles() []Option {
	roles := []Option{
		{"viewer", "Viewer: reads all but Settings"},
		{"editor", "Editor: also writes all that Settings does not hold"},
		{"admin", "Admin: also Settings and import"},
	}
	if m.Version != 0 {
		roles = append(roles, Option{"", "None: no longer staff"})
	}
	return roles
}

// MemberFields are what staff write of someone who may use an account's portal.
type MemberFields struct {
	Email, Name, Role string
	ExternalID        string
	Version           int64    // of the user, where the external ID is edited
	Was               string   // the role until now; "" for someone new
	Roles             []string // in use already, offered for choosing
	Errors            map[string]string
}

func (m MemberFields) roleAttributes() templ.Attributes {
	return templ.Attributes{"required": true, "autocomplete": "off", "maxlength": "50", "list": "member-roles", "autocapitalize": "none", "spellcheck": "false"}
}

// SessionModel is one sign-in that still counts.
type SessionModel struct {
	ID      string // of the row, unique on the page
	Who     string // whose it is, in a list of several people's; "" in one's own
	Device  string // "Firefox on Linux"
	IP      string
	Started string
	Seen    string
	Current bool   // the one that the reader is in
	End     string // posted to, ends it
}

// name tells the session's button from the others.
func (m SessionModel) name() string {
	if m.Who == "" {
		return m.Device + ", " + m.IP
	}
	return m.Who + ", " + m.Device
}

func newPassword() templ.Attributes {
	return templ.Attributes{"autocomplete": "new-password", "minlength": "12", "maxlength": "200", "required": true}
}

// NewLinkModel is a link by which somebody chooses a password, just made: the only time that it is shown.
type NewLinkModel struct {
	Name    string // whose password it is
	Email   string
	Invite  bool   // they have no password yet
	Text    string // what has been done
	URL     string
	Expires string
	Back    Link
}

// Title names the link.
func (m NewLinkModel) Title() string {
	if m.Invite {
		return "Invitation link for " + m.Name
	}
	return "Password reset link for " + m.Name
}

// PasswordLinkModel is the page that such a link opens.
type PasswordLinkModel struct {
	CSRFToken string
	Action    string // the link itself
	Gone      bool   // used, expired, or another was made
	Name      string
	Email     string
	Error     string
}
