package views

import (
	"strings"

	"flagstone/words"
)

// ImportModel is the page that imports accounts from a CSV file.
type ImportModel struct {
	CSRFToken string
	Tiers     []string // the keys that the column tier may have
	Error     string   // of the file as a whole
	Preview   *ImportPreviewModel
}

// ImportPreviewModel is what would become of each line of a file.
type ImportPreviewModel struct {
	File  string
	Token string // fetches the file for import; "" while a line is wrong
	Total int    // lines below the header
	Wrong int    // of them wrong
	Lines []ImportLineModel
}

// ImportLineModel is one line of the file. A problem is named by its column, "" where it is of the whole line.
type ImportLineModel struct {
	Number   int
	Account  AccountFields
	Problems []Fact
}

func (m ImportModel) tiers() string {
	if len(m.Tiers) == 0 {
		return "there is none yet, so leave it empty."
	}
	return "one of " + strings.Join(m.Tiers, ", ") + ", or empty."
}

func (m ImportPreviewModel) count() string { return words.Count(m.Total, "account") }

// shown says how many lines the preview shows of how many.
func (m ImportPreviewModel) shown() string {
	lines := words.Count(m.Total, "line")
	switch {
	case len(m.Lines) < m.Total && m.Wrong > 0:
		return words.Number(len(m.Lines)) + " of " + lines + ", wrong ones first"
	case len(m.Lines) < m.Total:
		return "first " + words.Number(len(m.Lines)) + " of " + lines
	}
	return lines
}

// cells are the columns of a line as the preview shows them.
func (m ImportLineModel) cells() []Fact {
	a := m.Account
	return []Fact{
		{"Name", a.Name},
		{"Slug", a.Slug},
		{"External ID", a.ExternalID},
		{"Contact e-mail", a.ContactEmail},
		{"Postal code", a.PostalCode},
		{"Tier", a.Tier},
	}
}

// verdict sums the preview up.
func (m ImportPreviewModel) verdict() string {
	switch {
	case m.Wrong == 0 && m.Total == 1:
		return "1 account will be created."
	case m.Wrong == 0:
		return m.count() + " will be created."
	case m.Wrong == 1:
		return "1 of " + words.Count(m.Total, "line") + " is wrong, so nothing can be imported yet."
	}
	return words.Number(m.Wrong) + " of " + words.Count(m.Total, "line") + " are wrong, so nothing can be imported yet."
}

func (m ImportModel) file() FieldModel {
	return FieldModel{For: "file", Label: "CSV file", Hint: "Choose one or drop it here; at most 32 MB and 100,000 lines.", Error: m.Error}
}
