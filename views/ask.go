package views

// AskModel is one form that a person answers: in a dialog over the page that it belongs to, or on a page of its own
// where its address is opened directly. The children are its fields.
type AskModel struct {
	ID        string // unique on the page
	Title     string
	Hint      string
	Action    string
	CSRFToken string
	Submit    string // what the button does: "Add staff member"; "" where nothing can be done
	Danger    bool
	Note      string // beside the button; may be empty
	Back      Link   // the page that it belongs to
}

func (m AskModel) dialog() DialogModel { return DialogModel{ID: m.ID, Title: m.Title, Hint: m.Hint} }

func (m AskModel) form() DialogFormModel {
	return DialogFormModel{ID: m.ID + "-form", Action: m.Action, CSRFToken: m.CSRFToken, Submit: m.Submit, Danger: m.Danger, Hint: m.Note}
}

// leave is what the way back is called: where nothing can be done there is nothing to cancel.
func (m AskModel) leave() string {
	if m.Submit == "" {
		return "Back"
	}
	return "Cancel"
}
