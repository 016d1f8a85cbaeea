package features_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"flagstone/features"
)

func bound(n int64) *int64 { return &n }

func integer(data features.JSON) features.Value { return features.Value{Enabled: true, Data: data} }

func TestValuesKeepTypeAndConstraints(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		kind        features.Type
		constraints features.Constraints
		data        features.JSON
		says        string // "" for a value that is allowed
	}{
		{"a boolean", features.BooleanType, features.Constraints{}, "", ""},
		{"a boolean with a value", features.BooleanType, features.Constraints{}, "1", "only on or off"},
		{"an integer", features.IntegerType, features.Constraints{}, "-9007199254740992", ""},
		{"no integer", features.IntegerType, features.Constraints{}, "", "A feature that is on needs a value of the type integer"},
		{"a fraction", features.IntegerType, features.Constraints{}, "1.5", "whole number"},
		{"too large an integer", features.IntegerType, features.Constraints{}, "9007199254740993", "whole number from"},
		{"too small an integer", features.IntegerType, features.Constraints{}, "-9007199254740993", "whole number from"},
		{"a negative limit", features.IntegerType, features.Constraints{Min: bound(0)}, "-1", "-1 is less than the minimum, 0."},
		{"above the largest", features.IntegerType, features.Constraints{Max: bound(5)}, "6", "6 is more than the maximum, 5."},
		{"one of a list", features.IntegerType, features.Constraints{Enum: []features.JSON{"1", "5"}}, "5", ""},
		{"not of a list", features.IntegerType, features.Constraints{Enum: []features.JSON{"1", "5"}}, "2", "2 is not one of 1, 5."},
		{"a text", features.StringType, features.Constraints{Max: bound(2)}, `"éé"`, ""},
		{"too long a text", features.StringType, features.Constraints{Max: bound(2)}, `"éée"`, "It has 3 characters, which is more than the maximum, 2."},
		{"a very long text", features.StringType, features.Constraints{}, features.JSON(`"` + strings.Repeat("x", 10_001) + `"`), "at most 10,000 characters"},
		{"a number for a text", features.StringType, features.Constraints{}, "1", "Enter text."},
		{"an object", features.JSONType, features.Constraints{}, `{}`, ""},
		{"a list for an object", features.JSONType, features.Constraints{}, `[]`, "Enter a JSON object"},
		{"an object of a schema", features.JSONType, features.Constraints{Schema: `{"required":["a"]}`}, `{"a":1}`, ""},
		{"an object that breaks a schema", features.JSONType, features.Constraints{Schema: `{"required":["a"]}`}, `{}`, "does not match the feature's JSON Schema: missing property 'a'."},
		{"deep in an object", features.JSONType, features.Constraints{Schema: `{"properties":{"a":{"type":"integer"}}}`}, `{"a":"x"}`, "/a got string, want integer."},
		{"a schema that a row by hand has broken", features.JSONType, features.Constraints{Schema: `{"type":7}`}, `{}`, ""},
	} {
		f := feature(1, "limit")
		f.Type, f.Constraints = c.kind, c.constraints
		err := f.CheckValue(features.Value{Enabled: true, Data: c.data})
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "value: ")) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
	varied := feature(1, "limit")
	varied.Type, varied.Variants = features.IntegerType, []features.Variant{{Key: "a", Value: features.Value{Enabled: true, Data: "1"}, Weight: features.Everyone}}
	if err := varied.CheckValue(on); err != nil || varied.CheckValue(off) != nil {
		t.Errorf("on without a value, which variants give: %v", err)
	}
}

