package registry

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"flagstone/features"
	"flagstone/words"
)

// MaxImport is how many lines one CSV file may have below its header.
const MaxImport = 100_000

// FeatureColumn begins the names of columns that say what accounts have of a feature: exports have them, imports pass over
// them.
const FeatureColumn = "feature:"

// ByteOrderMark begins a CSV file that Excel is to take for UTF-8.
const ByteOrderMark = "\ufeff"

// csvFormat says what a CSV file lists.
type csvFormat struct {
	noun     string   // "account"
	columns  []string // that it may have, in any order
	required []string // that it must have
}

// csvLine is one line below the header. Problems stand at its columns; where the CSV itself is broken, at the character.
type csvLine struct {
	number   int               // where it begins in the file, from 1
	texts    map[string]string // by column; nil where the line could not be read
	problems features.Problems
}

// read reads a file as spreadsheets save it: UTF-8, the columns named by the first line. It always gives at least one
// line, and never fails: what is wrong stands in the lines.
func (f csvFormat) read(file []byte) []csvLine {
	r := csvReader{csvFormat: f, file: bytes.TrimPrefix(file, []byte(ByteOrderMark))}
	r.csv = csv.NewReader(bytes.NewReader(r.file))
	r.csv.FieldsPerRecord = -1 // a line of another length is that line's own problem
	if number := crowdedLine(r.file); number != 0 {
		r.refuse(number, "", "This line has more than "+words.Number(maxCells)+" commas. Check that the file is CSV.")
	} else if r.readHeader() {
		for r.readLine() {
		}
	}
	return r.lines
}

// maxCells is how many cells a line may have.
const maxCells = 1000

// crowdedLine returns the number of the first line with more cells than any of ours has, 0 when there is none: such lines
// take many times the room of the file.
func crowdedLine(file []byte) (number int) {
	for line := range bytes.Lines(file) {
		if number++; bytes.Count(line, []byte(",")) >= maxCells {
			return number
		}
	}
	return 0
}

// GuardCell returns a cell of an export that no spreadsheet takes for a formula: one that begins as such has a ' before it,
// and so has one that would be taken for guarded when it is imported.
func GuardCell(text string) string {
	if beginsFormula(strings.TrimLeft(text, guard)) {
		return guard + text
	}
	return text
}

const guard = "'"

func beginsFormula(text string) bool {
	first, _ := utf8.DecodeRuneInString(text)
	return strings.ContainsRune("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20", first)
}

// unguarded returns what GuardCell was given.
func unguarded(cell string) string {
	if text, guarded := strings.CutPrefix(cell, guard); guarded && beginsFormula(strings.TrimLeft(text, guard)) {
		return text
	}
	return cell
}

// withoutEmptyEnd returns the cells of a line without the empty ones at its end, which spreadsheets leave there.
func withoutEmptyEnd(record []string) []string {
	for len(record) > 0 && strings.TrimSpace(record[len(record)-1]) == "" {
		record = record[:len(record)-1]
	}
	return record
}

// csvReader is a file under way.
type csvReader struct {
	csvFormat
	file  []byte
	csv   *csv.Reader
	named []string // the columns of the first line
	lines []csvLine
}

// readHeader reads the first line, which must name each column once, and those that must be there among them.
func (r *csvReader) readHeader() (good bool) {
	header, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		r.refuse(1, "", "The file is empty. Its first line must name the columns: "+strings.Join(r.columns, ", ")+".")
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
	problems := r.checkHeader(withoutEmptyEnd(header))
	if problems != nil {
		r.lines = append(r.lines, csvLine{number: number, problems: problems})
	}
	return problems == nil
}

func (r *csvReader) checkHeader(header []string) (problems features.Problems) {
	for _, column := range header {
		column = strings.ToLower(features.Tidy(unguarded(column)))
		switch {
		case strings.HasPrefix(column, FeatureColumn): // what an export says besides
		case !slices.Contains(r.columns, column):
			problems = append(problems, invalid(column, "Unknown column. The columns, separated by commas, are "+strings.Join(r.columns, ", ")+"."))
		case slices.Contains(r.named, column):
			problems = append(problems, invalid(column, "This column is listed twice. Remove one."))
		}
		r.named = append(r.named, column)
	}
	for _, column := range r.required {
		if !slices.Contains(r.named, column) {
			problems = append(problems, invalid(column, "This column is missing. The first line must name the columns."))
		}
	}
	return problems
}

const notUTF8 = `The file is not valid UTF-8. Save it as "CSV UTF-8".`

// readLine reads the next line, and tells whether there may be one behind it.
func (r *csvReader) readLine() (more bool) {
	record, err := r.csv.Read()
	switch {
	case errors.Is(err, io.EOF):
		if len(r.lines) == 0 {
			r.refuse(1, "", "The file has no "+r.noun+"s below the line of column names.")
		}
		return false
	case len(r.lines) == MaxImport:
		last := r.lines[MaxImport-1].number
		r.refuse(last+1, "", "A file may hold at most "+words.Number(MaxImport)+" "+r.noun+"s. Import the rest from another file.")
		return false
	case err != nil:
		r.malformed(err)
		return true
	}
	if len(withoutEmptyEnd(record)) == 0 {
		return true
	}
	line := csvLine{}
	line.number, _ = r.csv.FieldPos(0)
	line.fill(r.named, record)
	r.lines = append(r.lines, line)
	return true
}

func (r *csvReader) refuse(number int, field, message string) {
	r.lines = append(r.lines, csvLine{number: number, problems: features.Problems{{Kind: features.Invalid, Field: field, Message: message}}})
}

// malformed says where a line stops being CSV. Reading can go on behind it.
func (r *csvReader) malformed(err error) {
	var bad *csv.ParseError
	errors.As(err, &bad) // reading from memory fails in no other way
	where := fmt.Sprintf("character %d", r.character(bad.Column))
	if bad.StartLine < bad.Line {
		where += fmt.Sprintf(" of line %d", bad.Line)
	}
	message := "A quoted field is not closed, or text follows its closing quotation mark. Double each quotation mark that is part of the text."
	if errors.Is(bad.Err, csv.ErrBareQuote) {
		message = "There is a quotation mark inside an unquoted field. Quote the whole field, and double each quotation mark that is part of the text."
	}
	r.refuse(bad.StartLine, where, message)
}

// character turns a byte's place in the line that was just read into a character's.
func (r *csvReader) character(column int) int {
	line := bytes.TrimRight(r.file[:r.csv.InputOffset()], "\r\n")
	line = line[bytes.LastIndexByte(line, '\n')+1:]
	return utf8.RuneCount(line[:min(column-1, len(line))]) + 1
}

func (l *csvLine) fill(columns, record []string) {
	if cells := withoutEmptyEnd(record); len(cells) > len(columns) {
		record = cells
	} else {
		record = record[:min(len(record), len(columns))]
	}
	if len(record) != len(columns) {
		l.problems = append(l.problems, invalid("", fmt.Sprintf("The first line has %d columns, but this line has %d.", len(columns), len(record))))
		return
	}
	l.texts = make(map[string]string, len(columns))
	for at, text := range record {
		if !utf8.ValidString(text) {
			l.problems = append(l.problems, invalid(columns[at], notUTF8))
		}
		l.texts[columns[at]] = unguarded(text)
	}
}
