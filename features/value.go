package features

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// Value is what a feature gives to whoever has it (docs/evaluation.md §5). A boolean feature has Enabled only.
type Value struct {
	Enabled bool `json:"enabled"`
	Data    JSON `json:"value,omitempty"` // of the feature's type; "" for none
}

// JSON is a JSON value as compact text, its members in order, so that two of them compare; "" is none.
type JSON string

// maxJSON is how long it may be, in bytes.
const maxJSON = 64 << 10

// MarshalJSON gives the value itself; none is null.
func (j JSON) MarshalJSON() ([]byte, error) {
	if j == "" {
		return []byte("null"), nil
	}
	return []byte(j), nil
}

// UnmarshalJSON reads a value and keeps it as ParseJSON does; null is none.
func (j *JSON) UnmarshalJSON(text []byte) (err error) {
	*j = ""
	if string(text) != "null" {
		*j, err = ParseJSON(string(text))
	}
	return err
}

// ParseJSON reads one JSON value, as JSONReader does. It refuses, too, what is longer than 64 KiB.
func ParseJSON(text string) (JSON, error) {
	if len(text) > maxJSON {
		return "", errTooLong
	}
	value, err := DecodeJSON([]byte(text))
	if err != nil {
		return "", err
	}
	encoded := encodeJSON(value)
	if len(encoded) > maxJSON { // some characters take more room than as they were written
		return "", errTooLong
	}
	return encoded, nil
}

var errTooLong = errors.New("use at most 64 KiB")

func encodeJSON(value any) JSON {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // what has been decoded always encodes
	return JSON(strings.TrimSuffix(text.String(), "\n"))
}

// Text gives a text without its quotation marks, and every other value as it is.
func (j JSON) Text() string {
	var text string
	if strings.HasPrefix(string(j), `"`) && json.Unmarshal([]byte(j), &text) == nil {
		return text
	}
	return string(j)
}

// integer gives a whole number; ok is false for everything else.
func (j JSON) integer() (n int64, ok bool) {
	return ParseWhole(string(j))
}

// Words is a value as people read it: "off", "on", "10", "eu".
func (v Value) Words() string {
	if !v.Enabled || v.Data == "" {
		return OnOff(v.Enabled)
	}
	return v.Data.Text()
}

// OnOff is the word for a state: "on" or "off".
func OnOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