func TestDraftsRefuseTypes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		draft func(*features.FeatureDraft)
		want  string
	}{
		{"no such type", func(d *features.FeatureDraft) { d.Type = "float" }, "type: Choose boolean"},
		{"a default that breaks the type", func(d *features.FeatureDraft) {
			d.Type, d.Default = features.IntegerType, features.Value{Enabled: true, Data: `"x"`}
		}, "default: Enter a whole number"},
		{"a negative limit", func(d *features.FeatureDraft) {
			d.Type, d.Default, d.Constraints.Min = features.IntegerType, features.Value{Enabled: true, Data: "-1"}, bound(0)
		}, "default: -1 is less than the minimum, 0"},
		{"a default that breaks the schema", func(d *features.FeatureDraft) {
			d.Type, d.Default, d.Constraints.Schema = features.JSONType, features.Value{Data: "{}"}, `{"required":["a"]}`
		}, "default: It does not match the feature's JSON Schema"},
		{"on without a value", func(d *features.FeatureDraft) { d.Type, d.Default = features.StringType, on }, "default: A feature that is on needs a value of the type string"},
		{"on where no variant is", func(d *features.FeatureDraft) {
			d.Type, d.Default, d.Variants = features.IntegerType, on, []features.Variant{{Key: "a", Weight: features.Everyone}}
		}, "default: A feature that is on needs a value of the type integer"},
		{"bounds that no client holds", func(d *features.FeatureDraft) {
			d.Type, d.Constraints = features.IntegerType, features.Constraints{Min: bound(-1 << 53), Max: bound(1<<53 + 1)}
		}, "max: Enter a whole number from -9,007,199,254,740,992"},
		{"a place far away", func(d *features.FeatureDraft) { d.DisplayOrder = 1_000_001 }, "display_order: Enter a whole number of at most 1,000,000."},
		{"a place far before", func(d *features.FeatureDraft) { d.DisplayOrder = -1_000_001 }, "display_order: Enter a whole number of at most 1,000,000."},
		{"bounds of a boolean", func(d *features.FeatureDraft) { d.Constraints.Min = bound(1) }, "min: Only"},
		{"bounds the wrong way", func(d *features.FeatureDraft) {
			d.Type, d.Constraints = features.IntegerType, features.Constraints{Min: bound(2), Max: bound(1)}
		}, "max: The maximum, 1, is less than the minimum, 2."},
		{"a length below nothing", func(d *features.FeatureDraft) { d.Type, d.Constraints.Min = features.StringType, bound(-1) }, "min: The minimum length cannot be negative"},
		{"a list for an object", func(d *features.FeatureDraft) { d.Type, d.Constraints.Enum = features.JSONType, []features.JSON{"1"} }, "enum: Only"},
		{"twice in a list", func(d *features.FeatureDraft) {
			d.Type, d.Constraints.Enum = features.IntegerType, []features.JSON{"1", "1"}
		}, "enum: 1 is listed twice."},
		{"a list of another type", func(d *features.FeatureDraft) {
			d.Type, d.Constraints.Enum = features.IntegerType, []features.JSON{`"x"`}
		}, "enum: x: Enter a whole number"},
		{"a schema of an integer", func(d *features.FeatureDraft) { d.Type, d.Constraints.Schema = features.IntegerType, "{}" }, "schema: Only"},
		{"no schema", func(d *features.FeatureDraft) { d.Type, d.Constraints.Schema = features.JSONType, `{"type":7}` }, "schema: This is not a valid JSON Schema: /type value must be one of"},
		{"text for a schema", func(d *features.FeatureDraft) { d.Type, d.Constraints.Schema = features.JSONType, `{` }, "schema: This is not a valid JSON Schema"},
		{"a schema from elsewhere", func(d *features.FeatureDraft) {
			d.Type, d.Constraints.Schema = features.JSONType, `{"$ref":"https://example.com/x.json"}`
		}, "which is outside of the schema"},
		{"a schema that refers to nothing", func(d *features.FeatureDraft) { d.Type, d.Constraints.Schema = features.JSONType, `{"$ref":"#/x"}` }, `This is not a valid JSON Schema: json-pointer in "urn:schema#/x" not found.`},
		{"a schema with a strange name", func(d *features.FeatureDraft) { d.Type, d.Constraints.Schema = features.JSONType, `{"$id":":"}` }, "schema: This is not a valid JSON Schema"},
		{"a variant of another type", func(d *features.FeatureDraft) {
			d.Type, d.Variants = features.IntegerType, []features.Variant{{Key: "a", Value: on, Weight: features.Everyone}}
		}, "variants.1.value: A feature that is on needs a value"},
		{"metadata that is a list", func(d *features.FeatureDraft) { d.Metadata = "[]" }, "metadata: Enter a JSON object"},
	} {
		d := features.FeatureDraft{Key: "limit", Name: "Limit"}
		c.draft(&d)
		if err := d.Normalize().Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	d := features.FeatureDraft{Key: "limit", Name: "Limit", Metadata: "{}", Links: features.Links{DependsOn: []string{" a ", "", "a", "b"}}}
	d = d.Normalize()
	if d.Metadata != "" || strings.Join(d.DependsOn, "|") != "a|b" || d.Type != features.BooleanType || d.Validate() != nil {
		t.Errorf("the draft is %+v, %v", d, d.Validate())
	}
	if f := d.Feature(&features.Feature{}); !f.Active || !f.Enabled || f.Key != "limit" {
		t.Errorf("the feature would be %+v", f)
	}
}

