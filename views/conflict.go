package views

import (
	"maps"
	"slices"
)

// CellConflictModel is a cell that someone else saved after the page was opened.
type CellConflictModel struct {
	ID        string       // of the dialog, unique on the page
	Feature   string       // its name
	Account   string       // its name
	Theirs    ConflictSide // what is stored now
	Mine      ConflictSide // what was not saved
	Action    string       // where "Save my version" posts again
	Target    string       // what the answer to "Save my version" replaces, as an htmx selector: "#cell-7-2"
	CSRFToken string
	Hidden    map[string]string // what "Save my version" posts, the version that is stored now included
}

// ConflictSide is one version of a cell, in words; an empty part was not given.
type ConflictSide struct {
	Value   string // "On", "Off", "Inherited"
	Variant string // that it forces
	By      string
	When    string
	Reason  string
	Until   string // when it expires
}

// names gives the hidden fields in an order that does not change from one answer to the next.
func (m CellConflictModel) names() []string { return slices.Sorted(maps.Keys(m.Hidden)) }

func (m CellConflictModel) diff() DiffModel {
	diff := DiffModel{Caption: "Both versions", Before: m.Theirs.By + "'s, saved", After: "Yours, not saved"}
	for _, row := range [...]DiffRow{
		{"Value", m.Theirs.Value, m.Mine.Value},
		{"Variant", m.Theirs.Variant, m.Mine.Variant},
		{"By", m.Theirs.By, m.Mine.By},
		{"When", m.Theirs.When, m.Mine.When},
		{"Reason", m.Theirs.Reason, m.Mine.Reason},
		{"Until", m.Theirs.Until, m.Mine.Until},
	} {
		if row.Before != "" || row.After != "" {
			diff.Rows = append(diff.Rows, row)
		}
	}
	return diff
}
