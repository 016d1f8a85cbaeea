package views

// ModeText says what a mode means (docs/evaluation.md §3).
func ModeText(mode string) string {
	switch mode {
	case "defaults":
		return "Overrides are ignored: every account has what its tier, the rollouts and the defaults say."
	case "open":
		return "Every feature is on for everyone, regardless of rollouts, tiers, overrides and defaults. Only kill switches, retired features, suspended accounts and roles still switch one off."
	}
	return "Normal operation: rollouts, tiers, overrides and defaults decide."
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
