package features

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"flagstone/words"
)

// Type is what kind of value a feature gives (docs/evaluation.md §5); "" is boolean.
type Type string

// The types.
const (
	BooleanType Type = "boolean"
	IntegerType Type = "integer" // within ±2^53, as every client can hold it
	StringType  Type = "string"
	JSONType    Type = "json" // an object
)

// Types gives every type.
func Types() []Type { return []Type{BooleanType, IntegerType, StringType, JSONType} }

// maxInteger is the largest whole number that a client's floating-point number holds exactly.
const maxInteger = 1 << 53

const integerRule = "Enter a whole number from -9,007,199,254,740,992 to 9,007,199,254,740,992."

// exact tells whether every client can hold a whole number.
func exact(n int64) bool { return -maxInteger <= n && n <= maxInteger }

const maxStringValue = 10_000

// IsBoolean tells whether a feature is only ever on or off.
func (t Type) IsBoolean() bool { return t == "" || t == BooleanType }

// ParseData reads a value as a person types it into a field: a text needs no quotation marks. Empty is none.
func (t Type) ParseData(text string) (JSON, error) {
	switch {
	case t == StringType && text != "":
		return encodeJSON(text), nil
	case strings.TrimSpace(text) == "":
		return "", nil
	case t == IntegerType:
		n, ok := JSON(strings.TrimSpace(text)).integer()
		if !ok {
			return "", errors.New("enter a whole number, such as 10")
		}
		return JSON(fmt.Sprint(n)), nil
	}
	return ParseJSON(text)
}

// Constraints narrow the values of a feature: a whole number by its size, a text by its length in characters, both by a
// list, an object by a JSON Schema. The zero value allows all of the type.
type Constraints struct {
	Min    *int64 `json:"min,omitempty"`
	Max    *int64 `json:"max,omitempty"`
	Enum   []JSON `json:"enum,omitempty"`
	Schema JSON   `json:"schema,omitempty"`
}

// validate refuses constraints that do not fit a type or each other.
func (c Constraints) validate(t Type, problems *Problems) {
	ranged := t == IntegerType || t == StringType
	if (c.Min != nil || c.Max != nil) && !ranged {
		problems.add("min", "Only integer and string features have a minimum and a maximum.")
	}
	problems.checkBound("min", c.Min)
	problems.checkBound("max", c.Max)
	if c.Min != nil && c.Max != nil && *c.Min > *c.Max {
		problems.add("max", fmt.Sprintf("The maximum, %d, is less than the minimum, %d.", *c.Max, *c.Min))
	}
	if t == StringType && c.Min != nil && *c.Min < 0 {
		problems.add("min", "The minimum length cannot be negative.")
	}
	if len(c.Enum) > 0 && !ranged {
		problems.add("enum", "Only integer and string features have a list of allowed values.")
	}
	c.validateEnum(t, problems)
	if c.Schema == "" {
		return
	}
	if t != JSONType {
		problems.add("schema", "Only a feature of the type json has a JSON Schema.")
	} else if fault := c.schemaFault(); fault != "" {
		problems.add("schema", fault)
	}
}

func (p *Problems) checkBound(field string, bound *int64) {
	if bound != nil && !exact(*bound) {
		p.add(field, integerRule)
	}
}

func (c Constraints) validateEnum(t Type, problems *Problems) {
	bare := Constraints{Min: c.Min, Max: c.Max}
	for i, one := range c.Enum {
		if slices.Contains(c.Enum[:i], one) {
			problems.add("enum", one.Text()+" is listed twice.")
		} else if fault := bare.fault(t, one); fault != "" && (t == IntegerType || t == StringType) {
			problems.add("enum", one.Text()+": "+fault)
		}
	}
}

// ValueCheck tells which values a feature may have. One check serves for many values.
type ValueCheck struct {
	kind        Type
	constraints Constraints
	variants    bool // some variant supplies a value
	schema      *schema
}

// ValueCheck makes the check of a feature's values.
func (f *Feature) ValueCheck() ValueCheck { return newValueCheck(f.Type, f.Constraints, f.Variants) }

func newValueCheck(t Type, c Constraints, variants []Variant) ValueCheck {
	check := ValueCheck{kind: t, constraints: c, variants: supply(variants)}
	if c.Schema != "" {
		if compiled, err := c.compile(); err == nil { // one that does not compile has been refused, or was written by hand
			check.schema = compiled.measure()
		}
	}
	return check
}

// supply tells whether some variant gives what is on a value.
func supply(variants []Variant) bool {
	return slices.ContainsFunc(variants, func(v Variant) bool { return v.Value.Enabled })
}

// AllowsTheSame tells whether another version of a feature allows the same values.
func (f *Feature) AllowsTheSame(other *Feature) bool {
	return f.Type == other.Type && reflect.DeepEqual(f.Constraints, other.Constraints) && supply(f.Variants) == supply(other.Variants)
}

// CheckValue refuses a value that breaks the feature's type or constraints, at the field "value".
func (f *Feature) CheckValue(v Value) error {
	if fault := f.ValueCheck().Fault(v); fault != "" {
		return &Error{Kind: Invalid, Field: "value", Message: fault}
	}
	return nil
}

// Fault says what is wrong with a value, as a sentence, or nothing: one that is on needs a value of the type, except
// where variants supply it.
func (c ValueCheck) Fault(v Value) string {
	switch {
	case c.kind.IsBoolean() && v.Data != "":
		return "A boolean feature is only on or off. Remove the value."
	case v.Data != "":
		return c.dataFault(v.Data)
	case v.Enabled && !c.kind.IsBoolean() && !c.variants:
		return "A feature that is on needs a value of the type " + string(c.kind) + "."
	}
	return ""
}

func (c ValueCheck) dataFault(data JSON) string {
	if fault := c.constraints.fault(c.kind, data); fault != "" || c.schema == nil {
		return fault
	}
	return c.schema.fault(data)
}

// fault says what is wrong with data of a type, its JSON Schema aside.
func (c Constraints) fault(t Type, data JSON) string {
	var size int64
	given := clip(data) + " is"
	switch t {
	case IntegerType:
		n, ok := data.integer()
		if !ok || !exact(n) {
			return integerRule
		}
		size = n
	case StringType:
		if !strings.HasPrefix(string(data), `"`) {
			return "Enter text."
		}
		size = int64(utf8.RuneCountInString(data.Text()))
		given = fmt.Sprintf("It has %d characters, which is", size)
		if size > maxStringValue {
			return "Use at most " + words.Number(maxStringValue) + " characters."
		}
	default:
		if !strings.HasPrefix(string(data), "{") {
			return "Enter a JSON object, such as {\"retries\": 3}."
		}
		return ""
	}
	switch {
	case c.Min != nil && size < *c.Min:
		return fmt.Sprintf("%s less than the minimum, %d.", given, *c.Min)
	case c.Max != nil && size > *c.Max:
		return fmt.Sprintf("%s more than the maximum, %d.", given, *c.Max)
	case len(c.Enum) > 0 && !slices.Contains(c.Enum, data):
		return clip(data) + " is not one of " + c.Choices() + "."
	}
	return ""
}

func clip(data JSON) string { return words.Clipped(data.Text()) }

// Choices are the values of the list, in words.
func (c Constraints) Choices() string {
	texts := make([]string, len(c.Enum))
	for i, one := range c.Enum {
		texts[i] = one.Text()
	}
	return strings.Join(texts, ", ")
}
