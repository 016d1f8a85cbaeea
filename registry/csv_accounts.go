package registry

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"flagstone/features"
)

// ImportColumns gives the columns that a CSV of accounts may have, in any order; only name is required.
func ImportColumns() []string {
	return []string{"name", "slug", "external_id", "contact_email", "postal_code", "tier", "status"}
}

// AccountImport is a CSV of accounts, read: the outcome of each of its lines.
type AccountImport struct{ Lines []ImportLine }

// ImportLine is the account that one line of the file would create, or what is wrong with the line.
type ImportLine struct {
	Number   int // where it begins in the file, from 1
	Draft    features.AccountDraft
	Status   features.Status
	Problems features.Problems // Field is the column; where the CSV itself is broken it is the character, such as "character 12"
}

// Err gives Problems whose Field names line and column, or nil when the whole file can be imported.
func (i AccountImport) Err() error {
	var problems features.Problems
	for _, line := range i.Lines {
		for _, p := range line.Problems {
			field := fmt.Sprintf("line %d", line.Number)
			if p.Field != "" {
				field += ", " + p.Field
			}
			problems = append(problems, invalid(field, p.Message))
		}
	}
	return problems.Err()
}

// ReadAccounts reads a CSV of accounts. It always gives at least one line, and never fails: what is wrong stands in the
// lines.
func ReadAccounts(file []byte) AccountImport {
	format := csvFormat{noun: "account", columns: ImportColumns(), required: []string{"name"}}
	var i AccountImport
	for _, read := range format.read(file) {
		line := ImportLine{Number: read.number, Problems: read.problems}
		for column, text := range read.texts {
			line.take(column, text)
		}
		if read.texts != nil && line.Problems == nil {
			line.check()
		}
		i.Lines = append(i.Lines, line)
	}
	i.findDuplicates()
	return i
}

// ImportOf gives the import of accounts that come from no file; it numbers them from 1.
func ImportOf(drafts []features.AccountDraft) AccountImport {
	i := AccountImport{make([]ImportLine, len(drafts))}
	for n, draft := range drafts {
		i.Lines[n] = ImportLine{Number: n + 1, Draft: draft}
		i.Lines[n].check()
	}
	i.findDuplicates()
	return i
}

func (l *ImportLine) check() {
	l.Draft = l.Draft.Normalize()
	errors.As(l.Draft.Validate(), &l.Problems)
	if l.Status = cmp.Or(l.Status, features.Active); l.Status != features.Active && l.Status != features.Suspended {
		l.Problems = append(l.Problems, invalid("status", "Choose active or suspended."))
	}
}

// take keeps what stands in a column.
func (l *ImportLine) take(column, text string) {
	switch {
	case column == "status":
		l.Status = features.Status(strings.ToLower(features.Tidy(text)))
	case !strings.HasPrefix(column, FeatureColumn):
		*draftField(&l.Draft, column) = text
	}
}

// draftField is where a draft keeps what stands in a column.
func draftField(d *features.AccountDraft, column string) *string {
	switch column {
	case "name":
		return &d.Name
	case "slug":
		return &d.Slug
	case "external_id":
		return &d.ExternalID
	case "contact_email":
		return &d.ContactEmail
	case "postal_code":
		return &d.PostalCode
	}
	return &d.Tier
}

// findDuplicates refuses the lines whose identifiers an earlier line has.
func (i AccountImport) findDuplicates() {
	holders := make(map[string]int, len(i.Lines))
	for n := range i.Lines {
		line := &i.Lines[n]
		for _, id := range line.Draft.Identifiers() {
			if holder, taken := holders[id.Value]; taken && holder != line.Number {
				line.Problems = append(line.Problems, invalid(id.Field, fmt.Sprintf("Line %d also has %s.", holder, id.Value)))
			} else {
				holders[id.Value] = line.Number
			}
		}
	}
}

// Check gives an import with what only the state knows added to its problems: which identifiers are taken, by
// whom, and which tiers there are not.
func (i AccountImport) Check(l *features.Live) AccountImport {
	catalogue := l.Catalogue()
	i.Lines = slices.Clone(i.Lines)
	for n := range i.Lines {
		line := &i.Lines[n]
		line.Problems = slices.Clip(line.Problems)
		for _, id := range line.Draft.Identifiers() {
			if holder := l.Accounts().Find(id.Value); holder != nil {
				line.Problems = append(line.Problems, id.TakenBy(holder.Name))
			}
		}
		if line.Draft.Tier == "" {
			continue
		}
		if _, err := catalogue.TierByKey(line.Draft.Tier); err != nil {
			line.Problems = append(line.Problems, invalid("tier", err.Error()))
		}
	}
	return i
}
