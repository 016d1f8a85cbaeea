package views

// TesterModel is a context to ask a feature about, and what it is there.
type TesterModel struct {
	Frame      FeatureFrameModel
	Account    string // as it was typed
	User       string
	Role       string
	PostalCode string
	Result     *TestResult // nil until something was asked
}

// TestResult is what a feature is for one context, and why.
type TestResult struct {
	Whom       string // the account's name
	AccountURL string // "" for one that is not known
	Badge      BadgeModel
	Value      string // the whole of it
	Variant    string // "" for none
	Source     string
	Note       string
	Why        WhyModel
}
