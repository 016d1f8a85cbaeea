package features

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxImport is how many lines one file of accounts may have below its header.
const MaxImport = 100_000

// ImportColumns gives the columns that a CSV of accounts may have, in any order; only name is required.
func ImportColumns() []string {
	return []string{"name", "slug", "external_id", "contact_email", "postal_code", "tier"}
}

// AccountImport is a CSV of accounts, read: the fate of each of its lines.
type AccountImport struct{ Lines []ImportLine }

// ImportLine is the account that one line of the file would create, or what is wrong with the line.
type ImportLine struct {
	Number   int // where it begins in the file, from 1
	Draft    AccountDraft
	Problems Problems // Field is the column; where the CSV itself is broken it is the character, such as "character 12"
}

// Drafts gives the accounts that the file would create.
func (i AccountImport) Drafts() []AccountDraft {
	drafts := make([]AccountDraft, len(i.Lines))
	for n, line := range i.Lines {
		drafts[n] = line.Draft
	}
	return drafts
}

// Err gives Problems whose Field names line and column, or nil when the whole file can be imported.
func (i AccountImport) Err() error {
	var problems Problems
	for _, line := range i.Lines {
		for _, p := range line.Problems {
			field := fmt.Sprintf("line %d", line.Number)
			if p.Field != "" {
				field += ", " + p.Field
			}
			problems.add(field, p.Message)
		}
	}
	return problems.Err()
}

// ReadAccounts reads a CSV of accounts as spreadsheets save it: UTF-8, the columns named by the first line. It always
// gives at least one line, and never fails: what is wrong stands in the lines.
func ReadAccounts(file []byte) AccountImport {
	r := accountReader{file: bytes.TrimPrefix(file, []byte("\ufeff"))}
	r.csv = csv.NewReader(bytes.NewReader(r.file))
	r.csv.FieldsPerRecord = -1 // a line of another length is that line's own problem
	if r.readHeader() {
		for r.readLine() {
		}
	}
	i := AccountImport{r.lines}
	i.findTwins()
	return i
}

// ImportOf gives the import of accounts that come from no file; it numbers them from 1.
func ImportOf(drafts []AccountDraft) AccountImport {
	i := AccountImport{make([]ImportLine, len(drafts))}
	for n, draft := range drafts {
		i.Lines[n] = ImportLine{Number: n + 1, Draft: draft}
		i.Lines[n].check()
	}
	i.findTwins()
	return i
}

func (l *ImportLine) check() {
	l.Draft = l.Draft.Normalize()
	errors.As(l.Draft.Validate(), &l.Problems)
}

// accountReader is a file under way.
type accountReader struct {
	file    []byte
	csv     *csv.Reader
	columns []string
	lines   []ImportLine
}

// readHeader reads the first line, which must name each column once, and name among them.
func (r *accountReader) readHeader() (good bool) {
	header, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		r.refuse(1, "", "The file is empty. Its first line must name the columns: "+strings.Join(ImportColumns(), ", ")+".")
		return false
	}
	if err != nil {
		r.malformed(err)
		return false
	}
	number, _ := r.csv.FieldPos(0)
	if !utf8.ValidString(strings.Join(header, "")) {
		r.refuse(number, "", notUTF8)
		return false
	}
	var problems Problems
	for _, column := range header {
		column = strings.ToLower(strings.TrimSpace(column))
		switch {
		case !slices.Contains(ImportColumns(), column):
			problems.add(column, "There is no such column. The columns, separated by commas, are "+strings.Join(ImportColumns(), ", ")+".")
		case slices.Contains(r.columns, column):
			problems.add(column, "This column is named twice.")
		}
		r.columns = append(r.columns, column)
	}
	if !slices.Contains(r.columns, "name") {
		problems.add("name", "This column is missing. The first line must name the columns.")
	}
	if problems != nil {
		r.lines = append(r.lines, ImportLine{Number: number, Problems: problems})
	}
	return problems == nil
}

const notUTF8 = `This is not UTF-8 text. Save the file as "CSV UTF-8".`

