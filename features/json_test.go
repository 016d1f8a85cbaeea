package features_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"flagstone/features"
)

func TestDecodeJSON(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		`null`:                         nil,
		` true`:                        true,
		`[]`:                           []any{},
		`-0.5e+3 `:                     json.Number("-500"),
		`"\u0061\"\\\/\n\ud83d\ude00"`: "a\"\\/\n😀",
		`{"a":[1,"x",null,false],"b":{}}`: map[string]any{
			"a": []any{json.Number("1"), "x", nil, false}, "b": map[string]any{},
		},
		`{"a":{"b":1},"c":{"b":1},"b":2}`: map[string]any{
			"a": map[string]any{"b": json.Number("1")}, "c": map[string]any{"b": json.Number("1")}, "b": json.Number("2"),
		},
	} {
		if got, err := features.DecodeJSON([]byte(text)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as %#v, %v", text, got, err)
		}
	}
}

func nestedJSON(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

func TestJSONFaults(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                               "1:1 this is not valid JSON: it ends too early",
		" \n ":                           "2:2 this is not valid JSON: it ends too early",
		`{"a":`:                          "1:6 this is not valid JSON: it ends too early",
		`["abc`:                          "1:6 this is not valid JSON: it ends too early",
		`{"a":1`:                         "1:7 this is not valid JSON: it ends too early",
		`{"a":1]`:                        "1:7 this is not valid JSON: ",
		`[1,]`:                           "1:3 this is not valid JSON: ",
		`{,}`:                            "1:2 this is not valid JSON: ",
		`{1:2}`:                          "1:2 this is not valid JSON: ",
		`[1 2]`:                          "1:4 this is not valid JSON: ",
		`[nul]`:                          "1:5 this is not valid JSON: ",
		"{\"a\":\n  é}":                  "2:3 this is not valid JSON: ",
		"{\"é\":\"\n\"}":                 "1:7 this is not valid JSON: ",
		`"\ud800"`:                       "1:2 this is not valid JSON: ",
		`{"a":-x}`:                       "1:7 this is not valid JSON: ",
		"\ufeff{}":                       "1:1 this is not valid JSON: ",
		"{\"a\":\"\xff\"}":               "1:7 this is not valid UTF-8",
		`{} {}`:                          "1:4 there is more text after the value",
		`{},`:                            "1:3 there is more text after the value",
		"7\n x":                          "2:2 there is more text after the value",
		`{"a":1,"b":{"c":1, "c":2}}`:     `1:20 the name "c" appears twice`,
		`{"a":1,` + "\n" + `"\u0061":2}`: `2:1 the name "a" appears twice`,
		`{"":1,"":2}`:                    `1:7 the name "" appears twice`,
		`{"a":[1, 1e400]}`:               "1:10 the number 1e400 is out of range: write it as a string",
		`-1e999999999999`:                "1:1 the number -1e999999999999 is out of range: write it as a string",
		`{"a":1e-999999999}`:             "1:6 the number 1e-999999999 is out of range: write it as a string",
		nestedJSON(33):                   "1:33 this is nested deeper than 32 levels",
		`{"a":` + nestedJSON(32) + `}`:   "1:37 this is nested deeper than 32 levels",
	} {
		_, err := features.DecodeJSON([]byte(text))
		var fault *features.JSONFault
		if !errors.As(err, &fault) {
			t.Errorf("%q: %v", text, err)
		} else if got := fmt.Sprintf("%d:%d %s", fault.Line, fault.Column, fault.Message); !strings.HasPrefix(got, want) {
			t.Errorf("%q is refused with %q, want %q", text, got, want)
		}
	}
	if _, err := features.DecodeJSON([]byte(nestedJSON(32))); err != nil {
		t.Errorf("32 levels: %v", err)
	}
	long := strings.Repeat("x", 1<<20)
	for _, text := range []string{`{"` + long + `":1,"` + long + `":2}`, "1" + strings.Repeat("0", 1<<20), long} {
		if _, err := features.DecodeJSON([]byte(text)); err == nil || len(err.Error()) > 300 {
			t.Errorf("the error of a long text has %d characters", len(fmt.Sprint(err)))
		}
	}
}

// TestJSONReader reads as the frequent calls do: what is not wanted is passed over, and held to the same rules.
func TestJSONReader(t *testing.T) {
	t.Parallel()
	read := func(text string) (a, b string, err error) {
		r := features.NewJSONReader([]byte(`"before"`))
		r.Reset([]byte(text))
		err = r.Object(func(name string) error {
			var err error
			switch name {
			case "a":
				a, err = r.String()
			case "b":
				err = r.Array(func() error {
					one, err := r.String()
					b += one
					return err
				})
			default:
				err = r.Skip()
			}
			return err
		})
		return a, b, err
	}
	a, b, err := read(`{"x":{"y":["\"}]",{}]},"b":["1","2"],"z":1e400,"\u0061":"c"}`)
	if a != "c" || b != "12" || err != nil {
		t.Errorf("read %q, %q, %v", a, b, err)
	}
	for text, want := range map[string]string{
		`[]`:                           "this is not allowed here, at line 1, column 1",
		` 7`:                           "this is not allowed here, at line 1, column 2",
		`{"a": 7}`:                     "this is not allowed here, at line 1, column 7",
		`{"b":[1,[]]}`:                 "this is not allowed here, at line 1, column 7",
		`{"b":["1"`:                    "this is not valid JSON: it ends too early, at line 1, column 10",
		`{"a":"1`:                      "this is not valid JSON: it ends too early, at line 1, column 8",
		`{"x":{"y":1,"y":2}}`:          `the name "y" appears twice, at line 1, column 13`,
		"{\"x\":\"\xff\"}":             "this is not valid UTF-8, at line 1, column 7",
		`{"x":` + nestedJSON(32) + `}`: "this is nested deeper than 32 levels, at line 1, column 37",
	} {
		if _, _, err := read(text); err == nil || err.Error() != want {
			t.Errorf("%s is refused with %v, want %s", text, err, want)
		}
	}
	if _, _, err := read(`{"x":` + nestedJSON(31) + `}`); err != nil {
		t.Errorf("32 levels: %v", err)
	}
}

// FuzzDecodeJSON holds the reader to encoding/json, which takes more but means the same by it.
func FuzzDecodeJSON(f *testing.F) {
	for _, seed := range []string{``, `{}`, `[1.5e-3,-0,01,+1,.5,1.,true,fals,null,"\x"]`, `{"a":{"b":[]},"a":1}`, "\"\xff\"", `"\ud83d\ud83d\u0000"`, `{"":{}}{}`, `1e400`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := features.DecodeJSON(text)
		if err != nil {
			return
		}
		decoder := json.NewDecoder(strings.NewReader(string(text)))
		decoder.UseNumber()
		var want any
		if err := decoder.Decode(&want); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q is read as %#v, and by encoding/json as %#v, %v", text, got, want, err)
		}
	})
}
