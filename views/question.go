package views

// QuestionModel asks before something is done: what it does is the children.
type QuestionModel struct {
	ID        string // unique on the page
	Title     string // "Switch AI Agents off everywhere?"
	Text      string // one sentence below the title
	Action    string // posted to
	CSRFToken string
	Submit    string // on the button, with the number: "Switch off for 312 accounts"
	Danger    bool
	Hint      string
	Reason    string // what stands in the reason field
	Error     string // what is wrong with it
	OwnPage   bool   // a page of its own, where there is no page below for a dialog
	Path      []Link // the way back up, on a page of its own
}

func (m QuestionModel) dialog() DialogModel {
	return DialogModel{ID: m.ID, Title: m.Title, Hint: m.Text}
}

func (m QuestionModel) form() DialogFormModel {
	return DialogFormModel{
		ID: m.ID + "-form", Action: m.Action, CSRFToken: m.CSRFToken, Submit: m.Submit, Danger: m.Danger, Hint: m.Hint,
	}
}

// back is where Cancel leads on a page of its own.
func (m QuestionModel) back() string { return m.Path[len(m.Path)-1].URL }

// EffectModel is what a change does to one feature: how many accounts gain it, lose it and stay as they are.
type EffectModel struct {
	Gain, Lose           int
	GainNames, LoseNames []string // of the first of them
	On, Off              int      // who keeps it, who goes on without it
}

// Changes is how many accounts see another value.
func (m EffectModel) Changes() int { return m.Gain + m.Lose }

// verb is the form of a verb that goes with a number of accounts.
func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
