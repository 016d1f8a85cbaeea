package views

// settingsTabs are the sections of Settings; current names the one shown.
func settingsTabs(current string) []Tab {
	return []Tab{
		{Text: "Staff and roles", URL: "/admin/settings", Current: current == "staff"},
		{Text: "Sessions", URL: "/admin/settings/sessions", Current: current == "sessions"},
		{Text: "Security log", URL: "/admin/settings/security", Current: current == "security"},
		{Text: "API keys", URL: "/admin/settings/keys", Current: current == "keys"},
		{Text: "Features", URL: "/admin/settings/features", Current: current == "features"},
		{Text: "Import and export", URL: "/admin/settings/registry", Current: current == "registry"},
	}
}

// SettingsSessionsModel is every session of the staff.
type SettingsSessionsModel struct {
	List      SettingsListModel
	Sessions  []SessionModel
	CSRFToken string
}

// SettingsListModel is a list of the settings with its search and its order.
type SettingsListModel struct {
	Path        string // of the list
	URL         string // of the list as it is searched and sorted
	Search      string
	Sort        string // "" for the usual order
	Count       string // "3 of 8 sessions"
	Noun, Nouns string // of what it lists
	Heads       []SortHeaderModel
}

// ProfileModel is what staff may change of themselves.
type ProfileModel struct {
	Email     string
	Role      string
	Name      NameFields
	Password  PasswordChangeFields
	Sessions  []SessionModel
	CSRFToken string
}

// NameFields are one's own name.
type NameFields struct {
	Value     string
	Version   int64
	Errors    map[string]string
	CSRFToken string
}

// PasswordChangeFields ask for one's present and new password.
type PasswordChangeFields struct {
	Errors    map[string]string
	CSRFToken string
}
