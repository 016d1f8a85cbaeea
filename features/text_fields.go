package features

import (
	"strconv"
	"strings"
)

// textColumn is one field of a draft as CSV files and forms have it: in text.
type textColumn[D any] struct {
	name  string
	read  func(*D) string
	write func(d *D, text string) (problem string)
}

func wordsColumn[D any](name string, of func(*D) *string) textColumn[D] {
	return textColumn[D]{
		name: name,
		read: func(d *D) string { return *of(d) },
		write: func(d *D, text string) string {
			*of(d) = text
			return ""
		},
	}
}

// countColumn is a whole number, 0 and "" for unknown.
func countColumn[D any](name string, of func(*D) *int) textColumn[D] {
	return textColumn[D]{
		name: name,
		read: func(d *D) string {
			if *of(d) == 0 {
				return ""
			}
			return strconv.Itoa(*of(d))
		},
		write: func(d *D, text string) string {
			*of(d) = 0
			if text = strings.TrimSpace(text); text == "" {
				return ""
			}
			n, ok := ParseWhole(text)
			if !ok {
				return "Enter a whole number in digits, such as 128000, or leave it empty."
			}
			*of(d) = int(n)
			return ""
		},
	}
}

// flagColumn is true or false; usual is what an empty text says.
func flagColumn[D any](name string, usual bool, of func(*D) *bool) textColumn[D] {
	return textColumn[D]{
		name: name,
		read: func(d *D) string { return strconv.FormatBool(*of(d)) },
		write: func(d *D, text string) string {
			switch strings.ToLower(strings.TrimSpace(text)) {
			case "true", "yes", "1":
				*of(d) = true
			case "false", "no", "0":
				*of(d) = false
			case "":
				*of(d) = usual
			default:
				return "Write true or false."
			}
			return ""
		},
	}
}

// listColumn is a list of keys, with commas or spaces between them.
func listColumn[D any](name string, of func(*D) *[]string) textColumn[D] {
	return textColumn[D]{
		name: name,
		read: func(d *D) string { return strings.Join(*of(d), ", ") },
		write: func(d *D, text string) string {
			*of(d) = strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) })
			return ""
		},
	}
}

// writeTexts writes texts by column into a draft. Columns that the texts leave out stay.
func writeTexts[D any](columns []textColumn[D], d *D, texts map[string]string) (problems Problems) {
	for _, c := range columns {
		text, given := texts[c.name]
		if !given {
			continue
		}
		if problem := c.write(d, text); problem != "" {
			problems.add(c.name, problem)
		}
	}
	return problems
}

// texts are the fields of a draft by column.
func texts[D any](columns []textColumn[D], d *D) map[string]string {
	byName := make(map[string]string, len(columns))
	for _, c := range columns {
		byName[c.name] = c.read(d)
	}
	return byName
}

func columnNames[D any](columns []textColumn[D]) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// columnFields are the fields of a draft as a plan compares them.
func columnFields[D any](columns []textColumn[D], d *D) []Field {
	fields := make([]Field, len(columns))
	for i, c := range columns {
		fields[i] = Field{c.name, c.read(d)}
	}
	return fields
}
