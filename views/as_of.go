package views

// AsOfModel is what an account had at some moment, and why.
type AsOfModel struct {
	Frame    AccountFrameModel
	At       string // as the field for the moment has it, UTC
	Error    string // what is wrong with the moment
	Asked    bool   // a moment was given
	Moment   string // in words
	Change   ChangeModel
	Previous string // the address of the change before, "" for none
	Next     string
	Facts    string // the account as it was: name, tier, status; "" where it was not there yet
	Differs  bool   // only what is otherwise today is listed
	All      string // the address of the list with everything
	Only     string // the address of the list with what is otherwise today
	Features []ThenFeature
}

// ThenFeature is one feature as it was for the account, and as it is now.
type ThenFeature struct {
	Name, Key string
	URL       string // of the feature, "" where it is no more
	Then, Now BadgeModel
	Source    string
	Same      bool
	Why       WhyModel
}
