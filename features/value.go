package features

// Value is what a feature gives to whoever has it. A boolean feature has Enabled only.
type Value struct {
	Enabled bool `json:"enabled"`
}

// OnOff is the word for a state: "on" or "off".
func OnOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
