package views

// ModeText says what a mode means (spec §3).
func ModeText(mode string) string {
	switch mode {
	case "defaults":
		return "Overrides do not count: every account has what the rollouts and the defaults say."
	case "open":
		return "Every feature is on for everyone, whatever rollouts, overrides and defaults say. Only kill switches, retired features, suspended accounts and roles still keep one off."
	}
	return "The normal one: rollouts, overrides and defaults decide."
}

// FeatureSettingsModel is what an admin sets for all features together.
type FeatureSettingsModel struct {
	Mode  string // in force
	Modes []string
	Stale StaleFields
}

// StaleFields ask after how many days a feature counts as stale.
type StaleFields struct {
	Days, Error string
	CSRFToken   string
}

// ModeFields are what a person answers who sets the mode.
type ModeFields struct {
	Mode          string
	Effects       FeatureEffectsModel
	Reason, Error string
}

// FeatureEffectsModel is what one change does to several features.
type FeatureEffectsModel struct {
	Effects []NamedEffect // of the features that change for somebody
	Same    int           // features that stay as they are for everybody
}

// NamedEffect is what a change does to one of several features.
type NamedEffect struct {
	FeatureNameModel
	EffectModel
}

// CategoryModel is a category of features in the menu that switches all of it.
type CategoryModel struct {
	Name         string
	Live, Killed int // features by their kill switch
}

func (m CategoryModel) askURL(enabled string) string {
	return "/admin/category/kill?" + query("category", m.Name) + "&" + query("enabled", enabled)
}

// CategoryFields are what a person answers who switches a category.
type CategoryFields struct {
	Category      string
	Enabled       string // the wanted position
	Keys          []string
	Effects       FeatureEffectsModel
	Reason, Error string
}

func sameFeatures(m FeatureEffectsModel) string {
	if len(m.Effects) == 0 {
		return "No feature changes for anybody."
	}
	return Count(m.Same, "feature stays as it is", "features stay as they are") + " for everybody."
}