func TestParseData(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind features.Type
		text string
		want features.JSON
		says string
	}{
		{features.IntegerType, " 010 ", "10", ""},
		{features.IntegerType, "ten", "", "enter a whole number"},
		{features.IntegerType, " ", "", ""},
		{features.StringType, ` "a" <b>`, `" \"a\" <b>"`, ""},
		{features.StringType, "", "", ""},
		{features.JSONType, " {\"b\": 1.50,\n \"a\": [true, null]} ", `{"a":[true,null],"b":1.50}`, ""},
		{features.JSONType, "{\"a\":\n  é}", "", "this is not valid JSON: invalid character 'é' at start of value, at line 2, column 3"},
		{features.JSONType, "{\"a\":", "", "it ends too early, at line 1, column 6"},
		{features.JSONType, "{} {}", "", "there is more text after the value, at line 1"},
		{features.JSONType, strings.Repeat("[", 33) + strings.Repeat("]", 33), "", "nested deeper than 32 levels"},
		{features.JSONType, strings.Repeat(" ", 64<<10) + "{}", "", "at most 64 KiB"},
		{features.JSONType, `{"a":"` + strings.Repeat("\u2028", 20<<10) + `"}`, "", "at most 64 KiB"}, // which is written as six characters
	} {
		got, err := c.kind.ParseData(c.text)
		if got != c.want || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %q gives %s, %v", c.kind, c.text, got, err)
		}
	}
}

func TestValuesAsJSON(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]features.Value{
		`{"enabled":true}`:                     on,
		`{"enabled":true,"value":{"a":1}}`:     {Enabled: true, Data: `{"a":1}`},
		`{"enabled":false,"value":"eu \"x\""}`: {Data: `"eu \"x\""`},
	} {
		var got features.Value
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s is read as %+v, %v", text, got, err)
		}
		if written, err := json.Marshal(got); err != nil || string(written) != text {
			t.Errorf("%+v is written as %s, %v", got, written, err)
		}
	}
	none := features.JSON("x")
	if err := json.Unmarshal([]byte("null"), &none); err != nil || none != "" {
		t.Errorf("null is read as %s, %v", none, err)
	}
	if written, _ := json.Marshal(none); string(written) != "null" {
		t.Errorf("none is written as %s", written)
	}
	for v, want := range map[features.Value]string{
		off: "off", on: "on", {Data: "3"}: "off", {Enabled: true, Data: `"eu"`}: "eu", {Enabled: true, Data: `"`}: `"`,
	} {
		if got := v.Words(); got != want {
			t.Errorf("%+v is %q in words", v, got)
		}
	}
}

func TestOverridesKeepTypeOrVariants(t *testing.T) {
	t.Parallel()
	f := features.FeatureDraft{
		Key: "limit", Name: "Limit", Type: features.IntegerType, Variants: []features.Variant{{Key: "a", Value: integer("1"), Weight: features.Everyone}},
	}.Feature(&features.Feature{})
	for _, c := range []struct {
		value         features.Value
		variant, want string
	}{
		{integer("5"), "", "<nil>"},
		{on, "", "<nil>"},
		{integer(`"x"`), "", "value: Enter a whole number from -9,007,199,254,740,992 to 9,007,199,254,740,992."},
		{on, "a", "<nil>"},
		{on, "b", "variant: Choose one of the feature's variants for an override that is on."},
		{off, "a", "variant: Choose one of the feature's variants for an override that is on."},
		{integer("5"), "a", "variant: A variant has its own value. Set a variant or a value, not both."},
	} {
		if got := fmt.Sprint(f.CheckOverride(c.value, c.variant)); got != c.want {
			t.Errorf("%+v with the variant %q: %s", c.value, c.variant, got)
		}
	}
}
