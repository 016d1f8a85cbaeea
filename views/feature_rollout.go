package views

import (
	"strings"

	"github.com/a-h/templ"

	"flagstone/words"
)

// RolloutModel is the editor of whom a feature is released to, as it stands in the form.
type RolloutModel struct {
	Frame      FeatureFrameModel
	CSRFToken  string
	Version    string // what the form is held against when it is saved
	Strategy   string
	Percentage string
	Saved      string // the percentage that is stored, to compare
	By         string
	Accounts   TargetModel
	Users      TargetModel
	Places     TargetModel
	Roles      TargetModel
	Values     ReleaseValuesModel
	Reason     string
	Errors     map[string]string
	Preview    PreviewModel
	Conflict   *DiffModel // what someone else saved in between, beside what stands here; nil for none
	ConflictBy string
}

// ReleaseValuesModel is what a release gives to whoever it is open to.
type ReleaseValuesModel struct {
	Kind     CellKind
	Choices  []string // of a feature with listed values
	Variants int      // how many the feature has
	On       bool     // by default
	Value    string   // by default
	Error    string
	Tiers    []ReleaseTierModel // in the order of the plans
}

// ReleaseTierModel is what one tier gives: State is default, on or off.
type ReleaseTierModel struct {
	Key, Name    string
	Place        int
	State, Value string
	Version      string // of what the tier lists, that the form was opened with
	Error        string
}

// tierStates are what a tier can say of a feature.
func tierStates() []Option {
	return []Option{{"default", "Default"}, {"on", "On"}, {"off", "Off"}}
}

// TargetModel is one list of whom a rollout names.
type TargetModel struct {
	Name, Label, Hint, Placeholder string
	Text                           string // one in a line
	Error                          string
	Count                          int
	Unknown                        int // that nothing here is known by
	UnknownNote                    string
	Entries                        []TargetEntry // the first of them, those unknown before the others
}

// TargetEntry is one name of a list, and what it is the name of.
type TargetEntry struct {
	ID      string
	Name    string
	Unknown bool
	Typed   []string // as the text has it
}

// PreviewModel is what a form does to a feature, if it is saved.
type PreviewModel struct {
	Form      string       // the id of the form
	Effect    *EffectModel // nil while the form cannot be saved
	Problems  []Fact       // why it cannot
	Changed   bool         // the form differs from what is stored
	Lead      string       // "Raising to 40%"
	Unreached string       // why a release reaches nobody but by overrides; "" where it does
	Submit    string       // what the button says
}

func (m RolloutModel) lists() []TargetModel {
	return []TargetModel{m.Accounts, m.Users, m.Places, m.Roles}
}

// strategies are whom a feature can be released to, as the console names them.
func strategies() []Option {
	return []Option{{"all", "Everyone"}, {"percentage", "Percentage"}, {"whitelist", "Targets"}, {"role", "Roles"}}
}

// StrategyWord names a strategy as the editor does.
func StrategyWord(strategy string) string {
	for _, option := range strategies() {
		if option.Value == strategy {
			return option.Text
		}
	}
	return strategy
}

// class shows every part of the form where one that is not seen otherwise is wrong.
func (m RolloutModel) class() string {
	if len(m.Errors) > 0 {
		return "release all-parts"
	}
	return "release"
}

func (m RolloutModel) subject() string {
	if m.By == "user" {
		return "users"
	}
	return "accounts"
}

func (m RolloutModel) percentage() FieldModel {
	return FieldModel{For: "percentage", Label: "Share of " + m.subject(), Error: m.Errors["percentage"]}
}

func (m RolloutModel) by() SelectModel {
	return SelectModel{
		ID: "rollout-by", Name: "rollout_by", Label: "Count by", Value: m.By, Error: m.Errors["rollout_by"],
		Options:    []Option{{"account", "Account"}, {"user", "User"}},
		Attributes: templ.Attributes{"disabled": !m.Frame.MayEdit},
	}
}

func (m TargetModel) field() FieldModel {
	return FieldModel{For: m.Name, Label: m.Label, Hint: m.Hint, Error: m.Error}
}

func (m TargetModel) rows() string {
	if strings.Count(m.Text, "\n") > 4 {
		return "8"
	}
	return "3"
}

// sum says how many there are and how many of them are unknown.
func (m TargetModel) sum() string {
	switch {
	case m.Count == 0:
		return "none"
	case m.Unknown > 0:
		return words.Number(m.Count) + ", " + words.Number(m.Unknown) + " of them unknown here"
	}
	return words.Number(m.Count)
}

func (m TargetModel) resolvedID() string { return "resolved-" + m.Name }

func (m PreviewModel) sentence() string {
	switch {
	case m.Effect == nil:
		return "This cannot be saved yet."
	case !m.Changed:
		return "Nothing is changed yet."
	case m.Lead != "":
		return m.Lead + ": " + strings.ToLower(m.Effect.Sentence()[:1]) + m.Effect.Sentence()[1:] + "."
	}
	return m.Effect.Sentence() + "."
}

func (m PreviewModel) state() BadgeModel {
	if m.Changed {
		return BadgeModel{Text: "Not saved", Kind: "warn"}
	}
	return BadgeModel{Text: "As saved"}
}
