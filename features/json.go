package features

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"flagstone/words"
)

// MaxJSONDepth is how deep objects and arrays may lie within each other.
const MaxJSONDepth = 32

// JSONFault is why a text is not JSON that is accepted, and where, counted from 1.
type JSONFault struct {
	Message      string
	Line, Column int
}

func (f *JSONFault) Error() string {
	return fmt.Sprintf("%s, at line %d, column %d", f.Message, f.Line, f.Column)
}

// JSONReader reads a text that is one JSON value (RFC 8259) from its begin to its end. It is the only way in for JSON that
// somebody else wrote: it refuses invalid UTF-8, a name that appears twice in an object, numbers that a double cannot hold
// and nesting beyond MaxJSONDepth. Every error is a *JSONFault, or what a callback returned. The zero value is ready for
// Reset; a reader may be used again.
type JSONReader struct {
	text    []byte
	buffer  bytes.Buffer
	decoder jsontext.Decoder
}

// NewJSONReader returns a reader at the begin of a text.
func NewJSONReader(text []byte) *JSONReader {
	r := new(JSONReader)
	r.Reset(text)
	return r
}

// Reset puts the reader at the begin of another text.
func (r *JSONReader) Reset(text []byte) {
	r.text = text
	r.buffer = *bytes.NewBuffer(text)
	r.decoder.Reset(&r.buffer)
}

// Kind returns what comes next by its first byte: one of n, f, t, ", 0 (a number), {, [, } and ]; something else for what
// is not JSON, which reading it refuses.
func (r *JSONReader) Kind() byte { return byte(r.decoder.PeekKind()) }

// Object reads an object: member is called behind each name and reads that name's value.
func (r *JSONReader) Object(member func(name string) error) error {
	return r.within('{', '}', func() error {
		name, err := r.String()
		if err != nil {
			return err
		}
		return member(name)
	})
}

// Array reads an array: entry is called before each entry and reads it.
func (r *JSONReader) Array(entry func() error) error { return r.within('[', ']', entry) }

// delimiters are what may stand before a value within another.
const delimiters = " \t\r\n,:"

func (r *JSONReader) within(begin, end byte, each func() error) error {
	if r.Kind() != begin {
		return r.refuse()
	}
	if r.decoder.StackDepth() == MaxJSONDepth {
		return r.tooDeep(r.next(delimiters))
	}
	_, err := r.decoder.ReadToken()
	for err == nil && r.Kind() != end {
		err = each()
	}
	if err == nil {
		_, err = r.decoder.ReadToken()
	}
	return r.fault(err)
}

// String reads a string.
func (r *JSONReader) String() (string, error) {
	if r.Kind() != '"' {
		return "", r.refuse()
	}
	token, err := r.decoder.ReadToken()
	if err != nil {
		return "", r.fault(err)
	}
	return token.String(), nil
}

// Value reads any value: nil, a bool, a string, a json.Number, a []any or a map[string]any.
func (r *JSONReader) Value() (value any, err error) {
	switch r.Kind() {
	case '{':
		members := make(map[string]any)
		err = r.Object(func(name string) (err error) {
			members[name], err = r.Value()
			return err
		})
		return members, err
	case '[':
		entries := []any{}
		err = r.Array(func() error {
			entry, err := r.Value()
			entries = append(entries, entry)
			return err
		})
		return entries, err
	case '"':
		return r.String()
	case '0':
		return r.number()
	}
	token, err := r.decoder.ReadToken()
	switch {
	case err != nil:
		return nil, r.fault(err)
	case token.Kind() == 'n':
		return nil, nil
	}
	return token.Bool(), nil
}

func (r *JSONReader) number() (json.Number, error) {
	token, err := r.decoder.ReadToken()
	if err != nil {
		return "", r.fault(err)
	}
	number := token.String()
	if !holds(number) {
		at := int(r.decoder.InputOffset()) - len(number)
		return "", r.faultAt(at, "the number "+words.Clip(number, 40)+" is out of range: write it as a string")
	}
	return plainNumber(number), nil
}

// Raw reads any value and returns it as it stands.
func (r *JSONReader) Raw() ([]byte, error) {
	raw, err := r.decoder.ReadValue()
	if err != nil {
		return nil, r.fault(err)
	}
	depth, quoted := r.decoder.StackDepth(), false
	for i := 0; i < len(raw); i++ {
		switch b := raw[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{' || b == '[':
			if depth++; depth > MaxJSONDepth {
				return nil, r.tooDeep(int(r.decoder.InputOffset()) - len(raw) + i)
			}
		case b == '}' || b == ']':
			depth--
		}
	}
	return raw, nil
}

// Skip reads any value and forgets it.
func (r *JSONReader) Skip() error {
	_, err := r.Raw()
	return err
}

// End refuses what stands behind the value.
func (r *JSONReader) End() error {
	if at := r.next(" \t\r\n"); at < len(r.text) {
		return r.faultAt(at, "there is more text after the value")
	}
	return nil
}

// next returns where what comes next begins, behind some bytes that may stand before it.
func (r *JSONReader) next(between string) int {
	return len(r.text) - len(bytes.TrimLeft(r.text[r.decoder.InputOffset():], between))
}

// refuse returns why what comes next is not what is wanted there.
func (r *JSONReader) refuse() error {
	at := r.next(delimiters)
	if _, err := r.decoder.ReadToken(); err != nil {
		return r.fault(err)
	}
	return r.faultAt(at, "this is not allowed here")
}

func (r *JSONReader) tooDeep(at int) error {
	return r.faultAt(at, fmt.Sprintf("this is nested deeper than %d levels", MaxJSONDepth))
}

// fault puts what the decoder found into words.
func (r *JSONReader) fault(err error) error {
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return r.faultAt(len(r.text), "this is not valid JSON: it ends too early")
	case !errors.As(err, &syntax):
		return err // none, or a fault already
	case errors.Is(err, jsontext.ErrDuplicateName):
		return r.faultAt(int(syntax.ByteOffset), "the name "+quote(words.Clip(syntax.JSONPointer.LastToken(), 100))+" appears twice")
	case !utf8.Valid(r.text[syntax.ByteOffset:min(len(r.text), int(syntax.ByteOffset)+utf8.UTFMax)]) && syntax.Err.Error() == "invalid UTF-8":
		return r.faultAt(int(syntax.ByteOffset), "this is not valid UTF-8")
	}
	return r.faultAt(int(syntax.ByteOffset), "this is not valid JSON: "+words.Clip(syntax.Err.Error(), 100))
}

func (r *JSONReader) faultAt(offset int, message string) error {
	before := r.text[:min(max(offset, 0), len(r.text))]
	line := bytes.Count(before, []byte("\n")) + 1
	return &JSONFault{message, line, utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1}
}

// DecodeJSON reads a text that is one JSON value, as JSONReader.Value does.
func DecodeJSON(text []byte) (any, error) {
	r := NewJSONReader(text)
	value, err := r.Value()
	if err != nil {
		return nil, err
	}
	return value, r.End()
}
