package views

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"flagstone/words"
)

// FeatureRowModel is one feature of one account.
type FeatureRowModel struct {
	FeatureNameModel
	ID          string     // unique on the page, the same each time
	URL         string     // of the feature within the account
	Type        string     // boolean, integer, string or json
	Choices     []string   // the values that there are, as fields show them; nil for any
	Value       string     // the data that the account has now, as its field shows it; "" for none
	Word        string     // what the account has now, as it stands alone
	Badge       BadgeModel // the same, where it cannot be edited
	Locked      string     // the tier that allows no override; "" for none
	Typed       string     // what could not be saved
	Error       string     // why
	Account     string     // its name
	Help        string
	HelpURL     string
	On          bool   // what the account has now
	Some        string // why only some of its people have it; "" where all or none have it
	Overridden  bool
	Source      string // where that comes from: "Override by Dana, no expiry"
	Reason      string // of the override
	Variant     string // that the override forces; "" for none
	Saved       string // what the override says and whose it is: "on, by Dana"; "" for none
	WaitsFor    string // without which nothing saved takes effect: "the kill switch is on again"; "" for nothing
	Version     int64  // of the cell's latest change
	CSRFToken   string
	MayEdit     bool
	FocusSwitch bool // after the button that had the focus is gone
}

func (m FeatureRowModel) version() string { return strconv.FormatInt(m.Version, 10) }

// waits says beside a feature that what is saved has no effect yet; "" where it has.
func (m FeatureRowModel) waits() string {
	switch {
	case m.Locked != "" && m.Saved != "":
		return "The override (" + m.Saved + ") is inactive: the tier " + m.Locked + " locks the feature."
	case m.Locked != "" || m.WaitsFor == "":
		return ""
	case m.Saved != "":
		return "The override (" + m.Saved + ") takes effect once " + m.WaitsFor + "."
	}
	return "What you set takes effect once " + m.WaitsFor + "."
}

func (m FeatureRowModel) someID() string { return m.ID + "-some" }

func (m FeatureRowModel) switchModel() SwitchModel {
	model := SwitchModel{ID: m.ID + "-switch", Name: "enabled", Label: m.Name + " for " + m.Account, On: m.On, Disabled: !m.MayEdit}
	if m.Some != "" {
		model.Some = m.someID()
	}
	if m.FocusSwitch {
		model.Attributes = templ.Attributes{"autofocus": true}
	}
	return model
}

// shown is what the field for the value has in it.
func (m FeatureRowModel) shown() string {
	if m.Error != "" {
		return m.Typed
	}
	return m.Value
}

func (m FeatureRowModel) valueField() FieldModel {
	return FieldModel{For: m.ID + "-value", Error: m.Error}
}

// editable tells whether the row has an editor of its own.
func (m FeatureRowModel) editable() bool { return m.MayEdit && m.Locked == "" }

// OverrideModel is the editor of one override.
type OverrideModel struct {
	Row      FeatureRowModel
	Action   string // where it is saved to
	Inherits bool   // there is no override yet, and none has been chosen
	Enabled  bool
	Value    string   // as it was typed
	Allowed  string   // which values it may have, in words
	Variants []string // that the feature deals out
	Variant  string   // the one that is forced; "" for none
	Reason   string
	Expires  string // as the field has it, in UTC
	Errors   map[string]string
}

// choice lists the values that there are, and what is there now or was typed where that is none of them.
func (m OverrideModel) choice() SelectModel {
	field := m.valueField()
	model := SelectModel{ID: field.For, Name: "value", Label: field.Label, Hint: field.Hint, Error: field.Error, Value: m.Value}
	none := "Choose one"
	if len(m.Variants) > 0 {
		none = "The variants' values"
	}
	if len(m.Variants) > 0 || m.Value == "" {
		model.Options = append(model.Options, Option{"", none})
	}
	for _, one := range m.Row.Choices {
		model.Options = append(model.Options, Option{one, one})
	}
	if m.Value != "" && !slices.Contains(m.Row.Choices, m.Value) {
		model.Options = append(model.Options, Option{m.Value, m.Value})
	}
	return model
}

// WhyModel is the explanation of one value.
type WhyModel struct {
	Title string // "AI Agents is on for Arizona Comedy"
	Hint  string // what it would be without the override
	Steps []TraceStep
}

// TraceStep is one rule that was tried.
type TraceStep struct {
	Rule, Saw        string
	Decided, Reached bool
}

func (s TraceStep) class() string {
	switch {
	case s.Decided:
		return "decided"
	case !s.Reached:
		return "unreached"
	}
	return ""
}

func (m OverrideModel) enabled() string {
	switch {
	case m.Inherits:
		return "inherit"
	case m.Enabled:
		return "true"
	}
	return ""
}

// states are what can be chosen. Where there is no override, one has to be chosen: a reason alone overrides nothing.
func (m OverrideModel) states() []Option {
	states := []Option{{"true", "On"}, {"", "Off"}}
	if m.Inherits {
		states = append([]Option{{"inherit", "Inherited, " + strings.ToLower(m.Row.Badge.Text)}}, states...)
	}
	return states
}

// outOfBand marks an element that is sent beside an answer, to take the place of the one with its id.
func outOfBand(beside bool) templ.Attributes {
	if beside {
		return templ.Attributes{"hx-swap-oob": "true"}
	}
	return nil
}

func (m OverrideModel) variant() SelectModel {
	field := SelectModel{
		ID: "override-variant", Name: "variant", Label: "Variant", Value: m.Variant, Error: m.Errors["variant"],
		Hint: "For an override that is on. By weight: the one it would be assigned.", Options: []Option{{"", "By weight"}},
	}
	for _, key := range m.Variants {
		field.Options = append(field.Options, Option{key, "Always " + key})
	}
	return field
}

func (m OverrideModel) valueField() FieldModel {
	field := FieldModel{For: "override-value", Label: "Value", Hint: m.Allowed + ".", Error: m.Errors["value"]}
	if len(m.Variants) > 0 {
		field.Hint += " Empty for what the variants give."
	}
	return field
}

func (m OverrideModel) valued() bool { return m.Row.Type != "boolean" }

func (m OverrideModel) stateLabel() string {
	if m.valued() {
		return "State"
	}
	return "Value"
}

// QuestionModel asks before an override is saved that takes no effect now, or takes other features along.
type QuestionModel struct {
	Title     string
	Action    string
	Target    string // what the answer takes the place of
	CSRFToken string
	Hidden    map[string]string // what is saved
	Obstacle  string            // why it takes no effect: "it needs AI Agents, which is off"; "" where it does
	Missing   []string          // what could be switched on with it
	TurnedOff []string          // what goes off by it
	TurnsOn   bool              // it is switched on itself
	Answer    string            // on the button that does it
	Danger    bool
	Back      Link
}

func (m QuestionModel) names() []string { return slices.Sorted(maps.Keys(m.Hidden)) }

func (m QuestionModel) turnedOffWords() string {
	how := " off with it."
	if m.TurnsOn {
		how = " off then."
	}
	return words.List(m.TurnedOff) + " " + words.Form(len(m.TurnedOff), "goes", "go") + how
}
