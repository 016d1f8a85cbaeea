package views

import (
	"strconv"

	"github.com/a-h/templ"
)

// VariantsModel is the editor of a feature's variants, as they stand in the form.
type VariantsModel struct {
	Frame      FeatureFrameModel // whose type says what a value is
	CSRFToken  string
	Version    string // what the form is held against when it is saved
	Rows       []VariantRow
	Sum        string // of the weights
	By         string // account or user: whom they are dealt by
	Reason     string
	Errors     map[string]string
	Preview    PreviewModel
	Conflict   *DiffModel // what someone else saved in between, beside what stands here; nil for none
	ConflictBy string
}

// VariantRow is one variant as it was typed.
type VariantRow struct {
	Key    string
	On     bool
	Value  string // of a feature that has more than on and off
	Weight string
}

// spareRows are empty rows at the end, to write further variants into without script.
const spareRows = 2

// rows are the variants and, for who may edit, the spare rows.
func (m VariantsModel) rows() []VariantRow {
	if !m.Frame.MayEdit {
		return m.Rows
	}
	return append(m.Rows[:len(m.Rows):len(m.Rows)], make([]VariantRow, spareRows)...)
}

// valued tells whether a variant has a value besides on and off.
func (m VariantsModel) valued() bool { return m.Frame.Type != "boolean" }

func (m VariantsModel) stateLabel() string {
	if m.valued() {
		return "State"
	}
	return "Value"
}

func (m VariantsModel) wrong(row int, field string) string {
	return m.Errors["variants."+strconv.Itoa(row)+"."+field]
}

func (m VariantsModel) sum() string {
	switch {
	case len(m.Rows) == 0:
		return "There are none: everyone who has the feature has the same."
	case m.Sum == "100":
		return "The weights sum to 100."
	}
	return "The weights sum to " + m.Sum + ": make them 100."
}

func (m VariantsModel) sumIsWrong() bool { return len(m.Rows) > 0 && m.Sum != "100" }

// rowID is the id of one field of a row; of the template that further rows are made of, none.
func rowID(row int, field string) string {
	if row == 0 {
		return ""
	}
	return "variant-" + strconv.Itoa(row) + "-" + field
}

func rowLabel(row int, field string) string {
	if row == 0 {
		return field + " of a further variant"
	}
	return field + " of variant " + strconv.Itoa(row)
}

// wrongField ties a control without a frame of its own to its error.
func wrongField(control, problem string) templ.Attributes {
	return FieldAttributes(FieldModel{For: control, Error: problem})
}
