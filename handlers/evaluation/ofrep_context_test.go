package evaluation

import (
	"errors"
	"strings"
	"testing"

	"flagstone/features"
)

func TestOFREPContext(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]ofrepContext{
		`{"context":{"targetingKey":"crm_1"}}`: {targetingKey: "crm_1"},
		` { "context" : { "userId" : "dana" , "role":"owner", "postalCode":"M5V 2T6", "targetingKey":"a" } } `:    {"a", "dana", "owner", "M5V 2T6"},
		`{"x":[1,-0.5e+3,{"context":{"targetingKey":"no"}}],"context":{"targetingKey":"a","b":[[],{}]},"y":null}`: {targetingKey: "a"},
		`{"context":{"targetingKey":"a","userId":null,"role":""}}`:                                                {targetingKey: "a"},
		`{"context":{"TargetingKey":"no","targetingkey":"no","targetingKey":"a"}}`:                                {targetingKey: "a"},
		`{"context":{"targeting\u004bey":"\u0061\"\\\/\n\ud83d\ude00"}}`:                                          {targetingKey: "a\"\\/\n😀"},
	} {
		if got, refusal := readOFREPContext([]byte(body)); refusal != nil || got != want {
			t.Errorf("%s is read as %+v, %+v: want %+v", body, got, refusal, want)
		}
	}
	nested := func(depth int) string { // the context is at the second level
		return `{"context":{"targetingKey":"a","x":` + strings.Repeat("[", depth-2) + strings.Repeat("]", depth-2) + `}}`
	}
	if _, refusal := readOFREPContext([]byte(nested(32))); refusal != nil {
		t.Errorf("32 levels: %+v", refusal)
	}
	for body, want := range map[string]OfrepRefusal{
		``:                                  {Code: parseError, Details: "Send one JSON object: this is not valid JSON: it ends too early, at line 1, column 1."},
		`[]`:                                {Code: parseError, Details: "Send one JSON object: this is not allowed here, at line 1, column 1."},
		`{"context":{"targetingKey":"a"}`:   {Code: parseError, Details: "Send one JSON object: this is not valid JSON: it ends too early, at line 1, column 32."},
		"{\n \"context\":{,}}":              {Code: parseError, Details: "Send one JSON object: this is not valid JSON: invalid character ',' at start of value, at line 2, column 13."},
		`{"context":{"targetingKey":"a"}}x`: {Code: parseError, Details: "Send one JSON object: there is more text after the value, at line 1, column 33."},
		"{\"context\":{\"targetingKey\":\"\xff\"}}":     {Code: parseError, Details: "Send one JSON object: this is not valid UTF-8, at line 1, column 29."},
		`{"context":{"targetingKey":"a"},"context":{}}`: {Code: parseError, Details: `Send one JSON object: the name "context" appears twice, at line 1, column 33.`},
		`{"context":{"role":"a","role":"b"}}`:           {Code: parseError, Details: `Send one JSON object: the name "role" appears twice, at line 1, column 24.`},
		nested(33):                                      {Code: parseError, Details: "Send one JSON object: this is nested deeper than 32 levels, at line 1, column 66."},
		strings.Repeat("[", 1<<20):                      {Code: parseError, Details: "Send one JSON object: this is not allowed here, at line 1, column 1."},
		`{}`:                                            {Code: invalidContext, Details: `Send an object "context" with the account's "targetingKey".`},
		`{"context":"a"}`:                               {Code: invalidContext, Details: `Send an object "context" with the account's "targetingKey".`},
		`{"context":{"targetingKey":"a","role":["owner"]}}`: {Code: invalidContext, Details: `"role" in the context must be a string.`},
		`{"context":{"targetingKey":7}}`:                    {Code: invalidContext, Details: `"targetingKey" in the context must be a string.`},
		`{"context":{}}`:                                    {Code: targetingKeyMissing, Details: `Send the account's "targetingKey" in the context.`},
		`{"context":{"targetingKey":"","userId":"dana"}}`:   {Code: targetingKeyMissing, Details: `Send the account's "targetingKey" in the context.`},
		`{"context":{"targetingKey":null,"userId":"dana"}}`: {Code: targetingKeyMissing, Details: `Send the account's "targetingKey" in the context.`},
	} {
		if _, refusal := readOFREPContext([]byte(body)); refusal == nil || *refusal != want {
			t.Errorf("%.60s is refused with %+v, want %+v", body, refusal, want)
		}
	}
}

// FuzzOFREPContext holds the reader to the JSON door: what that takes for an object, this does, and the same texts are found
// in it.
func FuzzOFREPContext(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"context":{"targetingKey":"a","userId":"b","role":"c","postalCode":"d"}}`, `{"context":{"targetingKey":"\ud83d\ud83d\u0000"}}`,
		`{"a":[1.5e-3,-0,01,+1,.5,1.,true,fals,null,"\x"],"context":{"targetingKey":1}}`, "{\"context\":{\"targetingKey\":\"\xff\x01\"}}",
		`{"context":null,"context":{"role":{}}}`, `{"":{}}{}`, `{"a":[}`, `{"a":"\"`, `{"a":"\u12`, `{"a"`, "\ufeff{}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, refusal := readOFREPContext(body)
		value, err := features.DecodeJSON(body)
		whole, isObject := value.(map[string]any)
		var fault *features.JSONFault
		if errors.As(err, &fault) && strings.HasPrefix(fault.Message, "the number") {
			return // which nobody reads here
		}
		if valid := err == nil && isObject; valid != (refusal == nil || refusal.Code != parseError) {
			t.Fatalf("%q is JSON: %v, but is refused with %+v", body, err, refusal)
		}
		if refusal != nil {
			return
		}
		context, _ := whole["context"].(map[string]any)
		for name, text := range map[string]string{"targetingKey": got.targetingKey, "userId": got.userID, "role": got.role, "postalCode": got.postalCode} {
			if want, _ := context[name].(string); text != want {
				t.Errorf("%s in %q is read as %q, want %q", name, body, text, want)
			}
		}
	})
}

func BenchmarkOFREPContext(b *testing.B) {
	body := []byte(`{"context":{"targetingKey":"crm_88213","userId":"dana@example.com","role":"owner","postalCode":"M5V 2T6","plan":{"seats":[1,2,3]}}}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, refusal := readOFREPContext(body); refusal != nil {
			b.Fatal(refusal)
		}
	}
}
