package features

// Value is what a feature gives to whoever has it. A boolean feature has Enabled only.
type Value struct {
	Enabled bool `json:"enabled"`
}
