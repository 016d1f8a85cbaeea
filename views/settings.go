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
	Sessions  []SessionModel
	CSRFToken string
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
