package views

// RetireFields is what retiring a feature or taking it into use again does, and why it shall be done.
type RetireFields struct {
	Effect EffectModel
	Active string // the wanted state, as posted
	Reason string
	Error  string // what is wrong with the reason
}

// DeleteFields is why a feature shall be deleted, or why it cannot.
type DeleteFields struct {
	Overrides int      // accounts for which it is overridden
	Names     []string // of the first of them
	InUse     string   // what refers to it, "" for nothing
	Active    bool     // it can be retired instead
	RetireURL string
	Reason    string
	Errors    map[string]string
}
