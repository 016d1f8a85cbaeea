package features

import (
	"errors"
	"regexp"
	"regexp/syntax"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"flagstone/words"
)

// maxSchemaWork is how much work the check of one value may be. A unit is about a quarter of one part of a schema being
// held against one part of a value; in all it is about a tenth of a second.
const maxSchemaWork = 1_000_000

// manyValues is how many of the heaviest values are checked together, such as all overrides of a feature whose schema
// changes.
const manyValues = 20

// visit is the work of holding one part of a schema against one part of a value.
const visit = 4

const tooMuchWork = "Checking this value against the feature's JSON Schema takes too long. Make the value smaller, or the schema simpler."

// meter counts the work of checking values, and stops it by a panic.
type meter struct {
	left  int // for this value
	spent int // on all values together
}

func (m *meter) spend(work int) {
	m.spent += work
	if m.left -= work; m.left < 0 || m.spent > maxSchemaWork*manyValues {
		panic(tooMuchWork)
	}
}

// attach makes one part of a schema count. The format of a part is looked at before anything that takes work but its lists
// of values, so the count stands there, and those lists move behind it.
func (m *meter) attach(s *jsonschema.Schema) {
	work := visit*(1+len(appliedBy(s))) + len(s.Required)
	if s.Enum != nil || s.Const != nil {
		listed := &jsonschema.Schema{DraftVersion: s.DraftVersion, Location: s.Location, Enum: s.Enum, Const: s.Const}
		if s.Enum != nil {
			work += sizeOf(s.Enum.Values)
		}
		if s.Const != nil {
			work += sizeOf(*s.Const)
		}
		s.Enum, s.Const, s.AllOf = nil, nil, append(s.AllOf, listed)
	}
	counted := &jsonschema.Format{Validate: func(any) error { return nil }}
	if s.Format != nil {
		*counted = *s.Format
	}
	check := counted.Validate
	counted.Validate = func(value any) error {
		m.spend(work + widthOf(value))
		return check(value)
	}
	s.Format = counted
}

// widthOf is the work of going once over a value, without what is nested in it.
func widthOf(value any) int {
	const charsAtOnce = 64
	switch value := value.(type) {
	case string:
		return len(value) / charsAtOnce
	case []any:
		return visit * len(value)
	case map[string]any:
		return visit * len(value)
	}
	return 0
}

// sizeOf is the work of comparing with a value, with all that is nested in it.
func sizeOf(value any) int {
	size := visit + widthOf(value)
	switch value := value.(type) {
	case []any:
		for _, entry := range value {
			size += sizeOf(entry)
		}
	case map[string]any:
		for _, member := range value {
			size += sizeOf(member)
		}
	}
	return size
}

// maxPattern is how large a pattern of a schema may be, its repetitions written out.
const maxPattern = 2_000

// pattern compiles a pattern of a schema, and refuses one that is too large.
func (m *meter) pattern(text string) (jsonschema.Regexp, error) {
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	size := patternSize(parsed)
	if size > maxPattern {
		return nil, errors.New("the pattern " + quote(words.Clipped(text)) + " is too large: use at most " + words.Number(maxPattern) + " characters, with repetitions expanded")
	}
	compiled, err := regexp.Compile(text)
	return meteredPattern{compiled, m, size}, err
}

// patternSize is the size of a pattern with its repetitions written out, as far as maxPattern.
func patternSize(p *syntax.Regexp) int {
	size := 1 + len(p.Rune)
	for _, part := range p.Sub {
		size = min(size+patternSize(part), maxPattern+1)
	}
	if p.Op == syntax.OpRepeat {
		size *= max(p.Min, p.Max, 1)
	}
	return min(size, maxPattern+1)
}

// meteredPattern counts the work of matching, which grows with both lengths.
type meteredPattern struct {
	*regexp.Regexp
	meter *meter
	size  int
}

// MatchString reports whether a text matches.
func (p meteredPattern) MatchString(text string) bool {
	p.meter.spend(visit + len(text)*p.size/visit)
	return p.Regexp.MatchString(text)
}