// readLine reads the next line, and tells whether there may be one behind it.
func (r *accountReader) readLine() (more bool) {
	record, err := r.csv.Read()
	switch {
	case errors.Is(err, io.EOF):
		if len(r.lines) == 0 {
			r.refuse(1, "", "There is no account below the names of the columns.")
		}
		return false
	case len(r.lines) == MaxImport:
		last := r.lines[MaxImport-1].Number
		r.refuse(last+1, "", "A file may hold at most "+Grouped(MaxImport)+" accounts. Import the rest from a file of its own.")
		return false
	case err != nil:
		r.malformed(err)
		return true
	}
	line := ImportLine{}
	line.Number, _ = r.csv.FieldPos(0)
	line.fill(r.columns, record)
	r.lines = append(r.lines, line)
	return true
}

func (r *accountReader) refuse(number int, field, message string) {
	r.lines = append(r.lines, ImportLine{Number: number, Problems: Problems{{Kind: Invalid, Field: field, Message: message}}})
}

// malformed says where a line stops being CSV. Reading can go on behind it.
func (r *accountReader) malformed(err error) {
	var bad *csv.ParseError
	errors.As(err, &bad) // reading from memory fails in no other way
	where := fmt.Sprintf("character %d", r.character(bad.Column))
	if bad.StartLine < bad.Line {
		where += fmt.Sprintf(" of line %d", bad.Line)
	}
	message := "A field in quotation marks is not closed, or goes on after it. Double each mark that belongs to the text."
	if errors.Is(bad.Err, csv.ErrBareQuote) {
		message = "A quotation mark stands inside a field. Put the whole field in quotation marks, and double those that belong to the text."
	}
	r.refuse(bad.StartLine, where, message)
}

// character turns a byte's place in the line that was just read into a character's.
func (r *accountReader) character(column int) int {
	line := bytes.TrimRight(r.file[:r.csv.InputOffset()], "\r\n")
	line = line[bytes.LastIndexByte(line, '\n')+1:]
	return utf8.RuneCount(line[:min(column-1, len(line))]) + 1
}

func (l *ImportLine) fill(columns, record []string) {
	if len(record) != len(columns) {
		l.Problems.add("", fmt.Sprintf("The first line names %d columns, but this one has %d.", len(columns), len(record)))
		return
	}
	for at, text := range record {
		if !utf8.ValidString(text) {
			l.Problems.add(columns[at], notUTF8)
		}
		*l.Draft.field(columns[at]) = text
	}
	if l.Problems == nil {
		l.check()
	}
}

// field is where the draft keeps what stands in a column.
func (d *AccountDraft) field(column string) *string {
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

// findTwins refuses the lines whose identifiers an earlier line has.
func (i AccountImport) findTwins() {
	holders := make(map[string]int, len(i.Lines))
	for n := range i.Lines {
		line := &i.Lines[n]
		for _, id := range line.Draft.Identifiers() {
			if holder, taken := holders[id.Value]; taken && holder != line.Number {
				line.Problems.add(id.Field, fmt.Sprintf("Line %d has %s too.", holder, id.Value))
			} else {
				holders[id.Value] = line.Number
			}
		}
	}
}

// PlanImport gives an import with what only the state knows added to its problems: which identifiers are taken, by
// whom, and which tiers there are not.
func (l *Live) PlanImport(i AccountImport) AccountImport {
	catalogue := l.Catalogue()
	i.Lines = slices.Clone(i.Lines)
	for n := range i.Lines {
		line := &i.Lines[n]
		line.Problems = slices.Clip(line.Problems)
		for _, id := range line.Draft.Identifiers() {
			if holder := l.accounts.Find(id.Value); holder != nil {
				line.Problems = append(line.Problems, id.TakenBy(holder.Name))
			}
		}
		if line.Draft.Tier == "" {
			continue
		}
		if _, err := catalogue.TierByKey(line.Draft.Tier); err != nil {
			line.Problems.add("tier", err.Error())
		}
	}
	return i
}
