package views

import (
	"strconv"

	"github.com/a-h/templ"
)

// TierPageModel is the page of one tier.
type TierPageModel struct {
	MatrixTier
	Description string
	Position    int
	Names       []Link // of its first accounts
	Includes    []TierCategory
	Listed      int // features that it lists
	On          int // of them on
	Locked      int // of them without overrides
	History     []TimelineEntry
	MayEdit     bool
}

func (m TierPageModel) accountsURL() string { return "/admin/accounts?" + query("tier", m.Key) }

func (m TierPageModel) facts() []Fact {
	facts := []Fact{{"Key", m.Key}, {"Place", strconv.Itoa(m.Position)}}
	if m.Description != "" {
		facts = append(facts, Fact{"Description", m.Description})
	}
	return facts
}

// TierCategory is what a tier gives of one category.
type TierCategory struct {
	Name string
	Rows []TierFeatureRow
}

// TierFeatureRow is what a tier gives of one feature.
type TierFeatureRow struct {
	FeatureNameModel
	Value       string
	On          bool
	Locked, Ask bool
	EditURL     string
}

// TierFields are the fields of the form of a tier; a new one has no version.
type TierFields struct {
	Key, Name, Description, Position, Version string
	Errors                                    map[string]string
	Conflict                                  *DiffModel // both versions, where someone else has saved it since
}

func (m TierFields) input(name, label, value, hint string) InputModel {
	return InputModel{ID: "tier-" + name, Name: name, Value: value, Label: label, Hint: hint, Error: m.Errors[name]}
}

func (m TierFields) name() InputModel {
	field := m.input("name", "Name", m.Name, "")
	field.Attributes = templ.Attributes{"autofocus": true, "maxlength": "200", "autocomplete": "off"}
	return field
}

func (m TierFields) position() InputModel {
	field := m.input("position", "Place", m.Position, "Tiers are listed by it, the smallest first; empty is behind the others.")
	field.Error = m.Errors["order"]
	field.Attributes = templ.Attributes{"inputmode": "numeric", "autocomplete": "off"}
	return field
}

// DeleteTierFields is what goes with a tier, and the question where its accounts go.
type DeleteTierFields struct {
	Accounts int
	MoveTo   SelectModel
	Preview  string // answers with the effect of a choice
	Effect   *FeatureEffectsModel
	Reason   string
	Error    string // about the reason
}

// TierFeatureFields is the editor with all that a tier can say of a feature.
type TierFeatureFields struct {
	Kind     CellKind
	State    SelectModel
	Value    InputModel
	Choices  []Option // of the value; nil where it is typed
	Override bool
	Ask      bool
	AskError string
	Version  string
	Preview  string // answers with the effect
	Effect   TierFeatureEffect
	Notice   string
	Conflict *DiffModel
	Reason   string
	Error    string // about the reason
}

func (m TierFeatureFields) choice() SelectModel {
	v := m.Value
	return SelectModel{ID: v.ID, Name: v.Name, Value: v.Value, Label: v.Label, Hint: v.Hint, Error: v.Error, Options: m.Choices}
}

// TierFeatureEffect is what the editor would do as it is filled in, or why it cannot be saved.
type TierFeatureEffect struct {
	Effect   TierEffectModel
	Changes  bool // something would be written
	Problems []Fact
	Digest   string
}

// MoveFields is the question which tier an account is to be in.
type MoveFields struct {
	Tier    SelectModel
	From    string // the key of the tier that it is in, "" for none
	Preview string // answers with the effect of a choice
	Effect  MoveEffectModel
	Reason  string
	Error   string // about the reason
}

// MoveEffectModel is what another tier does to one account.
type MoveEffectModel struct {
	Sentence string
	Groups   []MoveGroup
}

// MoveGroup is features that fare alike, in words.
type MoveGroup struct {
	Title, Icon, Kind string
	Lines             []string
}

// reasonBelow asks why, after something else has been asked that has the focus.
func reasonBelow(id, value, problem string) InputModel {
	return InputModel{
		ID: id, Name: "reason", Value: value, Label: "Reason", Hint: "Optional. Kept in the audit log.", Error: problem,
		Attributes: templ.Attributes{"maxlength": "500", "autocomplete": "off"},
	}
}
