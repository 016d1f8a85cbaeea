package views

import (
	"strconv"

	"github.com/a-h/templ"
)

// FeatureRowModel is one feature of one account.
type FeatureRowModel struct {
	ID          string // unique on the page, the same each time
	URL         string // of the feature within the account
	Key         string
	Name        string
	Account     string // its name
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
	case m.WaitsFor == "":
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

// OverrideModel is the editor of one override.
type OverrideModel struct {
	Row      FeatureRowModel
	Enabled  bool
	Variants []string // that the feature deals out
	Variant  string   // the one that is forced; "" for none
	Reason   string
	Expires  string // as the field has it, in UTC
	Errors   map[string]string
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
	if m.Enabled {
		return "true"
	}
	return ""
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
		Hint: "For an override that is on. By weight is what it would be dealt.", Options: []Option{{"", "By weight"}},
	}
	for _, key := range m.Variants {
		field.Options = append(field.Options, Option{key, "Always " + key})
	}
	return field
}
